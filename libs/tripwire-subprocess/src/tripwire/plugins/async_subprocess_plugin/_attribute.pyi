# `tripwire.async_subprocess` for type checkers: the core imports it, and finds it where this distribution is installed.
from tripwire.plugins.async_subprocess_plugin import AsyncSubprocessPlugin

__all__ = ["async_subprocess"]

async_subprocess: AsyncSubprocessPlugin

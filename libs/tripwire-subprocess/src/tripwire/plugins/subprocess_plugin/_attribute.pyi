# `tripwire.subprocess` for type checkers: the core imports it, and finds it where this distribution is installed.
from tripwire.plugins.subprocess_plugin import SubprocessPlugin

__all__ = ["subprocess"]

subprocess: SubprocessPlugin

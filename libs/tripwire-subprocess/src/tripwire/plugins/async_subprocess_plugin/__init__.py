"""In work."""

from tripwire.plugins.async_subprocess_plugin._plugin import AsyncSubprocessPlugin

__all__ = ["AsyncSubprocessPlugin"]

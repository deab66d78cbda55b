"""In work."""

from tripwire.plugins.subprocess_plugin._plugin import SubprocessPlugin

__all__ = ["SubprocessPlugin"]

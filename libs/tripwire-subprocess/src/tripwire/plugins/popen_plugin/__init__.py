"""In work."""

from tripwire.plugins.popen_plugin._plugin import PopenPlugin

__all__ = ["PopenPlugin"]

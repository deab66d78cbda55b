"""In work."""

from tripwire.plugins.http_plugin._plugin import HttpPlugin

__all__ = ["HttpPlugin"]

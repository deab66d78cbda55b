"""Sessions for programs that start processes with `subprocess`; reached as `tripwire.popen`."""

from tripwire.plugins.popen_plugin._plugin import PopenPlugin

__all__ = ["PopenPlugin"]

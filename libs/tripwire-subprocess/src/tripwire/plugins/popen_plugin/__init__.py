"""Sessions for programs that start processes with `subprocess`; reached as `tripwire.popen`."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins.popen_plugin._plugin import PopenPlugin

__all__ = ["PopenPlugin"]

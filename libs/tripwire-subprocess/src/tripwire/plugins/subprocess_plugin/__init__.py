"""Mocked commands, for every way to start a process; reached as `tripwire.subprocess`."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins._processes import any_args
from tripwire.plugins.subprocess_plugin._plugin import SubprocessPlugin

__all__ = ["SubprocessPlugin", "any_args"]

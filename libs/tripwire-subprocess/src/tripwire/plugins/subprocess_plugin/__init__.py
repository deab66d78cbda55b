"""Mocked commands, for every way to start a process; reached as `tripwire.subprocess`."""

from tripwire.plugins.subprocess_plugin._plugin import SubprocessPlugin

__all__ = ["SubprocessPlugin"]

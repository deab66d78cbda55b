"""Sessions for programs that start processes with asyncio; reached as `tripwire.async_subprocess`."""

from tripwire.plugins.async_subprocess_plugin._plugin import AsyncSubprocessPlugin

__all__ = ["AsyncSubprocessPlugin"]

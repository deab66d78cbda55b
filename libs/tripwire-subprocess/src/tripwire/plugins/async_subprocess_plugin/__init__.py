"""Sessions for programs that start processes with asyncio; reached as `tripwire.async_subprocess`."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins.async_subprocess_plugin._plugin import AsyncSubprocessPlugin

__all__ = ["AsyncSubprocessPlugin"]

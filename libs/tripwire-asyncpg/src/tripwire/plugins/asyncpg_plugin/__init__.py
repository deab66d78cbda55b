"""Catches PostgreSQL calls made through asyncpg: genuine connections over a scripted server."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

__all__ = ["AsyncpgPlugin"]

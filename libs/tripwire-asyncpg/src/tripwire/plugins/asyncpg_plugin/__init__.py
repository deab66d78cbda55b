"""Catches PostgreSQL calls made through asyncpg: genuine connections over a scripted server."""

from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

__all__ = ["AsyncpgPlugin"]

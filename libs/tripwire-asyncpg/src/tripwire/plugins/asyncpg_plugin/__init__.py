"""In work."""

from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

__all__ = ["AsyncpgPlugin"]

# `tripwire.asyncpg` for type checkers: the core imports it, and finds it where this distribution is installed.
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

__all__ = ["asyncpg"]

asyncpg: AsyncpgPlugin

"""In work."""

from tripwire import Plugin


class AsyncpgPlugin(Plugin):
    """In work."""

    name = "asyncpg"

"""In work."""

from tripwire import Plugin


class AsyncSubprocessPlugin(Plugin):
    """In work."""

    name = "async_subprocess"

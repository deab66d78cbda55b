"""In work."""

from tripwire import Plugin


class SubprocessPlugin(Plugin):
    """In work."""

    name = "subprocess"

"""In work."""

from tripwire import Plugin


class PopenPlugin(Plugin):
    """In work."""

    name = "popen"

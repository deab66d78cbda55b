"""In work."""

from tripwire import Plugin


class HttpPlugin(Plugin):
    """In work."""

    name = "http"

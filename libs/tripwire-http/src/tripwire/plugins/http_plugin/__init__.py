"""Catches HTTP calls: httpx, httpx2 and everything built on `http.client`, such as urllib."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._plugin import HttpPlugin

__all__ = ["Headers", "HttpPlugin"]

"""Catches HTTP calls: whatever client a program uses: httpx, aiohttp, requests, urllib3, urllib and more."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins.http_plugin._content import FilePart
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._outcome import Response
from tripwire.plugins.http_plugin._plugin import HttpPlugin

__all__ = ["FilePart", "Headers", "HttpPlugin", "Request", "Response"]

"""What the guide's table says of every client; `published.py` writes it there."""

from __future__ import annotations

from collections.abc import Mapping

from clients.adapters import CLIENTS
from clients.client import Flavour
from clients.features import FEATURES

NAMES = tuple(dict.fromkeys(client.name for client in CLIENTS))
FLAVOURS: Mapping[str, Flavour] = {"sync": "sync", "async on asyncio": "asyncio", "async on trio": "trio"}

WHY: Mapping[str, str] = {
    "interface": "It has no such interface.",
    "none": "It has nothing of the kind. What a program builds on it for that runs above the wire, as in production.",
    "whole": "It reads every response whole before it returns.",
    "storage": "It takes this status for an error of the service; what it does about regions of S3 runs as it is.",
    "packed": "It hands out the bytes as they came.",
    "connect": "It tries again after a failure to connect only.",
    "socks": "It needs PySocks for them, with which it is not tested.",
    "one": 'It speaks HTTP/1.1 only, and sees a mock\'s `http_version="HTTP/2"` as that.',
}
"""The footnotes."""

NO: Mapping[str, Mapping[str, str]] = {
    "streams, read as far as the program reads": {"httplib2": "whole"},
    "multipart forms with files": dict.fromkeys(("urllib", "http.client", "botocore", "httplib2"), "none"),
    "redirects": {"http.client": "none", "botocore": "storage"},
    "cookies, kept by the session": dict.fromkeys(("urllib3", "http.client", "botocore", "httplib2"), "none"),
    "authentication": dict.fromkeys(("urllib3", "http.client"), "none"),
    "gzip, decoded": dict.fromkeys(("urllib", "http.client", "botocore"), "packed"),
    "retries after a failure to connect": dict.fromkeys(
        ("aiohttp", "urllib", "http.client", "httplib2"), "none"
    ),
    "retries after a status": {
        **dict.fromkeys(("httpx", "httpx2"), "connect"),
        **dict.fromkeys(("aiohttp", "urllib", "http.client", "httplib2"), "none"),
    },
    "proxies; mocks name the URL beyond": {"httplib2": "socks"},
    "HTTP/2": dict.fromkeys((name for name in NAMES if not name.startswith("httpx")), "one"),
}
"""Per feature the clients that do not have it, and the footnote that says why."""


def has(feature: str, name: str) -> bool:
    """Whether a client has a feature."""
    return name not in NO.get(feature, {})


def markdown() -> str:
    """The table, and its footnotes."""
    flavours = {name: {client.flavour for client in CLIENTS if client.name == name} for name in NAMES}
    rows = [("", *NAMES), ("---", *("---" for _ in NAMES))]
    rows += [
        (title, *(_cell("" if flavour in flavours[name] else "interface") for name in NAMES))
        for title, flavour in FLAVOURS.items()
    ]
    rows += [(feature, *(_cell(NO.get(feature, {}).get(name, "")) for name in NAMES)) for feature in FEATURES]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return table + "\n" + "".join(f"[^{name}]: {text}\n" for name, text in WHY.items())


def _cell(footnote: str) -> str:
    return f"no[^{footnote}]" if footnote else "yes"

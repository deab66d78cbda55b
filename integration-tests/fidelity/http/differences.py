"""Where a mocked call deliberately looks different from a real one. The published table is made from this one.

Each has a scenario that shows it: `world.note(..., differs="<its key>")`. A difference that is gone fails there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Which client, what differs, and why it does."""

    client: str
    what: str
    why: str


DIFFERENCES: dict[str, Difference] = {
    "httpx is traced": Difference(
        "httpx, httpx2",
        'A function given as `extensions={"trace": ...}` hears nothing of a mocked call.',
        "It tells of connecting, writing and reading, none of which happens.",
    ),
    "httpx has no socket": Difference(
        "httpx, httpx2",
        "The `network_stream` of a response knows `server_addr`, by the name of the host, and a `client_addr`; "
        "it has no `socket` and no `ssl_object`.",
        "There is no connection, and so no certificate.",
    ),
    "httpx counts streams": Difference(
        "httpx, httpx2",
        'HTTP/2: `response.extensions["stream_id"]` is always 1.',
        "There is no connection whose streams could be counted.",
    ),
    "httpx waits for the pool": Difference(
        "httpx, httpx2",
        "A mocked call never waits for a connection, and never runs into `PoolTimeout`.",
        "It takes no connection from the pool. `mock_error(..., raises=httpx.PoolTimeout(...))` says so explicitly.",
    ),
    "aiohttp tries twice": Difference(
        "aiohttp",
        "An idempotent request whose connection breaks before the response is not sent a second time.",
        "One mock_error is one failing call; a second request would need a mock of its own.",
    ),
    "aiohttp traces a connection": Difference(
        "aiohttp",
        "Where connecting fails, traces are told of a connection and of sent headers all the same.",
        "Which mock serves is known only when the whole request is there.",
    ),
    "aiohttp warns from elsewhere": Difference(
        "aiohttp",
        "A warning about a deprecated argument names a line of tripwire, not the one of the call.",
        "aiohttp counts frames, and two of them are tripwire's.",
    ),
    "http.client connects later": Difference(
        "http.client, urllib3, httplib2",
        "An explicit `connect()` succeeds; that the host refuses it is told by the request.",
        "Which mock serves is known only when the whole request is there.",
    ),
    "http.client has no certificate": Difference(
        "http.client, urllib, urllib3, requests, botocore, httplib2",
        "The socket of a connection over TLS has an empty certificate, and gives the host's name for its address.",
        "There is no connection, and no name is looked up.",
    ),
    "http.client is a subclass": Difference(
        "http.client, urllib3",
        "A subclass's own `connect` runs only if it hands on to that of its base.",
        "Anything else would really connect.",
    ),
}

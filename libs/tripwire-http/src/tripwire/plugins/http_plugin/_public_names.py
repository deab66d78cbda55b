"""Names beside the seams that mockers of other kinds patch: in clients without a seam of their own, and below all."""

from __future__ import annotations

_VERBS = ("request", "get", "options", "head", "post", "put", "patch", "delete")

PUBLIC_NAMES = (
    *(f"requests:{name}" for name in (*_VERBS, "Session")),
    *(f"requests:Session.{name}" for name in (*_VERBS, "send", "get_adapter")),
    "requests.adapters:HTTPAdapter.send",
    "urllib3:request",
    "urllib3:PoolManager.request",
    "urllib3:PoolManager.urlopen",
    "urllib3.connectionpool:HTTPConnectionPool.ConnectionCls",
    "urllib3.connectionpool:HTTPSConnectionPool.ConnectionCls",
    "urllib3.connectionpool:HTTPConnectionPool.urlopen",
    "aiohttp:request",
    "aiohttp:ClientSession",
    *(f"aiohttp:ClientSession.{name}" for name in (*_VERBS, "_request")),
    "aiohttp:TCPConnector.connect",
    "socket:create_connection",
)

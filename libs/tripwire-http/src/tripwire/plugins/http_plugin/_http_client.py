"""`http.client`, and so urllib: a connection finds an in-memory socket where it would have connected."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire._patching import Target
from tripwire.plugins.http_plugin._socket import ScriptedSocket
from tripwire.plugins.http_plugin._url import DEFAULT_PORTS

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

PUBLIC_NAMES = (
    "http.client:HTTPConnection",
    "http.client:HTTPSConnection",
    "http.client:HTTPSConnection.connect",
    *(
        f"http.client:HTTPConnection.{name}"
        for name in ("connect", "request", "putrequest", "endheaders", "send", "getresponse")
    ),
    "urllib.request:urlopen",
    "urllib.request:OpenerDirector.open",
    "urllib.request:HTTPHandler.http_open",
    "urllib.request:HTTPSHandler.https_open",
)

_dialling: ContextVar[object] = ContextVar("tripwire_http_dialling", default=None)
"""The connection that is being opened genuinely: its class may call the patched `connect` of its base."""


def targets(plugin: type[HttpPlugin]) -> Iterable[Target]:
    """Where a connection is opened, and where a request begins on one that is open."""
    module = "http.client"
    return (
        Target(f"{module}:HTTPConnection", "connect", partial(_connect, plugin, "http")),
        Target(f"{module}:HTTPSConnection", "connect", partial(_connect, plugin, "https"), optional=True),
        Target(f"{module}:HTTPConnection", "putrequest", partial(_putrequest, plugin)),
    )


def _connect(plugin: type[HttpPlugin], scheme: str, genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def connect(self: Any) -> None:
        if _dialling.get() is self:
            return genuine(self)
        origin = _origin(self, scheme)
        serving = plugin.serving(plugin.request, f"CONNECT {origin}")
        if serving is None:
            return genuine(self)
        self.sock = ScriptedSocket(serving, origin, self, partial(_dial, self, genuine))
        return None

    return connect


def _putrequest(plugin: type[HttpPlugin], genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def putrequest(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> None:
        serving = plugin.serving(plugin.request, f"{method} {_origin(self)}{url}")
        if self.sock is not None and _crosses(self, serving):
            # Not `close()`, which would end a response that is still being read. The connection opens anew.
            self.sock.close()
            self.sock = None
        return genuine(self, method, url, *args, **kwargs)

    return putrequest


def _crosses(connection: Any, serving: HttpPlugin | None) -> bool:
    """Whether an open connection has crossed the edge of a sandbox: real inside it, or scripted outside."""
    held = connection.sock.plugin if isinstance(connection.sock, ScriptedSocket) else None
    if held is not None or serving is None:
        return held is not serving
    return _connects_through_us(type(connection))


def _connects_through_us(kind: type) -> bool:
    """Whether connections of a class, opened anew, come to us; one with a way of its own is let alone."""
    for base in kind.__mro__:
        connect = vars(base).get("connect")
        if base.__module__ == "http.client" or connect is None:
            continue
        if "connect" not in getattr(getattr(connect, "__code__", None), "co_names", ()):
            return False
    return True


def _dial(connection: Any, genuine: Callable[..., None]) -> Any:
    """A genuine socket for a connection, which keeps the scripted one as its own."""
    scripted, connection.sock = connection.sock, None
    token = _dialling.set(connection)
    try:
        genuine(connection)
        return connection.sock
    finally:
        connection.sock = scripted
        _dialling.reset(token)


def _origin(connection: Any, scheme: str = "") -> str:
    """Scheme, host and port that requests on a connection go to: those behind its tunnel, if it has one."""
    if not scheme:
        scheme = "https" if isinstance(connection, _https_connection()) else "http"
    host, port = connection.host, connection.port
    if connection._tunnel_host:
        host, port = connection._tunnel_host, connection._tunnel_port
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}")


def _https_connection() -> Any:
    """The class of connections over TLS; none where Python was built without it."""
    return getattr(sys.modules["http.client"], "HTTPSConnection", ())

"""`http.client`, and so urllib, httplib2 and whatever else is built on it: in-memory sockets for its connections.

`connect` is replaced where a client defines it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire._patching import Target
from tripwire.plugins.http_plugin._socket import ScriptedSocket, ScriptedTLSSocket, scripted_in
from tripwire.plugins.http_plugin._subclasses import SUBCLASSES, dialling, leave, replaced
from tripwire.plugins.http_plugin._url import DEFAULT_PORTS

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_MODULE = "http.client"
_CONNECTION = f"{_MODULE}:HTTPConnection"

PUBLIC_NAMES = (
    _CONNECTION,
    f"{_MODULE}:HTTPSConnection",
    f"{_MODULE}:HTTPSConnection.connect",
    *(
        f"{_CONNECTION}.{name}"
        for name in ("connect", "request", "putrequest", "endheaders", "send", "getresponse")
    ),
    "urllib.request:urlopen",
    "urllib.request:OpenerDirector.open",
    "urllib.request:HTTPHandler.http_open",
    "urllib.request:HTTPSHandler.https_open",
)

Connect = Callable[[Any], None]


@dataclass(frozen=True)
class Client:
    """What the connections of one client do beyond `http.client`.

    `opened` notes on a connection what its genuine `connect` would. `met` gives what that raises for an error of its
    socket. `failed` undoes `opened`, and gives what to raise in the middle of a request for what `connect` raised.
    """

    opened: Callable[[Any], None] = lambda _connection: None
    met: Callable[[Any, Exception], Exception] = lambda _connection, error: error
    failed: Callable[[Any, Exception], Exception] = lambda _connection, error: error


def targets(plugin: type[HttpPlugin]) -> Iterable[Target]:
    """Where a connection is opened, and where a request begins on one that is open."""
    opening = partial(connecting, plugin, Client())
    return (
        Target(_CONNECTION, "connect", opening),
        Target(f"{_MODULE}:HTTPSConnection", "connect", opening, optional=True),
        Target(_CONNECTION, "__init__", _beginning),
        Target(_CONNECTION, "putrequest", partial(_putrequest, plugin)),
    )


def connecting(plugin: type[HttpPlugin], client: Client, genuine: Connect) -> Callable[..., None]:
    """What replaces the `connect` of a client's class."""

    @wraps(genuine)
    def connect(self: Any, is_of_subclass: bool = False) -> None:
        if dialling.get() is self:
            return genuine(self)
        # The genuine way, also later, is the one that was not taken: a subclass's own where it has one.
        way = _as_the_subclass_does if is_of_subclass else genuine
        origin = _origin(self)
        serving = plugin.serving(plugin.request, f"CONNECT {origin}")
        if serving is None:
            return _genuinely(self, way)
        kind = ScriptedTLSSocket if origin.startswith("https:") else ScriptedSocket
        client_here = replace(client, met=Client.met) if is_of_subclass else client
        self.sock = kind(serving, origin, self, partial(_dial, way), client_here)
        client.opened(self)
        return None

    replaced.add(connect)
    return connect


def _beginning(genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it becomes that method
        SUBCLASSES.look_at(type(self))  # it may not have been defined when the sandbox opened
        genuine(self, *args, **kwargs)

    return __init__


def _putrequest(plugin: type[HttpPlugin], genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def putrequest(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> None:
        serving = plugin.serving(plugin.request, _Asked(self, method, url))
        if "connect" in vars(self):
            SUBCLASSES.look_at(type(self), is_own=True)
        if self.sock is not None and _crosses(self, serving):
            leave(self)
            self.connect()  # it may not open by itself: urllib3's do not behind a proxy
        return genuine(self, method, url, *args, **kwargs)

    return putrequest


class _Asked(NamedTuple):
    """A request in words, which hardly anybody asks for."""

    connection: Any
    method: Any
    url: Any

    def __str__(self) -> str:
        url = str(self.url)
        is_whole = url[:1] != "/" and "://" in url
        return f"{self.method} {url if is_whole else _origin(self.connection) + url}"


def _crosses(connection: Any, serving: HttpPlugin | None) -> bool:
    """Whether an open connection has crossed the edge of a sandbox: real inside it, or scripted outside."""
    scripted = scripted_in(connection.sock)
    return (None if scripted is None else scripted.plugin) is not serving


def _genuinely(connection: Any, way: Connect) -> None:
    token = dialling.set(connection)
    try:
        way(connection)
    finally:
        dialling.reset(token)


def _as_the_subclass_does(connection: Any) -> None:
    connection.connect()


def _dial(way: Connect, connection: Any) -> Any:
    """A genuine socket for a connection, which keeps the scripted one as its own."""
    scripted, connection.sock = connection.sock, None
    try:
        _genuinely(connection, way)
        return connection.sock
    finally:
        connection.sock = scripted


def _origin(connection: Any) -> str:
    """Scheme, host and port that requests on a connection go to: those behind its tunnel, if it has one."""
    scheme = "https" if connection.default_port == DEFAULT_PORTS["https"] else "http"
    host, port = connection.host, connection.port
    if connection._tunnel_host:
        host, port = connection._tunnel_host, connection._tunnel_port
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port in (None, DEFAULT_PORTS[scheme]) else f":{port}")

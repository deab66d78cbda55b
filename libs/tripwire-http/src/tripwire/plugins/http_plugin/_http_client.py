"""`http.client`, and so urllib, httplib2 and whatever else is built on it: in-memory sockets for its connections.

`connect` is replaced where a client defines it. A subclass with a `connect` of its own, whoever wrote it and
whenever, is met where the program looks it up: if it hands on to one that is replaced, it runs, else it does not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from tripwire._patching import Target
from tripwire.plugins.http_plugin._socket import ScriptedSocket, ScriptedTLSSocket, scripted_in
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

_dialling: ContextVar[object] = ContextVar("tripwire_http_dialling", default=None)
"""The connection that is being opened genuinely: its class may call the patched `connect` of its base."""

_replaced: WeakSet[Callable[..., None]] = WeakSet()
"""What stands in the place of a client's `connect`."""


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
        # The one hook that all subclasses share, those of the program and those not defined yet.
        Target(_CONNECTION, "__getattribute__", partial(_looking_up, plugin)),
        Target(_CONNECTION, "putrequest", partial(_putrequest, plugin)),
    )


def connecting(plugin: type[HttpPlugin], client: Client, genuine: Connect) -> Callable[..., None]:
    """What replaces the `connect` of a client's class."""

    @wraps(genuine)
    def connect(self: Any, is_of_subclass: bool = False) -> None:
        if _dialling.get() is self:
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

    _replaced.add(connect)
    return connect


def _looking_up(plugin: type[HttpPlugin], genuine: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    @wraps(genuine)
    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807 - it becomes that method
        held = genuine(self, name)
        if name != "connect" or _ours(held) is not None or _dialling.get() is self:
            return held
        return partial(_connect_of_subclass, plugin, self, held)

    return __getattribute__


def _ours(connect: Any) -> Callable[..., None] | None:
    """Our replacement, if a `connect` is that, perhaps in a wrapper that somebody was allowed to put around it."""
    found: Any = getattr(connect, "__func__", connect)
    ours: Callable[..., None] | None = None
    while found is not None:
        if found in _replaced:  # a transparent wrapper equals what it wraps, so the innermost is it
            ours = found
        found = getattr(found, "__wrapped__", None)
    return ours


def _connect_of_subclass(plugin: type[HttpPlugin], connection: Any, held: Callable[[], None]) -> None:
    """Run a `connect` that hands on to one of ours; take the place of any other."""
    ours, hands_on = _beneath(connection)
    if ours is None:  # somebody has laid a patch over it: a conflict, which is told at the end
        return held()
    if hands_on:
        held()
        if scripted_in(connection.sock) is not None or not plugin.serving(plugin.request, "CONNECT"):
            return None
        _leave(connection)  # it only looked as if it would hand on
    return ours(connection, is_of_subclass=True)


def _beneath(connection: Any) -> tuple[Callable[..., None] | None, bool]:
    """The replaced `connect` beneath those of a connection's subclasses, and whether they all hand on to it."""
    kind = type(connection)
    hands_on = "connect" not in vars(connection)
    for base in kind.__mro__:
        connect = vars(base).get("connect")
        if (ours := _ours(connect)) is not None:
            return ours, hands_on
        hands_on = hands_on and (connect is None or _hands_on(connect, kind))
    return None, hands_on


def _hands_on(connect: object, kind: type) -> bool:
    """Whether a `connect` calls that of its base, and does not do with its socket what only a real one bears."""
    code = getattr(inspect.unwrap(connect) if callable(connect) else None, "__code__", None)
    if code is None:
        return False
    names = {*code.co_names, *code.co_freevars}
    bases = {"super", *(base.__name__ for base in kind.__mro__)}
    return "connect" in names and "wrap_socket" not in names and not names.isdisjoint(bases)


def _putrequest(plugin: type[HttpPlugin], genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def putrequest(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> None:
        serving = plugin.serving(
            plugin.request, f"{method} {url if '://' in str(url) else f'{_origin(self)}{url}'}"
        )
        if self.sock is not None and _crosses(self, serving):
            _leave(self)
            self.connect()  # it may not open by itself: urllib3's do not behind a proxy
        return genuine(self, method, url, *args, **kwargs)

    return putrequest


def _crosses(connection: Any, serving: HttpPlugin | None) -> bool:
    """Whether an open connection has crossed the edge of a sandbox: real inside it, or scripted outside."""
    scripted = scripted_in(connection.sock)
    return (None if scripted is None else scripted.plugin) is not serving


def _leave(connection: Any) -> None:
    """Drop a connection's socket: not by `close()`, which would end a response that is still being read."""
    held, connection.sock = connection.sock, None
    if held is not None:
        held.close()


def _genuinely(connection: Any, way: Connect) -> None:
    token = _dialling.set(connection)
    try:
        way(connection)
    finally:
        _dialling.reset(token)


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

"""aiohttp, at the making of a connection: session, pool, tracing and the protocol are its own, only the wire is not."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial, wraps
from types import coroutine
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from tripwire._frames import Place, started, user_place
from tripwire._patching import Target
from tripwire._plugin import Call, Unmatched
from tripwire.plugins.http_plugin._aiohttp_call import Attempt, SessionCall
from tripwire.plugins.http_plugin._aiohttp_transport import ScriptedTransport
from tripwire.plugins.http_plugin._exchange import Request

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

PUBLIC_NAMES = (
    "aiohttp:request",
    "aiohttp:ClientSession",
    *(
        f"aiohttp:ClientSession.{name}"
        for name in (
            "_request",
            "request",
            "get",
            "options",
            "head",
            "post",
            "put",
            "patch",
            "delete",
            "ws_connect",
        )
    ),
    "aiohttp:TCPConnector",
    "aiohttp:TCPConnector._create_connection",
    "aiohttp.connector:BaseConnector.connect",
)

_CONNECTORS = ("TCPConnector", "UnixConnector", "NamedPipeConnector")

_call: ContextVar[SessionCall | None] = ContextVar("tripwire_http_aiohttp_call", default=None)
_connecting: ContextVar[tuple[HttpPlugin | None] | None] = ContextVar(
    "tripwire_http_aiohttp_connecting", default=None
)
"""Who serves the request for which a connector looks for a connection, in that stretch only."""

_looked_up: WeakKeyDictionary[Any, set[Any]] = WeakKeyDictionary()
"""The addresses that a connector would have in its cache by now."""


def targets(plugin: type[HttpPlugin]) -> Iterable[Target]:
    """Where a call begins, where it is given a connection, and where that is made; all by private names but one."""
    module = "aiohttp.connector"
    yield Target("aiohttp.client:ClientSession", "_request", _request)
    yield Target(f"{module}:BaseConnector", "connect", partial(_connect, plugin))
    for kind in _CONNECTORS:
        yield Target(f"{module}:{kind}", "_create_connection", partial(_create_connection, plugin))
    yield Target("aiohttp.client_proto:ResponseHandler", "is_connected", _is_connected)


def _request(genuine: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    @wraps(genuine)
    def _request(self: Any, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        # Now: the task that is to await it may have no line of the program's.
        running: Any = _run(user_place(), partial(genuine, self, *args, **kwargs))
        running.__name__, running.__qualname__ = genuine.__name__, genuine.__qualname__
        return running  # type: ignore[no-any-return]

    return _request


async def _run(place: Place | None, genuine: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    call = SessionCall()
    token = _call.set(call)
    try:
        return await _started_at(place, genuine())
    except BaseException as error:
        call.failed(error)
        raise
    finally:
        with suppress(ValueError):  # closed from another context, by the garbage collector
            _call.reset(token)


@coroutine
def _started_at(place: Place | None, running: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Await a coroutine; whatever is asked for its place in there finds the one where it was started."""
    step: Callable[[Any], Any] = running.send
    given: Any = None
    while True:
        before, started.at = started.at, place
        try:
            awaited = step(given)
        except StopIteration as end:
            return end.value
        finally:
            started.at = before
        try:
            given, step = (yield awaited), running.send
        except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
            given, step = error, running.throw


def _connect(
    plugin: type[HttpPlugin], genuine: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def connect(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
        if not _connects_through_us(type(self)):
            return await genuine(self, req, traces, timeout)
        serving = _serving(plugin, req)
        token = _connecting.set((serving,))
        try:
            connection = await genuine(self, req, traces, timeout)
        finally:
            _connecting.reset(token)
        if isinstance(connection.transport, ScriptedTransport):
            connection.transport.attempt = Attempt(req, timeout, _call.get() or SessionCall())
        return connection

    return connect


def _create_connection(
    plugin: type[HttpPlugin], genuine: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def _create_connection(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
        connecting = _connecting.get()
        serving = _serving(plugin, req) if connecting is None else connecting[0]
        if serving is None:
            return await genuine(self, req, traces, timeout)
        await _signal_look_up(self, req, traces)
        if req.proxy is not None:
            _authorize(self, req)
        protocol = self._factory()
        attempt = Attempt(req, timeout, _call.get() or SessionCall())
        wire = ScriptedTransport(serving, protocol, attempt, partial(genuine, self))
        wire.socket = str(getattr(self, "path", ""))
        protocol.connection_made(wire)
        return protocol

    return _create_connection


def _is_connected(genuine: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(genuine)
    def is_connected(self: Any) -> bool:
        connecting = _connecting.get()
        if connecting is not None:
            # A connection that has crossed the edge of a sandbox, real inside it or scripted outside, is not used.
            held = self.transport.plugin if isinstance(self.transport, ScriptedTransport) else None
            if held is not connecting[0]:
                return False
        return genuine(self)

    return is_connected


def _serving(plugin: type[HttpPlugin], req: Any) -> HttpPlugin | None:
    """Who serves a request; one that asks for a WebSocket nobody does."""
    asked = _Asked(req)
    serving = plugin.serving(plugin.request, asked)
    if serving is not None and req.headers.get("Upgrade", "").lower() == "websocket":
        why = "it opens a WebSocket, which cannot be mocked: tripwire.http answers requests by responses"
        serving.refuse(Call(plugin.request, {}, asked), Unmatched(explanation=why))
    return serving


class _Asked(NamedTuple):
    """A request in words, which hardly anybody asks for."""

    req: Any

    def __str__(self) -> str:
        return str(Request(self.req.method, str(self.req.url)))


def _connects_through_us(kind: type) -> bool:
    """Whether connections of a connector are made by aiohttp; a way of the program's own is let alone."""
    makers = [base for base in kind.__mro__ if "_create_connection" in vars(base)]
    theirs = next(
        base for base in makers if base.__module__ == "aiohttp.connector"
    )  # the last is their base class
    for base in makers[: makers.index(theirs)]:
        code = getattr(vars(base)["_create_connection"], "__code__", None)
        if "_create_connection" not in getattr(code, "co_names", ()):
            return False
    return theirs.__name__ in _CONNECTORS


def _authorize(connector: Any, req: Any) -> None:
    """Give a request what its proxy is to know, as a genuine connection to the proxy does."""
    update = getattr(connector, "_update_proxy_auth_header_and_build_proxy_req", None)
    if update is not None:
        update(req)
    elif not req.is_ssl():  # pragma: no cover - an older aiohttp
        to_proxy = type(req)("GET", req.proxy, auth=req.proxy_auth, loop=req.loop)
        if "Authorization" in to_proxy.headers:
            req.headers["Proxy-Authorization"] = to_proxy.headers["Authorization"]


async def _signal_look_up(connector: Any, req: Any, traces: Iterable[Any]) -> None:
    """Tell the traces of a look-up of the host's name, where there would have been one."""
    host = req.url.raw_host
    if not traces or req.proxy is not None or not hasattr(connector, "use_dns_cache") or _is_address(host):
        return
    looked_up = _looked_up.setdefault(connector, set())
    is_known = (host, req.port) in looked_up
    signals = ["resolvehost_start", "resolvehost_end"]
    if connector.use_dns_cache:
        looked_up.add((host, req.port))
        signals = ["cache_hit"] if is_known else ["cache_miss", *signals]
    for signal in signals:
        for trace in traces:
            await getattr(trace, f"send_dns_{signal}")(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True

"""Real servers on loopback, scripted route by route: what a client sees here is what a mock has to look like.

They know nothing of tripwire. HTTP/1.1 is read and written by hand, byte for byte; HTTP/2 is h2's.
"""

from __future__ import annotations

import asyncio
import json as json_module
import socket
import ssl
import struct
import threading
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

import trustme

from . import http2

Failing = Literal["connect", "timeout", "read", "dns", "tls", "connect timeout"]
_PAUSE = 0.004  # between parts, so that they arrive as parts


@dataclass
class Route:
    """A request that is expected, once, and what comes back."""

    method: str
    path: str
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: list[bytes | BaseException] | None = None
    delay: float = 0
    reason: str | None = None
    http_version: str = "HTTP/1.1"
    fails: Failing | None = None

    @property
    def phrase(self) -> str:
        """The reason phrase: the one given, else the usual one."""
        if self.reason is not None:
            return self.reason
        return HTTPStatus(self.status).phrase if self.status in list(HTTPStatus) else ""

    def sent_headers(self) -> list[tuple[str, str]]:
        """The fields given, and after them what the body needs."""
        names = {name.lower() for name, _ in self.headers}
        if self.status in (204, 304) or names & {"content-length", "transfer-encoding"}:
            return self.headers
        if self.stream is not None:
            chunked = [("Transfer-Encoding", "chunked")] if self.http_version == "HTTP/1.1" else []
            return [*self.headers, *chunked]
        return [*self.headers, ("Content-Length", str(len(self.body)))]

    def sent_body(self) -> bytes:
        """The whole body, as far as it comes."""
        if self.method == "HEAD":
            return b""
        if self.stream is None:
            return self.body
        return b"".join(part for part in self.stream if isinstance(part, bytes))

    @property
    def is_chunked(self) -> bool:
        return any(n.lower() == "transfer-encoding" and "chunked" in v for n, v in self.sent_headers())

    def closes(self, request: Received) -> bool:
        """Whether the connection ends with this response."""
        said = {v.lower() for n, v in [*self.headers, *request.headers] if n.lower() == "connection"}
        if "close" in said:
            return True
        if self.http_version == "HTTP/1.0" and "keep-alive" not in said:
            return True
        names = {name.lower() for name, _ in self.sent_headers()}
        return self.status not in (204, 304) and not names & {"content-length", "transfer-encoding"}


@dataclass
class Received:
    """A request as it arrived. `target` is what stood in the request line, `origin` the server that it came to."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    origin: str = ""

    @property
    def url(self) -> str:
        """The whole URL, by the name that the client knows the server by."""
        if "://" in self.target:
            return self.target
        scheme, _, address = self.origin.partition("://")
        host = next((value for name, value in self.headers if name.lower() == "host"), "")
        known = f"localhost:{address.rpartition(':')[2]}"
        return f"{scheme}://{host if host == known else address}{self.target}"


class Script:
    """What one run of a scenario expects, and what arrived."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.received: list[Received] = []
        self.served: list[Route] = []
        self.unexpected: list[Received] = []

    def take(self, request: Received) -> Route:
        """The first route that fits; a request that has none is answered by status 599, and remembered."""
        self.received.append(request)
        path = request.target.partition("?")[0]
        if "://" in path:  # as a proxy is asked
            path = "/" + path.partition("://")[2].partition("/")[2]
        for route in self.routes:
            if (route.method, route.path) == (request.method, path):
                self.routes.remove(route)
                self.served.append(route)
                return route
        self.unexpected.append(request)
        self.served.append(
            route := Route(request.method, path, 599, body=b"nothing is scripted for this request")
        )
        return route


def encoded(json: Any) -> bytes:
    """JSON as compact text."""
    return json_module.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()


class Connection:
    """One HTTP/1.1 connection."""

    def __init__(self, servers: Servers, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.servers, self.reader, self.writer = servers, reader, writer
        self.origin = servers.origin_of(writer)

    async def serve(self) -> None:
        while (request := await self.read()) is not None:
            route = self.servers.script.take(request)
            if not await self.answer(request, route):
                return

    async def read(self) -> Received | None:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.split("\r\n")[:-2]
        method, target, _ = line.split(" ")
        headers = [(name, value.strip()) for name, _, value in (one.partition(":") for one in fields)]
        named = {name.lower(): value for name, value in headers}
        if named.get("expect", "").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in named.get("transfer-encoding", ""):
            body = await self.read_chunks()
        else:
            body = await self.reader.readexactly(int(named.get("content-length", 0)))
        return Received(method, target, headers, body, self.origin)

    async def read_chunks(self) -> bytes:
        body = b""
        while size := int((await self.reader.readline()).partition(b";")[0], 16):
            body += await self.reader.readexactly(size)
            await self.reader.readline()
        while (await self.reader.readline()).strip():
            pass
        return body

    async def answer(self, request: Received, route: Route) -> bool:
        """Answer a request; whether the connection goes on."""
        if route.fails == "timeout" or (route.delay and await self.is_left(route.delay)):
            await self.is_left(60)
            return False
        if route.fails == "read":
            self.reset()
            return False
        head = [f"{route.http_version} {route.status} {route.phrase}"]
        head += [f"{name}: {value}" for name, value in route.sent_headers()]
        start = "\r\n".join((*head, "", "")).encode("latin-1")
        if request.method == "HEAD" or route.stream is None:
            content = b"" if request.method == "HEAD" else route.body
            self.writer.write(start + (framed([content]) if route.is_chunked and content else content))
        else:
            self.writer.write(start)
            if not await self.write_parts(route):
                return False
        await self.writer.drain()
        return not route.closes(request)

    async def write_parts(self, route: Route) -> bool:
        for part in route.stream or ():
            await asyncio.sleep(_PAUSE)
            if isinstance(part, BaseException):
                await asyncio.sleep(5 * _PAUSE)
                self.reset() if isinstance(part, ConnectionResetError) else self.writer.close()
                return False
            self.writer.write((b"%x\r\n%b\r\n" % (len(part), part)) if route.is_chunked else part)
            await self.writer.drain()
        await asyncio.sleep(_PAUSE)
        if route.is_chunked:
            self.writer.write(b"0\r\n\r\n")
        stated = {n.lower(): v for n, v in route.headers}.get("content-length")
        return stated in (None, str(len(route.sent_body())))

    async def is_left(self, seconds: float) -> bool:
        """Whether the client hangs up within this time."""
        try:
            return await asyncio.wait_for(self.reader.read(1), seconds) == b""
        except asyncio.TimeoutError:
            return False

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def framed(parts: Iterable[bytes]) -> bytes:
    """Parts in the chunked coding."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"


class Servers:
    """All of them, on one event loop in one thread, for the whole session; `script` is that of the run.

    `origins` has the URL of each by name: "http", "https", "h2" (HTTP/2 over TLS), "untrusted" (TLS, by an
    authority that nobody knows), "closed" (nobody listens) and "full" (nobody is accepted any more).
    """

    def __init__(self) -> None:
        self.script = Script()
        self.authority, unknown = trustme.CA(), trustme.CA()
        self.loop = asyncio.new_event_loop()
        self.connections: set[asyncio.Task[Any]] = set()
        self.thread = threading.Thread(target=self.loop.run_forever, name="fidelity servers", daemon=True)
        self.thread.start()
        trusted = certified(self.authority)
        http_2 = certified(self.authority)
        http_2.set_alpn_protocols(["h2", "http/1.1"])
        self.listening: list[asyncio.Server] = []
        self.ports = {
            "http": self.listen(None),
            "https": self.listen(trusted),
            "h2": self.listen(http_2),
            "untrusted": self.listen(certified(unknown)),
        }
        self.bound = socket.socket()  # bound, but not listening: nobody else gets the port
        self.bound.bind(("127.0.0.1", 0))
        self.ports["closed"] = self.bound.getsockname()[1]
        self.full = socket.socket()
        self.full.bind(("127.0.0.1", 0))
        self.full.listen(0)
        self.ports["full"] = self.full.getsockname()[1]
        self.queue = [socket.socket() for _ in range(3)]
        for waiting in self.queue:
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", self.ports["full"]))
        self.origins = {
            name: f"http{'' if name in ('http', 'closed', 'full') else 's'}://127.0.0.1:{port}"
            for name, port in self.ports.items()
        }

    def origin_of(self, writer: asyncio.StreamWriter) -> str:
        """The URL of the server that a connection came to."""
        port = writer.get_extra_info("sockname")[1]
        return next(self.origins[name] for name, held in self.ports.items() if held == port)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def listen(self, tls: ssl.SSLContext | None) -> int:
        server = self.run(asyncio.start_server(self.accept, "127.0.0.1", 0, ssl=tls, limit=1 << 24))
        self.listening.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls = writer.get_extra_info("ssl_object")
            if tls is not None and tls.selected_alpn_protocol() == "h2":
                await http2.Connection(self, reader, writer).serve()
            else:
                await Connection(self, reader, writer).serve()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has left, or the servers stop
        finally:
            self.connections.discard(task)
            writer.close()

    def stop(self) -> None:
        self.run(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        for held in (self.bound, self.full, *self.queue):
            held.close()

    async def _stop(self) -> None:
        for server in self.listening:
            server.close()
        for task in list(self.connections):
            task.cancel()
        await asyncio.sleep(0.05)


def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context

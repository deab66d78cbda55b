"""A real server on loopback, and a scenario run three ways: really, scripted, and passed through."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import uvloop

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


@dataclass
class Route:
    """One request that a scenario makes, and the reply it gets."""

    method: str
    path: str
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def wire_headers(self) -> list[tuple[str, str]]:
        """What a plain server sends: the headers, and the length where nothing else tells it."""
        names = {name.lower() for name, _ in self.headers}
        if self.status in (204, 304) or names & {"content-length", "transfer-encoding"}:
            return self.headers
        return [*self.headers, ("Content-Length", str(len(self.body)))]

    def wire_body(self) -> bytes:
        if self.method == "HEAD":
            return b""
        if ("Transfer-Encoding", "chunked") in self.headers:
            half = len(self.body) // 2
            pieces = [piece for piece in (self.body[:half], self.body[half:]) if piece]
            return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        return self.body


@dataclass
class Received:
    """One request as it reached the real server."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LoopbackServer

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def reply(self) -> None:
        body = self.received_body()
        got = Received(self.command, self.path, list(self.headers.items()), body)
        self.server.received.append(got)
        route = self.server.routes.pop(0)
        assert (route.method, route.path) == (self.command, self.path.partition("?")[0])
        self.send_response_only(route.status)
        for name, value in route.wire_headers():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(route.wire_body())
        if ("connection", "close") in {(name.lower(), value) for name, value in route.headers}:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = reply  # noqa: N815 - as http.server names them

    def received_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *args: Any) -> None:
        pass


class LoopbackServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes: list[Route] = []
        self.received: list[Received] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="session")
def loopback() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server(loopback: LoopbackServer) -> LoopbackServer:
    """The real server, with nothing to answer yet."""
    loopback.routes, loopback.received = [], []
    return loopback


@dataclass
class Ran:
    """What one run of a scenario showed to the program, sent to the server and left in the record."""

    seen: Any
    received: list[Received]
    recorded: list[dict[str, Any]]


@pytest.fixture
def three_runs(server: LoopbackServer) -> Callable[..., tuple[Ran, Ran, Ran]]:
    """Run a scenario against the real server, against mocks, and passed through to the real server."""

    def really(routes: list[Route], play: Callable[[str], Any]) -> Ran:
        server.routes, server.received = list(routes), []
        seen = play(server.url)
        assert server.routes == []
        return Ran(seen, server.received, [])

    def sandboxed(routes: list[Route], play: Callable[[str], Any], *, scripted: bool) -> Ran:
        server.routes, server.received = [] if scripted else list(routes), []
        verifier = tripwire.StrictVerifier()
        plugin = HttpPlugin(verifier)
        for route in routes:
            url = server.url + route.path
            if scripted:
                plugin.mock_response(
                    route.method, url, status=route.status, headers=route.headers, body=route.body
                )
            else:
                plugin.pass_through(route.method, url)
        with verifier.sandbox():
            seen = play(server.url)
        assert list(plugin.unused()) == []
        assert server.routes == []
        return Ran(seen, server.received, [dict(interaction.fields) for interaction in verifier.timeline])

    def run(routes: list[Route], play: Callable[[str], Any]) -> tuple[Ran, Ran, Ran]:
        return (
            really(routes, play),
            sandboxed(routes, play, scripted=True),
            sandboxed(routes, play, scripted=False),
        )

    return run


@pytest.fixture
def make_route() -> type[Route]:
    """What a route is made of."""
    return Route


@pytest.fixture
def http(tripwire_verifier: tripwire.StrictVerifier) -> HttpPlugin:
    """The plugin of this test."""
    return tripwire_verifier.plugin(HttpPlugin)


@pytest.fixture
def by_hand() -> tuple[tripwire.StrictVerifier, HttpPlugin]:
    """A verifier outside pytest's care, and its plugin."""
    verifier = tripwire.StrictVerifier()
    return verifier, HttpPlugin(verifier)


@pytest.fixture
def connection(server: LoopbackServer) -> Iterator[HTTPConnection]:
    """A connection to the real server."""
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield connection
    connection.close()


Main = Callable[[], Coroutine[Any, Any, Any]]


def run_on_asyncio(main: Main) -> Any:
    return asyncio.run(main())


def run_on_uvloop(main: Main) -> Any:
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@pytest.fixture(params=[run_on_asyncio, run_on_uvloop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    """Runs a main program on each event loop, and sees that nothing of it is left."""

    def run(main: Main) -> Any:
        async def and_nothing_left() -> Any:
            complaints: list[Any] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            result = await main()
            await asyncio.sleep(0.01)
            gc.collect(1)  # all of it would take long, and what is new is young
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert complaints == []
            return result

        return request.param(and_nothing_left)

    return run

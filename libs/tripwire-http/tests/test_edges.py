"""The edges of the sandbox: connections that cross them, late imports, other people's patches."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection, IncompleteRead
from typing import Any
from unittest import mock

import httpx
import httpx2
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


@pytest.fixture
def connection(server: Any) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    yield connection
    connection.close()


def ask(connection: HTTPConnection, path: str = "/data") -> bytes:
    connection.request("GET", path)
    return connection.getresponse().read()


# -- kept-alive connections


def test_a_real_connection_is_not_used_inside(
    http: HttpPlugin, server: Any, make_route: Any, connection: HTTPConnection
) -> None:
    server.routes = [make_route("GET", "/data", body=b"real"), make_route("GET", "/data", body=b"real again")]
    assert ask(connection) == b"real"
    real_socket = connection.sock
    http.mock_response("GET", f"{server.url}/data", body=b"scripted")
    with tripwire.sandbox():
        assert ask(connection) == b"scripted"
        assert real_socket.fileno() == -1
    assert connection.sock is None
    assert ask(connection) == b"real again"
    assert len(server.received) == 2
    http.assert_request("GET", f"{server.url}/data")


def test_a_scripted_connection_serves_no_other_verifier(connection: HTTPConnection, server: Any) -> None:
    verifiers = [tripwire.StrictVerifier() for _ in range(2)]
    plugins = [HttpPlugin(verifier) for verifier in verifiers]
    for number, plugin in enumerate(plugins):
        plugin.mock_response("GET", f"{server.url}/data", json=number)
    with verifiers[0].sandbox():
        assert ask(connection) == b"0"
        with verifiers[1].sandbox():
            assert ask(connection) == b"1"
    assert [len(verifier.timeline) for verifier in verifiers] == [1, 1]


def test_a_response_outlives_the_sandbox(http: HttpPlugin) -> None:
    http.mock_response("GET", "https://api.example.com/data", body=b"one\ntwo\n" * 5000)
    with tripwire.sandbox():
        response = urllib.request.urlopen("https://api.example.com/data")
        assert response.readline() == b"one\n"
    with response:
        assert len(response.read()) == 8 * 5000 - 4
    http.assert_request("GET", "https://api.example.com/data")


def test_a_subclass_that_calls_ours_is_caught_with_its_open_connection(
    http: HttpPlugin, server: Any, make_route: Any
) -> None:
    class Logging(HTTPConnection):
        connected = 0

        def connect(self) -> None:
            super().connect()
            self.connected += 1

    server.routes = [make_route("GET", "/data", body=b"real")]
    connection = Logging("127.0.0.1", server.server_port)
    assert ask(connection) == b"real"
    http.mock_response("GET", f"{server.url}/data", body=b"scripted")
    with tripwire.sandbox():
        assert ask(connection) == b"scripted"
    assert connection.connected == 2
    http.assert_request("GET", f"{server.url}/data")


def test_a_pool_of_httpx_reaches_the_network_only_outside(
    http: HttpPlugin, server: Any, make_route: Any
) -> None:
    server.routes = [make_route("GET", "/data", body=b"real"), make_route("GET", "/data", body=b"real again")]
    http.mock_response("GET", f"{server.url}/data", body=b"scripted")
    with httpx.Client() as client:
        seen = [client.get(f"{server.url}/data").content]
        with tripwire.sandbox():
            seen.append(client.get(f"{server.url}/data").content)
        seen.append(client.get(f"{server.url}/data").content)
    assert seen == [b"real", b"scripted", b"real again"]
    http.assert_request("GET", f"{server.url}/data")


async def test_so_does_an_async_one(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=b"real"), make_route("GET", "/data", body=b"real again")]
    http.mock_response("GET", f"{server.url}/data", body=b"scripted")
    async with httpx.AsyncClient() as client:
        seen = [(await client.get(f"{server.url}/data")).content]
        async with tripwire.sandbox():
            seen.append((await client.get(f"{server.url}/data")).content)
        seen.append((await client.get(f"{server.url}/data")).content)
    assert seen == [b"real", b"scripted", b"real again"]
    http.assert_request("GET", f"{server.url}/data")


# -- after the sandbox


async def test_a_forgotten_task_trips(http: HttpPlugin) -> None:
    closed = asyncio.Event()

    async def late(library: Any) -> None:
        async with library.AsyncClient() as client:
            await closed.wait()
            await client.get("https://api.example.com/late")

    async with tripwire.sandbox():
        tasks = [asyncio.create_task(late(library)) for library in (httpx, httpx2)]
    closed.set()
    for task in tasks:
        with pytest.raises(
            tripwire.PostSandboxInteractionError, match=r"called: GET https://api\.example\.com/late"
        ):
            await task


@pytest.mark.parametrize("begin", ["request", "connect"])
def test_a_forgotten_thread_trips(begin: str) -> None:
    closed, raised = threading.Event(), []
    connection = HTTPSConnection("api.example.com")

    def late() -> None:
        closed.wait()
        try:
            connection.request("GET", "/late") if begin == "request" else connection.connect()
        except tripwire.PostSandboxInteractionError as error:
            raised.append(error.call)

    with tripwire.expect_trip(tripwire.PostSandboxInteractionError):
        with tripwire.sandbox():
            thread = threading.Thread(target=late)
            thread.start()
        closed.set()
        thread.join()
    said = {"request": "GET https://api.example.com/late", "connect": "CONNECT https://api.example.com"}
    assert raised == [said[begin]]


def test_a_scripted_socket_kept_by_the_program_is_closed(http: HttpPlugin) -> None:
    connection = HTTPConnection("api.example.com")
    with tripwire.sandbox():
        connection.connect()
        kept = connection.sock
        assert connection.sock.gettimeout() is None
    with pytest.raises(OSError, match="Bad file descriptor"):
        kept.sendall(b"GET / HTTP/1.1\r\n")


# -- passing through


def test_a_subclass_passes_through_its_own_connect(http: HttpPlugin, server: Any, make_route: Any) -> None:
    class Tuned(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock.settimeout(4)

    server.routes = [make_route("GET", "/data", body=b"real")]
    http.pass_through("GET", f"{server.url}/data")
    connection = Tuned("127.0.0.1", server.server_port)
    with tripwire.sandbox():
        assert ask(connection) == b"real"
        assert connection.sock.gettimeout() == 4
    connection.close()
    http.assert_request("GET", f"{server.url}/data", response_body=b"real", status=200)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_errors_of_the_genuine_connection(http: HttpPlugin, server: Any, scheme: str) -> None:
    # Nobody listens at the one, nobody speaks TLS at the other.
    url = "http://127.0.0.1:9/data" if scheme == "http" else f"https://127.0.0.1:{server.server_port}/data"
    for _ in range(2):
        http.pass_through("GET", url)
    with tripwire.sandbox():
        with pytest.raises(urllib.error.URLError) as by_urllib:
            urllib.request.urlopen(url, timeout=5)
        with pytest.raises(httpx.ConnectError) as by_httpx:
            httpx.get(url)
    http.assert_request("GET", url, raised=by_urllib.value.reason, status=None)
    http.assert_request("GET", url, raised=by_httpx.value, status=None)


def serve_once(reply: bytes) -> tuple[str, threading.Thread]:
    """A server that answers one connection with these bytes and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as peer:
            peer.recv(65536)
            peer.sendall(reply)
            peer.shutdown(socket.SHUT_WR)
            peer.recv(65536)

    thread = threading.Thread(target=serve)
    thread.start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/data", thread


@pytest.mark.parametrize(
    ("reply", "read", "recorded"),
    [
        pytest.param(
            b"HTTP/1.0 200 OK\r\n\r\nto the end", b"to the end", (200, b"to the end"), id="HTTP/1.0"
        ),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            b"ok",
            (200, b"ok"),
            id="100",
        ),
        pytest.param(b"HTTP/1.1 200\r\nA\r\n\r\nlax", b"lax", (None, b""), id="lax"),
    ],
)
def test_other_kinds_of_servers(http: HttpPlugin, reply: bytes, read: bytes, recorded: Any) -> None:
    url, thread = serve_once(reply)
    http.pass_through("GET", url)
    with tripwire.sandbox():
        with urllib.request.urlopen(url, timeout=5) as response:
            assert response.read() == read
        thread.join()
    http.assert_request("GET", url, status=recorded[0], response_body=recorded[1])


@pytest.mark.parametrize("client", ["urllib", "httpx"])
def test_a_response_that_breaks_off(http: HttpPlugin, client: str) -> None:
    url, thread = serve_once(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    http.pass_through("GET", url)
    with tripwire.sandbox():
        if client == "urllib":
            with pytest.raises(IncompleteRead), urllib.request.urlopen(url, timeout=5) as response:
                response.read()
            raised: Any = None
        else:
            with pytest.raises(httpx.RemoteProtocolError) as caught:
                httpx.get(url)
            raised = caught.value
        thread.join()
    http.assert_request("GET", url, status=200, response_body=b"half", raised=raised)


def test_a_real_server_that_is_too_slow(http: HttpPlugin) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/data"
        http.pass_through("GET", url)
        with tripwire.sandbox(), pytest.raises(TimeoutError) as caught:
            urllib.request.urlopen(url, timeout=0.05)
    http.assert_request("GET", url, raised=caught.value)


def test_two_requests_passed_through_on_one_connection(
    http: HttpPlugin, server: Any, make_route: Any, connection: HTTPConnection
) -> None:
    server.routes = [make_route("GET", "/a", body=b"1" * 100_000), make_route("GET", "/b", body=b"2")]
    http.pass_through("GET", f"{server.url}/a")
    http.pass_through("GET", f"{server.url}/b")
    with tripwire.sandbox():
        connection.request("GET", "/a")
        first = connection.getresponse()
        assert first.read(10) == b"1" * 10
        connection.sock.settimeout(5)
        first.close()
        connection.sock.settimeout(4)
        assert ask(connection, "/b") == b"2"
        assert connection.sock.recv(1) == b""
        connection.sock.settimeout(3)
    tripwire.assert_interaction(http.request, url=f"{server.url}/a", status=200)
    tripwire.assert_interaction(http.request, url=f"{server.url}/b", response_body=b"2")


def test_a_connection_closed_before_its_response_was_read(
    http: HttpPlugin, server: Any, make_route: Any, connection: HTTPConnection
) -> None:
    server.routes = [make_route("GET", "/data", body=b"real")]
    http.pass_through("GET", f"{server.url}/data")
    with tripwire.sandbox():
        connection.request("GET", "/data")
        connection.close()
    http.assert_request("GET", f"{server.url}/data", status=None, response_body=b"")


def test_a_connection_forgotten_by_the_program(http: HttpPlugin) -> None:
    http.mock_response("GET", "http://api.example.com/data", body=b"scripted")
    with tripwire.sandbox():
        connection = HTTPConnection("api.example.com")
        connection.request("GET", "/data")
        kept = connection.sock
        assert connection.getresponse().read() == b"scripted"
        del connection
    kept.close()
    http.assert_request("GET", "http://api.example.com/data")


def test_what_is_no_request_at_all() -> None:
    connection = HTTPConnection("api.example.com")
    with tripwire.sandbox():
        connection.connect()
        with pytest.raises(
            tripwire.UnmockedInteractionError, match="it is not valid HTTP: illegal request line"
        ):
            connection.send(b"nonsense\r\n\r\n")


# -- what is left alone, and what is not


async def test_transports_of_the_programs_own_are_left_alone() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 207, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    for library in (httpx, httpx2):
        with tripwire.sandbox():
            teapot = library.MockTransport(lambda request, library=library: library.Response(418))
            with library.Client(transport=teapot) as client:
                assert client.get("https://api.example.com/").status_code == 418
            async with library.AsyncClient(transport=library.ASGITransport(app)) as asgi:
                assert (await asgi.get("https://api.example.com/")).status_code == 207


def test_a_transport_that_wraps_the_genuine_one_is_caught(http: HttpPlugin) -> None:
    class Tagging(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.headers["X-Tag"] = "1"
            return super().handle_request(request)

    http.mock_response("GET", "https://api.example.com/data", json=1)
    with tripwire.sandbox(), httpx.Client(transport=Tagging(retries=2)) as client:
        assert client.get("https://api.example.com/data").json() == 1
    tripwire.assert_interaction(http.request, url="https://api.example.com/data")


def test_a_proxy_is_asked_for_the_whole_url(http: HttpPlugin) -> None:
    http.mock_response("GET", "http://api.example.com/plain", body=b"plain")
    http.mock_response("GET", "https://api.example.com/tunnelled", body=b"tunnelled")
    proxy = {"http": "http://proxy.example.com:3128", "https": "http://proxy.example.com:3128"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxy))
    with tripwire.sandbox():
        assert opener.open("http://api.example.com/plain").read() == b"plain"
        assert opener.open("https://api.example.com/tunnelled").read() == b"tunnelled"
    tripwire.assert_interaction(http.request, url="http://api.example.com/plain")
    tripwire.assert_interaction(http.request, url="https://api.example.com/tunnelled")


@pytest.mark.parametrize(
    "url", ["http://API.example.com:80/data", "https://api.example.com:443/data", "http://[::1]:8080/data"]
)
def test_the_recorded_url_is_the_one_that_the_test_wrote(http: HttpPlugin, url: str) -> None:
    http.mock_response("GET", url)
    with tripwire.sandbox():
        urllib.request.urlopen(url).close()
    tripwire.assert_interaction(http.request, method="GET", url=url)


def test_another_host_header_does_not_change_where_a_request_went(http: HttpPlugin) -> None:
    http.mock_response("GET", "http://10.0.0.1:8080/data")
    request = urllib.request.Request("http://10.0.0.1:8080/data", headers={"Host": "virtual.example.com"})
    with tripwire.sandbox():
        urllib.request.urlopen(request).close()
    tripwire.assert_interaction(http.request, url="http://10.0.0.1:8080/data")


def test_expecting_continue(http: HttpPlugin) -> None:
    http.mock_response("PUT", "http://api.example.com/data", body=b"stored")
    connection = HTTPConnection("api.example.com")
    with tripwire.sandbox():
        connection.putrequest("PUT", "/data")
        connection.putheader("Content-Length", "4")
        connection.putheader("Expect", "100-continue")
        connection.endheaders()
        assert connection.sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert connection.sock.send(b"data") == 4
        assert connection.getresponse().read() == b"stored"
    tripwire.assert_interaction(http.request, request_body=b"data")


def test_reading_before_the_request_is_complete_times_out() -> None:
    connection = HTTPConnection("api.example.com")
    with tripwire.sandbox():
        connection.putrequest("PUT", "/data")
        connection.putheader("Content-Length", "4")
        connection.endheaders()
        with pytest.raises(TimeoutError, match="timed out"):
            connection.getresponse()


def test_a_socket_can_be_read_as_text_and_unbuffered(http: HttpPlugin) -> None:
    connection = HTTPConnection("api.example.com")
    with tripwire.sandbox():
        for _ in range(2):
            http.mock_response("GET", "http://api.example.com/data", body=b"text")
        connection.request("GET", "/data")
        connection.sock.shutdown(socket.SHUT_WR)
        with connection.sock.makefile("r", encoding="ascii", newline="") as text:
            assert text.readline() == "HTTP/1.1 200 OK\r\n"
        connection.close()
        connection.request("GET", "/data")
        with connection.sock.makefile("rb", buffering=0) as raw:
            assert raw.read(8) == b"HTTP/1.1"
            raw.close()
    for _ in range(2):
        http.assert_request("GET", "http://api.example.com/data")


# -- other people's patches, and imports


@pytest.mark.parametrize(
    "name",
    [
        "httpx.HTTPTransport.handle_request",
        "httpx.AsyncHTTPTransport.handle_async_request",
        "httpx.Client.send",
        "httpx.AsyncClient.get",
        "httpx.get",
        "httpx2.Client.request",
        "httpcore.ConnectionPool.handle_request",
        "http.client.HTTPConnection",
        "http.client.HTTPConnection.connect",
        "http.client.HTTPSConnection.connect",
        "http.client.HTTPConnection.request",
        "urllib.request.urlopen",
        "urllib.request.OpenerDirector.open",
    ],
)
def test_somebody_elses_patch_is_a_conflict(name: str) -> None:
    with mock.patch(name), pytest.raises(tripwire.ConflictError) as caught:
        tripwire.sandbox().__enter__()
    assert (caught.value.target, caught.value.patcher) == (name, "unittest.mock")
    with tripwire.sandbox():
        pass


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_client_is_imported_for_the_program() -> None:
    code = """
import sys
import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
verifier = tripwire.StrictVerifier()
plugin = HttpPlugin(verifier)
plugin.mock_response("GET", "https://api.example.com/data", json=1, required=False)
with verifier.sandbox():
    pass
names = ("httpx", "httpx2", "httpcore", "httpcore2", "http.client", "urllib.request", "aiohttp", "urllib3")
print([name for name in names if name in sys.modules])
"""
    assert run_python(code) == "[]\n"


def test_clients_first_imported_inside_the_sandbox_are_caught() -> None:
    code = """
import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
verifier = tripwire.StrictVerifier()
plugin = HttpPlugin(verifier)
for _ in range(4):
    plugin.mock_response("GET", "https://api.example.com/data", json=1)
with verifier.sandbox():
    import httpx, httpx2, urllib.request
    print(httpx.get("https://api.example.com/data").json(), httpx2.get("https://api.example.com/data").json())
    print(urllib.request.urlopen("https://api.example.com/data").read())
    from http.client import HTTPSConnection
    connection = HTTPSConnection("api.example.com")
    connection.request("GET", "/data")
    print(connection.getresponse().status)
print(httpx.HTTPTransport.handle_request.__module__, urllib.request.http.client.HTTPConnection.connect.__module__)
print(hasattr(httpx.HTTPTransport.handle_request, "__wrapped__"))
"""
    assert run_python(code) == "1 1\nb'1'\n200\nhttpx._transports.default http.client\nFalse\n"

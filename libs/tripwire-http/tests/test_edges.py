"""The edges of the sandbox: connections that cross them, calls after it, and what is left alone."""

from __future__ import annotations

import asyncio
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPConnection, HTTPSConnection, IncompleteRead
from typing import Any

import httpx
import httpx2
import pytest
from fetching import ask

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


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


LATE = "/late/https://other.example.com/"


@pytest.mark.parametrize("begin", ["request", "connect"])
def test_a_forgotten_thread_trips(begin: str) -> None:
    closed, raised = threading.Event(), []
    connection = HTTPSConnection("api.example.com")

    def late() -> None:
        closed.wait()
        try:
            connection.request("GET", LATE) if begin == "request" else connection.connect()
        except tripwire.PostSandboxInteractionError as error:
            raised.append(error.call)

    with tripwire.expect_trip(tripwire.PostSandboxInteractionError):
        with tripwire.sandbox():
            thread = threading.Thread(target=late)
            thread.start()
        closed.set()
        thread.join()
    said = {"request": f"GET https://api.example.com{LATE}", "connect": "CONNECT https://api.example.com"}
    assert raised == [said[begin]]


def test_a_scripted_socket_kept_by_the_program_is_closed(http: HttpPlugin) -> None:
    connection = HTTPConnection("api.example.com")
    with tripwire.sandbox():
        connection.connect()
        kept = connection.sock
        assert connection.sock.gettimeout() is None
    with pytest.raises(OSError, match="Bad file descriptor"):
        kept.sendall(b"GET / HTTP/1.1\r\n")


def test_a_scripted_socket_whose_connection_is_gone(http: HttpPlugin) -> None:
    http.mock_error("GET", "http://api.example.com/", raises="connect")
    with tripwire.sandbox():
        connection = HTTPConnection("api.example.com")
        connection.connect()
        kept = connection.sock
        del connection
        with pytest.raises(ConnectionRefusedError, match="Connection refused") as caught:
            kept.sendall(b"GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    http.assert_request("GET", "http://api.example.com/", raised=caught.value)


def test_a_body_shorter_than_stated(http: HttpPlugin) -> None:
    url = "http://api.example.com/data"
    http.mock_response("GET", url, stream=[b"half"], headers={"Content-Length": "10"})
    with tripwire.sandbox(), urllib.request.urlopen(url) as response:
        with pytest.raises(IncompleteRead) as caught:
            response.read()
        assert (caught.value.partial, caught.value.expected) == (b"half", 6)
    http.assert_request("GET", url, response_body=b"half")


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
    "url",
    [
        "http://API.example.com:80/data",
        "https://api.example.com:443/data",
        "http://[::1]:8080/data",
        "http://archive.example.com/web/2026/https://api.example.com/data",
    ],
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

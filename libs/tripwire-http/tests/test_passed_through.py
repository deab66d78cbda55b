"""Requests passed through to real servers, of all kinds."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPConnection, IncompleteRead
from typing import Any

import httpx
import pytest
from fetching import ask

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


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
            raised: Exception = EOFError("the server hung up in the middle of its response")
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

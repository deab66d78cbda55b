"""Subclasses of `http.client` connections that open themselves: none escapes, whoever wrote it and when."""

from __future__ import annotations

import functools
import os
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, ClassVar

import pytest
import urllib3.connection
import wrapt

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

NOWHERE = ("127.0.0.1", 9)


class Direct(HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.create_connection(NOWHERE)


class Unix(HTTPConnection):
    """The recipe for Docker's socket."""

    path = "/nowhere/docker.sock"

    def connect(self) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(self.path)
        except OSError:
            sock.close()
            raise
        self.sock = sock


class Wrapping(HTTPSConnection):
    """Does its TLS by itself, over the socket that its base has opened."""

    def connect(self) -> None:
        HTTPConnection.connect(self)
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


class OverUrllib3(urllib3.connection.HTTPSConnection):
    def connect(self) -> None:
        self.sock = socket.create_connection(NOWHERE)


class Beneath(Direct):
    """Hands on, but to one that does not."""

    def connect(self) -> None:
        super().connect()


class Misleading(HTTPConnection):
    """Looks as if it handed on."""

    def connect(self) -> None:
        if self.host == "never":
            super().connect()
        self.sock, self.other = socket.socketpair()


class Idle(HTTPConnection):
    """Looks as if it handed on, and opens nothing."""

    def connect(self) -> None:
        if self.host == "never":
            super().connect()


def late() -> type[HTTPConnection]:
    class Late(HTTPConnection):
        connect = functools.partialmethod(lambda self, where: socket.create_connection(where), NOWHERE)

    return Late


def decorated() -> type[HTTPConnection]:
    def traced(function: Callable[[Any], None]) -> Callable[[Any], None]:
        @functools.wraps(function)
        def run(self: Any) -> None:
            function(self)

        return run

    class Decorated(HTTPConnection):
        @traced
        def connect(self) -> None:
            self.sock = socket.create_connection(NOWHERE)

    return Decorated


OWN: list[Any] = [Direct, Unix, Wrapping, OverUrllib3, Beneath, Misleading, Idle, late, decorated]


@pytest.mark.parametrize("explicitly", [True, False])
@pytest.mark.parametrize("own", OWN)
def test_no_subclass_escapes(http: HttpPlugin, own: Any, explicitly: bool) -> None:
    with tripwire.sandbox():
        kind: Any = own if isinstance(own, type) else own()
        connection = kind("api.example.com")
        if explicitly:
            connection.connect()
        base = f"http{'s' if kind.default_port == 443 else ''}://api.example.com"
        for number in range(2):
            http.mock_response("GET", f"{base}/{number}", json=number)
            connection.request("GET", f"/{number}")
            response = connection.getresponse()
            assert str(number).encode() == (response.data if hasattr(response, "data") else response.read())
        with pytest.raises(tripwire.UnmockedInteractionError):
            connection.request("GET", "/unmocked")
    for number in range(2):
        http.assert_request("GET", f"{base}/{number}")
    if hasattr(connection, "other"):
        connection.other.close()


def test_a_connect_put_on_the_instance(http: HttpPlugin) -> None:
    http.mock_response("GET", "http://api.example.com/", json=1)
    connection: Any = HTTPConnection("api.example.com")
    connection.connect = lambda: pytest.fail("opened")
    with tripwire.sandbox():
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"1"
    http.assert_request("GET", "http://api.example.com/")


class Tuned(HTTPConnection):
    """Hands on, and wraps what it gets."""

    def connect(self) -> None:
        super().connect()
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = Counting(self.sock)


class Counting:
    def __init__(self, inner: Any) -> None:
        self.inner, self.sent = inner, 0

    def sendall(self, data: bytes) -> None:
        self.sent += len(data)
        self.inner.sendall(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_one_that_hands_on_runs(http: HttpPlugin) -> None:
    for _ in range(2):
        http.mock_response("GET", "http://api.example.com/", json=1)
    connection = Tuned("api.example.com")
    with tripwire.sandbox():
        for _ in range(2):
            connection.request("GET", "/")
            connection.getresponse().read()
        first = connection.sock
        assert isinstance(first, Counting)
        assert first.sent > 100
    assert connection.sock is None
    for _ in range(2):
        http.assert_request("GET", "http://api.example.com/")


def test_passing_through_one_that_hands_on(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=b"real")]
    http.pass_through("GET", f"{server.url}/data")
    connection = Tuned("127.0.0.1", server.server_port)
    with tripwire.sandbox():
        connection.request("GET", "/data")
        assert connection.getresponse().read() == b"real"
    http.assert_request("GET", f"{server.url}/data", response_body=b"real")


@pytest.fixture
def unix_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        path = str(Path(folder) / "s")
        listening.bind(path)
        listening.listen()
        listening.settimeout(5)

        def serve() -> None:
            with listening.accept()[0] as peer:
                if peer.recv(65536):
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix")

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


def test_passing_through_a_way_of_its_own(http: HttpPlugin, unix_server: str) -> None:
    http.pass_through("GET", "http://localhost/containers/json")
    connection = Unix("localhost")
    connection.path = unix_server
    with tripwire.sandbox():
        connection.request("GET", "/containers/json")
        assert connection.getresponse().read() == b"unix"
    http.assert_request("GET", "http://localhost/containers/json", response_body=b"unix")


def test_what_opening_its_own_way_raises(http: HttpPlugin) -> None:
    http.pass_through("GET", "http://localhost/")
    http.mock_error("GET", "http://localhost/", raises="connect")
    with tripwire.sandbox():
        with pytest.raises(FileNotFoundError) as caught:
            Unix("localhost").request("GET", "/")
        with pytest.raises(ConnectionRefusedError) as refused:
            Unix("localhost").request("GET", "/")
    http.assert_request("GET", "http://localhost/", raised=caught.value)
    http.assert_request("GET", "http://localhost/", raised=refused.value)


def test_outside_the_sandbox_it_opens_itself(unix_server: str) -> None:
    connection = Unix("localhost")
    connection.path = unix_server
    with tripwire.sandbox():
        pass
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"unix"
    connection.close()


def test_a_real_one_from_before_is_not_used_inside(http: HttpPlugin, unix_server: str) -> None:
    http.mock_response("GET", "http://localhost/", text="scripted")
    connection = Unix("localhost")
    connection.path = unix_server
    connection.connect()
    real = connection.sock
    with tripwire.sandbox():
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"scripted"
        assert real.fileno() == -1
    http.assert_request("GET", "http://localhost/")


class HandingOn(HTTPConnection):
    def connect(self) -> None:
        super().connect()


@pytest.mark.parametrize("kind", [HTTPConnection, HandingOn])
def test_a_patch_laid_over_ours_is_run(monkeypatch: pytest.MonkeyPatch, kind: type[HTTPConnection]) -> None:
    connected: list[Any] = []
    with tripwire.sandbox():
        with monkeypatch.context() as patched:
            patched.setattr(HTTPConnection, "connect", lambda self: connected.append(self.host))
            kind("api.example.com").connect()
        assert connected == ["api.example.com"]


def test_a_transparent_wrapper_around_ours(http: HttpPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[type] = []

    def watch(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        seen.append(type(instance))
        return wrapped(*args, **kwargs)

    http.mock_response("GET", "http://api.example.com/", json=1, times=3)
    with tripwire.sandbox(), monkeypatch.context() as patched:
        patched.setattr(HTTPConnection, "connect", wrapt.FunctionWrapper(HTTPConnection.connect, watch))
        for kind in (HTTPConnection, Tuned, Direct):
            connection = kind("api.example.com")
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"1"
    assert seen == [HTTPConnection, Tuned]
    for _ in range(3):
        http.assert_request("GET", "http://api.example.com/")


def test_nothing_is_opened_unless_asked_for(http: HttpPlugin) -> None:
    http.mock_response("GET", "http://api.example.com/", json=1)
    connection = HTTPConnection("api.example.com")
    before = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []
    with tripwire.sandbox():
        connection.request("GET", "/")
        connection.getresponse().read()
        if before:
            assert len(os.listdir("/proc/self/fd")) == len(before)
        polled = connection.sock.fileno()
        os.fstat(polled)
        assert connection.sock.getpeername() == ("api.example.com", 80)
        assert connection.sock.getsockname() == ("127.0.0.1", 0)
        other = HTTPConnection("::1", 8080)
        other.connect()
        assert other.sock.getpeername() == ("::1", 8080)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(polled)
    http.assert_request("GET", "http://api.example.com/")


def test_one_made_before_the_sandbox_does_not_escape(http: HttpPlugin) -> None:
    http.mock_response("GET", "http://api.example.com/", json=1)
    connection = Direct("api.example.com")
    with tripwire.sandbox():
        connection.connect()
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"1"
    http.assert_request("GET", "http://api.example.com/")


class Watching(HTTPConnection):
    asked: ClassVar[list[str]] = []

    def __getattribute__(self, name: str) -> Any:
        if name == "connect":
            type(self).asked.append(name)
        return super().__getattribute__(name)

    def connect(self) -> None:
        self.sock = socket.create_connection(NOWHERE)


class Strict(type):
    def __setattr__(cls, name: str, value: object) -> None:
        raise TypeError(f"{cls.__name__} is as it is")

    __delattr__ = None  # type: ignore[assignment]


class Fixed(Direct, metaclass=Strict):
    """Its class lets nobody change it."""


@pytest.mark.parametrize("kind", [Direct, Watching, Fixed])
def test_classes_are_afterwards_as_they_were(http: HttpPlugin, kind: type[HTTPConnection]) -> None:
    before = {one: dict(vars(one)) for one in kind.__mro__[:-1]}
    Watching.asked.clear()
    http.mock_response("GET", "http://api.example.com/", json=1)
    with tripwire.sandbox():
        connection = kind("api.example.com")
        connection.connect()
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"1"
    tripwire.current_verifier().release()
    assert {one: dict(vars(one)) for one in kind.__mro__[:-1]} == before
    assert bool(Watching.asked) == (kind is Watching)
    http.assert_request("GET", "http://api.example.com/")


def test_classes_that_threads_make_at_once(http: HttpPlugin) -> None:
    def one() -> None:
        for _ in range(20):
            connection = late()("api.example.com")
            connection.connect()
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"1"

    http.mock_response("GET", "http://api.example.com/", json=1, times=80)
    with tripwire.sandbox(), ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(one) for _ in range(4)]:
            done.result()
    for _ in range(80):
        http.assert_request("GET", "http://api.example.com/")

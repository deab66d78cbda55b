"""`http.client` itself: connections and responses, by hand."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    HTTPSConnection,
    IncompleteRead,
    ResponseNotReady,
)
from typing import Any
from urllib.parse import urlsplit

import pytest

from .programs import PROGRAMS
from .world import World, scenario


def visible(response: HTTPResponse) -> dict[str, Any]:
    """Everything a program can see of a response before it reads it."""
    return {
        "status": (response.status, response.reason, response.version, response.getcode()),
        "headers": (response.getheaders(), response.getheader("x-two"), list(response.msg.items())),
        "length": (response.length, response.chunked, response.will_close),
        "closed": (response.isclosed(), response.closed),
        "can": (response.readable(), response.seekable(), response.writable()),
    }


@contextmanager
def connection(world: World, url: str = "", timeout: float = 5) -> Iterator[HTTPConnection]:
    parts = urlsplit(url or world.url)
    opened = (
        HTTPSConnection(parts.netloc, timeout=timeout, context=world.trust.context)
        if parts.scheme == "https"
        else HTTPConnection(parts.netloc, timeout=timeout)
    )
    try:
        yield opened
    finally:
        opened.close()


def target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


class ByHttpClient:
    errors = (HTTPException, OSError)

    def ask(
        self,
        world: World,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
    ) -> Any:
        with connection(world, url, timeout or 5) as opened:
            is_chunked = "Transfer-Encoding" in (headers or {})
            opened.request(method, target(url), body, dict(headers or {}), encode_chunked=is_chunked)
            with opened.getresponse() as response:
                return visible(response), response.read(), response.isclosed(), opened.sock is None


@pytest.mark.parametrize("name", PROGRAMS)
@scenario(passed=True)
def test_as_every_client(world: World, name: str) -> None:
    PROGRAMS[name](world, ByHttpClient())


@scenario(server="https", passed=True)
def test_tls(world: World) -> None:
    world.note("tls", ByHttpClient().ask(world, "GET", world.answer("GET", "/", json={"safe": True})))


@scenario(server="https", passed=True)
def test_too_late_over_tls(world: World) -> None:
    with world.raises(TimeoutError):
        ByHttpClient().ask(world, "GET", world.fail("GET", "/slow", "timeout"), timeout=0.1)


@scenario(passed=True)
def test_kept_alive(world: World) -> None:
    with connection(world) as opened:
        for method, body in (("GET", None), ("POST", b"sent"), ("GET", None)):
            opened.request(method, target(world.answer(method, "/x", status=202, text=method)), body)
            response = opened.getresponse()
            world.note(method, visible(response), response.read(), opened.sock is None)


@scenario(passed=True)
def test_closed_by_the_server_and_opened_again(world: World) -> None:
    with connection(world) as opened:
        for number in range(2):
            path = target(world.answer("GET", f"/{number}", text="x", headers=[("Connection", "close")]))
            opened.request("GET", path)
            response = opened.getresponse()
            world.note("closed", visible(response), opened.sock is None, response.read())


READINGS: dict[str, Any] = {
    "pieces": lambda response: [response.read(4), response.length, response.read(3), response.read()],
    "lines": lambda response: [response.readline(), list(response)],
    "limited line": lambda response: [response.readline(2), response.readlines()],
    "read1": lambda response: [response.read1(3), b"".join(iter(response.read1, b""))],
    "peek": lambda response: [response.peek()[:2], response.read(2), response.read()],
    "into": lambda response: [response.readinto(buffer := bytearray(6)), bytes(buffer), response.read()],
    "wrapped": lambda response: [io.TextIOWrapper(response, encoding="ascii").readlines()],
    "nothing": lambda response: [
        response.read(0),
        response.isclosed(),
        response.close(),
        response.isclosed(),
    ],
    "twice": lambda response: [response.read(), response.read(), response.read(1), response.isclosed()],
}


@pytest.mark.parametrize("how", READINGS)
@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
@scenario
def test_reading(world: World, how: str, framing: str) -> None:
    route: dict[str, Any] = {"body": b"one\ntwo\n\nfour\n"}
    if framing == "chunks":
        route = {"stream": [b"one\ntwo\n\nfour\n"]}
    if framing == "close":
        route["headers"] = [("Connection", "close")]
    with connection(world) as opened:
        opened.request("GET", target(world.answer("GET", "/text", **route)))
        response = opened.getresponse()
        world.note(how, READINGS[how](response))
        response.close()


@scenario
def test_part_by_part(world: World) -> None:
    with connection(world) as opened:
        opened.request("GET", target(world.answer("GET", "/parts", stream=[b"one", b"two", b"three"])))
        world.note("parts", list(iter(opened.getresponse().read1, b"")))


@scenario(passed=True)
def test_given_up(world: World) -> None:
    with connection(world) as opened:
        opened.request("GET", target(world.answer("GET", "/large", body=b"x" * 300_000)))
        with opened.getresponse() as response:
            world.note("given up", response.read(10), response.length)
        world.note("closed", response.isclosed(), response.closed)


@scenario
def test_an_end_that_comes_early(world: World) -> None:
    url = world.answer("GET", "/early", stream=[b"half"], headers=[("Content-Length", "10")])
    with connection(world) as opened:
        opened.request("GET", target(url))
        with world.raises(IncompleteRead) as caught:
            opened.getresponse().read()
        assert isinstance(caught.value, IncompleteRead)
        world.note("partial", caught.value.partial, caught.value.expected)


@scenario(passed=True)
def test_by_hand(world: World) -> None:
    with connection(world) as opened:
        opened.connect()
        opened.putrequest(
            "POST", target(world.answer("POST", "/by/hand", text="got it")), skip_accept_encoding=True
        )
        opened.putheader("Content-Length", "4")
        opened.endheaders()
        opened.send(b"ab")
        opened.send(io.BytesIO(b"cd"))
        with opened.getresponse() as response:
            world.note("by hand", visible(response), response.read())


@scenario(passed=True)
def test_expecting_continue(world: World) -> None:
    with connection(world) as opened:
        url = world.answer("PUT", "/big", text="stored")
        opened.request("PUT", target(url), b"x" * 100, {"Expect": "100-continue"})
        with opened.getresponse() as response:
            world.note("continue", visible(response), response.read())


@scenario
def test_wrong_use(world: World) -> None:
    path = target(world.answer("GET", "/a", text="first"))
    with connection(world) as opened:
        with world.raises(ResponseNotReady):
            opened.getresponse()
        opened.request("GET", path)
        with world.raises(HTTPException):
            opened.request("GET", path)
        with world.raises(RuntimeError):
            opened.set_tunnel("x")
        world.note("in the end", opened.getresponse().read())


@scenario
def test_a_timeout_of_the_socket(world: World) -> None:
    with connection(world, timeout=0.1) as opened:
        opened.connect()
        world.note("timeout", opened.sock.gettimeout())
        opened.sock.settimeout(5)
        opened.request("GET", target(world.answer("GET", "/slow", text="in time", delay=0.2)))
        world.note("read", opened.getresponse().read())
        opened.sock.settimeout(0.1)
        opened.request("GET", target(world.answer("GET", "/slower", text="too late", delay=5)))
        with world.raises(TimeoutError):
            opened.getresponse()


@scenario
def test_a_proxy(world: World) -> None:
    with connection(world) as opened:
        opened.request("GET", world.answer("GET", "http://api.example.com/data", text="by proxy"))
        world.note("proxy", opened.getresponse().read())


@scenario
def test_connecting_by_hand_to_a_host_that_refuses(world: World) -> None:
    with connection(world, world.fail("GET", "/x", "connect")) as opened:
        with world.raises(ConnectionRefusedError):
            opened.request("GET", "/x")
        try:
            opened.connect()
        except ConnectionRefusedError:
            world.note("connect", "refused", differs="http.client connects later")
        else:
            world.note("connect", "opened", differs="http.client connects later")


@scenario(server="https")
def test_what_the_socket_says_of_its_peer(world: World) -> None:
    with connection(world, world.answer("GET", f"{world.elsewhere}/", text="x")) as opened:
        opened.request("GET", "/")
        held: Any = opened.sock
        world.note("version", held.version(), held.selected_alpn_protocol())
        world.note(
            "peer", held.getpeercert(), held.getpeername()[0], differs="http.client has no certificate"
        )
        opened.getresponse().read()


@scenario
def test_a_connect_of_its_own(world: World) -> None:
    ran: list[str] = []

    class Own(HTTPConnection):
        def connect(self) -> None:
            ran.append("own")
            self.sock = socket.create_connection((self.host, self.port), 5)

    opened = Own(urlsplit(world.url).netloc)
    opened.request("GET", target(world.answer("GET", "/", text="x")))
    with opened.getresponse() as response:
        world.note("response", visible(response), response.read())
    opened.close()
    world.note("ran", ran, differs="http.client is a subclass")

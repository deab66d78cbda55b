"""What every synchronous client can be asked for: scenarios said once, and run through each client's own interface."""

from __future__ import annotations

import base64
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import brotli  # type: ignore[import-untyped]

from .world import World


class Client(Protocol):
    """A client under comparison."""

    @property
    def errors(self) -> tuple[type[BaseException], ...]:
        """Its exceptions for requests that get no response."""

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
        """Make a request, read all of the response, and give everything a program can see of it."""


Program = Callable[[World, Client], None]
PROGRAMS: dict[str, Program] = {}
"""For all clients."""
FOLLOWING: dict[str, Program] = {}
"""For clients that follow redirects."""


def program(play: Program) -> Program:
    PROGRAMS[play.__name__] = play
    return play


def following(play: Program) -> Program:
    FOLLOWING[play.__name__] = play
    return play


@program
def json(world: World, client: Client) -> None:
    world.note(
        "json", client.ask(world, "GET", world.answer("GET", "/users", json=[{"id": 1, "name": "Zoë"}, None]))
    )


@program
def text_in_a_charset(world: World, client: Client) -> None:
    headers = [("Content-Type", "text/plain; charset=iso-8859-1")]
    url = world.answer("GET", "/text", body="grüß".encode("latin-1"), headers=headers)
    world.note("latin-1", client.ask(world, "GET", url))


@program
def text_without_a_type(world: World, client: Client) -> None:
    world.note("bare", client.ask(world, "GET", world.answer("GET", "/bare", body=b"plain")))


@program
def empty_body(world: World, client: Client) -> None:
    world.note("empty", client.ask(world, "GET", world.answer("GET", "/empty")))


@program
def large_body(world: World, client: Client) -> None:
    url = world.answer("GET", "/large", body=bytes(range(256)) * 1000)
    world.note("large", client.ask(world, "GET", url))


@program
def query(world: World, client: Client) -> None:
    url = world.answer("GET", "/search", json=[])
    world.note("found", client.ask(world, "GET", f"{url}?q=a+b%26c&tag=x&tag=y&empty="))


@program
def form(world: World, client: Client) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = world.answer("POST", "/form", status=201, json={"id": 7}, headers=[("Location", "/form/7")])
    world.note("created", client.ask(world, "POST", url, body=b"a=1&b=two+words", headers=headers))


@program
def upload_of_a_file(world: World, client: Client) -> None:
    url = world.answer("PUT", "/file", text="stored")
    headers = {"Content-Type": "application/octet-stream", "Content-Length": "40000"}
    world.note("stored", client.ask(world, "PUT", url, body=io.BytesIO(b"x" * 40_000), headers=headers))


@program
def upload_of_a_generator(world: World, client: Client) -> None:
    def parts() -> Iterator[bytes]:
        yield from (b"one", b"two", b"three")

    url = world.answer("POST", "/parts", text="joined")
    headers = {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}
    world.note("joined", client.ask(world, "POST", url, body=parts(), headers=headers))


@program
def verbs(world: World, client: Client) -> None:
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        url = world.answer(method, "/thing", text=method)
        world.note(
            method, client.ask(world, method, url, body=b"{}", headers={"Content-Type": "application/json"})
        )


@program
def head(world: World, client: Client) -> None:
    url = world.answer("HEAD", "/file", headers=[("Content-Length", "1234"), ("ETag", '"e"')])
    world.note("head", client.ask(world, "HEAD", url))


@program
def no_content(world: World, client: Client) -> None:
    world.note("gone", client.ask(world, "DELETE", world.answer("DELETE", "/thing", status=204)))


@program
def not_modified(world: World, client: Client) -> None:
    url = world.answer("GET", "/thing", status=304, headers=[("ETag", '"e"')])
    world.note("304", client.ask(world, "GET", url, headers={"If-None-Match": '"e"'}))


@program
def range_of_bytes(world: World, client: Client) -> None:
    headers = [("Content-Range", "bytes 2-5/10"), ("Accept-Ranges", "bytes")]
    url = world.answer("GET", "/file", status=206, body=b"2345", headers=headers)
    world.note("range", client.ask(world, "GET", url, headers={"Range": "bytes=2-5"}))


@program
def client_error(world: World, client: Client) -> None:
    url = world.answer("GET", "/missing", status=404, json={"error": "no such thing"})
    world.note("missing", client.ask(world, "GET", url))


@program
def server_error(world: World, client: Client) -> None:
    url = world.answer("GET", "/broken", status=503, text="later", headers=[("X-Reason", "maintenance")])
    world.note("broken", client.ask(world, "GET", url))


@program
def odd_status_and_reason(world: World, client: Client) -> None:
    url = world.answer("GET", "/odd", status=299, reason="Quite Right", body=b"odd")
    world.note("odd", client.ask(world, "GET", url))


@program
def headers_in_order_and_case(world: World, client: Client) -> None:
    headers = [("X-Two", "1"), ("vary", "A"), ("X-Two", "2"), ("x-mIxEd", "é"), ("X-Empty", "")]
    url = world.answer("GET", "/headers", text="ok", headers=headers)
    world.note("headers", client.ask(world, "GET", url, headers={"x-Mine": "yes", "Accept": "*/*"}))


@program
def cookies(world: World, client: Client) -> None:
    given = [("Set-Cookie", "a=1; Path=/; HttpOnly"), ("set-cookie", "b=two; Path=/; Max-Age=60")]
    world.note("cookies", client.ask(world, "GET", world.answer("GET", "/login", json={}, headers=given)))


@program
def basic_auth_by_hand(world: World, client: Client) -> None:
    url = world.answer("GET", "/private", json={"secret": False})
    token = base64.b64encode(b"user:pass").decode()
    world.note("private", client.ask(world, "GET", url, headers={"Authorization": f"Basic {token}"}))


@program
def gzipped(world: World, client: Client) -> None:
    headers = [("Content-Encoding", "gzip"), ("Content-Type", "text/plain")]
    url = world.answer("GET", "/gz", body=gzip.compress(b"squeezed" * 100, mtime=0), headers=headers)
    world.note("gzip", client.ask(world, "GET", url))


@program
def deflated(world: World, client: Client) -> None:
    headers = [("Content-Encoding", "deflate"), ("Content-Type", "text/plain")]
    url = world.answer("GET", "/deflate", body=zlib.compress(b"squeezed" * 100), headers=headers)
    world.note("deflate", client.ask(world, "GET", url))


@program
def brotlied(world: World, client: Client) -> None:
    headers = [("Content-Encoding", "br"), ("Content-Type", "text/plain")]
    url = world.answer("GET", "/br", body=brotli.compress(b"squeezed" * 100), headers=headers)
    world.note("brotli", client.ask(world, "GET", url))


@program
def chunked(world: World, client: Client) -> None:
    url = world.answer("GET", "/chunks", stream=[b"one", b"two\n", b"three"])
    world.note("chunked", client.ask(world, "GET", url))


@program
def until_the_connection_closes(world: World, client: Client) -> None:
    url = world.answer("GET", "/close", body=b"the end", headers=[("Connection", "close")])
    world.note("close", client.ask(world, "GET", url))


@program
def http_1_0(world: World, client: Client) -> None:
    url = world.answer("GET", "/old", body=b"old school", http_version="HTTP/1.0")
    world.note("1.0", client.ask(world, "GET", url))


@program
def another_host(world: World, client: Client) -> None:
    url = world.answer("GET", f"{world.elsewhere}/here", text="by name")
    world.note("by name", client.ask(world, "GET", url))


def _fails(how: Any) -> None:
    def play(world: World, client: Client) -> None:
        url = world.fail("GET", "/fails", how)
        with world.raises(*client.errors):
            client.ask(world, "GET", url, timeout=0.1)

    PROGRAMS[f"fails_by_{how}"] = play


for _how in ("connect", "dns", "tls", "timeout", "read"):
    _fails(_how)


@program
def posting_fails(world: World, client: Client) -> None:
    with world.raises(*client.errors):
        client.ask(
            world, "POST", world.fail("POST", "/fails", "read"), body=b"body", headers={"Content-Type": "a/b"}
        )


@program
def too_late(world: World, client: Client) -> None:
    url = world.answer("GET", "/slow", text="late", delay=5)
    with world.raises(*client.errors):
        client.ask(world, "GET", url, timeout=0.1)


@program
def late_but_in_time(world: World, client: Client) -> None:
    url = world.answer("GET", "/slow", text="late", delay=0.02)
    world.note("late", client.ask(world, "GET", url, timeout=5))


@program
def reset_in_the_body(world: World, client: Client) -> None:
    url = world.answer(
        "GET", "/half", stream=[b"half", ConnectionResetError(104, "Connection reset by peer")]
    )
    with world.raises(*client.errors):
        client.ask(world, "GET", url)


@following
def redirect(world: World, client: Client) -> None:
    url = world.answer("GET", "/old", status=302, text="moved", headers=[("Location", "/new?x=1#part")])
    world.answer("GET", "/new", json={"here": True})
    world.note("redirect", client.ask(world, "GET", url))


@following
def redirect_that_changes_the_method(world: World, client: Client) -> None:
    url = world.answer("POST", "/old", status=303, headers=[("Location", "/new")])
    world.answer("GET", "/new", text="got")
    world.note("303", client.ask(world, "POST", url, body=b"x=1", headers={"Content-Type": "text/plain"}))


@following
def redirect_to_another_host(world: World, client: Client) -> None:
    url = world.answer("GET", "/old", status=301, headers=[("Location", f"{world.elsewhere}/new")])
    world.answer("GET", f"{world.elsewhere}/new", text="there")
    world.note("301", client.ask(world, "GET", url, headers={"Authorization": "Bearer secret"}))


@following
def redirect_over_three_hops(world: World, client: Client) -> None:
    for number in range(3):
        world.answer("GET", f"/{number}", status=307, headers=[("Location", f"/{number + 1}")])
    world.answer("GET", "/3", text="at last")
    world.note("hops", client.ask(world, "GET", f"{world.url}/0"))

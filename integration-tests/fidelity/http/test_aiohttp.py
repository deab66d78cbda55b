"""aiohttp: a mocked response, in all the forms in which it can be read, is what a real one is."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
import brotli  # type: ignore[import-untyped]
import pytest

from .aiohttp_sessions import seen, session
from .world import World, scenario

TEXT = "naïve café, naïve café" * 40


# -- responses


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@scenario(passed=True)
async def test_methods(world: World, method: str) -> None:
    url = world.answer(method, "/it", json={"a": ["ü", 1]}, headers=[("X-Two", "1"), ("x-two", "2")])
    async with session(world) as http, http.request(method, url) as response:
        world.note("response", seen(response), await response.json(), response.closed)


@scenario(server="https", passed=True)
async def test_tls(world: World) -> None:
    url = world.answer("GET", "/it", text="over TLS")
    async with session(world) as http, http.get(url) as response:
        world.note("response", seen(response), await response.text())


@scenario(passed=True)
async def test_top_level_function(world: World) -> None:
    async with aiohttp.request("GET", world.answer("GET", "/it", text="hello")) as response:
        world.note("response", seen(response), await response.text())


@scenario
async def test_head(world: World) -> None:
    url = world.answer("HEAD", "/it", headers=[("Content-Length", "500"), ("ETag", '"x"')])
    async with session(world) as http, http.head(url) as response:
        world.note("response", seen(response), await response.read())


@pytest.mark.parametrize("status", [204, 304, 205, 299, 418, 599])
@scenario
async def test_statuses(world: World, status: int) -> None:
    url = world.answer("GET", "/it", status=status)
    async with session(world) as http, http.get(url) as response:
        world.note("response", seen(response), await response.read())


@scenario
async def test_range(world: World) -> None:
    url = world.answer("GET", "/it", status=206, body=b"cde", headers=[("Content-Range", "bytes 2-4/10")])
    async with session(world) as http, http.get(url, headers={"Range": "bytes=2-4"}) as response:
        world.note("response", seen(response), await response.read())


@pytest.mark.parametrize("reason", ["", "Fine by me"])
@scenario
async def test_reason(world: World, reason: str) -> None:
    url = world.answer("GET", "/it", reason=reason)
    async with session(world) as http, http.get(url) as response:
        world.note("response", seen(response), await response.read())


@scenario
async def test_http_1_0(world: World) -> None:
    url = world.answer("GET", "/it", body=b"old", http_version="HTTP/1.0")
    async with session(world) as http, http.get(url) as response:
        world.note("response", seen(response), await response.read())


@scenario
async def test_connection_close(world: World) -> None:
    for _ in range(2):
        url = world.answer("GET", "/it", body=b"bye", headers=[("Connection", "close")])
    async with session(world) as http:
        for _ in range(2):
            async with http.get(url) as response:
                world.note("response", seen(response), await response.read())


@scenario
async def test_links(world: World) -> None:
    headers = [("Link", '</p?page=2>; rel="next"'), ("Link", "<https://x.test/>; rel=first; title=t")]
    async with session(world) as http, http.get(world.answer("GET", "/p", headers=headers)) as response:
        world.note("response", seen(response))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("auto", [True, False])
@scenario
async def test_codings(world: World, coding: str, auto: bool) -> None:
    encode: dict[str, Callable[[bytes], bytes]] = {
        "gzip": lambda text: gzip.compress(text, mtime=0),
        "deflate": zlib.compress,
        "br": brotli.compress,
    }
    url = world.answer(
        "GET", "/it", body=encode[coding](TEXT.encode()), headers=[("Content-Encoding", coding)]
    )
    async with session(world, auto_decompress=auto) as http, http.get(url) as response:
        world.note("response", seen(response), await response.read())


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "utf-16", "no-such-charset", ""])
@scenario
async def test_charsets(world: World, charset: str) -> None:
    body = TEXT.encode(charset if charset in ("utf-8", "latin-1", "utf-16") else "utf-8")
    kind = "text/plain" + (f"; charset={charset}" if charset else "")
    url = world.answer("GET", "/it", body=body, headers=[("Content-Type", kind)])
    async with session(world) as http, http.get(url) as response:
        world.note("text", await response.text(), seen(response), response.get_encoding())


@scenario
async def test_text_that_cannot_be_decoded(world: World) -> None:
    url = world.answer("GET", "/it", body=b"\xff", headers=[("Content-Type", "text/plain; charset=utf-8")])
    async with session(world) as http, http.get(url) as response:
        with world.raises(UnicodeDecodeError):
            await response.text()


@pytest.mark.parametrize("kind", ["text/html", "application/problem+json", None])
@scenario
async def test_json_by_content_type(world: World, kind: str | None) -> None:
    headers = [("Content-Type", kind)] if kind else []
    url = world.answer("GET", "/it", body=b'{"a": 1}', headers=headers)
    async with session(world) as http, http.get(url) as response:
        try:
            world.note("json", await response.json())
        except aiohttp.ContentTypeError as error:
            world.note("refused", error, error.status, error.headers, error.message)
        world.note("anyway", await response.json(content_type=None), await response.json(content_type=kind))


@scenario
async def test_json_that_is_none(world: World) -> None:
    url = world.answer("GET", "/it", body=b"{", headers=[("Content-Type", "application/json")])
    async with session(world) as http, http.get(url) as response:
        with world.raises(json.JSONDecodeError):
            await response.json()


@pytest.mark.parametrize("where", ["session", "call", "method", "function"])
@scenario
async def test_raise_for_status(world: World, where: str) -> None:
    url = world.answer("GET", "/it", status=404, json={"error": "gone"})

    async def check(response: aiohttp.ClientResponse) -> None:
        world.note("body", await response.json())
        response.raise_for_status()

    given: dict[str, Any] = {"call": {"raise_for_status": True}, "function": {"raise_for_status": check}}
    async with session(world, raise_for_status=where == "session") as http:
        with world.raises(aiohttp.ClientResponseError) as caught:
            async with http.get(url, **given.get(where, {})) as response:
                response.raise_for_status()
        error = caught.value
        assert isinstance(error, aiohttp.ClientResponseError)
        world.note("error", error.status, error.message, error.headers, str(error.request_info.real_url))


# -- bodies in all forms


READERS: dict[str, Callable[[aiohttp.StreamReader], Any]] = {
    "read": lambda content: content.read(),
    "read(7)": lambda content: content.read(7),
    "readany": lambda content: content.readany(),
    "readexactly": lambda content: content.readexactly(9),
    "readline": lambda content: content.readline(),
    "readuntil": lambda content: content.readuntil(b";"),
    "readchunk": lambda content: content.readchunk(),
}
ITERATORS: dict[str, Callable[[aiohttp.StreamReader], Any]] = {
    "lines": lambda content: content,
    "any": lambda content: content.iter_any(),
    "chunked": lambda content: content.iter_chunked(6),
    "chunks": lambda content: content.iter_chunks(),
}


@pytest.mark.parametrize("how", READERS)
@scenario
async def test_stream_reader(world: World, how: str) -> None:
    url = world.answer("GET", "/it", body=b"one\ntwo; three\nfour" * 3)
    async with session(world) as http, http.get(url) as response:
        parts: list[Any] = []
        while not response.content.at_eof() and len(parts) < 4:
            parts.append(await READERS[how](response.content))
        world.note("parts", parts, response.content.total_bytes, response.content.is_eof())


@pytest.mark.parametrize("how", ITERATORS)
@scenario
async def test_stream_in_parts(world: World, how: str) -> None:
    url = world.answer("GET", "/it", stream=[b"one\ntwo", b"\nthree\n", b"four"])
    async with session(world) as http, http.get(url) as response:
        parts = [part async for part in ITERATORS[how](response.content)]
        if how == "any":  # how much of it comes at once is the network's affair
            parts = [b"".join(parts)]
        world.note("parts", seen(response), parts, response.content.at_eof())


@scenario
async def test_readexactly_too_much(world: World) -> None:
    url = world.answer("GET", "/it", body=b"short")
    async with session(world) as http, http.get(url) as response:
        with world.raises(asyncio.IncompleteReadError):
            await response.content.readexactly(10)


@scenario
async def test_large_body(world: World) -> None:
    url = world.answer("GET", "/it", body=bytes(range(256)) * 8000)
    async with session(world) as http, http.get(url) as response:
        sizes = [len(part) async for part in response.content.iter_chunked(100_000)]
        world.note("large", sum(sizes), response.content.at_eof())


@scenario
async def test_large_compressed_body(world: World) -> None:
    body = gzip.compress(b"a long line of text\n" * 100_000, mtime=0)
    url = world.answer("GET", "/it", body=body, headers=[("Content-Encoding", "gzip")])
    async with session(world) as http, http.get(url) as response:
        lines = 0
        async for _ in response.content:
            lines += 1
        world.note("lines", lines)


@scenario
async def test_server_sent_events(world: World) -> None:
    parts = [b"event: greeting\ndata: hello\n\n", b"data: 1\n", b"data: 2\n\n", b": bye\n\n"]
    url = world.answer("GET", "/it", stream=parts, headers=[("Content-Type", "text/event-stream")])
    async with session(world) as http, http.get(url) as response:
        world.note("lines", [line.decode().rstrip("\n") async for line in response.content])


@scenario
async def test_compressed_stream(world: World) -> None:
    whole = gzip.compress(TEXT.encode(), mtime=0)
    parts = [whole[:3], whole[3:40], whole[40:]]
    url = world.answer("GET", "/it", stream=parts, headers=[("Content-Encoding", "gzip")])
    async with session(world) as http, http.get(url) as response:
        world.note("text", (await response.read()).decode())


@scenario
async def test_body_until_the_end_of_the_connection(world: World) -> None:
    # HTTP/1.0 knows no chunks: the end of the connection ends the body.
    headers = [("Connection", "close"), ("Transfer-Encoding", "identity")]
    url = world.answer("GET", "/it", stream=[b"one", b"two"], headers=headers)
    async with session(world) as http, http.get(url) as response:
        world.note("body", await response.read())


@scenario
async def test_response_read_twice_and_after_its_end(world: World) -> None:
    url = world.answer("GET", "/it", body=b"twice")
    async with session(world) as http:
        async with http.get(url) as response:
            world.note("body", await response.read(), await response.read())
        world.note("after", response.closed)
        with world.raises(aiohttp.ClientConnectionError):
            await response.read()


@scenario
async def test_response_not_read_in_time(world: World) -> None:
    url = world.answer("GET", "/it", stream=[b"unread", b"parts"])
    async with session(world) as http:
        async with http.get(url) as response:
            pass
        with world.raises(aiohttp.ClientConnectionError):
            await response.read()


@pytest.mark.parametrize("how", ["release", "close"])
@scenario
async def test_left_unread(world: World, how: str) -> None:
    for _ in range(2):
        url = world.answer("GET", "/it", stream=[b"one", b"two"])
    async with session(world) as http:
        for _ in range(2):
            response = await http.get(url)
            getattr(response, how)()
            world.note("left", response.closed, response.connection is None)
        with world.raises(aiohttp.ClientConnectionError):
            await response.content.read()

"""httpx and httpx2: responses that are read part by part, given up, and broken."""

from __future__ import annotations

import errno
import gzip
from typing import Any

import pytest

from .httpx_variants import Httpx, httpx_scenario, visible, whole
from .world import World

EVENTS = [b"data: one\n\n", b"event: tick\nda", b"ta: two\n\n", "data: drü\n\n".encode()]


def reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


async def note_stream(world: World, httpx: Httpx, url: str, form: str, *args: Any, **options: Any) -> None:
    """Read in one form, and note every piece and how far it has come."""
    async with httpx.client(**options) as client, client.stream("GET", url) as response:
        world.note("before", visible(response))
        async for piece in httpx.iterate(response, form, *args):
            world.note("piece", piece, response.is_closed, response.is_stream_consumed)
        world.note("read", visible(response))
    world.note("after", visible(response))


FORMS = [("raw",), ("raw", 5), ("bytes",), ("bytes", 3), ("text",), ("text", 2), ("lines",)]


@pytest.mark.parametrize("form", FORMS, ids=str)
@httpx_scenario()
async def test_forms_of_iteration(world: World, httpx: Httpx, form: tuple[Any, ...]) -> None:
    text = "öne\ntwo\r\n\nfour".encode()
    url = world.answer("GET", "/s", body=text, headers=[("Content-Type", "text/plain")])
    await note_stream(world, httpx, url, *form)


@pytest.mark.parametrize("form", FORMS, ids=str)
@httpx_scenario(everywhere=True)
async def test_forms_of_iteration_over_parts(world: World, httpx: Httpx, form: tuple[Any, ...]) -> None:
    parts = ["ö".encode()[:1], "ö".encode()[1:] + b"ne\nt", b"wo\r", b"\n\nfour"]
    await note_stream(world, httpx, world.answer("GET", "/s", stream=parts), *form)


@pytest.mark.parametrize("form", [("raw",), ("bytes",), ("text", 9)], ids=str)
@httpx_scenario()
async def test_iteration_over_a_packed_body(world: World, httpx: Httpx, form: tuple[Any, ...]) -> None:
    packed = gzip.compress(b"squeezed " * 50, mtime=0)
    fields = [("Content-Encoding", "gzip"), ("Content-Type", "text/plain")]
    url = world.answer("GET", "/s", stream=[packed[:20], packed[20:]], headers=fields)
    await note_stream(world, httpx, url, *form)


@httpx_scenario()
async def test_parts_with_a_length(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"abc", b"def"], headers=[("Content-Length", "6")])
    async with httpx.client() as client, client.stream("GET", url) as response:
        seen = [response.num_bytes_downloaded async for _ in httpx.iterate(response, "bytes", 2)]
    world.note(
        "progress", seen == sorted(seen), seen[-1], visible(response)
    )  # where it is cut is a matter of time


@httpx_scenario()
async def test_parts_until_the_connection_closes(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"abc", b"def"], http_version="HTTP/1.0")
    await note_stream(world, httpx, url, "lines")


@httpx_scenario()
async def test_parts_longer_than_their_length(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"abc", b"def"], headers=[("Content-Length", "4")])
    async with httpx.client() as client:
        world.note("response", whole(await client.get(url)))


@httpx_scenario()
async def test_large_parts(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"x" * 200_000, b"y"])
    async with httpx.client() as client, client.stream("GET", url) as response:
        sizes = [len(piece) async for piece in httpx.iterate(response, "raw")]
    world.note("sizes", sum(sizes), max(sizes) <= 65536, len(sizes) > 3)


@httpx_scenario(everywhere=True)
async def test_server_sent_events(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/events", stream=list(EVENTS), headers=[("Content-Type", "text/event-stream")])
    await note_stream(world, httpx, url, "lines", timeout=None)


@httpx_scenario(server="h2", everywhere=True)
async def test_http2_parts(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/events", stream=list(EVENTS))
    await note_stream(world, httpx, url, "raw", verify=world.trust.context, http2=True)


@httpx_scenario()
async def test_read_at_once(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"ab", b"cd"])
    async with httpx.client() as client:
        async with client.stream("GET", url) as response:
            world.note("read", await httpx.read(response), visible(response))
            world.note("again", [piece async for piece in httpx.iterate(response, "bytes", 3)])
        world.note("after", whole(response))


@httpx_scenario()
async def test_not_read(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"ab", b"cd"])
    async with httpx.client() as client:
        async with client.stream("GET", url) as response:
            with world.raises(httpx.ResponseNotRead):
                _ = response.content
        world.note("after", visible(response))
        with world.raises(httpx.StreamClosed):
            await httpx.read(response)


@httpx_scenario()
async def test_read_twice(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"ab", b"cd"])
    async with httpx.client() as client, client.stream("GET", url) as response:
        world.note("once", [piece async for piece in httpx.iterate(response, "raw")])
        with world.raises(httpx.StreamConsumed):
            _ = [piece async for piece in httpx.iterate(response, "raw")]


@pytest.mark.filterwarnings("ignore:Async generator .* was garbage collected:ResourceWarning")
@httpx_scenario(everywhere=True)
async def test_given_up(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"ab", b"cd", b"ef"])
    world.answer("GET", "/s", text="the next")
    async with httpx.client() as client:
        async with client.stream("GET", url) as response:
            async for piece in httpx.iterate(response, "raw"):
                world.note("piece", piece)
                break
            await httpx.close(response)
            world.note(
                "closed", response.is_closed, response.is_stream_consumed, response.num_bytes_downloaded
            )
        with world.raises(httpx.StreamError):
            _ = response.content
        world.note("next", whole(await client.get(url)))


@httpx_scenario()
async def test_an_exception_while_reading(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"ab", b"cd"])
    async with httpx.client() as client:
        with world.raises(KeyError):
            async with client.stream("GET", url) as response:
                raise KeyError("the program's own")
        world.note("closed", response.is_closed)


@httpx_scenario()
async def test_the_status_of_a_stream(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", status=404, stream=[b"no", b"pe"])
    async with httpx.client() as client, client.stream("GET", url) as response:
        with world.raises(httpx.HTTPStatusError):
            response.raise_for_status()
        world.note("body", await httpx.read(response))


@httpx_scenario(everywhere=True)
async def test_broken_parts(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"ab", b"cd", reset()])
    async with httpx.client() as client, client.stream("GET", url) as response:
        with world.raises(httpx.ReadError):
            async for piece in httpx.iterate(response, "bytes"):
                world.note("piece", piece)
        world.note("state", response.is_closed, response.is_stream_consumed, response.num_bytes_downloaded)
    world.note("after", response.is_closed)


@httpx_scenario(everywhere=True)
async def test_a_broken_body(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/s", stream=[b"ab", reset()])
    world.answer("GET", "/s", text="the next")
    async with httpx.client() as client:
        with world.raises(httpx.ReadError) as caught:
            await client.get(world.url + "/s")
        request = caught.value.request
        world.note("request", request.method, str(request.url))
        world.note("next", whole(await client.get(world.url + "/s")))


@httpx_scenario(everywhere=True)
async def test_a_body_that_ends_early(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/s", stream=[b"ab", b"cd"], headers=[("Content-Length", "10")])
    async with httpx.client() as client:
        with world.raises(httpx.RemoteProtocolError):
            await client.get(url)

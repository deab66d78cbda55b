"""httpx over aiohttp, by the transport of httpx-aiohttp: one call is one interaction, and looks as it does really."""

from __future__ import annotations

from typing import Any

import httpx
import httpx_aiohttp
import pytest

from .world import World, scenario


def client(world: World, **options: Any) -> httpx.AsyncClient:
    return httpx_aiohttp.HttpxAiohttpClient(verify=world.trust.context, **options)


def seen(response: httpx.Response) -> list[Any]:
    return [
        response.status_code,
        response.reason_phrase,
        response.http_version,
        response.headers.raw,
        str(response.url),
        [one.status_code for one in response.history],
        dict(response.cookies),
        response.elapsed,
        response.is_closed,
        response.content,
    ]


@pytest.mark.parametrize("server", ["http", "https"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_methods(world: World, method: str, server: Any) -> None:
    @scenario(server=server, passed=True)
    async def play(world: World) -> None:
        url = world.answer(method, "/it", json={"a": 1}, headers=[("Set-Cookie", "a=1")])
        async with client(world) as http:
            world.note("response", seen(await http.request(method, url, params={"q": "a b"})))

    play(world=world)


@scenario
async def test_upload_and_redirect(world: World) -> None:
    world.answer("POST", "/old", status=307, headers=[("Location", "/new")])
    world.answer("POST", "/new", text="here")
    async with client(world, follow_redirects=True) as http:
        world.note("response", seen(await http.post(world.url + "/old", json={"a": ["ü"]})))


@scenario
async def test_stream(world: World) -> None:
    url = world.answer("GET", "/it", stream=[b"one\n", b"two\n"])
    async with client(world) as http, http.stream("GET", url) as response:
        world.note("lines", [line async for line in response.aiter_lines()], response.is_closed)


@pytest.mark.parametrize("how", ["connect", "dns", "tls", "read", "timeout"])
@scenario
async def test_failures(world: World, how: Any) -> None:
    url = world.fail("POST", "/it", how)
    async with client(world, timeout=0.08) as http:
        with world.raises(httpx.TransportError):
            await http.post(url, content=b"x")


@scenario
async def test_body_cut_off(world: World) -> None:
    url = world.answer("GET", "/it", stream=[b"one"], headers=[("Content-Length", "100")])
    async with client(world) as http:
        with world.raises(httpx.TransportError):
            await http.get(url)

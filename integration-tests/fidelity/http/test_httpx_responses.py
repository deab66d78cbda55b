"""httpx and httpx2: what a program sees of responses."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest

from .httpx_variants import Httpx, httpx_scenario, visible, whole
from .world import World


async def note_get(world: World, httpx: Httpx, url: str, **options: Any) -> None:
    """Get, and note everything."""
    async with httpx.client() as client:
        world.note(url, whole(await client.get(url, **options)))


@httpx_scenario(everywhere=True)
async def test_json(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/data", json={"ok": True, "name": "grüß"})
    async with httpx.client() as client:
        response = await client.get(url)
    world.note("response", whole(response), response.json())


@httpx_scenario()
async def test_json_that_is_none(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/data", body=b"<html>", headers=[("Content-Type", "application/json")])
    async with httpx.client() as client:
        response = await client.get(url)
    with world.raises(ValueError):
        response.json()


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8", "utf-16", "no-such-charset", None])
@httpx_scenario()
async def test_charsets(world: World, httpx: Httpx, charset: str | None) -> None:
    known = charset if charset not in (None, "no-such-charset") else "utf-8"
    kind = "text/plain" + (f"; charset={charset}" if charset else "")
    await note_get(
        world,
        httpx,
        world.answer("GET", "/text", body="grüß".encode(known), headers=[("Content-Type", kind)]),
    )


@httpx_scenario()
async def test_default_encoding(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/text", body="grüß".encode("cp1252"), headers=[("Content-Type", "text/plain")])
    async with httpx.client(default_encoding="cp1252") as client:
        response = await client.get(url)
        world.note("text", response.text, response.encoding)
        with world.raises(ValueError):
            response.encoding = "utf-8"


@pytest.mark.parametrize("status", [201, 299, 404, 429, 503, 599])
@httpx_scenario()
async def test_statuses(world: World, httpx: Httpx, status: int) -> None:
    async with httpx.client() as client:
        response = await client.get(world.answer("GET", "/thing", status=status, body=b"why"))
        world.note("response", whole(response))
        if response.is_error:
            with world.raises(httpx.HTTPStatusError):
                response.raise_for_status()
        else:
            world.note("returned", response.raise_for_status() is response)


@httpx_scenario()
async def test_raise_for_status_of_a_redirect(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/old", status=301, headers=[("Location", "/new")])
    async with httpx.client() as client:
        response = await client.get(url)
    with world.raises(httpx.HTTPStatusError) as caught:
        response.raise_for_status()
    world.note("holds", caught.value.response is response, caught.value.request is response.request)


@pytest.mark.parametrize("reason", ["All Is Well", "", "Ça va"])
@httpx_scenario()
async def test_reasons(world: World, httpx: Httpx, reason: str) -> None:
    await note_get(world, httpx, world.answer("GET", "/thing", reason=reason))


@httpx_scenario()
async def test_header_order_case_and_values(world: World, httpx: Httpx) -> None:
    fields = [("X-Two", "1"), ("vary", "Accept"), ("x-two", "2"), ("X-LATIN", "é"), ("X-Empty", "")]
    url = world.answer("GET", "/headers", headers=fields)
    async with httpx.client() as client:
        response = await client.get(url, headers=[("x-mine", "1"), ("X-Mine", "2")])
    world.note("response", whole(response))
    world.note("one", response.headers["x-TWO"], response.headers.get_list("x-two"), list(response.headers))


@httpx_scenario()
async def test_cookies_go_into_the_jar(world: World, httpx: Httpx) -> None:
    fields = [("Set-Cookie", "a=1; Path=/"), ("set-cookie", "b=2; Path=/deep; HttpOnly")]
    world.answer("GET", "/login", headers=fields)
    world.answer("GET", "/home")
    world.answer("GET", "/deep/down")
    async with httpx.client(cookies={"mine": "0"}) as client:
        for path in ("/login", "/home", "/deep/down"):
            response = await client.get(world.url + path)
            world.note(path, whole(response), response.request.headers["cookie"])
        world.note("jar", sorted((c.name, c.value, c.path, c.domain) for c in client.genuine.cookies.jar))


@httpx_scenario()
async def test_cookies_expire(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/in", headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2; Max-Age=0")])
    world.answer("GET", "/out", headers=[("Set-Cookie", "a=; expires=Thu, 01 Jan 1970 00:00:00 GMT")])
    async with httpx.client() as client:
        await client.get(world.url + "/in")
        world.note("in", dict(client.genuine.cookies))
        await client.get(world.url + "/out")
        world.note("out", dict(client.genuine.cookies))


ENCODINGS = {
    "gzip": gzip.compress(b"squeezed" * 100, mtime=0),
    "deflate": zlib.compress(b"squeezed" * 100),
    "br": brotli.compress(b"squeezed" * 100),
    "gzip, br": brotli.compress(gzip.compress(b"squeezed" * 100, mtime=0)),
    "identity": b"plain",
    "unheard-of": b"as it is",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@httpx_scenario()
async def test_content_encodings(world: World, httpx: Httpx, encoding: str) -> None:
    body = ENCODINGS[encoding]
    await note_get(
        world, httpx, world.answer("GET", "/packed", body=body, headers=[("Content-Encoding", encoding)])
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
@httpx_scenario()
async def test_content_that_is_not_so_encoded(world: World, httpx: Httpx, encoding: str) -> None:
    url = world.answer("GET", "/packed", body=b"not at all", headers=[("Content-Encoding", encoding)])
    async with httpx.client() as client:
        with world.raises(httpx.DecodingError):
            await client.get(url)


@httpx_scenario()
async def test_head(world: World, httpx: Httpx) -> None:
    world.answer("HEAD", "/file", headers=[("Content-Length", "1234"), ("ETag", '"e"')])
    world.answer("GET", "/file", body=b"after it")
    async with httpx.client() as client:
        world.note("head", whole(await client.request("HEAD", world.url + "/file")))
        world.note("get", whole(await client.get(world.url + "/file")))


@pytest.mark.parametrize("status", [204, 304])
@httpx_scenario()
async def test_no_content(world: World, httpx: Httpx, status: int) -> None:
    url = world.answer("GET", "/same", status=status, headers=[("ETag", '"e"')])
    await note_get(world, httpx, url, headers={"If-None-Match": '"e"'})


@httpx_scenario()
async def test_range(world: World, httpx: Httpx) -> None:
    fields = [("Content-Range", "bytes 2-4/10"), ("Accept-Ranges", "bytes")]
    url = world.answer("GET", "/part", status=206, headers=fields, body=b"cde")
    await note_get(world, httpx, url, headers={"Range": "bytes=2-4"})


@httpx_scenario()
async def test_empty_body(world: World, httpx: Httpx) -> None:
    await note_get(world, httpx, world.answer("GET", "/empty"))


@httpx_scenario()
async def test_chunked(world: World, httpx: Httpx) -> None:
    fields = [("Transfer-Encoding", "chunked")]
    await note_get(world, httpx, world.answer("GET", "/chunks", body=b"at once", headers=fields))


@httpx_scenario()
async def test_large_body(world: World, httpx: Httpx) -> None:
    await note_get(world, httpx, world.answer("GET", "/large", body=bytes(range(256)) * 2000))


@pytest.mark.parametrize("http_version", ["HTTP/1.0", "HTTP/1.1"])
@httpx_scenario()
async def test_http_versions(world: World, httpx: Httpx, http_version: str) -> None:
    await note_get(world, httpx, world.answer("GET", "/old", body=b"old", http_version=http_version))


@httpx_scenario()
async def test_connection_close(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/last", body=b"bye", headers=[("Connection", "close")])
    world.answer("GET", "/first", body=b"hello")
    async with httpx.client() as client:
        for path in ("/last", "/first"):
            world.note(path, whole(await client.get(world.url + path)))


@httpx_scenario()
async def test_elapsed(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/slow", stream=[b"a"])
    async with httpx.client() as client, client.stream("GET", url) as response:
        with world.raises(RuntimeError):
            _ = response.elapsed
        await httpx.read(response)
        world.note("elapsed", response.elapsed, response.elapsed.total_seconds() > 0)


@httpx_scenario(everywhere=True)
async def test_network_stream(world: World, httpx: Httpx) -> None:
    async with httpx.client() as client:
        response = await client.get(world.answer("GET", "/x"))
        stream = response.extensions["network_stream"]
        client_addr = stream.get_extra_info("client_addr")
        world.note("addresses", stream.get_extra_info("server_addr"), client_addr[0], type(client_addr[1]))
        world.note("unknown", stream.get_extra_info("no such thing"), stream.get_extra_info("ssl_object"))


@httpx_scenario()
async def test_links(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/pages", body=b"1", headers=[("Link", '</pages?page=2>; rel="next"')])
    world.answer("GET", "/pages", body=b"2")
    async with httpx.client() as client:
        first = await client.get(world.url + "/pages")
        second = await client.get(world.url + first.links["next"]["url"])
    world.note("pages", whole(first), whole(second))


@httpx_scenario(server="https")
async def test_tls(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/secret", json=1)
    async with httpx.client(verify=world.trust.context) as client:
        world.note("response", whole(await client.get(url)))


@httpx_scenario(server="h2", everywhere=True)
async def test_http2(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/two", json=2, headers=[("X-Case", "Kept")])
    world.answer("POST", "/two", status=201, text="made")
    async with httpx.client(verify=world.trust.context, http2=True) as client:
        got = whole(await client.get(world.url + "/two"))
        made = whole(await client.post(world.url + "/two", json={"a": 1}))
    world.note("responses", got, made)


@httpx_scenario(server="h2")
async def test_http2_large_bodies(world: World, httpx: Httpx) -> None:
    world.answer("POST", "/two", body=b"y" * 200_000)
    async with httpx.client(verify=world.trust.context, http2=True) as client:
        response = await client.post(world.url + "/two", content=httpx.parts(b"x" * 100_000, b"z"))
    world.note("response", whole(response))


@httpx_scenario(server="h2")
async def test_http2_stream_ids(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/two")
    world.answer("GET", "/two")
    async with httpx.client(verify=world.trust.context, http2=True) as client:
        first = await client.get(world.url + "/two")
        second = await client.get(world.url + "/two")
    world.note("first", first.extensions["stream_id"])
    world.note("second", second.extensions["stream_id"], differs="httpx counts streams")


@httpx_scenario(passed=False)
async def test_a_response_of_http_1_where_http_2_is_allowed(world: World, httpx: Httpx) -> None:
    async with httpx.client(http2=True) as client:
        world.note("response", visible(await client.get(world.answer("GET", "/plain"))))

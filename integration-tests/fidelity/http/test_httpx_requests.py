"""httpx and httpx2: what a program sends, and what it is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import h11
import pytest

from .httpx_variants import SYNC, SYNC2, Httpx, httpx_scenario, whole
from .world import World, scenario

BOUNDARY = {"Content-Type": "multipart/form-data; boundary=fixed"}


@httpx_scenario()
async def test_query(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/search")
    given = {"q": "a b&c", "page": 2, "tag": ["x", "y"], "flag": True, "none": None, "ü": "é"}
    async with httpx.client(params={"key": "1"}) as client:
        world.note("response", whole(await client.get(world.url + "/search", params=given)))


@pytest.mark.parametrize(
    "path", ["/grüße/a b", "/a%2Fb", "/a+b;c=d,e", "/~x/./y", "/p?a=b%20c&d", "/f#fragment"]
)
@httpx_scenario()
async def test_urls(world: World, httpx: Httpx, path: str) -> None:
    world.answer("GET", str(httpx.URL(world.url + path)).partition("#")[0].partition("?")[0])
    async with httpx.client() as client:
        world.note("response", whole(await client.get(world.url + path)))


@httpx_scenario()
async def test_base_url_and_what_a_client_adds(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/v1/users", json=[])
    world.answer("GET", "/v2")
    headers = {"User-Agent": "mine", "X-Key": "k"}
    async with httpx.client(base_url=f"{world.url}/v1/", headers=headers) as client:
        world.note("users", whole(await client.get("users", headers={"X-Key": "other"})))
        world.note("absolute", whole(await client.get(f"{world.url}/v2")))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "DELETE", "REPORT"])
@httpx_scenario()
async def test_methods(world: World, httpx: Httpx, method: str) -> None:
    url = world.answer(method, "/thing", text=method)
    async with httpx.client() as client:
        world.note("response", whole(await client.request(method, url, content=b"sent")))


BODIES: dict[str, dict[str, Any]] = {
    "json": {"json": {"a": [1, None, "é"]}},
    "form": {"data": {"a": "1", "b": ["2", "3"], "ü": "é"}},
    "bytes": {"content": b"\x00\xff"},
    "text": {"content": "grüß"},
    "empty": {"content": b""},
    "a large one": {"content": b"x" * 300_000},
    "file": {"files": {"f": ("n.txt", b"data", "text/plain")}, "headers": BOUNDARY},
    "files": {"files": [("f", ("a", b"1")), ("f", ("b", b"2"))], "data": {"k": "v"}, "headers": BOUNDARY},
}


@pytest.mark.parametrize("given", BODIES)
@httpx_scenario()
async def test_bodies(world: World, httpx: Httpx, given: str) -> None:
    world.answer("POST", "/up", status=201)
    async with httpx.client() as client:
        response = await client.post(world.url + "/up", **BODIES[given])
    world.note("response", whole(response))


@httpx_scenario(everywhere=True)
async def test_generators(world: World, httpx: Httpx) -> None:
    world.answer("POST", "/up", body=b"got it")
    async with httpx.client() as client:
        response = await client.post(world.url + "/up", content=httpx.parts(b"ab", b"", b"cd", b"e" * 70_000))
        world.note("response", whole(response))
        with world.raises(httpx.StreamConsumed):
            await httpx.read(response.request)


@httpx_scenario()
async def test_generators_with_a_length(world: World, httpx: Httpx) -> None:
    world.answer("POST", "/up")
    async with httpx.client() as client:
        headers = {"Content-Length": "4"}
        response = await client.post(world.url + "/up", content=httpx.parts(b"ab", b"cd"), headers=headers)
    world.note("response", whole(response))


@httpx_scenario()
async def test_opened_files(world: World, httpx: Httpx, tmp_path: Path) -> None:
    world.answer("POST", "/up")
    (tmp_path / "data.bin").write_bytes(b"0123456789" * 10)
    with (tmp_path / "data.bin").open("rb") as file:
        async with httpx.client() as client:
            response = await client.post(world.url + "/up", files={"f": file}, headers=BOUNDARY)
        world.note("response", whole(response), file.tell(), file.closed)


@httpx_scenario()
async def test_files_of_a_multipart_body_are_rewound_by_a_redirect(world: World, httpx: Httpx) -> None:
    world.answer("POST", "/old", status=307, headers=[("Location", "/new")])
    world.answer("POST", "/new")
    async with httpx.client(follow_redirects=True) as client:
        files = {"f": ("n", io.BytesIO(b"data"))}
        response = await client.post(world.url + "/old", files=files, headers=BOUNDARY)
    world.note("response", whole(response))


@httpx_scenario()
async def test_built_requests(world: World, httpx: Httpx) -> None:
    world.answer("PUT", "/thing", text="stored")
    async with httpx.client(headers={"X-Client": "1"}) as client:
        request = client.genuine.build_request("PUT", world.url + "/thing", json=[1], extensions={"mine": 1})
        response = await client.send(request, stream=True)
        world.note("before", response.is_closed, response.is_stream_consumed, response.request is request)
        await httpx.read(response)
        await httpx.close(response)
    world.note("after", whole(response))


@httpx_scenario(server="https")
async def test_a_host_header_of_ones_own(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/thing")
    async with httpx.client(verify=world.trust.context) as client:
        world.note("response", whole(await client.get(url, headers={"Host": "other.example"})))


ILLEGAL: dict[str, dict[str, Any]] = {
    "a line break in a value": {"headers": {"X-Bad": "a\r\nInjected: b"}},
    "a space in a name": {"headers": {"X Bad": "a"}},
    "a control character": {"headers": {"X-Bad": "a\x00b"}},
    "outer space": {"headers": {"X-Bad": " a "}},
    "a length that is none": {"headers": {"Content-Length": "three"}, "content": b"abc"},
    "several lengths": {"headers": [("Content-Length", "3"), ("Content-Length", "4")], "content": b"abc"},
}


@pytest.mark.parametrize("given", ILLEGAL)
@httpx_scenario()
async def test_illegal_requests(world: World, httpx: Httpx, given: str) -> None:
    async with httpx.client() as client:
        with world.raises(httpx.LocalProtocolError):
            await client.post(world.url + "/thing", **ILLEGAL[given])


@pytest.mark.parametrize("length", ["1", "9"])
@httpx_scenario()
async def test_a_body_of_another_length(world: World, httpx: Httpx, length: str) -> None:
    async with httpx.client() as client:
        with world.raises(h11.LocalProtocolError):  # which httpx lets through
            await client.post(world.url + "/thing", content=b"abc", headers={"Content-Length": length})


@httpx_scenario()
async def test_an_illegal_method(world: World, httpx: Httpx) -> None:
    async with httpx.client() as client:
        with world.raises(httpx.LocalProtocolError):
            await client.request("GE T", world.url + "/thing")


@pytest.mark.parametrize(
    "url", ["/relative", "example.com/x", "ftp://example.com/x", "http://", "https:///x"]
)
@httpx_scenario(everywhere=True)
async def test_urls_that_cannot_be_asked_for(world: World, httpx: Httpx, url: str) -> None:
    async with httpx.client() as client:
        with world.raises(httpx.UnsupportedProtocol):
            await client.get(url)


@httpx_scenario()
async def test_a_generator_that_fails(world: World, httpx: Httpx) -> None:
    async with httpx.client() as client:
        with world.raises(KeyError):
            await client.post(world.url + "/up", content=httpx.parts(b"ab", KeyError("lost")))


@httpx_scenario()
async def test_a_closed_client(world: World, httpx: Httpx) -> None:
    async with httpx.client() as client:
        world.note("open", client.genuine.is_closed)
    world.note("closed", client.genuine.is_closed)
    with world.raises(RuntimeError):
        await client.get(world.url + "/thing")


@pytest.mark.parametrize("httpx", [SYNC, SYNC2], ids=str)
@scenario(server="https", passed=True)
def test_functions_of_the_module(world: World, httpx: Httpx) -> None:
    options: dict[str, Any] = {"verify": world.trust.context, "timeout": 3}
    world.note("get", whole(httpx.get(world.answer("GET", "/x", json=1), **options)))
    world.note("post", whole(httpx.post(world.answer("POST", "/x"), json={"a": 1}, **options)))
    with httpx.stream("GET", world.answer("GET", "/x", stream=[b"a", b"b"]), **options) as response:
        world.note("stream", list(response.iter_raw()))

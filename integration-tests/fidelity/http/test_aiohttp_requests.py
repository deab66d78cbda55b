"""aiohttp: what is sent, and what it does by itself: cookies, redirects, authentication, proxies."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from .aiohttp_sessions import seen, session
from .world import World, scenario

# -- requests


@scenario(passed=True)
async def test_query_and_base_url(world: World) -> None:
    world.answer("GET", "/v1/search", text="found")
    async with session(world, base_url=world.url + "/v1/") as http:
        params: list[tuple[str, str | int]] = [("q", "a b+c&ü"), ("page", 2), ("q", "more")]
        async with http.get("search?first=1", params=params) as response:
            world.note("response", seen(response))


BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "json": lambda: {"json": {"a": [1, None, "ü"]}},
    "bytes": lambda: {"data": b"\x00\xff"},
    "text": lambda: {"data": "grüße"},
    "form": lambda: {"data": {"a": "1", "b": "ü &"}},
    "pairs": lambda: {"data": [("a", "1"), ("a", "2")]},
    "file": lambda: {"data": io.BytesIO(b"content of a file" * 100)},
    "empty": lambda: {"data": b""},
    "compressed": lambda: {"data": b"squeeze " * 100, "compress": "deflate"},
    "chunked": lambda: {"data": b"in chunks", "chunked": True},
    "large": lambda: {"data": b"x" * 900_000},
    "expect": lambda: {"data": b"may I?", "expect100": True},
}


@pytest.mark.parametrize("kind", BODIES)
@scenario(passed=True)
async def test_uploads(world: World, kind: str) -> None:
    url = world.answer("POST", "/it", status=201, json={"id": 7})
    async with session(world) as http, http.post(url, **BODIES[kind]()) as response:
        world.note("response", seen(response), await response.json())


@scenario
async def test_expect_without_a_body(world: World) -> None:
    url = world.answer("PUT", "/it")
    async with session(world) as http, http.put(url, expect100=True) as response:
        world.note("response", seen(response))


@scenario(passed=True)
async def test_generator_upload(world: World) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(0)
        yield b"two"

    url = world.answer("POST", "/it")
    async with session(world) as http, http.post(url, data=parts()) as response:
        world.note("response", seen(response))


@scenario
async def test_generator_upload_that_fails(world: World) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        raise LookupError("no more")

    async with session(world) as http:
        with world.raises(aiohttp.ClientConnectionError):
            await http.post(world.url + "/it", data=parts())
        world.answer("GET", "/it", body=b"goes on")
        async with http.get(world.url + "/it") as response:
            world.note("next", await response.read())


@scenario
async def test_multipart(world: World) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("name", "value")
    form.add_field("file", io.BytesIO(b"\x89PNG"), filename="a.png", content_type="image/png")
    writer: Any = form()
    writer._boundary = b"boundary"  # chance has no place here
    writer.headers["Content-Type"] = "multipart/form-data; boundary=boundary"
    url = world.answer("POST", "/it")
    async with session(world) as http, http.post(url, data=writer) as response:
        world.note("response", seen(response))


@scenario
async def test_headers(world: World) -> None:
    url = world.answer("GET", "/it")
    given = {"X-One": "1", "x-two": "zwei", "Accept": "application/json"}
    options = {"headers": {"X-All": "yes"}, "skip_auto_headers": ["User-Agent"]}
    async with session(world, **options) as http, http.get(url, headers=given) as response:
        world.note("response", seen(response))


@scenario
async def test_version_of_the_session(world: World) -> None:
    url = world.answer("GET", "/it")
    async with session(world, version=aiohttp.HttpVersion10) as http, http.get(url) as response:
        world.note("response", seen(response))


# -- cookies, redirects, authentication


@scenario
async def test_cookies(world: World) -> None:
    cookies = [
        ("Set-Cookie", "a=1; Path=/; HttpOnly"),
        ("Set-Cookie", "b=2; Path=/deep"),
        ("Set-Cookie", 'c="q w"'),
    ]
    world.answer("GET", "/set", headers=cookies)
    world.answer("GET", "/deep/er")
    world.answer("GET", "/set", headers=[("Set-Cookie", "a=; Max-Age=0; Path=/")])
    world.answer("GET", "/")
    async with session(world, cookies={"own": "0"}) as http:
        for path in ("/set", "/deep/er", "/set", "/"):
            async with http.get(world.url + path, cookies={"once": path.strip("/") or "root"}) as response:
                world.note(path, seen(response), sorted(morsel.OutputString() for morsel in http.cookie_jar))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@scenario(passed=True)
async def test_redirect_of_a_post(world: World, status: int) -> None:
    world.answer("POST", "/old", status=status, headers=[("Location", "/new?a=1"), ("Set-Cookie", "seen=1")])
    world.answer("POST" if status > 303 else "GET", "/new", text="here")
    async with session(world) as http, http.post(world.url + "/old", data=b"body") as response:
        world.note("response", seen(response), await response.text())


@scenario
async def test_redirect_to_another_host(world: World) -> None:
    world.answer("GET", "/old", status=302, headers=[("Location", world.elsewhere + "/new#part")])
    world.answer("GET", world.elsewhere + "/new", text="elsewhere")
    async with (
        session(world) as http,
        http.get(world.url + "/old", headers={"Authorization": "Bearer x", "X-Kept": "1"}) as response,
    ):
        world.note("response", seen(response), await response.text())


@scenario
async def test_redirect_not_followed(world: World) -> None:
    url = world.answer("GET", "/old", status=302, headers=[("Location", "/new")])
    async with session(world) as http, http.get(url, allow_redirects=False) as response:
        world.note("response", seen(response))


@scenario
async def test_too_many_redirects(world: World) -> None:
    for _ in range(3):
        url = world.answer("GET", "/loop", status=302, headers=[("Location", "/loop")])
    async with session(world) as http:
        with world.raises(aiohttp.TooManyRedirects) as caught:
            await http.get(url, max_redirects=3)
        error = caught.value
        assert isinstance(error, aiohttp.TooManyRedirects)
        world.note("history", [(one.status, str(one.url)) for one in error.history])


@pytest.mark.parametrize("target", ["ftp://x.test/", "http:///nowhere", "http://"])
@scenario
async def test_redirect_to_nowhere(world: World, target: str) -> None:
    url = world.answer("GET", "/old", status=302, headers=[("Location", target)])
    async with session(world) as http:
        with world.raises(aiohttp.ClientError, ValueError):
            await http.get(url)


@scenario
async def test_basic_auth(world: World) -> None:
    url = world.answer("GET", "/it")
    headers = {"Authorization": aiohttp.encode_basic_auth("me", "päss")}
    async with session(world, headers=headers) as http, http.get(url) as response:
        world.note("response", seen(response))


@scenario
async def test_auth_in_the_url(world: World) -> None:
    url = world.answer("GET", "/it")
    async with session(world) as http, http.get(url.replace("://", "://me:secret@")) as response:
        world.note("response", seen(response))


@scenario
async def test_digest_auth(world: World) -> None:
    challenge = 'Digest realm="r", nonce="abc", qop="auth", algorithm=SHA-256'
    url = world.answer("GET", "/it", status=401, headers=[("WWW-Authenticate", challenge)])
    world.answer("GET", "/it", text="welcome")
    digest = aiohttp.DigestAuthMiddleware("me", "secret")
    answered: list[bool] = []

    async def without_chance(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        """The answer holds a random number."""
        authorization = request.headers.pop("Authorization", None)
        answered.append(authorization is not None and authorization.startswith('Digest username="me"'))
        response: aiohttp.ClientResponse = await handler(request)
        return response

    async with session(world, middlewares=(digest, without_chance)) as http, http.get(url) as response:
        world.note("response", seen(response), await response.text(), answered)


@scenario
async def test_middleware_that_tries_again(world: World) -> None:
    url = world.answer("POST", "/it", status=503, headers=[("Retry-After", "0")])
    world.fail("POST", "/it", "read")
    world.answer("POST", "/it", text="at last")
    tries: list[Any] = []

    async def again(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        while True:
            try:
                response: aiohttp.ClientResponse = await handler(request)
            except aiohttp.ClientOSError as error:
                tries.append(type(error))
                continue
            tries.append(response.status)
            if response.ok:
                return response

    async with session(world, middlewares=(again,)) as http, http.post(url, data=b"x") as response:
        world.note("response", seen(response), await response.text(), tries)


@scenario
async def test_deprecated_argument(world: World) -> None:
    url = world.answer("GET", "/it")
    with pytest.warns(DeprecationWarning, match="deprecated") as warned:
        async with session(world) as http, http.get(url, auth=aiohttp.BasicAuth("me", "secret")) as response:
            world.note("response", seen(response))
    where = {str(one.message)[:20]: Path(one.filename).name for one in warned}
    world.note("where", where, differs="aiohttp warns from elsewhere")

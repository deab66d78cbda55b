"""httpx and httpx2: redirects, authentication, hooks, proxies and transports."""

from __future__ import annotations

from typing import Any

import pytest

from .httpx_variants import NOBODY, Httpx, httpx_scenario, visible, whole
from .world import World


def moved(world: World, method: str, path: str, location: str, status: int = 302) -> str:
    return world.answer(method, path, status=status, headers=[("Location", location)], body=b"moved")


@httpx_scenario(everywhere=True)
async def test_redirects(world: World, httpx: Httpx) -> None:
    moved(world, "GET", "/a", "/b?x=1", 301)
    moved(world, "GET", "/b", "../c", 302)
    world.answer("GET", "/c", text="here")
    async with httpx.client(follow_redirects=True) as client:
        response = await client.get(world.url + "/a", params={"q": "1"})
    world.note("response", whole(response), [one.content for one in response.history])


@httpx_scenario()
async def test_a_redirect_that_is_not_followed(world: World, httpx: Httpx) -> None:
    url = moved(world, "GET", "/a", "/b")
    world.answer("GET", "/b", text="here")
    async with httpx.client() as client:
        first = await client.get(url)
        world.note("first", whole(first))
        world.note("next", whole(await client.send(first.next_request)))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@httpx_scenario()
async def test_redirects_of_a_body(world: World, httpx: Httpx, status: int) -> None:
    moved(world, "POST", "/old", "/new", status)
    world.answer("POST" if status > 303 else "GET", "/new", text="here")
    async with httpx.client(follow_redirects=True) as client:
        response = await client.post(world.url + "/old", json={"a": 1})
    world.note("response", whole(response), response.request.headers.get("content-length"))


@httpx_scenario()
async def test_a_redirect_of_a_generator(world: World, httpx: Httpx) -> None:
    moved(world, "POST", "/old", "/new", 307)
    async with httpx.client(follow_redirects=True) as client:
        with world.raises(httpx.StreamConsumed):
            await client.post(world.url + "/old", content=httpx.parts(b"a", b"b"))


@httpx_scenario()
async def test_a_redirect_loop(world: World, httpx: Httpx) -> None:
    for _ in range(4):
        moved(world, "GET", "/loop", "/loop")
    async with httpx.client(follow_redirects=True, max_redirects=3) as client:
        with world.raises(httpx.TooManyRedirects):
            await client.get(world.url + "/loop")


@pytest.mark.parametrize("location", ["https://:x/", "ftp://127.0.0.1/"])
@httpx_scenario()
async def test_a_redirect_to_nowhere(world: World, httpx: Httpx, location: str) -> None:
    moved(world, "GET", "/old", location)
    async with httpx.client(follow_redirects=True) as client:
        with world.raises(httpx.RemoteProtocolError, httpx.UnsupportedProtocol):
            await client.get(world.url + "/old")


@httpx_scenario()
async def test_a_redirect_to_another_host_drops_the_credentials(world: World, httpx: Httpx) -> None:
    moved(world, "GET", "/old", world.elsewhere + "/new")
    world.answer("GET", world.elsewhere + "/new")
    async with httpx.client(follow_redirects=True, auth=("user", "pass")) as client:
        world.note("response", whole(await client.get(world.url + "/old")))


@httpx_scenario()
async def test_cookies_of_a_redirect(world: World, httpx: Httpx) -> None:
    fields = [("Location", "/home"), ("Set-Cookie", "session=1; Path=/")]
    world.answer("POST", "/login", status=303, headers=fields)
    world.answer("GET", "/home")
    async with httpx.client(follow_redirects=True) as client:
        world.note("response", whole(await client.post(world.url + "/login", data={"user": "me"})))


@httpx_scenario()
async def test_a_fragment_outlives_a_redirect(world: World, httpx: Httpx) -> None:
    moved(world, "GET", "/old", "/new")
    world.answer("GET", "/new")
    async with httpx.client(follow_redirects=True) as client:
        world.note("response", whole(await client.get(world.url + "/old#part")))


@httpx_scenario()
async def test_basic_auth(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/a")
    world.answer("GET", "/b")
    async with httpx.client() as client:
        world.note("argument", whole(await client.get(world.url + "/a", auth=("user", "pässword"))))
        world.note("url", whole(await client.get(world.url.replace("://", "://me:secret@") + "/b")))


@httpx_scenario(everywhere=True)
async def test_digest_auth(world: World, httpx: Httpx, monkeypatch: pytest.MonkeyPatch) -> None:
    auth = httpx.DigestAuth("user", "pass")
    monkeypatch.setattr(auth, "_get_client_nonce", lambda *_: b"0123456789abcdef")  # else random
    asks = 'Digest realm="r", nonce="n", qop="auth", opaque="o", algorithm=SHA-256'
    world.answer("GET", "/secret", status=401, headers=[("WWW-Authenticate", asks)], body=b"who?")
    world.answer("GET", "/secret", text="you")
    world.answer("GET", "/secret", text="again")
    async with httpx.client(auth=auth) as client:
        world.note("first", whole(await client.get(world.url + "/secret")))
        world.note("second", whole(await client.get(world.url + "/secret")))


@httpx_scenario()
async def test_an_auth_flow_of_ones_own(world: World, httpx: Httpx) -> None:
    class Login(httpx.Auth):  # type: ignore[misc, name-defined]
        requires_request_body = requires_response_body = True

        def auth_flow(self, request: Any) -> Any:
            response = yield request
            token = (yield client.genuine.build_request("POST", world.url + "/token")).json()
            request.headers["Authorization"] = f"Own {token} {len(response.content)} {len(request.content)}"
            yield request

    world.answer("PUT", "/private", status=401, body=b"no")
    world.answer("POST", "/token", json="t0ken")
    world.answer("PUT", "/private", body=b"yes")
    async with httpx.client() as client:
        response = await client.request(
            "PUT", world.url + "/private", auth=Login(), content=httpx.parts(b"ab")
        )
    world.note("response", whole(response))


@httpx_scenario(everywhere=True)
async def test_event_hooks(world: World, httpx: Httpx) -> None:
    seen: list[Any] = []
    hooks = {
        "request": [
            httpx.hook(lambda request: seen.append((request.method, str(request.url), request.headers.raw)))
        ],
        "response": [
            httpx.hook(lambda response: seen.append((visible(response), hasattr(response, "_content"))))
        ],
    }
    moved(world, "GET", "/a", "/b")
    world.answer("GET", "/b", text="x")
    async with httpx.client(event_hooks=hooks, follow_redirects=True) as client:
        world.note("response", whole(await client.get(world.url + "/a")), seen)


@httpx_scenario()
async def test_an_event_hook_that_raises(world: World, httpx: Httpx) -> None:
    hooks = {"response": [httpx.hook(lambda response: response.raise_for_status())]}
    url = world.answer("GET", "/a", status=500, body=b"down")
    async with httpx.client(event_hooks=hooks) as client:
        with world.raises(httpx.HTTPStatusError) as caught:
            await client.get(url)
        world.note("closed", caught.value.response.is_closed)


@httpx_scenario()
async def test_a_proxy(world: World, httpx: Httpx) -> None:
    world.answer("GET", "http://api.invalid/data", json=1)
    async with httpx.client(proxy=world.url) as client:
        world.note("response", whole(await client.get("http://api.invalid/data?a=1")))


@httpx_scenario()
async def test_mounts(world: World, httpx: Httpx) -> None:
    seen: list[str] = []

    def handle(request: Any) -> Any:
        seen.append(str(request.url))
        return httpx.Response(418)

    mounts = {"http://": httpx.transport(retries=1), "all://own.example": httpx.MockTransport(handle)}
    url = world.answer("GET", "/data", json=1)
    async with httpx.client(mounts=mounts) as client:
        world.note("mounted", whole(await client.get(url)))
        world.note("own", (await client.get("http://own.example/")).status_code, seen)


@httpx_scenario()
async def test_a_transport_around_the_genuine_one(world: World, httpx: Httpx) -> None:
    base = httpx.HTTPTransport if httpx.is_sync else httpx.AsyncHTTPTransport

    class Stamped(base):  # type: ignore[misc, valid-type]
        def handle_request(self, request: Any) -> Any:
            request.headers["X-Stamp"] = "1"
            response = super().handle_request(request)
            response.headers["X-Seen"] = str(response.status_code)
            return response

        async def handle_async_request(self, request: Any) -> Any:
            request.headers["X-Stamp"] = "1"
            response = await super().handle_async_request(request)
            response.headers["X-Seen"] = str(response.status_code)
            return response

    url = world.answer("GET", "/data", stream=[b"a", b"b"])
    async with httpx.client(transport=Stamped(verify=NOBODY)) as client:
        world.note("response", whole(await client.get(url)))


@httpx_scenario()
async def test_a_transport_by_itself(world: World, httpx: Httpx) -> None:
    request = httpx.Request("GET", world.answer("GET", "/data", json=1, headers=[("X-Case", "kept")]))
    if httpx.is_sync:
        with httpx.transport() as transport:
            response = transport.handle_request(request)
            response.read()
    else:
        async with httpx.transport() as transport:
            response = await transport.handle_async_request(request)
            await response.aread()
    world.note(
        "response",
        response.headers.raw,
        response.json(),
        list(response.extensions),
        hasattr(response, "_request"),
    )
    with world.raises(RuntimeError):
        _ = response.request


@httpx_scenario(everywhere=True)
async def test_a_client_made_before_its_world(world: World, httpx: Httpx) -> None:
    async with httpx.client() as client:
        for text in ("one", "two"):
            world.note(text, whole(await client.get(world.answer("GET", "/same", text=text))))

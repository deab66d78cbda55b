"""aiohttp: failures, limits and traces of mocked calls are those of real ones."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientTimeout

from .aiohttp_sessions import seen, session
from .world import World, scenario

# -- failures


@pytest.mark.parametrize("how", ["connect", "dns", "tls"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@scenario
async def test_connecting_fails(world: World, method: str, how: Any) -> None:
    url = world.fail(method, "/it", how)
    async with session(world) as http:
        with world.raises(aiohttp.ClientConnectorError, aiohttp.ClientConnectorCertificateError) as caught:
            await http.request(method, url)
        error: Any = caught.value
        held = getattr(error, "os_error", None) or error.certificate_error
        world.note("error", error.host, error.port, error.ssl is True, held, repr(error)[:40])


@scenario
async def test_reset(world: World) -> None:
    url = world.fail("POST", "/it", "read")
    async with session(world) as http:
        with world.raises(aiohttp.ClientOSError):
            await http.post(url, data=b"x")
        world.answer("POST", "/it", text="again")
        async with http.post(url, data=b"x") as response:
            world.note("next", await response.text())


@scenario
async def test_reset_of_a_get(world: World) -> None:
    url = world.fail("GET", "/it", "read")
    if not world.is_mocked:
        world.answer("GET", "/it", text="the second try")
    async with session(world) as http:
        outcome: Any
        try:
            async with http.get(url) as response:
                outcome = await response.text()
        except aiohttp.ClientOSError as error:
            outcome = type(error)
        world.note("outcome", outcome, differs="aiohttp tries twice")
    if not world.is_mocked:
        assert [held.pop() for held in (world.script.received, world.script.served)]


BROKEN: dict[str, dict[str, Any]] = {
    "reset": {"stream": [b"one", ConnectionResetError(104, "Connection reset by peer")]},
    "cut off": {"stream": [b"one", b"two"], "headers": [("Content-Length", "100")]},
    "bad gzip": {"body": b"no gzip", "headers": [("Content-Encoding", "gzip")]},
}


@pytest.mark.parametrize("how", BROKEN)
@scenario
async def test_broken_body(world: World, how: str) -> None:
    url = world.answer("GET", "/it", **BROKEN[how])
    async with session(world) as http, http.get(url) as response:
        with world.raises(aiohttp.ClientPayloadError):
            await response.read()
        world.note("closed", response.closed)


@pytest.mark.parametrize(
    "timeout",
    [ClientTimeout(total=0.08), ClientTimeout(sock_read=0.08), ClientTimeout(total=5, sock_read=0.08)],
    ids=["total", "sock_read", "both"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
@scenario
async def test_time_out(world: World, method: str, timeout: ClientTimeout) -> None:
    url = world.answer(method, "/it", delay=0.6)
    async with session(world, timeout=timeout) as http:
        with world.raises(asyncio.TimeoutError):
            await http.request(method, url)
        other = world.answer(method, "/other", text="goes on")
        async with http.request(method, other) as response:
            world.note("next", await response.text())


@pytest.mark.parametrize(
    "timeout", [ClientTimeout(connect=0.2), ClientTimeout(sock_connect=0.2), ClientTimeout()]
)
@scenario
async def test_no_time_out(world: World, timeout: ClientTimeout) -> None:
    url = world.answer("GET", "/it", delay=0.25, text="in time")
    async with session(world, timeout=timeout) as http, http.get(url) as response:
        world.note("response", await response.text())


@scenario
async def test_time_out_of_the_pool(world: World) -> None:
    url = world.answer("GET", "/it", body=bytes(2_000_000))
    options = {"connector": {"limit": 1}, "timeout": ClientTimeout(connect=0.05)}
    async with session(world, **options) as http, http.get(url) as response:
        with world.raises(asyncio.TimeoutError):
            await http.get(url)
        world.note("body", len(await response.read()))


# -- tracing, pools, proxies


def tracing(events: list[Any]) -> aiohttp.TraceConfig:
    """A configuration that notes every signal."""
    config = aiohttp.TraceConfig()

    def note(name: str) -> Any:
        async def signal(_session: Any, _context: Any, params: Any) -> None:
            shown = {"chunk", "method", "host", "exception"}
            events.append((name, {key: held for key, held in vars_of(params).items() if key in shown}))

        return signal

    for name in dir(config):
        if name.startswith("on_"):
            getattr(config, name).append(note(name))
    return config


def vars_of(params: Any) -> dict[str, Any]:
    return {
        name: type(held) if isinstance(held := getattr(params, name), BaseException) else held
        for name in dir(params)
        if name[:1] != "_"
    }


@pytest.mark.parametrize("host", ["address", "name"])
@scenario
async def test_tracing(world: World, host: str) -> None:
    base = world.url if host == "address" else world.elsewhere
    world.answer("POST", base + "/old", status=307, headers=[("Location", "/new")])
    world.answer("POST", base + "/new", stream=[b"one", b"two"])
    world.answer("GET", base + "/it", body=b"three", headers=[("Connection", "close")])
    world.answer("GET", base + "/it")
    events: list[Any] = []
    async with session(world, trace_configs=[tracing(events)]) as http:
        async with http.post(base + "/old", data=b"body") as response:
            await response.read()
        for _ in range(2):
            async with http.get(base + "/it") as response:
                await response.read()
    world.note("events", events)


@scenario
async def test_tracing_of_a_time_out(world: World) -> None:
    url = world.answer("GET", "/it", delay=0.6)
    events: list[Any] = []
    async with session(world, trace_configs=[tracing(events)], timeout=ClientTimeout(total=0.05)) as http:
        with world.raises(asyncio.TimeoutError):
            await http.get(url)
    world.note("events", events)


@scenario
async def test_tracing_of_a_connection_that_fails(world: World) -> None:
    url = world.fail("POST", "/it", "connect")
    events: list[Any] = []
    async with session(world, trace_configs=[tracing(events)]) as http:
        with world.raises(aiohttp.ClientConnectorError):
            await http.post(url)
    world.note("last", events[-1], events[0])
    world.note("between", events[1:-1], differs="aiohttp traces a connection")


@scenario
async def test_a_connection_is_kept(world: World) -> None:
    async with session(world) as http:
        for path in ("/one", "/two"):
            async with http.get(world.answer("GET", path)) as response:
                held = response.connection
                world.note("open", held is not None)
                await response.read()
        connector: Any = http.connector
        world.note("pool", [len(held) for held in connector._conns.values()], len(connector._acquired))


@scenario
async def test_limited_pool(world: World) -> None:
    for number in range(5):
        world.answer("GET", f"/{number}", json=number)
    async with session(world, connector={"limit": 2}) as http:

        async def get(number: int) -> Any:
            async with http.get(f"{world.url}/{number}") as response:
                return await response.json()

        world.note("all", await asyncio.gather(*(get(number) for number in range(5))))


@scenario
async def test_plain_proxy(world: World) -> None:
    # The server is its own proxy: it is asked by the whole URL.
    url = world.answer("GET", world.elsewhere + "/it", text="by proxy")
    proxy = world.url.replace("://", "://me:secret@")
    async with session(world) as http, http.get(url, proxy=proxy) as response:
        world.note("response", seen(response), await response.text())


@scenario
async def test_proxy_that_is_not_there(world: World) -> None:
    closed = world.servers.origins["closed"]
    if world.is_mocked:
        world.fail("POST", "/it", "connect")
    async with session(world) as http:
        with world.raises(aiohttp.ClientProxyConnectionError):
            await http.post(closed + "/it", proxy=closed)


@scenario
async def test_wrong_use(world: World) -> None:
    async with session(world) as http:
        with world.raises(aiohttp.InvalidURL):
            await http.get("http://")
        with world.raises(aiohttp.InvalidURL):
            await http.get("/relative")
        with world.raises(aiohttp.ClientError):
            await http.get("ftp://x.test/")
    with world.raises(RuntimeError):
        await http.get(world.url)

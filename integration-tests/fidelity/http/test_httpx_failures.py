"""httpx and httpx2: failures and timeouts, their types, messages and causes, and retries."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx as httpx_itself
import pytest
import tenacity

from .httpx_variants import ASYNCIO, NOBODY, SYNC, Httpx, httpx_scenario, whole
from .server import Failing
from .world import World, scenario

QUICK = 0.04


@pytest.mark.parametrize("how", ["connect", "dns", "tls", "read", "timeout"])
@httpx_scenario(everywhere=True)
async def test_failures(world: World, httpx: Httpx, how: Failing) -> None:
    url = world.fail("GET", "/thing", how)
    async with httpx.client(
        timeout=httpx.Timeout(5, read=QUICK if how == "timeout" else 5), verify=world.trust.context
    ) as client:
        with world.raises(httpx.TransportError) as caught:
            await client.get(url)
    request = caught.value.request
    world.note("request", request.method, request.headers.raw, request.extensions)


@pytest.mark.parametrize("how", ["connect", "timeout"])  # a reset shows differently with each OpenSSL
@httpx_scenario(server="https")
async def test_failures_with_tls(world: World, httpx: Httpx, how: Failing) -> None:
    url = world.fail("POST", "/thing", how)
    timeout = httpx.Timeout(5, read=QUICK if how == "timeout" else 5)
    async with httpx.client(timeout=timeout, verify=world.trust.context) as client:
        with world.raises(httpx.TransportError):
            await client.post(url, content=httpx.parts(b"a", b"b"))


@pytest.mark.parametrize("how", ["connect", "timeout"])
@httpx_scenario(server="h2")
async def test_failures_with_http2(world: World, httpx: Httpx, how: Failing) -> None:
    url = world.fail("GET", "/thing", how)
    timeout = httpx.Timeout(5, read=QUICK)
    async with httpx.client(timeout=timeout, verify=world.trust.context, http2=True) as client:
        with world.raises(httpx.TransportError):
            await client.get(url)


@httpx_scenario()
async def test_an_exception_of_ones_own_choice(world: World, httpx: Httpx) -> None:
    given = httpx.ConnectTimeout("timed out" if httpx.is_sync else "")
    url = world.fail("GET", "/thing", "connect timeout", raises=given)
    async with httpx.client(timeout=httpx.Timeout(5, connect=QUICK)) as client:
        with pytest.raises(httpx.TimeoutException) as caught:
            await client.get(url)
    error: Any = caught.value
    request = error.request
    world.note("raised", type(error), str(error), request.method, str(request.url))


@httpx_scenario(everywhere=True)
async def test_a_delay_that_is_too_long(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/slow", json=1, delay=2)
    async with httpx.client(timeout=httpx.Timeout(5, read=QUICK)) as client:
        with world.raises(httpx.ReadTimeout):
            await client.get(url)


@pytest.mark.parametrize("read", [5, None])
@httpx_scenario()
async def test_a_delay_that_is_borne(world: World, httpx: Httpx, read: float | None) -> None:
    url = world.answer("GET", "/slow", json=1, delay=QUICK)
    timeout = httpx.Timeout(5, read=read)
    async with httpx.client() as client:
        world.note("response", whole(await client.get(url, timeout=timeout)))


@httpx_scenario()
async def test_the_timeout_of_one_request(world: World, httpx: Httpx) -> None:
    world.answer("GET", "/slow", delay=2)
    world.answer("GET", "/slow", text="now")
    async with httpx.client(timeout=None) as client:
        with world.raises(httpx.TimeoutException):
            await client.get(world.url + "/slow", timeout=httpx.Timeout(5, read=QUICK))
        world.note("next", whole(await client.get(world.url + "/slow")))


@pytest.mark.parametrize("how", ["connect", "tls"])
@httpx_scenario(passed=False)
async def test_a_transport_that_tries_anew_in_vain(world: World, httpx: Httpx, how: Failing) -> None:
    url = world.fail("GET", "/thing", how)
    if world.is_mocked:  # once for each attempt
        world.fail("GET", "/thing", how)
    async with httpx.client(transport=httpx.transport(retries=1, verify=world.trust.context)) as client:
        with world.raises(httpx.ConnectError):
            await client.get(url)


@httpx_scenario(passed=False)
async def test_a_transport_does_not_try_anew_what_was_sent(world: World, httpx: Httpx) -> None:
    url = world.fail("GET", "/thing", "read")
    async with httpx.client(transport=httpx.transport(retries=3)) as client:
        with world.raises(httpx.ReadError):
            await client.get(url)


@httpx_scenario()
async def test_tenacity(world: World, httpx: Httpx) -> None:
    retry: Any = tenacity.retry(
        stop=tenacity.stop_after_attempt(4),
        retry=tenacity.retry_if_exception_type(httpx.TransportError),
        before=lambda state: world.note("attempt", state.attempt_number),
    )
    world.fail("GET", "/thing", "read")
    world.answer("GET", "/thing", stream=[b"a"], headers=[("Content-Length", "9")])
    world.answer("GET", "/thing", text="at last")
    async with httpx.client() as client:
        if httpx.is_sync:
            response = retry(client.genuine.get)(world.url + "/thing")
        else:
            response = await retry(client.genuine.get)(world.url + "/thing")
    world.note("response", whole(response))


@httpx_scenario()
async def test_tenacity_gives_up(world: World, httpx: Httpx) -> None:
    retry: Any = tenacity.retry(stop=tenacity.stop_after_attempt(2), reraise=True)
    world.fail("GET", "/thing", "read")
    world.fail("GET", "/thing", "read")
    async with httpx.client() as client:
        with world.raises(httpx.ReadError):
            if httpx.is_sync:
                retry(client.genuine.get)(world.url + "/thing")
            else:
                await retry(client.genuine.get)(world.url + "/thing")


@scenario(passed=True)
async def test_many_at_once(world: World) -> None:
    urls = [world.answer("GET", "/many", text="one of many") for _ in range(10)]
    async with httpx_itself.AsyncClient(verify=NOBODY) as client:
        responses = await asyncio.gather(*(client.get(url) for url in urls))
    world.note("responses", [whole(response) for response in responses])


@pytest.mark.parametrize("httpx", [SYNC, ASYNCIO], ids=str)
@scenario
async def test_the_pool_is_never_exhausted(world: World, httpx: Httpx) -> None:
    limits, timeout = httpx.Limits(max_connections=1), httpx.Timeout(5, pool=QUICK)
    world.answer("GET", "/held", stream=[b"a", b"b"])
    world.answer_mocked_only("GET", "/waiting")
    async with (
        httpx.client(limits=limits, timeout=timeout) as client,
        client.stream("GET", world.url + "/held"),
    ):
        try:
            await client.get(world.url + "/waiting")
        except httpx.PoolTimeout as error:
            world.note("second", type(error), str(error), differs="httpx waits for the pool")
        else:
            world.note("second", None, differs="httpx waits for the pool")


@pytest.mark.parametrize("httpx", [SYNC, ASYNCIO], ids=str)
@scenario
async def test_traces_hear_nothing(world: World, httpx: Httpx) -> None:
    heard: list[str] = []
    trace = httpx.hook(lambda name, info: heard.append(name))
    async with httpx.client() as client:
        response = await client.get(world.answer("GET", "/thing", text="x"), extensions={"trace": trace})
    world.note("response", whole(response)["status"])
    world.note("heard", heard, differs="httpx is traced")


@pytest.mark.parametrize("httpx", [SYNC, ASYNCIO], ids=str)
@scenario(server="https")
async def test_there_is_no_certificate(world: World, httpx: Httpx) -> None:
    url = world.answer("GET", "/thing", stream=[b"a"])
    async with httpx.client(verify=world.trust.context) as client, client.stream("GET", url) as response:
        tls = response.extensions["network_stream"].get_extra_info("ssl_object")
        world.note("tls", tls is not None, differs="httpx has no socket")

"""Answers to aiohttp that come later: streams, callbacks, delays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import pytest
from fetching import URL, Main, fetch

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


async def later(*given: bytes | Exception) -> AsyncIterator[bytes]:
    for part in given:
        await asyncio.sleep(0.001)
        if isinstance(part, Exception):
            raise part
        yield part


def test_an_async_stream(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    http.mock_response("GET", URL, stream=lambda: later(b"one", b"two"))

    async def main() -> list[bytes]:
        async with aiohttp.ClientSession() as session, session.get(URL) as response:
            return [part async for part in response.content.iter_any()]

    with tripwire.sandbox():
        assert run(main) == [b"one", b"two"]
    http.assert_request("GET", URL, response_body=b"onetwo")


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError(104, "reset"), aiohttp.ClientPayloadError),
        (TimeoutError(), aiohttp.ServerTimeoutError),
        (aiohttp.ClientPayloadError("as it is"), aiohttp.ClientPayloadError),
        (LookupError("of the test"), LookupError),
        (EOFError(), aiohttp.ClientPayloadError),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_stream_that_breaks_off(
    run: Callable[[Main], Any], http: HttpPlugin, error: Exception, kind: type[Exception], is_async: bool
) -> None:
    http.mock_response("GET", URL, stream=(lambda: later(b"one", error)) if is_async else [b"one", error])

    async def main() -> None:
        async with aiohttp.ClientSession() as session, session.get(URL) as response:
            assert await response.content.readany() == b"one"
            with pytest.raises(kind) as caught:
                await response.read()
            assert (caught.value is error) is (kind is type(error))

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, status=200, response_body=b"one", raised=error)


def test_a_stream_is_taken_as_it_is_read(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"part"

    http.mock_response("GET", URL, stream=endless)

    async def main() -> None:
        async with aiohttp.ClientSession() as session, session.get(URL) as response:
            for _ in range(3):
                assert await response.content.readany() == b"part"
                await asyncio.sleep(0.001)

    with tripwire.sandbox():
        run(main)
    assert taken < 6
    http.assert_request("GET", URL, status=200)


@pytest.mark.parametrize("how", ["close", "release", "cancel"])
def test_a_stream_that_is_left_while_it_waits(run: Callable[[Main], Any], http: HttpPlugin, how: str) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(60)

    http.mock_response("GET", URL, stream=never)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            response = await session.get(URL)
            assert await response.content.readany() == b"one"
            if how == "cancel":
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(response.read(), 0.005)
                response.close()
            else:
                getattr(response, how)()

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, status=200, response_body=b"one")


def test_an_async_callback_that_makes_a_call(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    inner = "https://inner.example.com/"

    async def answer(request: Any) -> Any:
        async with aiohttp.ClientSession() as session:
            return http.response(body=request.body + await fetch(session, inner))

    http.mock_response("POST", URL, callback=answer)
    http.mock_response("GET", inner, body=b" and more")

    async def main() -> bytes:
        async with aiohttp.ClientSession() as session:
            return await fetch(session, method="POST", data=b"asked")

    with tripwire.sandbox():
        assert run(main) == b"asked and more"
    http.assert_request("POST", URL, body=b"asked", response_body=b"asked and more")
    http.assert_request("GET", inner)


def test_what_an_async_callback_raises_is_what_the_call_raises(
    run: Callable[[Main], Any], http: HttpPlugin
) -> None:
    async def refuse(_request: Any) -> Any:
        await asyncio.sleep(0)
        raise error

    error = LookupError("of the test")
    http.mock_response("GET", URL, callback=refuse)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(LookupError) as caught:
                await fetch(session)
            assert caught.value is error

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, status=None, raised=error)


def test_an_async_callback_that_gives_no_answer_is_a_trip(
    run: Callable[[Main], Any], http: HttpPlugin
) -> None:
    async def answer(_request: Any) -> Any:
        return "done"

    http.mock_response("GET", URL, callback=answer)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(tripwire.UnmockedInteractionError) as caught:
                await fetch(session)
            assert (
                "the mock's callback gave 'done'; it must give a tripwire.http.response(...), or raise"
                in str(caught.value).splitlines()
            )

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, status=None)


@pytest.mark.parametrize(
    ("timeout", "delays", "kind"),
    [
        ({"total": 30}, [40], asyncio.TimeoutError),
        ({"total": 30}, [20, 20], asyncio.TimeoutError),
        ({"total": 30, "sock_read": 25}, [20, 26], asyncio.TimeoutError),
        ({"sock_read": 25}, [20, 26], aiohttp.ServerTimeoutError),
        ({"sock_read": 30, "connect": 5, "sock_connect": 5}, [20, 20], None),
        ({}, [86400, 20], None),
    ],
)
def test_nobody_waits(
    run: Callable[[Main], Any], http: HttpPlugin, timeout: dict[str, float], delays: list[float], kind: Any
) -> None:
    *redirects, last = delays
    for delay in redirects:
        http.mock_response("GET", URL, status=302, headers={"Location": URL}, delay=delay)
    http.mock_response("GET", URL, delay=last, body=b"in time")

    async def main() -> None:
        options: dict[str, Any] = {"total": None, **timeout}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(**options)) as session:
            if kind is None:
                assert await asyncio.wait_for(fetch(session), 2) == b"in time"
                return
            with pytest.raises(kind) as caught:
                await asyncio.wait_for(fetch(session), 2)
            raised.append(caught.value)

    raised: list[BaseException] = []
    with tripwire.sandbox():
        run(main)
    for _ in redirects:
        http.assert_request("GET", URL, status=302)
    if kind is None:
        http.assert_request("GET", URL, status=200)
    else:
        http.assert_request("GET", URL, status=None, response_body=None, raised="timeout")
        assert type(raised[0]) is not asyncio.CancelledError

"""aiohttp under tripwire: no escape, one call is one interaction, and nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import pytest
from fetching import URL, Main, fetch

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


async def parts() -> AsyncIterator[bytes]:
    yield b"one"
    await asyncio.sleep(0)
    yield b"two"


@pytest.mark.parametrize("body", [None, b"bytes", "generator"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_trip_comes_out_of_the_call(
    run: Callable[[Main], Any], by_hand: Any, method: str, body: bytes | str | None
) -> None:
    verifier, _ = by_hand

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(tripwire.UnmockedInteractionError) as caught:
                await session.request(method, URL, data=parts() if body == "generator" else body)
            assert str(caught.value).startswith(f"nothing answers this call: {method} {URL}\n")
            assert caught.value.place is not None
            assert caught.value.place.filename == __file__

    with verifier.sandbox():
        run(main)
    assert [type(trip.error) for trip in verifier.trips] == [tripwire.UnmockedInteractionError]


def test_a_trip_of_each_call_in_a_gathering(by_hand: Any) -> None:
    verifier, http = by_hand
    http.mock_response("GET", URL, body=b"mocked")

    async def main() -> list[Any]:
        async with aiohttp.ClientSession() as session:
            tasks = [session.get(URL), session.get("https://other.example.com")]
            return await asyncio.gather(*tasks, return_exceptions=True)

    with verifier.sandbox(), ThreadPoolExecutor(1) as pool:
        response, trip = pool.submit(asyncio.run, main()).result()
    assert response.status == 200
    # In the task of a call that was handed over unawaited there is no line of the program's.
    line = main.__code__.co_firstlineno + 2
    assert (trip.place.filename, trip.place.lineno) == (__file__, line)
    assert [one.place.lineno for one in verifier.timeline] == [line]


def test_promises_in_a_test_session(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        app="""
        import aiohttp


        async def data_or_nothing(url):
            try:
                async with aiohttp.request("GET", url) as response:
                    return await response.json()
            except Exception:
                return None
        """
    )
    pytester.makepyfile(
        """
        import asyncio

        import app
        import tripwire

        URL = "https://api.example.com/data"


        def test_swallowed():
            with tripwire:
                assert asyncio.run(app.data_or_nothing(URL)) is None


        def test_unasserted():
            tripwire.http.mock_response("GET", URL, json=1)
            with tripwire:
                assert asyncio.run(app.data_or_nothing(URL)) == 1


        def test_late():
            async def main():
                async with tripwire:
                    late = asyncio.ensure_future(later())
                    await asyncio.sleep(0)
                await late

            async def later():
                await asyncio.sleep(0.01)
                await app.data_or_nothing(URL)

            asyncio.run(main())
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=2, passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_unasserted*",
            "*GET https://api.example.com/data -> 200  (app.py:6)",
            "*_ test_swallowed _*",
            "*swallowed at app.py:6 in data_or_nothing",
            "*nothing answers this call: GET https://api.example.com/data",
            "*called at app.py:6",
            "*_ test_late _*",
            "*PostSandboxInteractionError: GET https://api.example.com/data  (app.py:6)",
        ]
    )


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_a_websocket_cannot_be_mocked(run: Callable[[Main], Any], by_hand: Any, scheme: str) -> None:
    verifier, http = by_hand
    url = f"{scheme}://api.example.com/live"
    http.mock_response("GET", url, required=False)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(tripwire.UnmockedInteractionError) as caught:
                await session.ws_connect(url)
            assert str(caught.value) == (
                f"nothing answers this call: GET {url}\n"
                f"  called at {caught.value.place}\n"
                "it opens a WebSocket, which cannot be mocked: tripwire.http answers requests by responses"
            )

    with verifier.sandbox():
        run(main)
    assert len(verifier.timeline) == 0


# -- one call is one interaction


FAILURES: list[Any] = ["connect", "timeout", "read", "dns", "tls"]

ERRORS = [
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientOSError(104, "reset"),
    aiohttp.ClientPayloadError("odd"),
    asyncio.TimeoutError(),
    LookupError("not of aiohttp"),
]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_failure_is_one_call(
    run: Callable[[Main], Any], http: HttpPlugin, failure: Any, method: str, pooled: bool
) -> None:
    if pooled:
        http.mock_response("PUT", URL, times=2)
    http.mock_error(method, URL, raises=failure)
    http.mock_response(method, URL, body=b"only for who asks again")

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            if pooled:
                await asyncio.gather(*(fetch(session, method="PUT") for _ in range(2)))
            with pytest.raises((aiohttp.ClientError, ssl.SSLCertVerificationError)) as caught:
                await session.request(method, URL)
            raised.append(caught.value)
            assert await fetch(session, method=method) == b"only for who asks again"

    raised: list[BaseException] = []
    with tripwire.sandbox():
        run(main)
    for _ in range(2 * pooled):
        http.assert_request("PUT", URL)
    http.assert_request(method, URL, status=None, raised=failure)
    http.assert_request(method, URL, status=200)
    assert len(raised) == 1


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_instance_is_raised_as_it_is(
    run: Callable[[Main], Any], http: HttpPlugin, error: Exception
) -> None:
    http.mock_error("GET", URL, raises=error)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(type(error)) as caught:
                await fetch(session)
            assert caught.value is error

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, raised=error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError(104, "reset"), aiohttp.ClientOSError),
        (ConnectionRefusedError(111, "refused"), aiohttp.ClientConnectorError),
        (OSError(113, "no route"), aiohttp.ClientConnectorError),
        (ssl.SSLError(1, "odd"), aiohttp.ClientConnectorSSLError),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_the_socket_becomes_one_of_aiohttp(
    run: Callable[[Main], Any], http: HttpPlugin, error: OSError, kind: type[Exception]
) -> None:
    http.mock_error("GET", URL, raises=error)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(kind) as caught:
                await fetch(session)
            assert getattr(caught.value, "errno", None) == error.errno

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, raised=error)


# -- aiohttp's own life


@pytest.mark.parametrize("when", ["before", "inside"])
def test_sessions_that_are_closed_late(run: Callable[[Main], Any], http: HttpPlugin, when: str) -> None:
    http.mock_response("GET", URL, times=2)

    async def main() -> None:
        session = aiohttp.ClientSession()
        async with tripwire.sandbox():
            session = session if when == "before" else await renewed(session)
            await asyncio.gather(fetch(session), fetch(session))
        await session.close()
        assert session.closed

    async def renewed(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
        await session.close()
        return aiohttp.ClientSession()

    run(main)
    for _ in range(2):
        http.assert_request("GET", URL)


def test_a_call_nobody_awaits(http: HttpPlugin) -> None:
    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.warns(RuntimeWarning, match=r"'ClientSession\._request' was never awaited"):
                drop(session)

    def drop(session: aiohttp.ClientSession) -> None:
        session.get(URL)
        gc.collect(1)

    with tripwire.sandbox():
        asyncio.run(main())


def test_a_call_that_is_cancelled(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    asked = asyncio.Event()

    async def wait(_request: Any) -> Any:
        asked.set()
        await asyncio.sleep(60)

    http.mock_response("GET", URL, callback=wait)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            task = asyncio.ensure_future(fetch(session))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len(session._connector._acquired) == 0  # type: ignore[union-attr]

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, status=None)


def test_another_tools_patch_is_a_conflict(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import aiohttp
        import pytest
        import tripwire


        def test_conflict(monkeypatch):
            monkeypatch.setattr(aiohttp.ClientSession, "_request", lambda *a, **k: None)
            with pytest.raises(tripwire.ConflictError, match="aiohttp.ClientSession._request"):
                with tripwire:
                    pass
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)

"""aiohttp under tripwire: no escape, one call is one interaction, and nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
import uvloop

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/data"

Main = Callable[[], Coroutine[Any, Any, Any]]


def run_on_asyncio(main: Main) -> Any:
    return asyncio.run(main())


def run_on_uvloop(main: Main) -> Any:
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


@pytest.fixture(params=[run_on_asyncio, run_on_uvloop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    """Runs a main program on each event loop, and sees that nothing of it is left."""

    def run(main: Main) -> Any:
        async def and_nothing_left() -> Any:
            complaints: list[Any] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
            result = await main()
            await asyncio.sleep(0.01)
            gc.collect(1)  # all of it would take long, and what is new is young
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert complaints == []
            return result

        return request.param(and_nothing_left)

    return run


@pytest.fixture
def over_tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server and of a client that trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def fetch(session: aiohttp.ClientSession, url: str = URL, method: str = "GET", **options: Any) -> bytes:
    async with session.request(method, url, **options) as response:
        return await response.read()


# -- trips


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


# -- pools and connectors across the edges


def test_connections_do_not_cross_the_edges(
    run: Callable[[Main], Any], http: HttpPlugin, server: Any, make_route: Any
) -> None:
    url = f"{server.url}/data"
    server.routes = [make_route("GET", "/data", body=b"real"), make_route("GET", "/data", body=b"real again")]
    http.mock_response("GET", url, body=b"scripted", times=2)

    async def main() -> list[bytes]:
        async with aiohttp.ClientSession() as session:
            seen = [await fetch(session, url)]
            async with tripwire.sandbox():
                seen += [await fetch(session, url), await fetch(session, url)]
            return [*seen, await fetch(session, url)]

    assert run(main) == [b"real", b"scripted", b"scripted", b"real again"]
    assert len(server.received) == 2
    for _ in range(2):
        http.assert_request("GET", url)


def test_a_scripted_connection_serves_nobody_when_targets_are_pristine(
    run: Callable[[Main], Any], by_hand: Any, server: Any, make_route: Any
) -> None:
    verifier, http = by_hand
    url = f"{server.url}/data"
    server.routes = [make_route("GET", "/data", body=b"real")]
    http.mock_response("GET", url, body=b"scripted")

    async def main() -> list[bytes]:
        async with aiohttp.ClientSession() as session:
            with verifier.sandbox():
                seen = [await fetch(session, url)]
            assert aiohttp.TCPConnector._create_connection.__module__ == "aiohttp.connector"
            assert not hasattr(aiohttp.TCPConnector._create_connection, "__wrapped__")
            return [*seen, await fetch(session, url)]

    assert run(main) == [b"scripted", b"real"]


def test_a_scripted_connection_serves_no_other_verifier(run: Callable[[Main], Any]) -> None:
    verifiers = [tripwire.StrictVerifier() for _ in range(2)]
    for number, verifier in enumerate(verifiers):
        HttpPlugin(verifier).mock_response("GET", URL, json=number)

    async def main() -> list[bytes]:
        async with aiohttp.ClientSession() as session:
            with verifiers[0].sandbox():
                seen = [await fetch(session)]
                with verifiers[1].sandbox():
                    return [*seen, await fetch(session)]

    assert run(main) == [b"0", b"1"]
    assert [len(verifier.timeline) for verifier in verifiers] == [1, 1]


def test_each_task_is_served_by_its_own_sandbox(run: Callable[[Main], Any]) -> None:
    verifiers = [tripwire.StrictVerifier() for _ in range(5)]
    for number, verifier in enumerate(verifiers):
        HttpPlugin(verifier).mock_response("GET", URL, json=number, times=3)

    async def main() -> list[Any]:
        async with aiohttp.ClientSession() as session:

            async def one(verifier: tripwire.StrictVerifier) -> list[bytes]:
                async with verifier.sandbox():
                    return [await fetch(session) for _ in range(3)]

            return await asyncio.gather(*(one(verifier) for verifier in verifiers))

    assert run(main) == [[b"%d" % number] * 3 for number in range(5)]
    assert [len(verifier.timeline) for verifier in verifiers] == [3] * 5


def test_a_response_outlives_the_sandbox(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    http.mock_response("GET", URL, stream=[b"one", b"two", b"three"])
    http.mock_response("GET", URL, body=bytes(1_000_000))

    async def main() -> tuple[list[bytes], int]:
        async with aiohttp.ClientSession() as session:
            async with tripwire.sandbox():
                first, second = await session.get(URL), await session.get(URL)
            seen = [part async for part in first.content.iter_any()]
            return seen, len(await second.read())

    assert run(main) == ([b"one", b"two", b"three"], 1_000_000)
    for _ in range(2):
        http.assert_request("GET", URL, status=200)


def test_unix_sockets_are_caught(run: Callable[[Main], Any], http: HttpPlugin, tmp_path: Path) -> None:
    http.mock_response("GET", "http://docker/info", json={"up": True})

    async def main() -> bytes:
        connector = aiohttp.UnixConnector(str(tmp_path / "nobody.sock"))
        async with aiohttp.ClientSession(connector=connector) as session:
            return await fetch(session, "http://docker/info")

    with tripwire.sandbox():
        assert run(main) == b'{"up":true}'
    http.assert_request("GET", "http://docker/info")


def test_a_connector_of_the_programs_own_is_let_alone(
    run: Callable[[Main], Any], by_hand: Any, server: Any, make_route: Any
) -> None:
    class Own(aiohttp.BaseConnector):
        made = 0

        async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
            self.made += 1
            _, protocol = await self._loop.create_connection(self._factory, "127.0.0.1", server.server_port)
            return protocol

    server.routes = [make_route("GET", "/data", body=b"one"), make_route("GET", "/data", body=b"two")]
    verifier, _ = by_hand

    async def main() -> list[bytes]:
        connector = Own()
        async with aiohttp.ClientSession(connector=connector) as session:
            seen = [await fetch(session, "http://any.example.com/data")]
            await asyncio.sleep(0.01)  # older versions give a connection back only when its writer has ended
            seen.append(await fetch(session, "http://any.example.com/data"))
        assert connector.made == 1
        return seen

    with verifier.sandbox():
        assert run(main) == [b"one", b"two"]
    assert len(verifier.timeline) == 0


def test_a_connector_that_calls_ours_is_caught(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    class Counting(aiohttp.TCPConnector):
        made = 0

        async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
            self.made += 1
            return await super()._create_connection(req, traces, timeout)

    http.mock_response("GET", URL, times=2)

    async def main() -> int:
        connector = Counting()
        async with aiohttp.ClientSession(connector=connector) as session:
            await fetch(session)
            await fetch(session)
        return connector.made

    with tripwire.sandbox():
        assert run(main) == 1
    for _ in range(2):
        http.assert_request("GET", URL)


def test_tls_behind_a_proxy(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    http.mock_response("GET", URL, body=b"through")

    async def main() -> bytes:
        async with aiohttp.ClientSession() as session:
            return await fetch(session, proxy="http://me:secret@proxy.example.com:3128")

    with tripwire.sandbox():
        assert run(main) == b"through"
    assert "proxy-authorization" not in http.requests[0].headers
    http.assert_request("GET", URL)


# -- bodies that come later, callbacks, time


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


# -- pass_through


@pytest.mark.parametrize("tls", [False, True])
def test_pass_through(
    run: Callable[[Main], Any], http: HttpPlugin, over_tls: tuple[ssl.SSLContext, ssl.SSLContext], tls: bool
) -> None:
    bodies = [b"first", bytes(3_000_000), b""]
    http.pass_through(hosts="127.0.0.1:*", times=3)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = bodies[int(head.split()[1][1:])]
        writer.write(b"HTTP/1.1 200 Fine\r\nX-Real: yes\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        with suppress(OSError):
            await reader.read()
        writer.close()

    async def main() -> list[bytes]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=over_tls[0] if tls else None)
        url = f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        connector = aiohttp.TCPConnector(ssl=over_tls[1])
        async with server, aiohttp.ClientSession(url, connector=connector) as session:
            async with tripwire.sandbox():
                seen = [await fetch(session, f"/{number}") for number in range(3)]
            server.close()
            await asyncio.sleep(0.02)
        return seen

    assert run(main) == bodies
    for number, body in enumerate(bodies):
        one = http.requests[number]
        http.assert_request("GET", one.url, status=200, response_body=body)


def test_pass_through_to_nobody(run: Callable[[Main], Any], http: HttpPlugin, server: Any) -> None:
    http.pass_through("GET", "http://127.0.0.1:1/data")

    async def main() -> BaseException:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError) as caught:
                await fetch(session, "http://127.0.0.1:1/data")
            return caught.value

    with tripwire.sandbox():
        error = run(main)
    http.assert_request("GET", "http://127.0.0.1:1/data", status=None, raised=error)


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
    async def wait(_request: Any) -> Any:
        await asyncio.sleep(60)

    http.mock_response("GET", URL, callback=wait)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(fetch(session), 0.01)
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

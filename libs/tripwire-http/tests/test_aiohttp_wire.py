"""The wire that aiohttp finds: what it does besides handing on whole responses, scripted and passed through."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp.abc import AbstractResolver
from fetching import URL, Main, fetch

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

# -- scripted


@pytest.mark.parametrize(
    "options", [{"data": b"may I?", "expect100": True}, {"data": b"x" * 900_000, "chunked": True}]
)
def test_a_body_that_comes_after_its_head(
    run: Callable[[Main], Any], http: HttpPlugin, options: dict[str, Any]
) -> None:
    http.mock_response("POST", URL, body=b"thanks")

    async def main() -> bytes:
        async with aiohttp.ClientSession() as session:
            return await fetch(session, method="POST", **options)

    with tripwire.sandbox():
        assert run(main) == b"thanks"
    http.assert_request("POST", URL, body=options["data"], status=200)


def test_a_stream_of_a_stated_length_keeps_the_connection(
    run: Callable[[Main], Any], http: HttpPlugin
) -> None:
    http.mock_response("GET", URL, stream=[b"one", b"two"], headers={"Content-Length": "6"}, times=2)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            transports = []
            for _ in range(2):
                async with session.get(URL) as response:
                    assert response.connection is not None
                    transports.append(response.connection.transport)
                    assert await response.read() == b"onetwo"
            assert transports[0] is transports[1]

    with tripwire.sandbox():
        run(main)
    for _ in range(2):
        http.assert_request("GET", URL, response_body=b"onetwo")


def test_a_head_that_is_too_long_for_aiohttp(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    http.mock_response("GET", URL, headers={"X-Long": "x" * 10_000})
    http.mock_response("GET", URL, body=b"short")

    async def main() -> bytes:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientResponseError, match="Got more than 8190 bytes"):
                await session.get(URL)
            return await fetch(session)

    with tripwire.sandbox():
        assert run(main) == b"short"
    for _ in range(2):
        http.assert_request("GET", URL, status=200)


def test_a_proxy_that_is_not_there(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    http.mock_error("GET", URL, raises="connect")

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientProxyConnectionError) as caught:
                await fetch(session, proxy="http://proxy.example.com:3128")
            assert (caught.value.host, caught.value.port) == ("proxy.example.com", 3128)

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", URL, raised="connect")


async def soon(*parts: bytes | BaseException) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(0)
        if isinstance(part, BaseException):
            raise part
        yield part


@pytest.mark.parametrize("parts", [[], [b"one"]], ids=["at once", "later"])
@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(3)], ids=lambda error: type(error).__name__
)
def test_an_interrupted_stream_interrupts_the_program(
    http: HttpPlugin, error: BaseException, is_async: bool, parts: list[bytes]
) -> None:
    stream: list[Any] = [*parts, error]
    http.mock_response("GET", URL, stream=(lambda: soon(*stream)) if is_async else stream)

    async def main() -> None:
        async with aiohttp.ClientSession() as session:
            await fetch(session)

    with tripwire.sandbox(), pytest.raises(type(error)) as caught:
        asyncio.run(main())
    assert caught.value is error
    http.assert_request("GET", URL, response_body=b"".join(parts), raised=error)


def test_a_session_that_is_closed_while_its_answer_is_made(
    run: Callable[[Main], Any], http: HttpPlugin
) -> None:
    session: aiohttp.ClientSession

    async def refuse(_request: Any) -> Any:
        await session.close()
        raise ConnectionResetError(104, "Connection reset by peer")

    http.mock_response("POST", URL, callback=refuse)

    async def main() -> None:
        nonlocal session
        session = aiohttp.ClientSession()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await fetch(session, method="POST")

    with tripwire.sandbox():
        run(main)
    http.assert_request("POST", URL, status=None, raised="read")


def test_a_response_that_is_left_when_the_loop_is_closed(http: HttpPlugin) -> None:
    http.mock_response("GET", URL, stream=[b"one", b"two"])

    async def main() -> tuple[aiohttp.ClientSession, aiohttp.ClientResponse]:
        session = aiohttp.ClientSession()
        return session, await session.get(URL)

    with tripwire.sandbox():
        session, response = asyncio.run(main())
        response.release()
        assert response.connection is None
    asyncio.run(session.close())
    http.assert_request("GET", URL, status=200, raised=None)


# -- passed through

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def passed_through(
    http: HttpPlugin,
    serve: Serve,
    ask: Callable[[aiohttp.ClientSession, str], Awaitable[Any]],
    **options: Any,
) -> Any:
    """What a program gets that asks a server, which runs as long as it asks."""
    gone = asyncio.Event()

    async def serve_and_leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await serve(reader, writer)
        writer.close()
        gone.set()

    server = await asyncio.start_server(serve_and_leave, "127.0.0.1", 0, ssl=options.pop("ssl", None))
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/data"
    http.pass_through(hosts="127.0.0.1:*")
    async with server, aiohttp.ClientSession(**options) as session:
        async with tripwire.sandbox():
            answer = await ask(session, url)
        await gone.wait()
    return answer


def test_what_is_not_read_is_not_taken(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    body = bytes(3_000_000)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await reader.read()

    async def ask(session: aiohttp.ClientSession, url: str) -> bytes:
        async with session.get(url) as response:
            assert response.connection is not None
            wire = response.connection.transport
            assert wire is not None
            assert wire.get_extra_info("peername") == ("127.0.0.1", response.url.port)
            await asyncio.sleep(0.02)
            assert response.content.total_bytes < 1_000_000
            return await response.read()

    assert run(lambda: passed_through(http, serve, ask, read_bufsize=1024)) == body
    tripwire.assert_interaction(http.request, method="GET", status=200, response_body=body)


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_response_that_is_not_read_to_its_end(
    run: Callable[[Main], Any], http: HttpPlugin, how: str
) -> None:
    """Since the program closes it, or since the server resets the connection."""
    seen, raised = asyncio.Event(), []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        if how == "close":
            assert await reader.read() == b""
            return
        await seen.wait()
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async def ask(session: aiohttp.ClientSession, url: str) -> None:
        async with session.get(url) as response:
            assert await response.content.readany() == b"half"
            seen.set()
            if how == "close":
                response.close()
                return
            with pytest.raises(aiohttp.ClientPayloadError) as caught:
                await response.read()
            raised.append(caught.value)

    run(lambda: passed_through(http, serve, ask))
    (interaction,) = tripwire.current_verifier().timeline
    assert type(interaction.fields["raised"]) is (ConnectionResetError if how == "reset" else type(None))
    tripwire.assert_interaction(http.request, method="GET", status=200, response_body=b"half")
    assert len(raised) == (how == "reset")


@pytest.mark.parametrize("more", [b"", b"HTTP/1.1 500 Unasked\r\nContent-Length: 0\r\n\r\n"])
def test_the_real_server_is_left_after_its_response(
    run: Callable[[Main], Any], http: HttpPlugin, more: bytes
) -> None:
    """But not the connection that the program has. TLS of Python 3.10 still hands on what it has read already."""
    authority = trustme.CA()
    context, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(trusting)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.write(more)
        with suppress(OSError):
            await reader.read()

    async def reuses(*_: Any) -> None:
        reused.append(True)

    async def ask(session: aiohttp.ClientSession, url: str) -> list[bytes]:
        answers = []
        for _ in range(2):
            answers.append(await fetch(session, url.replace("http:", "https:"), ssl=trusting))
            await asyncio.sleep(0.01)  # until the real connection is gone
        return answers

    reused: list[bool] = []
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(reuses)
    answers = run(lambda: passed_through(http, serve, ask, ssl=context, trace_configs=[trace]))
    assert answers == [b"ok", b"ok"]
    assert reused == [True] or more  # aiohttp keeps no connection that has said too much
    for _ in answers:
        tripwire.assert_interaction(http.request, method="GET", status=200, response_body=b"ok", raised=None)


def test_a_server_that_hangs_up_at_once(http: HttpPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        pass

    async def ask(session: aiohttp.ClientSession, url: str) -> None:
        loop = asyncio.get_running_loop()
        genuine = loop.create_connection

        async def until_it_is_gone(*args: Any, **kwargs: Any) -> Any:
            transport, protocol = await genuine(*args, **kwargs)
            transport.write(b"GET / HTTP/1.1\r\n\r\n")  # for which the server waits before it leaves
            await protocol.closed
            return transport, protocol

        monkeypatch.setattr(loop, "create_connection", until_it_is_gone)
        with pytest.raises(aiohttp.ServerDisconnectedError) as caught:
            await session.post(url)
        raised.append(caught.value)

    raised: list[BaseException] = []
    asyncio.run(passed_through(http, serve, ask))
    tripwire.assert_interaction(http.request, method="POST", status=None, raised=raised[0])


class Silent(AbstractResolver):
    """Finds no host, and does not say so."""

    async def resolve(self, *_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    async def close(self) -> None:
        pass


def test_a_real_server_that_is_not_found_in_time(run: Callable[[Main], Any], http: HttpPlugin) -> None:
    url = "http://nowhere.example.com/data"
    http.pass_through("GET", url)

    async def main() -> None:
        connector = aiohttp.TCPConnector(resolver=Silent())
        timeout = aiohttp.ClientTimeout(connect=0.01)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            with pytest.raises(aiohttp.ConnectionTimeoutError, match=f"^Connection timeout to host {url}$"):
                await fetch(session, url)

    with tripwire.sandbox():
        run(main)
    http.assert_request("GET", url, status=None, raised="timeout")

"""aiohttp across the edges of the sandbox: pools, connectors, and what is passed through."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from fetching import URL, Main, fetch

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


@pytest.fixture
def over_tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server and of a client that trusts it."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    return server, client


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
    class Limited(aiohttp.TCPConnector):
        """Makes its connections as its base does."""

    class Counting(Limited):
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


async def test_the_look_up_of_a_host_is_traced(http: HttpPlugin) -> None:
    trace, seen = aiohttp.TraceConfig(), []

    def note(name: str) -> Any:
        async def noted(*_: Any) -> None:
            seen.append(name)

        return noted

    for name in ("dns_cache_hit", "dns_cache_miss", "dns_resolvehost_start", "dns_resolvehost_end"):
        getattr(trace, f"on_{name}").append(note(name.removeprefix("dns_")))
    urls = ["http://api.test/a", "http://api.test/a", "http://127.0.0.1/a"]
    for url in (*urls, urls[0]):
        http.mock_response("GET", url)
    async with tripwire.sandbox():
        for is_kept in (True, False):
            connector = aiohttp.TCPConnector(force_close=True, use_dns_cache=is_kept)
            async with aiohttp.ClientSession(connector=connector, trace_configs=[trace]) as session:
                for url in urls if is_kept else urls[:1]:
                    async with session.get(url):
                        pass
    looked_up = ["cache_miss", "resolvehost_start", "resolvehost_end"]
    assert seen == [*looked_up, "cache_hit", *looked_up[1:]]
    for url in (*urls, urls[0]):
        http.assert_request("GET", url)

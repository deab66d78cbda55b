"""httpx and httpx2 under mocks. Against a real server they are compared in integration-tests/fidelity/http."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import h11
import httpx
import httpx2
import pytest
import trio

import tripwire

URL = "https://api.example.com/thing"
RESET = ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading certificates takes longer than any test


class Caller:
    """One library under one backend, which makes a call in a client of its own."""

    def __init__(self, library: Any, backend: str) -> None:
        self.library, self.backend = library, backend

    def run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return trio.run(work) if self.backend == "trio" else asyncio.run(work())

    def request(self, method: str, url: str, *, client: Any = None, **options: Any) -> Any:
        given = {"verify": TLS, **(client or {})}
        if self.backend == "sync":
            with self.library.Client(**given) as sync:
                return sync.request(method, url, **options)

        async def work() -> Any:
            async with self.library.AsyncClient(**given) as concurrent:
                return await concurrent.request(method, url, **options)

        return self.run(work)

    def pieces(self, url: str, most: int = 100, **options: Any) -> tuple[Any, list[bytes]]:
        """The raw pieces of a stream; it is given up after `most`."""
        pieces: list[bytes] = []
        if self.backend == "sync":
            with self.library.Client(verify=TLS, **options) as sync, sync.stream("GET", url) as response:
                for piece in response.iter_raw():
                    pieces.append(piece)
                    if len(pieces) == most:
                        break
            return response, pieces

        async def work() -> Any:
            async with (
                self.library.AsyncClient(verify=TLS, **options) as client,
                client.stream("GET", url) as response,
            ):
                raw = response.aiter_raw()
                async for piece in raw:
                    pieces.append(piece)
                    if len(pieces) == most:
                        await raw.aclose()
                        break
            return response

        return self.run(work), pieces

    def transport(self, **options: Any) -> Any:
        kind = self.library.HTTPTransport if self.backend == "sync" else self.library.AsyncHTTPTransport
        return kind(verify=TLS, **options)

    def upload(self, *parts: bytes) -> Any:
        def sync() -> Iterator[bytes]:
            yield from parts

        async def concurrent() -> AsyncIterator[bytes]:
            for part in parts:
                yield part

        return sync() if self.backend == "sync" else concurrent()


VARIANTS = [Caller(httpx, "sync"), Caller(httpx2, "asyncio"), Caller(httpx, "trio")]


@pytest.fixture(params=VARIANTS, ids=lambda caller: caller.backend)
def caller(request: pytest.FixtureRequest) -> Caller:
    found: Caller = request.param
    return found


def recorded() -> dict[str, Any]:
    """The fields of the only interaction, which is asserted by that."""
    [interaction] = tripwire.current_verifier().timeline.open()
    fields = dict(interaction.fields)
    tripwire.assert_interaction(tripwire.http.request, **fields)
    return fields


def test_a_response_says_what_a_real_one_does(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, json={"a": 1}, headers=[("X-Case", "1"), ("x-case", "2")])
    with tripwire.sandbox():
        response = caller.request("GET", URL)
    assert (response.status_code, response.reason_phrase, response.http_version) == (200, "OK", "HTTP/1.1")
    assert response.json() == {"a": 1}
    assert response.headers.raw[:2] == [(b"X-Case", b"1"), (b"x-case", b"2")]
    assert list(response.extensions) == ["http_version", "reason_phrase", "network_stream"]
    network = response.extensions["network_stream"]
    assert network.get_extra_info("server_addr") == ("api.example.com", 443)
    assert network.get_extra_info("client_addr") == ("127.0.0.1", 0)
    assert network.get_extra_info("ssl_object") is None
    recorded()


def test_http_2(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, text="x", headers={"X-Case": "1"}, http_version="HTTP/2")
    with tripwire.sandbox():
        response = caller.request("GET", URL, client={"http2": True})
    assert (response.http_version, response.reason_phrase) == ("HTTP/2", "OK")
    assert response.headers.raw[0] == (b"x-case", b"1")
    assert list(response.extensions) == ["http_version", "network_stream", "stream_id"]
    recorded()


BROKEN = {
    "sync": "[Errno 104] Connection reset by peer",
    "asyncio": "",
    "trio": "socket connection broken: [Errno 104] Connection reset by peer",
}
REFUSED = {
    "sync": "[Errno 111] Connection refused",
    "asyncio": "All connection attempts failed",
    "trio": "all attempts to connect to api.example.com:443 failed",
}
UNTRUSTED = (
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate"
)
FAILURES: dict[str, tuple[str, dict[str, str]]] = {
    "connect": ("ConnectError", REFUSED),
    "dns": ("ConnectError", dict.fromkeys(REFUSED, "[Errno -2] Name or service not known")),
    "tls": ("ConnectError", {"sync": UNTRUSTED, "asyncio": UNTRUSTED, "trio": ""}),
    "read": ("ReadError", BROKEN),
    "timeout": ("ReadTimeout", {"sync": "The read operation timed out", "asyncio": "", "trio": ""}),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_are_exceptions_of_the_client(caller: Caller, name: Any) -> None:
    kind, messages = FAILURES[name]
    tripwire.http.mock_error("GET", URL, raises=name)
    with tripwire.sandbox(), pytest.raises(getattr(caller.library, kind)) as caught:
        caller.request("GET", URL)
    error: Any = caught.value
    assert str(error).partition(" (_ssl.c")[0] == messages[caller.backend]
    assert type(error.__cause__).__name__ == kind
    assert error.__cause__.__module__ in ("httpcore", "httpcore2")
    assert str(error.request.url) == URL
    assert recorded()["raised"] is error


def test_a_delay_longer_than_the_timeout(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, delay=6)
    with tripwire.sandbox(), pytest.raises(caller.library.ReadTimeout) as caught:
        caller.request("GET", URL)  # 5 seconds, if it is not told otherwise
    fields = recorded()
    assert fields["raised"] is caught.value
    assert fields["status"] is fields["response_headers"] is fields["response_body"] is None


@pytest.mark.parametrize("timeout", [60.5, None, httpx.Timeout(1, read=60.5)])
def test_a_delay_no_longer_than_the_timeout(caller: Caller, timeout: Any) -> None:
    tripwire.http.mock_response("GET", URL, delay=60, text="at last")
    with tripwire.sandbox():
        if isinstance(timeout, httpx.Timeout):  # of the other library, too
            timeout = caller.library.Timeout(**timeout.as_dict())
        response = caller.request("GET", URL, timeout=timeout)
    assert response.text == "at last"
    recorded()


def test_parts_are_pieces(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, stream=[b"ab", "", "cd", b"e" * 70_000])
    with tripwire.sandbox():
        response, pieces = caller.pieces(URL)
    assert [len(piece) for piece in pieces] == [2, 2, 65536, 4464]
    assert response.is_closed
    assert recorded()["response_body"] == b"abcd" + b"e" * 70_000


def test_parts_from_an_async_source(caller: Caller) -> None:
    async def ticks() -> AsyncIterator[bytes]:
        for number in range(2):
            yield b"data: %d\n\n" % number

    tripwire.http.mock_response("GET", URL, stream=ticks)
    with tripwire.sandbox():
        _, pieces = caller.pieces(URL)
    assert pieces == [b"data: 0\n\n", b"data: 1\n\n"]
    recorded()


def test_a_large_body_comes_in_pieces(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, body=b"x" * 100_000)
    with tripwire.sandbox():
        _, pieces = caller.pieces(URL)
    assert [len(piece) for piece in pieces] == [65536, 34464]
    recorded()


# Of httpx's own generators, too, where a program gives up on a stream under trio.
@pytest.mark.filterwarnings("ignore:Async generator .* was garbage collected:ResourceWarning")
def test_a_stream_that_is_given_up(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, stream=[b"ab", b"cd", b"ef"])
    with tripwire.sandbox():
        response, pieces = caller.pieces(URL, most=2)
    assert pieces == [b"ab", b"cd"]
    assert response.is_closed
    assert recorded()["response_body"] == b"abcd"


def test_a_stream_longer_than_it_says(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, stream=[b"abc", b"def"], headers={"Content-Length": "4"})
    with tripwire.sandbox():
        assert caller.pieces(URL)[1] == [b"abc", b"d"]
    recorded()


def test_a_stream_shorter_than_it_says(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, stream=[b"abc"], headers={"Content-Length": "9"})
    with tripwire.sandbox(), pytest.raises(caller.library.RemoteProtocolError) as caught:
        caller.pieces(URL)
    assert str(caught.value) == (
        "peer closed connection without sending complete message body (received 3 bytes, expected 9)"
    )
    assert recorded()["raised"] is caught.value


def test_a_stream_that_breaks(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, stream=[b"abc", RESET])
    with tripwire.sandbox(), pytest.raises(caller.library.ReadError) as caught:
        caller.pieces(URL)
    assert str(caught.value) == BROKEN[caller.backend]
    fields = recorded()
    assert (fields["response_body"], fields["raised"]) == (b"abc", caught.value)


def test_a_stream_that_times_out(caller: Caller) -> None:
    tripwire.http.mock_response("GET", URL, stream=[b"abc", TimeoutError()])
    with tripwire.sandbox(), pytest.raises(caller.library.ReadTimeout) as caught:
        caller.request("GET", URL)
    assert recorded()["raised"] is caught.value


def test_an_exception_of_the_clients_own_in_a_stream(caller: Caller) -> None:
    given = caller.library.ReadError("lost")
    tripwire.http.mock_response("GET", URL, stream=[given])
    with tripwire.sandbox(), pytest.raises(caller.library.ReadError) as caught:
        caller.request("GET", URL)
    assert caught.value is given
    assert recorded()["raised"] is given


def test_a_transport_tries_anew_to_connect(caller: Caller) -> None:
    tripwire.http.mock_error("GET", URL, raises="connect")
    tripwire.http.mock_error("GET", URL, raises="dns")
    tripwire.http.mock_response("GET", URL, text="third")
    with tripwire.sandbox():
        assert caller.request("GET", URL, client={"transport": caller.transport(retries=2)}).text == "third"
    tripwire.http.assert_request("GET", URL, raised="connect")
    tripwire.http.assert_request("GET", URL, raised="dns")
    tripwire.http.assert_request("GET", URL, status=200)


def test_a_transport_that_has_tried_often_enough(caller: Caller) -> None:
    for _ in range(2):
        tripwire.http.mock_error("GET", URL, raises="connect")
    with tripwire.sandbox(), pytest.raises(caller.library.ConnectError):
        caller.request("GET", URL, client={"transport": caller.transport(retries=1)})
    for _ in range(2):
        tripwire.http.assert_request("GET", URL, raised="connect")


def test_a_library_that_keeps_its_retries_elsewhere(caller: Caller) -> None:
    transport = caller.transport(retries=1)
    transport._pool.__dict__.pop("_retries")
    tripwire.http.mock_error("GET", URL, raises="connect")
    with tripwire.sandbox(), pytest.raises(tripwire.TripwireError) as caught:
        caller.request("GET", URL, client={"transport": transport})
    library = caller.library.__name__
    assert (
        str(caught.value)
        .splitlines()[0]
        .startswith(
            f"HttpPlugin cannot find {library}.HTTPTransport._pool._retries, where it catches calls; "
        )
    )
    tripwire.http.assert_request("GET", URL, raised="connect")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"X Bad": "a"}, "Illegal header name b'X Bad'"),
        ({"X-Bad": "a\nb"}, "Illegal header value b'a\\nb'"),
        ({"Content-Length": "x"}, "bad Content-Length"),
    ],
)
def test_an_illegal_request_is_refused(caller: Caller, headers: dict[str, str], message: str) -> None:
    with tripwire.sandbox(), pytest.raises(caller.library.LocalProtocolError) as caught:
        caller.request("POST", URL, headers=headers, content=b"abc")
    assert str(caught.value) == message


@pytest.mark.parametrize(("length", "much"), [("1", "much"), ("9", "little")])
def test_a_body_of_another_length_is_refused(caller: Caller, length: str, much: str) -> None:
    with tripwire.sandbox(), pytest.raises(h11.LocalProtocolError) as caught:
        caller.request("POST", URL, headers={"Content-Length": length}, content=b"abc")
    assert str(caught.value) == f"Too {much} data for declared Content-Length"


def test_a_url_that_httpx_refuses_is_none_of_ours(caller: Caller) -> None:
    with tripwire.sandbox(), pytest.raises(caller.library.UnsupportedProtocol) as caught:
        caller.request("GET", "ftp://example.com/x")
    assert str(caught.value) == "Request URL has an unsupported protocol 'ftp://'."


def test_a_request_is_recorded_as_it_is_sent(caller: Caller) -> None:
    tripwire.http.mock_response("POST", URL)
    with tripwire.sandbox():
        response = caller.request(
            "POST",
            "https://me:secret@api.example.com/thing?a=1#part",
            headers={"Host": "other.example"},
            content=caller.upload(b"ab", b"cd"),
        )
    assert str(response.url) == "https://me:secret@api.example.com/thing?a=1#part"
    fields = recorded()
    assert fields["url"] == "https://api.example.com/thing?a=1"
    assert fields["request_body"] == b"abcd"
    assert fields["request_headers"].pairs[0] == ("Host", "other.example")


def test_an_upload_passes_through_as_it_was_given(caller: Caller, server: Any, make_route: Any) -> None:
    server.routes = [make_route("POST", "/up", body=b"got it", headers=[("X-Case", "1")])]
    url = server.url + "/up"
    tripwire.http.pass_through("POST", url)
    with tripwire.sandbox():
        response = caller.request("POST", url, content=caller.upload(b"ab", b"cd"))
        assert response.text == "got it"
    assert [one.body for one in server.received] == [b"abcd"]
    tripwire.http.assert_request("POST", url, body=b"abcd", status=200, response_body=b"got it")


def test_a_call_that_passes_through_and_fails(caller: Caller) -> None:
    url = "http://127.0.0.1:1/nobody-listens"
    tripwire.http.pass_through("GET", url)
    with tripwire.sandbox(), pytest.raises(caller.library.ConnectError) as caught:
        caller.request("GET", url)
    assert recorded()["raised"] is caught.value


def test_a_stream_that_passes_through_and_breaks(caller: Caller, server: Any, make_route: Any) -> None:
    packed = [("Content-Length", "9"), ("Connection", "close")]
    server.routes = [make_route("GET", "/short", body=b"abc", headers=packed)]
    url = server.url + "/short"
    tripwire.http.pass_through("GET", url)
    with tripwire.sandbox(), pytest.raises(caller.library.RemoteProtocolError) as caught:
        caller.request("GET", url)
    fields = recorded()
    assert (fields["status"], fields["response_body"], fields["raised"]) == (200, b"abc", caught.value)


def test_a_call_lets_others_run() -> None:
    tripwire.http.mock_response("GET", URL, times=None)

    async def poll() -> None:
        async with httpx.AsyncClient(verify=TLS) as client:
            while True:
                await client.get(URL)

    async def asyncio_work() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(poll(), 0.02)

    async def trio_work() -> None:
        with trio.move_on_after(0.02) as scope:
            await poll()
        assert scope.cancelled_caught

    with tripwire.sandbox():
        asyncio.run(asyncio_work())
        trio.run(trio_work)
    with tripwire.in_any_order():
        for _ in list(tripwire.current_verifier().timeline.open()):
            tripwire.http.assert_request("GET", URL)

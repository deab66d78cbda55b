"""What a mock gives: bodies of every kind, streams, callbacks, delays and failures."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from http.client import IncompleteRead
from typing import Any

import httpx
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.plugins.http_plugin._exchange import Request

API = "https://api.example.com"


def fetched(http: HttpPlugin, **given: Any) -> httpx.Response:
    http.mock_response("GET", API, **given)
    with tripwire.sandbox():
        response = httpx.get(API)
    http.assert_request("GET", API)
    return response


@pytest.mark.parametrize(
    ("given", "content", "content_type"),
    [
        ({"json": None}, b"null", "application/json"),
        ({"json": {"a": "ü"}}, '{"a":"ü"}'.encode(), "application/json"),
        ({"text": "grün"}, "grün".encode(), "text/plain; charset=utf-8"),
        ({"text": ""}, b"", "text/plain; charset=utf-8"),
        ({"html": "<p>"}, b"<p>", "text/html; charset=utf-8"),
        ({"body": b"\x00"}, b"\x00", None),
        ({"body": "grün"}, "grün".encode(), None),
        ({"text": "a", "headers": {"content-type": "text/x"}}, b"a", "text/x"),
        ({"stream": [b"a", "ü", bytearray(b"c")]}, "aüc".encode(), None),
        ({}, b"", None),
    ],
)
def test_bodies(http: HttpPlugin, given: Any, content: bytes, content_type: str | None) -> None:
    response = fetched(http, **given)
    assert response.content == content
    assert response.headers.get("content-type") == content_type


def test_what_comes_with_a_body(http: HttpPlugin) -> None:
    response = fetched(
        http,
        status=404,
        reason="Gone Fishing",
        http_version="HTTP/2",
        headers={"Set-Cookie": ["a=1", "b=2"], "X-One": "1"},
    )
    assert (response.status_code, response.http_version) == (404, "HTTP/2")
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert dict(response.cookies) == {"a": "1", "b": "2"}


def test_the_reason_is_sent_where_the_version_has_one(http: HttpPlugin) -> None:
    assert fetched(http, status=404, reason="Gone Fishing").reason_phrase == "Gone Fishing"


# -- streams


def numbers() -> Iterator[bytes]:
    yield from (b"one\n", b"two\n")


async def async_numbers() -> AsyncIterator[bytes]:
    yield b"one\n"
    await asyncio.sleep(0)
    yield b"two\n"


async def never_waiting() -> AsyncIterator[bytes]:
    yield b"one\n"
    yield b"two\n"


@pytest.mark.parametrize("stream", [numbers(), numbers, [b"one\n", b"two\n"], never_waiting])
def test_a_stream_for_sync_clients(http: HttpPlugin, stream: Any) -> None:
    http.mock_response("GET", API, stream=stream)
    with tripwire.sandbox(), httpx.stream("GET", API) as response:
        assert list(response.iter_lines()) == ["one", "two"]
    http.assert_request("GET", API, response_body=b"one\ntwo\n")


@pytest.mark.parametrize("stream", [numbers, async_numbers, async_numbers(), never_waiting])
async def test_a_stream_for_async_clients(http: HttpPlugin, stream: Any) -> None:
    http.mock_response("GET", API, stream=stream)
    async with tripwire.sandbox(), httpx.AsyncClient() as client, client.stream("GET", API) as response:
        assert [line async for line in response.aiter_lines()] == ["one", "two"]
    http.assert_request("GET", API, response_body=b"one\ntwo\n")


def test_an_endless_stream_is_read_as_far_as_the_program_reads(http: HttpPlugin) -> None:
    def ticks() -> Iterator[str]:
        number = 0
        while True:
            yield f"data: {number}\n\n"
            number += 1

    http.mock_response("GET", API, stream=ticks, headers={"Content-Type": "text/event-stream"})
    with tripwire.sandbox(), urllib.request.urlopen(API) as response:
        assert [response.readline() for _ in range(4)] == [b"data: 0\n", b"\n", b"data: 1\n", b"\n"]
    (request,) = http.requests
    assert (request.method, request.url) == ("GET", API + "/")
    http.assert_request("GET", API, response_body=b"data: 0\n\ndata: 1\n\n")


@pytest.mark.parametrize("broken", [ConnectionResetError("gone"), OSError("gone")])
def test_an_exception_in_a_stream_breaks_the_connection(http: HttpPlugin, broken: OSError) -> None:
    http.mock_response("GET", API, stream=[b"half", broken])
    with tripwire.sandbox(), urllib.request.urlopen(API) as response:
        assert response.read(4) == b"half"
        with pytest.raises(type(broken), match="gone"):
            response.read()
    http.assert_request("GET", API, status=200, response_body=b"half", raised=type(broken))


def test_a_server_that_hangs_up_in_a_stream(http: HttpPlugin) -> None:
    http.mock_response("GET", API, stream=[b"half", EOFError()], times=2)
    with tripwire.sandbox():
        with urllib.request.urlopen(API) as response, pytest.raises(IncompleteRead):
            response.read()
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            httpx.get(API)
    assert str(caught.value) == (
        "peer closed connection without sending complete message body (incomplete chunked read)"
    )
    for _ in range(2):
        http.assert_request("GET", API, response_body=b"half")


async def test_a_stream_given_up_closes_the_generator(http: HttpPlugin) -> None:
    closed = []

    def ticks() -> Iterator[bytes]:
        try:
            while True:
                yield b"tick\n"
        finally:
            closed.append("sync")

    async def async_ticks() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"tick\n"
        finally:
            closed.append("async")

    http.mock_response("GET", API, stream=ticks)
    http.mock_response("GET", API, stream=async_ticks)
    async with tripwire.sandbox(), httpx.AsyncClient() as client:
        with httpx.stream("GET", API) as response:
            assert next(response.iter_lines()) == "tick"
        async with client.stream("GET", API) as response:
            assert await anext(response.aiter_lines()) == "tick"
        assert closed == ["sync", "async"]
    for _ in range(2):
        http.assert_request("GET", API, response_body=b"tick\n")


def test_a_stream_serves_as_often_as_its_mock(http: HttpPlugin) -> None:
    http.mock_response("GET", API, stream=numbers, times=2)
    with tripwire.sandbox():
        assert [httpx.get(API).content for _ in range(2)] == [b"one\ntwo\n"] * 2
    for _ in range(2):
        http.assert_request("GET", API)


# -- callbacks


def double(request: Request) -> Any:
    return tripwire.http.response(json=request.json()["n"] * 2, status=201)


async def double_async(request: Request) -> Any:
    await asyncio.sleep(0)
    return double(request)


async def double_at_once(request: Request) -> Any:
    return double(request)


@pytest.mark.parametrize("callback", [double, double_at_once])
def test_a_callback_for_sync_clients(http: HttpPlugin, callback: Any) -> None:
    http.mock_response("POST", API, callback=callback, times=None)
    with tripwire.sandbox():
        assert [httpx.post(API, json={"n": n}).json() for n in (1, 2)] == [2, 4]
    http.assert_request("POST", API, json={"n": 1}, status=201, response_json=2)
    http.assert_request("POST", API, json={"n": 2}, status=201, response_body=b"4")


@pytest.mark.parametrize("callback", [double, double_async])
async def test_a_callback_for_async_clients(http: HttpPlugin, callback: Any) -> None:
    http.mock_response("POST", API, callback=callback)
    async with tripwire.sandbox(), httpx.AsyncClient() as client:
        response = await client.post(API, json={"n": 1})
    assert (response.status_code, response.json()) == (201, 2)
    http.assert_request("POST", API, json={"n": 1}, status=201)


def test_what_a_callback_raises_is_what_the_call_raises(http: HttpPlugin) -> None:
    def refuse(request: Request) -> Any:
        raise httpx.ReadTimeout(f"too late for {request.method}")

    http.mock_response("GET", API, callback=refuse)
    with tripwire.sandbox(), pytest.raises(httpx.ReadTimeout, match="too late for GET"):
        httpx.get(API)
    http.assert_request("GET", API, status=None, raised=httpx.ReadTimeout("too late for GET"))


class Waiting:
    """Awaitable, by steps that cannot be closed."""

    def __await__(self) -> Iterator[None]:
        return iter([None])


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    (
        {"callback": lambda request: {"ok": True}},
        "the mock's callback gave {'ok': True}; it must give a tripwire.http.response(...), or raise",
    ),
    (
        {"callback": double_async},
        "the mock's callback waits for something, which a sync client cannot do; give a sync callback",
    ),
    (
        {"callback": lambda request: Waiting()},
        "the mock's callback waits for something, which a sync client cannot do; give a sync callback",
    ),
]


@pytest.mark.parametrize(("given", "message"), UNUSABLE)
def test_a_callback_that_gives_no_answer_is_a_trip(http: HttpPlugin, given: Any, message: str) -> None:
    http.mock_response("POST", API, **given)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        httpx.post(API, json={"n": 1})
    assert message in str(caught.value).splitlines()
    http.assert_request("POST", API, json={"n": 1}, status=None)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ([b"a", 5], "stream gave 5; its parts must be bytes, strings, or an exception to raise"),
        (
            async_numbers,
            "the mock's stream waits for something, which a sync client cannot do; give a sync stream",
        ),
    ],
)
def test_a_stream_that_gives_no_bytes_is_a_trip(http: HttpPlugin, stream: Any, message: str) -> None:
    http.mock_response("GET", API, stream=stream)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        httpx.get(API)
    assert message in str(caught.value).splitlines()
    http.assert_request("GET", API)


# -- delays and failures


def test_nobody_waits_for_a_delay(http: HttpPlugin) -> None:
    http.mock_response("GET", API, delay=3600, json=1)
    with tripwire.sandbox():
        assert httpx.get(API, timeout=None).json() == 1
    http.assert_request("GET", API)


def test_a_shorter_timeout_of_the_client_strikes_at_once(http: HttpPlugin) -> None:
    http.mock_response("GET", API, delay=10, json=1, times=2)
    with tripwire.sandbox():
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(API, timeout=5)
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(API, timeout=5)
    for _ in range(2):
        http.assert_request("GET", API, status=None, response_body=None, raised="timeout")


def test_a_stream_nobody_came_to_is_no_body(http: HttpPlugin) -> None:
    http.mock_response("GET", API, delay=10, stream=[b"late"])
    with tripwire.sandbox(), pytest.raises(httpx.ReadTimeout):
        httpx.get(API, timeout=5)
    http.assert_request("GET", API, status=None, response_body=None)


@pytest.mark.parametrize("name", ["connect", "dns", "tls", "timeout", "read"])
def test_a_failure_by_its_name(http: HttpPlugin, name: Any) -> None:
    http.mock_error("GET", API, raises=name, times=2)
    with tripwire.sandbox():
        with pytest.raises(httpx.TransportError):
            httpx.get(API)
        with pytest.raises(OSError):  # noqa: PT011 - each client's own is told apart in the fidelity suite
            urllib.request.urlopen(API)
    (first, _) = tripwire.current_verifier().timeline
    assert isinstance(first.fields["raised"], httpx.TransportError)
    for _ in range(2):
        http.assert_request("GET", API, raised=name)


# -- what is passed through


def test_hosts_that_may_be_reached(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/a"), make_route("GET", "/b")]
    http.pass_through(hosts="127.0.0.*:*")
    with tripwire.sandbox():
        assert httpx.get(f"{server.url}/a").status_code == 200
        assert httpx.get(f"{server.url}/b").status_code == 200
        with tripwire.expect_trip(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
            httpx.get("http://localhost:1/")
    assert (
        "tripwire.http.pass_through('*', hosts='127.0.0.*:*'): the call's host, 'localhost', is none of its"
        in (str(caught.value))
    )
    for path in ("/a", "/b"):
        http.assert_request("GET", f"{server.url}{path}", status=200)


# -- wrong arguments


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (
            {"text": "a", "json": 1, "html": "b"},
            ValueError,
            "json and text and html were given; a response has one body, so leave all but one of them out",
        ),
        ({"text": b"a"}, TypeError, "text must be a string, not b'a'; bytes go into body"),
        (
            {"stream": b"a"},
            TypeError,
            "stream must be a list or a generator of parts, not b'a'; that goes into body",
        ),
        ({"stream": 5}, TypeError, "stream must be a list, a generator or a function that makes one, not 5"),
        (
            {"reason": "a\nb"},
            ValueError,
            "reason 'a\\nb' cannot be sent; it must be one line of Latin-1 text",
        ),
        ({"reason": 5}, TypeError, "reason must be a string such as 'Not Found', not 5"),
        (
            {"http_version": "HTTP/3"},
            ValueError,
            "http_version must be one of 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2', not 'HTTP/3'",
        ),
        ({"delay": "5"}, TypeError, "delay must be a number of seconds such as 2.5, not '5'"),
        ({"delay": -1}, ValueError, "delay=-1 is no time that can pass; write 0 or more seconds"),
        ({"callback": 5}, TypeError, "callback must be a function that takes a request, not 5"),
        (
            {"callback": double, "status": 201},
            ValueError,
            "callback and status were both given; say status in the tripwire.http.response(...) that it gives",
        ),
        (
            {"status": 204, "stream": [b"a"]},
            ValueError,
            "a response of status 204 has no body; leave json and body out, or change the status",
        ),
    ],
)
def test_a_wrong_argument_is_one_clear_error_and_registers_nothing(
    http: HttpPlugin, given: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as caught:
        http.mock_response("GET", API, **given)
    assert str(caught.value) == message
    tripwire.verify_all()


@pytest.mark.parametrize("times", [2, None])
def test_a_generator_cannot_serve_twice(http: HttpPlugin, times: int | None) -> None:
    with pytest.raises(
        ValueError, match="can be read only once, and the mock may serve more often; give a list"
    ):
        http.mock_response("GET", API, stream=numbers(), times=times)


def test_a_response_for_callbacks_is_checked_like_a_mock(http: HttpPlugin) -> None:
    make: Callable[..., Any] = http.response
    with pytest.raises(ValueError, match="json and text were both given"):
        make(json=1, text="a")

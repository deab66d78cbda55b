"""What the assertion of a request says, and which hosts a recording reaches."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import aiohttp
import httpx
import pytest
from recorded import (
    ANYWHERE,
    by_http_client,
    record,
    replay,
)

import tripwire
from tripwire._writing._policy import Policy
from tripwire._writing._scribe import Scribe
from tripwire.plugins.http_plugin import HttpPlugin

# -- what an assertion says


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "json={'a': 1}, status=201"),
        ({"body": mock.ANY}, "body='{\"a\": 1}', status=201"),
        ({"json": {"a": 2}, "status": 1}, "json={'a': 1}, status=201"),
        ({"form": {}}, "json={'a': 1}, status=201"),
        ({"params": {"page": 1}}, "params={'page': '2'}, json={'a': 1}, status=201"),
        ({"headers": {"x-one": "0"}}, "headers={'x-one': '1'}, json={'a': 1}, status=201"),
        (
            {"headers": {"Authorization": "0"}},
            "headers={'Authorization': mock.ANY}, json={'a': 1}, status=201",
        ),
        ({"cookies": {"sid": "0"}}, "json={'a': 1}, cookies={'sid': mock.ANY}, status=201"),
        (
            {"response_json": mock.ANY},
            "json={'a': 1}, status=201, response_json={'id': 7, 'token': mock.ANY}",
        ),
        (
            {"response_body": 1, "response_json": 1, "raised": 1},
            "json={'a': 1}, status=201, response_body=b'[', raised=None",
        ),
    ],
)
def test_what_a_test_says_so_far(by_hand: Any, said: dict[str, Any], code: str) -> None:
    verifier, plugin = by_hand
    verifier.scribe = Scribe(Policy())
    url = "https://api.example.com/data"
    body: dict[str, Any] = (
        {"body": b"["} if "response_body" in said else {"json": {"id": 7, "token": "s3cret"}}
    )
    plugin.mock_response("POST", url, status=201, **body)
    headers = {"X-One": "1", "Authorization": "s3cret", "Cookie": "sid=s3cret"}
    with verifier.sandbox():
        httpx.post(f"{url}?page=2&size=5", content=b'{"a": 1}', headers=headers)
    plugin.assert_request("GET", url, **said)
    expected = verifier.scribe.assertions[0].expected
    (interaction,) = verifier.timeline
    query = "?size=5" if "params" in said else "?page=2&size=5"
    line = plugin.assertion(interaction, expected).in_a_line(repr)
    assert line == f"tripwire.http.assert_request('POST', '{url}{query}', {code})"
    verifier.scribe = None
    exec(line, {"tripwire": SimpleNamespace(http=plugin), "mock": mock})


def test_all_headers_without_a_word_on_which(by_hand: Any) -> None:
    verifier, plugin = by_hand
    plugin.mock_response("GET", "*")
    with verifier.sandbox():
        httpx.get("https://api.example.com/", headers={"X-One": "1", "Authorization": "s3cret"})
    assert plugin.assertion(verifier.timeline.next_open(), ["headers"]).in_a_line(repr) == (
        "tripwire.http.assert_request('GET', 'https://api.example.com/', "
        "headers={'X-One': '1', 'Authorization': mock.ANY}, status=200)"
    )


def test_expected_values_tell_what_was_given(by_hand: Any) -> None:
    verifier, plugin = by_hand
    verifier.scribe = Scribe(Policy())
    files = {"f": "content"}
    given = {"headers": {"A": "1"}, "json": {"b": 2}, "form": {"n": 1}, "files": files, "cookies": {"c": "d"}}
    given |= {"response_json": [3], "raised": "connect"}
    plugin.assert_request(["get", "post"], "https://api.example.com/*", params={"p": 1}, status=4, **given)
    expected = verifier.scribe.assertions[0].expected
    told = {name: value.given for name, value in expected.items() if name != "status"}
    assert told == {"method": ["get", "post"], "url": "https://api.example.com/*", **given}
    assert expected["url"].params == {"p": 1}


class UnreachableError(Exception):
    """One that is not made of its `args`."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"{host}: {why}")


def local_error() -> Exception:
    """One that the written test could not name."""

    class LocalError(Exception):
        pass

    return LocalError()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (local_error(), "status=None, raised=mock.ANY"),
        (httpx.ConnectError("down"), "status=None, raised=httpx.ConnectError"),
        (ConnectionRefusedError(), "raised='connect'"),
    ],
)
def test_a_failure_by_its_type(by_hand: Any, failure: Exception, code: str) -> None:
    verifier, plugin = by_hand
    plugin.mock_error("GET", "*", raises=failure)
    with verifier.sandbox(), pytest.raises(type(failure)):
        httpx.get("https://api.example.com/")
    line = plugin.assertion(verifier.timeline.next_open(), ["raised"]).in_a_line(repr)
    assert line == f"tripwire.http.assert_request('GET', 'https://api.example.com/', {code})"


@pytest.mark.parametrize("failure", [UnreachableError("127.0.0.1", "it is night"), local_error()])
def test_a_failure_that_a_test_cannot_write_down(failure: Exception) -> None:
    class Failing(http.client.HTTPConnection):
        def connect(self) -> None:
            raise failure

    recorded = record(lambda: Failing("127.0.0.1").request("GET", "/data"))
    assert recorded.seen is type(failure)
    assert recorded.mocks == ["tripwire.http.mock_error('GET', 'http://127.0.0.1/data', raises='read')"]


def closed_at_once(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/data")
    connection.close()


def cancelled(port: int) -> str:
    async def ask() -> str:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(session.get(f"http://127.0.0.1:{port}/data"), 0.05)
        return "too late"

    return asyncio.run(ask())


@pytest.mark.parametrize("give_up", [closed_at_once, cancelled])
def test_an_answer_that_nobody_waited_for(give_up: Callable[[int], Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        recorded = record(lambda: give_up(port))
    assert recorded.mocks == [f"tripwire.http.mock_error('GET', '{ANYWHERE}/data', raises='timeout')"]
    replay(recorded, lambda: give_up(port))


def test_what_another_kind_of_call_gave_is_of_this_run(http: HttpPlugin) -> None:
    found = "0b0f3b7e-5d1a-4f61-9d0e-2b0f3b7e5d1a".replace("0b0f", "e5b7")  # which is not in this file
    users = tripwire.mock("users").returns(found)
    http.mock_response("GET", "*")
    with tripwire.sandbox():
        httpx.get(f"https://api.example.com/users/{users()}")
    users.assert_call()
    interaction = http.verifier.timeline.next_open()
    assert interaction is not None
    assert http.assertion(interaction).in_a_line(repr) == (
        "tripwire.http.assert_request('GET', 'https://api.example.com/users/*', status=200)"
    )
    http.assert_request("GET", f"https://api.example.com/users/{found}")


# -- where it goes


def test_a_host_that_is_not_this_machine(by_hand: Any) -> None:
    verifier, _ = by_hand
    verifier.scribe = Scribe(Policy(["http"]))
    with verifier.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        by_http_client("GET", "http://[2001:db8::1]:8000/data")
    assert 'add to pyproject.toml: [tool.tripwire] record_hosts = ["2001:db8::1"]' in str(caught.value)


def test_what_is_no_request_is_not_let_through(by_hand: Any) -> None:
    verifier, _ = by_hand
    verifier.scribe = Scribe(Policy(["http"]))
    connection = http.client.HTTPConnection("127.0.0.1", 1)
    with verifier.sandbox():
        connection.putrequest("GET", "/data", skip_host=True)
        with pytest.raises(tripwire.UnmockedInteractionError, match="it is not valid HTTP"):
            connection.endheaders()


@pytest.fixture
def unix_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = str(tmp_path_factory.mktemp("u") / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        listening.settimeout(5)

        def serve() -> None:
            with listening.accept()[0] as peer:
                if peer.recv(65536):
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nunix")

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


def by_unix_httpx(path: str) -> Any:
    with httpx.Client(transport=httpx.HTTPTransport(uds=path)) as client:
        return client.get("http://docker/info").content


def by_unix_aiohttp(path: str) -> Any:
    async def ask() -> bytes:
        session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(path))
        async with session, session.get("http://docker/info") as answer:
            return await answer.read()

    return asyncio.run(ask())


@pytest.mark.parametrize("ask", [by_unix_httpx, by_unix_aiohttp])
def test_a_unix_socket_is_this_machine(ask: Callable[[str], Any], unix_server: str) -> None:
    recorded = record(lambda: ask(unix_server))
    assert recorded.seen == b"unix"
    assert recorded.mocks == ["tripwire.http.mock_response('GET', 'http://docker/info', body='unix')"]
    replay(recorded, lambda: ask(unix_server))

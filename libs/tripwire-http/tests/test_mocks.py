"""Which mock serves a request, and what it gives."""

from __future__ import annotations

import json
import socket
import ssl
import urllib.error
import urllib.request
from http.client import HTTPSConnection, RemoteDisconnected
from typing import Any

import httpx
import pytest

import tripwire
from tripwire.plugins.http_plugin import Headers, HttpPlugin

DATA = "https://api.example.com/data"


def get(url: str, method: str = "GET") -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as response:
        content: bytes = response.read()
        return content


# -- which one


def test_several_are_served_in_order(http: HttpPlugin) -> None:
    for number in range(3):
        http.mock_response("GET", DATA, json=number)
    with tripwire.sandbox():
        assert [get(DATA), httpx.get(DATA).content, get(DATA)] == [b"0", b"1", b"2"]
    for body in (b"0", b"1", b"2"):
        http.assert_request("GET", DATA, response_body=body)


@pytest.mark.parametrize(
    ("mocked", "called"),
    [
        pytest.param("https://api.example.com:443/x", "https://api.example.com/x", id="default port in mock"),
        pytest.param("http://api.example.com/x", "http://api.example.com:80/x", id="default port in call"),
        pytest.param("HTTPS://API.example.com/x", "https://api.EXAMPLE.com/x", id="case"),
        pytest.param("https://api.example.com/~a%62c", "https://api.example.com/%7Eabc", id="unreserved"),
        pytest.param("https://api.example.com/a%3db", "https://api.example.com/a=b", id="delimiters"),
        pytest.param(
            "https://api.example.com/a%c3%bc", "https://api.example.com/a%C3%BC", id="case of encoding"
        ),
        pytest.param("https://api.example.com", "https://api.example.com/", id="no path"),
        pytest.param("https://api.example.com./x", "https://api.example.com/x", id="dot of the root in mock"),
        pytest.param("https://api.example.com/x", "https://api.example.com./x", id="dot of the root in call"),
        pytest.param("https://api.example.com/x#part", "https://api.example.com/x", id="fragment"),
        pytest.param("http://[::1]:8080/x", "http://[::1]:8080/x", id="IPv6"),
        pytest.param("https://api.example.com/x?b=2&a=1", "https://api.example.com/x?a=1&b=2", id="order"),
        pytest.param("https://api.example.com/x?a=1", "https://api.example.com/x?z=9&a=1", id="unnamed ones"),
        pytest.param("https://api.example.com/x", "https://api.example.com/x?a=1", id="no query"),
        pytest.param("https://api.example.com/x?a=1+2", "https://api.example.com/x?a=1%202", id="space"),
        pytest.param("https://api.example.com/x?a", "https://api.example.com/x?a=", id="blank"),
        pytest.param(
            "https://api.example.com/x?a=1&a=2", "https://api.example.com/x?a=2&a=3&a=1", id="repeated"
        ),
    ],
)
def test_urls_that_mean_the_same(http: HttpPlugin, mocked: str, called: str) -> None:
    for _ in range(2):
        http.mock_response("get", mocked, body=b"here")
    with tripwire.sandbox():
        assert get(called) == b"here"
        assert httpx.get(called).content == b"here"
    for _ in range(2):
        http.assert_request("get", mocked)


def test_characters_that_a_client_encodes_may_be_written_plainly(http: HttpPlugin) -> None:
    http.mock_response("GET", "https://münchen.example/straße/a b", json=1)
    with tripwire.sandbox():
        assert httpx.get("https://münchen.example/straße/a b").json() == 1
    url = "https://xn--mnchen-3ya.example/stra%C3%9Fe/a%20b"
    tripwire.assert_interaction(http.request, method="GET", url=url)


@pytest.mark.parametrize(
    "called",
    [
        "http://api.example.com/a/b?a=1",
        "https://api.example.org/a/b?a=1",
        "https://api.example.com:8443/a/b?a=1",
        "https://api.example.com/a%2Fb?a=1",
        "https://api.example.com/a/b/?a=1",
        "https://api.example.com/A/b?a=1",
        "https://api.example.com/a/b?a=2",
        "https://api.example.com/a/b?A=1",
        "https://api.example.com/a/b",
    ],
)
def test_urls_that_differ(http: HttpPlugin, called: str) -> None:
    http.mock_response("GET", "https://api.example.com/a/b?a=1", required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError):
        get(called)


def test_params_are_written_as_clients_write_them(http: HttpPlugin) -> None:
    given: Any = {"page": 2, "rate": 1.5, "all": True, "none": None, "tag": ["x", "y"], "q": "a b"}
    http.mock_response("GET", DATA + "?own=1", params=given, json=1)
    http.mock_response("GET", DATA, params=[("page", 3), ("tag", ("x", False))], json=2)
    with tripwire.sandbox():
        assert httpx.get(DATA, params={"own": 1, **given}).json() == 1
        assert httpx.get(DATA, params={"tag": [False, "x"], "page": "3"}).json() == 2
    http.assert_request("GET", DATA, params={"page": 2, "tag": "y"})
    http.assert_request("GET", DATA + "?page=3")


def test_the_earliest_that_fits_is_served_whatever_its_query(http: HttpPlugin) -> None:
    http.mock_response("GET", DATA, params={"page": 1}, json="page 1")
    http.mock_response("GET", DATA, json="any")
    http.mock_response("GET", DATA, params={"page": 2}, json="page 2")
    http.mock_response("GET", DATA, params={"page": 2, "user": 1}, json="page 2 of 1")
    http.mock_response("GET", DATA, params={"page": 2, "user": 2}, json="page 2 of 2")
    with tripwire.sandbox():
        pages = ({"page": 2, "user": 2}, {"page": 2, "user": 2}, {"page": 2, "user": 2}, {"page": 1})
        assert [httpx.get(DATA, params=page).json() for page in pages] == [
            "any",
            "page 2",
            "page 2 of 2",
            "page 1",
        ]
        assert httpx.get(DATA, params={"user": 1, "page": 2}).json() == "page 2 of 1"
    for _ in range(5):
        http.assert_request("GET", DATA)


def test_methods_are_told_apart_in_any_case(http: HttpPlugin) -> None:
    http.mock_response("post", DATA, body="posted")
    http.mock_response("PROPFIND", DATA, body="found")
    with tripwire.sandbox():
        assert [get(DATA, "propfind"), get(DATA, "POST")] == [b"found", b"posted"]
    tripwire.assert_interaction(http.request, method="propfind", url=DATA)
    http.assert_request("Post", DATA)


def test_user_names_in_the_url_do_not_count(http: HttpPlugin) -> None:
    http.mock_response("GET", DATA)
    with tripwire.sandbox():
        assert httpx.get("https://user:pass@api.example.com/data").status_code == 200
    http.assert_request("GET", DATA)


# -- what it gives


@pytest.mark.parametrize(
    ("given", "body", "headers"),
    [
        ({}, b"", [("Content-Length", "0")]),
        ({"json": None}, b"null", [("Content-Type", "application/json"), ("Content-Length", "4")]),
        (
            {"json": {"ü": [1, 2.5]}},
            '{"ü":[1,2.5]}'.encode(),
            {"content-type": "application/json", "content-length": "14"},
        ),
        ({"body": "grüß"}, "grüß".encode(), [("Content-Length", "6")]),
        ({"body": bytearray(b"ab")}, b"ab", [("Content-Length", "2")]),
        ({"body": memoryview(b"ab")}, b"ab", [("Content-Length", "2")]),
        (
            {"json": 1, "headers": {"content-type": "text/x"}},
            b"1",
            [("content-type", "text/x"), ("Content-Length", "1")],
        ),
        ({"body": b"ab", "headers": [("content-length", "2")]}, b"ab", [("content-length", "2")]),
        ({"headers": [("A", "1"), ("a", "2")]}, b"", [("A", "1"), ("a", "2"), ("Content-Length", "0")]),
        ({"headers": Headers([("A", "1")]), "status": 204}, b"", [("A", "1")]),
        (
            {"headers": {"Transfer-Encoding": "gzip"}, "body": b"to the end"},
            b"to the end",
            {"transfer-encoding": "gzip"},
        ),
    ],
)
def test_the_response_is_what_was_given(http: HttpPlugin, given: Any, body: bytes, headers: Any) -> None:
    for _ in range(2):
        http.mock_response("GET", DATA, **given)
    with tripwire.sandbox():
        by_httpx = httpx.get(DATA)
        with urllib.request.urlopen(DATA) as by_urllib:
            assert by_urllib.read() == body
    assert by_httpx.content == body
    assert by_httpx.headers.multi_items() == [(n.lower(), v) for n, v in by_urllib.getheaders()]
    for _ in range(2):
        status = given.get("status", 200)
        tripwire.assert_interaction(http.request, response_body=body, response_headers=headers, status=status)


def test_json_is_taken_as_it_is_when_it_is_given(http: HttpPlugin) -> None:
    data: Any = {"items": [1]}
    http.mock_response("GET", DATA, json=data)
    data["items"].append(2)
    with tripwire.sandbox():
        assert httpx.get(DATA).json() == {"items": [1]}
    http.assert_request("GET", DATA)


def test_the_record_has_every_field(http: HttpPlugin) -> None:
    http.mock_response("POST", DATA, json={"id": 1}, status=201)
    with tripwire.sandbox():
        headers = {"X-Mine": "1", "User-Agent": "me", "Accept-Encoding": "gzip"}
        httpx.post(DATA, content=b'{"a":1}', headers={**headers, "Content-Type": "application/json"})
    tripwire.assert_interaction(
        http.request,
        method="POST",
        url=DATA,
        request_headers={
            "host": "api.example.com",
            "accept": "*/*",
            "accept-encoding": "gzip",
            "connection": "keep-alive",
            "user-agent": "me",
            "x-mine": "1",
            "content-length": "7",
            "content-type": "application/json",
        },
        request_body=b'{"a":1}',
        status=201,
        response_headers=[("Content-Type", "application/json"), ("Content-Length", "8")],
        response_body=b'{"id":1}',
        raised=None,
    )


# -- errors


def test_httpx_raises_the_instance_itself(http: HttpPlugin) -> None:
    error = httpx.ConnectTimeout("too slow")
    http.mock_error("GET", DATA, raises=error)
    with tripwire.sandbox(), pytest.raises(httpx.ConnectTimeout) as caught:
        httpx.get(DATA)
    assert caught.value is error
    assert caught.value.request.url == DATA
    tripwire.assert_interaction(
        http.request,
        method="GET",
        url=DATA,
        status=None,
        response_headers=None,
        response_body=None,
        raised=error,
    )


@pytest.mark.parametrize(
    "error",
    [
        OSError(113, "No route to host"),
        ConnectionRefusedError(111, "Connection refused"),
        socket.gaierror(-2, "Name or service not known"),
        ssl.SSLCertVerificationError(1, "certificate has expired"),
    ],
)
def test_what_is_met_connecting_comes_out_as_urlerror(http: HttpPlugin, error: OSError) -> None:
    http.mock_error("GET", DATA, raises=error)
    with tripwire.sandbox(), pytest.raises(urllib.error.URLError) as caught:
        urllib.request.urlopen(DATA)
    assert caught.value.reason is error
    http.assert_request("GET", DATA, raised=error)


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("timed out"),
        ConnectionResetError(104, "Connection reset by peer"),
        RemoteDisconnected("gone"),
        urllib.error.URLError("as the test wants it"),
        ValueError("any other"),
    ],
)
def test_what_is_met_reading_comes_out_as_it_is(http: HttpPlugin, error: Exception) -> None:
    http.mock_error("GET", DATA, raises=error)
    with tripwire.sandbox(), pytest.raises(type(error)) as caught:
        urllib.request.urlopen(DATA)
    assert caught.value is error
    http.assert_request("GET", DATA, raised=error)


def test_a_connection_goes_on_after_an_error(http: HttpPlugin) -> None:
    http.mock_error("GET", DATA, raises=ConnectionRefusedError(111, "Connection refused"))
    http.mock_error("GET", DATA, raises=TimeoutError("timed out"))
    http.mock_response("GET", DATA, body=b"at last")
    seen: list[Any] = []
    connection = HTTPSConnection("api.example.com")
    with tripwire.sandbox():
        for _ in range(3):
            try:
                connection.request("GET", "/data")
                seen.append(connection.getresponse().read())
            except OSError as error:
                seen.append(type(error))
                connection.close()
    assert seen == [ConnectionRefusedError, TimeoutError, b"at last"]
    for _ in range(3):
        http.assert_request("GET", DATA)


def test_a_length_without_a_body_is_what_head_is_about(http: HttpPlugin) -> None:
    http.mock_response("HEAD", DATA, headers={"Content-Length": "99"})
    http.mock_response("HEAD", DATA, json={"a": 1})
    with tripwire.sandbox():
        assert httpx.head(DATA).headers["content-length"] == "99"
        response = httpx.head(DATA)
    assert (response.content, response.headers["content-length"]) == (b"", str(len(json.dumps({"a": 1})) - 1))
    for _ in range(2):
        tripwire.assert_interaction(http.request, method="HEAD", response_body=b"")

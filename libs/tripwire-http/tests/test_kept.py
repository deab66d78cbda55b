"""What is kept, shared or put off so that a mocked call costs little: nobody may notice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import tripwire
from tripwire.plugins.http_plugin import Headers, HttpPlugin, Request

API = "https://api.example.com/data"


def emptied(given: Any) -> None:
    given.clear()


@pytest.mark.parametrize(
    ("name", "given", "content"),
    [
        ("json", {"a": [1]}, b'{"a":[1]}'),
        ("json", [{"a": 1}], b'[{"a":1}]'),
        ("body", bytearray(b"abc"), b"abc"),
        ("headers", {"X-One": "1"}, b""),
        ("headers", [("X-One", "1")], b""),
        ("params", {"page": 1}, b""),
    ],
)
def test_what_is_given_may_be_changed_afterwards(
    http: HttpPlugin, name: str, given: Any, content: bytes
) -> None:
    http.mock_response("GET", API, **{name: given})
    emptied(given)
    with tripwire.sandbox():
        response = httpx.get(API, params={"page": "1"})
    http.assert_request("GET", API)
    assert response.content == content
    assert response.headers.get("x-one") == ("1" if name == "headers" else None)


class Shy(str):
    """A string that shows itself in its own way."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<shy>"


def test_the_same_text_is_told_about_as_it_was_given(http: HttpPlugin) -> None:
    for url, shown in (("nowhere", "'nowhere'"), (Shy("nowhere"), "<shy>"), ("nowhere", "'nowhere'")):
        with pytest.raises(ValueError, match="must be absolute") as caught:
            http.mock_response("GET", url)
        assert str(caught.value).startswith(f"url {shown} must be absolute")
    for method, shown in (("no method", "'no method'"), (Shy("no method"), "<shy>")):
        with pytest.raises(ValueError, match="is no HTTP method") as caught:
            http.mock_response(method, API)
        assert str(caught.value).startswith(f"method {shown} is")


@pytest.mark.parametrize("kind", [str, Shy])
def test_a_text_means_the_same_each_time(http: HttpPlugin, kind: Callable[[str], str]) -> None:
    for _ in range(2):
        http.mock_response(kind("get"), kind(API + "?a=1"), params={"b": "2"})
        http.mock_response(kind("get"), kind(API + "*"))
    with tripwire.sandbox():
        for query in ("?a=1&b=2", "?a=1", "?a=1", "?b=2&a=1"):
            httpx.get(API + query)
    for query in ("?a=1&b=2", "?a=1", "?a=1", "?b=2&a=1"):
        http.assert_request("GET", API + query)


def test_headers_are_those_that_were_sent_whenever_they_are_looked_at(http: HttpPlugin) -> None:
    http.mock_response("GET", API)
    with httpx.Client(headers={"X-One": "1"}) as client:
        with tripwire.sandbox():
            response = client.get(API)
        client.headers["X-One"] = "2"
        response.request.headers["X-One"] = "3"
        del response.request.headers["Host"]
    (request,) = http.requests
    assert request.headers.pairs[0] == ("Host", "api.example.com")
    assert request.headers["x-one"] == "1"
    http.assert_request("GET", API, headers={"X-One": "1"})


def test_what_a_callback_does_to_the_request_is_not_recorded(http: HttpPlugin) -> None:
    def answer(request: Request) -> Any:
        sent = request.json()
        sent["a"] = 2
        request.headers, request.body, request.method = Headers(), b"changed", "PUT"
        return http.response(json=sent)

    http.mock_response("POST", API, callback=answer)
    with tripwire.sandbox():
        response = httpx.post(API, json={"a": 1}, headers={"X-One": "1"})
    http.assert_request("POST", API, json={"a": 1}, headers={"X-One": "1"}, response_json={"a": 2})
    assert response.json() == {"a": 2}


@pytest.mark.parametrize(
    ("sent", "wanted", "changed"),
    [
        ({"json": {"a": 1}}, {"match_json": {"a": 1}}, {"match_json": {"a": 2}}),
        ({"data": {"a": "1"}}, {"match_form": {"a": "1"}}, {"match_form": {"a": "2"}}),
    ],
)
def test_a_body_is_read_anew_where_a_function_has_changed_it(
    http: HttpPlugin, sent: Any, wanted: Any, changed: Any
) -> None:
    def change(request: Request) -> bool:
        request.body = request.body.replace(b"1", b"2")
        return False

    http.mock_response("POST", API, **changed, body=b"not before")
    http.mock_response("POST", API, match=change, required=False)
    http.mock_response("POST", API, **wanted, required=False)
    http.mock_response("POST", API, **changed, body=b"then")
    with tripwire.sandbox():
        assert httpx.post(API, **sent).content == b"then"
        http.mock_response("POST", API, match=lambda request: request.url == API)
        other: dict[str, Any] = {key: {"a": "2" if key == "data" else 2} for key in sent}
        httpx.post(API, **other)
        httpx.post(API, **sent)
    with tripwire.in_any_order():
        for _ in range(3):
            tripwire.assert_interaction(http.request, method="POST")


def test_data_that_a_function_was_given_is_its_own(http: HttpPlugin) -> None:
    http.mock_response("POST", API, match_json={"a": 2}, required=False)
    http.mock_response("POST", API, match=lambda request: request.json().update(a=2), required=False)
    http.mock_response("POST", API, match_json={"a": 1}, status=201)
    with tripwire.sandbox():
        assert httpx.post(API, json={"a": 1}).status_code == 201
    http.assert_request("POST", API, json={"a": 1})


@pytest.mark.parametrize("query", ["", "?page=1"])
def test_a_url_is_served_anew_after_its_mocks_were_used_up(http: HttpPlugin, query: str) -> None:
    url = API + query
    with tripwire.sandbox():
        http.mock_response("GET", url, status=201, times=2)
        http.mock_response("GET", url, status=202)
        assert [httpx.get(url).status_code for _ in range(3)] == [201, 201, 202]
        with pytest.raises(tripwire.UnmockedInteractionError, match="it is used up by the call at "):
            httpx.get(url)
        http.mock_response("GET", url, status=203)
        assert httpx.get(url).status_code == 203
    for status in (201, 201, 202, 203):
        http.assert_request("GET", url, status=status)


@pytest.mark.parametrize(
    ("name", "value"), [("X-One", "a\nb"), ("X-One", "a\0b"), ("X-One", "a\0X-Two\0b"), ("X:One", "a")]
)
def test_what_may_not_be_sent_is_refused_each_time(http: HttpPlugin, name: str, value: str) -> None:
    http.mock_response("GET", API, times=2)
    with tripwire.sandbox(), httpx.Client() as client:
        for _ in range(2):
            client.get(API, headers={"X-One": "ab"})
            with pytest.raises(httpx.LocalProtocolError):
                client.get(API, headers={name: value})
    for _ in range(2):
        http.assert_request("GET", API, headers={"X-One": "ab"})


def test_fields_made_by_several_threads_at_once(http: HttpPlugin) -> None:
    http.mock_response("GET", API, times=None)
    found: list[tuple[Any, str]] = []
    with tripwire.sandbox():

        def work(number: int) -> None:
            for _ in range(10):
                httpx.get(f"{API}?worker={number}", headers={"X-Worker": str(number)})
                found.extend(
                    (request.params["worker"], request.headers["x-worker"]) for request in http.requests
                )

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(http.requests) == 40
    assert {pair for pair in found if pair[0] != pair[1]} == set()
    with tripwire.in_any_order():
        for number in range(4):
            for _ in range(10):
                http.assert_request("GET", API, params={"worker": number})


@pytest.mark.parametrize(
    ("json", "is_taken"),
    [
        ([0] * 500_000, True),
        ([0] * 500_001, False),
        (dict.fromkeys(range(500_001)), False),
        ([[0] * 250_000] * 2, False),
        ([[[]]] * 1_000, True),
    ],
    ids=["most", "more", "more members", "more if shared ones are written twice", "shared"],
)
def test_how_much_json_there_may_be(http: HttpPlugin, json: Any, is_taken: bool) -> None:
    if is_taken:
        http.mock_response("GET", API, json=json, required=False)
        return
    with pytest.raises(ValueError, match="it holds itself, or more than 500,000 values"):
        http.mock_response("GET", API, json=json)


def test_a_response_shows_itself_without_secrets() -> None:
    response = HttpPlugin.response(json={"token": "abc"}, headers={"Set-Cookie": "a=1"})
    assert repr(response) == (
        "Response(200, headers=[('Set-Cookie', '***'), ('Content-Type', 'application/json'), "
        "('Content-Length', '15')], body={'token': '***'})"
    )

"""Which requests a mock serves: by method, by patterns of the URL, and by what a request carries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import httpx
import pytest
from dirty_equals import IsInt, IsPartialDict, IsStr

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

API = "https://api.example.com"


def why_not(method: str, url: str, **options: Any) -> str:
    """Why the only mock does not serve a request; empty if it does."""
    try:
        httpx.request(method, url, **options)
    except tripwire.UnmockedInteractionError as trip:
        (line,) = [
            line for line in str(trip).splitlines() if line.startswith("  - tripwire.http.mock_response(")
        ]
        return re.sub(r"  \([^(]*test_matching\.py:\d+\)$", "", line).partition("): ")[2]
    return ""


# -- method


@pytest.mark.parametrize(
    ("given", "called", "reason"),
    [
        ("get", "GET", ""),
        (["GET", "post"], "POST", ""),
        ({"PUT"}, "PUT", ""),
        ("*", "PURGE", ""),
        (["GET", "*"], "PURGE", ""),
        (("GET", "POST"), "PUT", "its method is 'GET' or 'POST', the call's is 'PUT'"),
    ],
)
def test_methods(http: HttpPlugin, given: Any, called: str, reason: str) -> None:
    http.mock_response(given, f"{API}/x", required=False)
    with tripwire.sandbox():
        assert why_not(called, f"{API}/x") == reason
    if not reason:
        http.assert_request(given, f"{API}/x")


# -- URL


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("https://api.example.com/*", f"{API}/users/1?page=2"),
        ("https://api.example.com/users/*/posts", f"{API}/users/1/posts"),
        ("https://*.example.com/x", f"{API}/x"),
        ("HTTPS://API.*.com:443/%7eme/*", f"{API}/~me/x"),
        ("*://localhost:*/x", "http://localhost/x"),
        ("http://localhost:*/x", "http://localhost:8080/x"),
        ("http://[::1]:*/x", "http://[::1]:8080/x"),
        ("https://api*", f"{API}/x/y"),
        ("*/users", "http://a.example/v1/users"),
        ("*", "http://a.example"),
        ("*Users*", "http://a.example/v1/Users/7"),
        ("*Example.com/x", f"{API}/x"),
        ("https://api.example.com/search?q=py*&page=1", f"{API}/search?page=1&q=pytest&size=5"),
        ("https://api.example.com/a%2ab/*", f"{API}/a*b/c"),
    ],
)
def test_a_glob(http: HttpPlugin, pattern: str, url: str) -> None:
    http.mock_response("GET", pattern)
    with tripwire.sandbox():
        assert why_not("GET", url) == ""
    http.assert_request("GET", pattern)


@pytest.mark.parametrize(
    ("pattern", "url", "reason"),
    [
        ("https://api.example.com/users/*", f"{API}/user/1", "its URL does not fit the call's"),
        ("https://*.example.com/x", "https://evil.test/a.example.com/x", "its URL does not fit the call's"),
        ("https://api.example.com/x*", "http://api.example.com/x", "its URL does not fit the call's"),
        ("https://*.example.com", f"{API}/x", "its URL does not fit the call's"),
        ("https://*/x?q=a*", f"{API}/x?q=b", "its query parameter 'q' is 'a*', the call has 'b'"),
    ],
)
def test_what_a_glob_does_not_fit(http: HttpPlugin, pattern: str, url: str, reason: str) -> None:
    http.mock_response("GET", pattern, required=False)
    with tripwire.sandbox():
        assert why_not("GET", url) == reason


def _is_users(url: str) -> bool:
    return "/users" in url


def _fails(url: str) -> bool:
    raise KeyError(url[:5])


@pytest.mark.parametrize(
    ("given", "path", "reason"),
    [
        (re.compile(r"/users/\d+$"), "/users/7", ""),
        (re.compile(r"/users/\d+$"), "/users/x", "its regular expression is not found in the call's URL"),
        (_is_users, "/users", ""),
        (_is_users, "/posts", "its function _is_users says no to the call's URL"),
        (_fails, "/posts", "its function _fails raises KeyError('https')"),
    ],
)
def test_a_regular_expression_and_a_function(http: HttpPlugin, given: Any, path: str, reason: str) -> None:
    http.mock_response("GET", given, required=False)
    with tripwire.sandbox():
        assert why_not("GET", API + path) == reason
    if not reason:
        http.assert_request("GET", given)


def test_patterns_and_urls_serve_in_the_order_of_their_registration(http: HttpPlugin) -> None:
    patterns: list[Any] = [f"{API}/x", "*", re.compile("x"), f"{API}/x", f"{API}/*"]
    for number, url in enumerate(patterns):
        http.mock_response("GET", url, json=number)
    with tripwire.sandbox():
        assert [httpx.get(f"{API}/x").json() for _ in range(5)] == [0, 1, 2, 3, 4]
    for _ in range(5):
        http.assert_request("GET", f"{API}/x")


@pytest.mark.parametrize(
    ("params", "query", "reason"),
    [
        ({"page": IsStr(regex=r"\d+")}, "page=2", ""),
        ({"page": ANY}, "page=x&page=y", ""),
        ({"tag": ["a", ANY]}, "tag=b&tag=a", ""),
        ({"page": ANY}, "size=2", "its query parameter 'page' (<ANY>) is missing from the call"),
        (
            {"page": IsStr(regex="a")},
            "page=b",
            "its query parameter 'page' is IsStr(regex='a'), the call has 'b'",
        ),
    ],
)
def test_parameters_by_matcher(http: HttpPlugin, params: Any, query: str, reason: str) -> None:
    http.mock_response("GET", f"{API}/x", params=params, required=False)
    with tripwire.sandbox():
        assert why_not("GET", f"{API}/x?{query}") == reason
    if not reason:
        http.assert_request("GET", f"{API}/x", params=params)


# -- what it carries

MATCHES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"match_headers": {"x-trace": "1"}}, {"headers": {"X-Trace": "1"}}, ""),
    (
        {"match_headers": {"x-trace": "1"}},
        {},
        "its match_headers: the header 'x-trace' is missing from the call",
    ),
    (
        {"match_headers": {"X-Trace": IsStr(regex="a+")}},
        {"headers": {"x-trace": "b"}},
        "its match_headers: the header 'X-Trace': it has IsStr(regex='a+'), the call has 'b'",
    ),
    ({"match_headers": IsPartialDict({"x-trace": "1"})}, {"headers": {"x-trace": "1"}}, ""),
    ({"match_json": {"a": [1, {"b": None}]}}, {"json": {"a": [1, {"b": None}]}}, ""),
    ({"match_json": {"id": IsInt, "name": ANY}}, {"json": {"name": "n", "id": 7}}, ""),
    ({"match_json": IsPartialDict(id=7)}, {"json": {"name": "n", "id": 7}}, ""),
    ({"match_json": 1}, {"json": 1.0}, ""),
    ({"match_json": None}, {"content": b"null"}, ""),
    (
        {"match_json": {"on": True}},
        {"json": {"on": 1}},
        "its match_json: at on: it has True, the call has 1",
    ),
    (
        {"match_json": {"a": [1, {"b": 2}], "gone": 1}},
        {"json": {"a": [1, {"b": 3}, 4], "new": 5}},
        "its match_json: at a[1].b: it has 2, the call has 3; "
        "its match_json: at a: it has 2 items, the call has 3; "
        "its match_json: at gone: it is missing from the call; "
        "its match_json: at new: the call has 5, which is not expected",
    ),
    (
        {"match_json": {}},
        {"content": b"no"},
        "its match_json: the call's body is no JSON: Expecting value: line 1 column 1 (char 0)",
    ),
    ({"match_json": {}}, {}, "its match_json: the call's body is empty"),
    ({"match_body": b"raw"}, {"content": b"raw"}, ""),
    ({"match_body": "raw ü"}, {"content": "raw ü".encode()}, ""),
    ({"match_body": IsStr(regex="r.w")}, {"content": b"raw"}, ""),
    (
        {"match_body": "the first word"},
        {"content": b"the fourth word"},
        "its match_body: from character 5 on: it has 'the first word', the call has 'the fourth word'",
    ),
    ({"match_form": {"a": "1", "b": ["2", "3"]}}, {"data": {"b": ["2", "3"], "a": "1"}}, ""),
    ({"match_form": {"a": 1}}, {"data": {"a": "1"}}, ""),
    ({"match_form": ANY}, {"data": {"a": "1"}}, ""),
    (
        {"match_form": {"a": "1", "c": "3"}},
        {"data": {"a": "2", "b": "1"}},
        "its match_form: its field 'a': it has '1', the call has '2'; "
        "its match_form: its field 'c' is missing from the call; "
        "its match_form: the call has a field 'b', which is not expected",
    ),
    (
        {"match_form": {"a": "1"}},
        {"json": {"a": "1"}},
        "its match_form: the call's body is no form, but application/json",
    ),
    (
        {"match_files": {"f": ("a.txt", "hello")}, "match_form": {"kind": "x"}},
        {"files": {"f": ("a.txt", b"hello", "text/x")}, "data": {"kind": "x"}},
        "",
    ),
    ({"match_files": {"f": b"\x00\r\n\xff--"}}, {"files": {"f": b"\x00\r\n\xff--"}}, ""),
    ({"match_files": {"f": (ANY, ANY, "text/x")}}, {"files": {"f": ("a", b"", "text/x")}}, ""),
    (
        {"match_files": {"f": b"other"}},
        {"files": {"f": ("a.txt", b"hello", "text/x")}},
        "its match_files: its field 'f': it has b'other', "
        "the call has FilePart(filename='a.txt', content=b'hello', content_type='text/x')",
    ),
    ({"match_cookies": {"a": "1"}}, {"cookies": {"a": "1", "b": "2"}}, ""),
    (
        {"match_cookies": {"a": "1"}},
        {"cookies": {"a": "2"}},
        "its match_cookies: the cookie 'a': it has ***, the call has ***",
    ),
    ({"match": lambda request: request.json()["n"] > 1}, {"json": {"n": 2}}, ""),
    ({"match": lambda request: request.params == {"q": ["1", "2"]}}, {"params": {"q": ["1", "2"]}}, ""),
    (
        {"match": lambda request: request.json()["n"]},
        {"json": {}},
        "its match: comparing raises KeyError('n')",
    ),
]


@pytest.mark.parametrize(("wanted", "sent", "reason"), MATCHES)
def test_what_a_request_carries(
    http: HttpPlugin, wanted: dict[str, Any], sent: dict[str, Any], reason: str
) -> None:
    http.mock_response("POST", f"{API}/x", **wanted, required=False)
    with tripwire.sandbox():
        assert why_not("POST", f"{API}/x", **sent) == reason
    if reason:
        return
    asserted = {name.removeprefix("match_"): value for name, value in wanted.items() if name != "match"}
    body = {} if {*asserted} & {"json", "body", "form", "files"} else {"body": ANY}
    http.assert_request("POST", f"{API}/x", **asserted, **body)


def test_the_first_mock_that_fits_serves(http: HttpPlugin) -> None:
    for name in ("a", "b", "c"):
        http.mock_response("POST", f"{API}/x", match_json={"name": name}, json=name)
    with tripwire.sandbox():
        for name in ("c", "a", "b"):
            assert httpx.post(f"{API}/x", json={"name": name}).json() == name
    for name in ("c", "a", "b"):
        http.assert_request("POST", f"{API}/x", json={"name": name})


def test_a_mock_with_many_differences_shows_the_first_of_them(http: HttpPlugin) -> None:
    http.mock_response("POST", f"{API}/x", match_json=dict.fromkeys(map(str, range(30)), 1), required=False)
    with tripwire.sandbox():
        reason = why_not("POST", f"{API}/x", json={})
    assert reason.count("; ") == 10
    assert reason.endswith(
        "its match_json: at ['9']: it is missing from the call; its match_json: and 20 more"
    )


# -- how often


def test_times(http: HttpPlugin) -> None:
    http.mock_response("GET", f"{API}/x", json="first", times=2)
    http.mock_response("GET", f"{API}/x", json="then", times=None)
    with tripwire.sandbox():
        assert [httpx.get(f"{API}/x").json() for _ in range(5)] == ["first"] * 2 + ["then"] * 3
    for _ in range(5):
        http.assert_request("GET", f"{API}/x")


def test_a_mock_that_served_less_than_it_should_is_unused(http: HttpPlugin) -> None:
    http.mock_response("GET", f"{API}/x", times=3)
    http.mock_error("GET", f"{API}/never", raises="connect", times=None)
    with tripwire.sandbox():
        httpx.get(f"{API}/x")
    http.assert_request("GET", f"{API}/x")
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        tripwire.verify_all()
    lines = [re.sub(r"  \([^(]*test_matching\.py:\d+\)", "", line) for line in str(caught.value).splitlines()]
    assert lines[:3] == [
        "2 mocks were never used:",
        f"  - tripwire.http.mock_response('GET', '{API}/x'): served 1 of 3 times",
        f"  - tripwire.http.mock_error('GET', '{API}/never', raises='connect')",
    ]


# -- wrong arguments


@pytest.mark.parametrize(
    ("register", "kind", "message"),
    [
        (
            lambda http: http.mock_response([], API),
            TypeError,
            "method must be a string such as 'GET', several in a list, or '*', not []",
        ),
        (
            lambda http: http.mock_response("GET", "https://?q=*"),
            ValueError,
            "url 'https://?q=*' has no host: write it such as 'https://api.example.com/*', or '*'",
        ),
        (
            lambda http: http.mock_response("GET", re.compile(b"x")),
            TypeError,
            "url must be a regular expression for strings, not for bytes: re.compile(b'x')",
        ),
        (
            lambda http: http.mock_response("GET", API, match_headers=[("a", "b")]),
            TypeError,
            "match_headers must be a mapping of names to values, or a matcher, not [('a', 'b')]",
        ),
        (
            lambda http: http.mock_response("GET", API, match_form={1: "b"}),
            TypeError,
            "match_form: a name must be a string, not 1",
        ),
        (
            lambda http: http.mock_response("GET", API, match_body=None),
            TypeError,
            "match_body must be bytes, a string or a matcher, not None; an empty body is b''",
        ),
        (
            lambda http: http.mock_response("GET", API, match="x"),
            TypeError,
            "match must be a function that takes a request, not 'x'",
        ),
        (
            lambda http: http.mock_response("GET", API, times=0),
            ValueError,
            "times=0 would never serve; write 1 or more, or None for any number",
        ),
        (
            lambda http: http.mock_response("GET", API, times=True),
            TypeError,
            "times must be a number such as 3, or None for any number, not True",
        ),
        (
            lambda http: http.mock_error("GET", API, raises="dsn"),
            ValueError,
            "raises='dsn' is none of the names 'connect', 'timeout', 'read', 'dns', 'tls'; "
            "write one of these, or give an exception instance",
        ),
        (
            lambda http: http.pass_through("GET", API, hosts="localhost"),
            ValueError,
            "url and hosts were both given; leave one of them out",
        ),
        (
            lambda http: http.pass_through(hosts="http://localhost"),
            ValueError,
            "hosts: 'http://localhost' is no host; write it without scheme and path",
        ),
        (
            lambda http: http.pass_through(hosts=[1]),
            TypeError,
            "hosts must be a string such as 'localhost', or several in a list, not [1]",
        ),
    ],
)
def test_a_wrong_argument_is_one_clear_error_and_registers_nothing(
    http: HttpPlugin, register: Callable[[HttpPlugin], None], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as caught:
        register(http)
    assert str(caught.value) == message
    tripwire.verify_all()

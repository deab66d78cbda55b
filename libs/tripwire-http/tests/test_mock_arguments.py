"""What a mock is given: wrong arguments are one clear error, and header fields compare."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from dirty_equals import IsPartialDict

from tripwire.plugins.http_plugin import Headers, HttpPlugin

DATA = "https://api.example.com/data"


# -- wrong arguments


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        ({"method": 7}, TypeError, "method must be a string such as 'GET', several in a list, or '*', not 7"),
        (
            {"method": "GET /"},
            ValueError,
            "method 'GET /' is no HTTP method; write a single word such as 'GET'",
        ),
        ({"method": ""}, ValueError, "method '' is no HTTP method; write a single word such as 'GET'"),
        (
            {"url": httpx.URL(DATA)},
            TypeError,
            "url must be a string such as 'https://api.example.com/data', not URL('https://api.example.com/data'); "
            "write str(...) around it",
        ),
        (
            {"url": "/data"},
            ValueError,
            "url '/data' must be absolute: write it with scheme and host, such as 'https://api.example.com/data'",
        ),
        (
            {"url": "api.example.com/data"},
            ValueError,
            "url 'api.example.com/data' must be absolute: write it with scheme and host, "
            "such as 'https://api.example.com/data'",
        ),
        (
            {"url": "https://a:b/"},
            ValueError,
            "url 'https://a:b/' is malformed: Port could not be cast to integer value as 'b'",
        ),
        (
            {"json": 1, "body": b"1"},
            ValueError,
            "json and body were both given; a response has one body, so leave one of them out",
        ),
        (
            {"json": {1}},
            TypeError,
            "json={1} cannot be written as JSON: Object of type set is not JSON serializable; "
            "give what json.dumps takes, or the finished text as body",
        ),
        (
            {"json": float("nan")},
            ValueError,
            "json=nan cannot be written as JSON: Out of range float values are not JSON compliant{nan}; "
            "give what json.dumps takes, or the finished text as body",
        ),
        (
            {"json": "\ud800"},
            ValueError,
            "json='\\ud800' cannot be written as JSON: 'utf-8' codec can't encode character '\\ud800' in position 1: "
            "surrogates not allowed; give what json.dumps takes, or the finished text as body",
        ),
        ({"body": {"a": 1}}, TypeError, "body must be bytes or a string, not {'a': 1}; data goes into json"),
        ({"status": "200"}, TypeError, "status must be a number such as 200, not '200'"),
        ({"status": True}, TypeError, "status must be a number such as 200, not True"),
        (
            {"status": 100},
            ValueError,
            "status 100 is none that a response can end with; write one from 200 to 999",
        ),
        (
            {"status": 1000},
            ValueError,
            "status 1000 is none that a response can end with; write one from 200 to 999",
        ),
        (
            {"status": 204, "json": {}},
            ValueError,
            "a response of status 204 has no body; leave json and body out, or change the status",
        ),
        ({"headers": "A: 1"}, TypeError, "headers must be a mapping or a list of pairs, not 'A: 1'"),
        (
            {"headers": {"A": 1}},
            TypeError,
            "headers: a name and its value must both be strings, not ('A', 1)",
        ),
        ({"headers": ["A"]}, TypeError, "headers: a name and its value must both be strings, not 'A'"),
        ({"headers": {"A b": "1"}}, ValueError, "headers: 'A b' is no name of a header field"),
        (
            {"headers": {"A": "1\r\nB: 2"}},
            ValueError,
            "headers: the value '1\\r\\nB: 2' of 'A' cannot be sent; it must be one line of Latin-1 text "
            "without outer space",
        ),
        (
            {"headers": {"A": "→"}},
            ValueError,
            "headers: the value '→' of 'A' cannot be sent; it must be one line of Latin-1 text without outer space",
        ),
        (
            {"headers": {"Content-Length": "5"}, "body": b"four"},
            ValueError,
            "headers say Content-Length 5, but the body has 4 bytes; leave the header out, it is set for you",
        ),
        (
            {"params": "a=1"},
            TypeError,
            "params must be a mapping or a list of pairs, such as {'page': 2}, not 'a=1'",
        ),
        ({"params": {1: "a"}}, TypeError, "the name of a query parameter must be a string, not 1"),
        (
            {"params": {"a": b"1"}},
            TypeError,
            "params['a'] must be a string, a number, True, False, None or a list of these, not b'1'",
        ),
        ({"required": 1}, TypeError, "required must be True or False, not 1"),
    ],
)
def test_a_wrong_argument_is_one_clear_error(http: HttpPlugin, call: Any, kind: Any, message: str) -> None:
    arguments = {"method": "GET", "url": DATA, **call}
    with pytest.raises(kind) as caught:
        http.mock_response(**arguments)
    # Python 3.12 and later name the value.
    nan = ": nan" if "compliant: nan" in str(caught.value) else ""
    assert type(caught.value) is kind
    assert str(caught.value) == message.replace("{nan}", nan)
    assert list(http.unused()) == []


@pytest.mark.parametrize(
    ("raises", "message"),
    [
        (OSError, "raises must be an exception instance: write OSError('...'), not the class"),
        (7, "raises must be an exception instance, or a name such as 'connect', not 7"),
    ],
)
def test_an_error_is_an_instance(http: HttpPlugin, raises: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        http.mock_error("GET", DATA, raises=raises)
    assert str(caught.value) == message


# -- header fields


def test_headers_compare_with_mappings_and_pairs() -> None:
    headers = Headers([("A", "1"), ("b", "2"), ("a", "3")])
    assert headers == {"a": "1, 3", "B": "2"}
    assert headers == [("A", "1"), ("b", "2"), ("a", "3")]
    assert headers == Headers(headers.pairs)
    assert headers == IsPartialDict({"A": "1, 3"})
    assert headers != Headers([("A", "1, 3"), ("b", "2")])
    assert headers != {"a": "1"}
    assert headers != [("a", "1")]
    assert headers != "A: 1"
    assert (headers["a"], headers.get("x"), headers.get("x", "-"), len(headers)) == ("1, 3", None, "-", 2)
    assert "B" in headers
    assert "c" not in headers
    assert headers.values_of("a") == ["1", "3"]
    assert repr(headers) == "[('A', '1'), ('b', '2'), ('a', '3')]"
    with pytest.raises(KeyError, match="x"):
        headers["x"]

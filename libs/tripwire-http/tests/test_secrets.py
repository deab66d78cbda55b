"""No message shows a secret: in mocks as code, bodies of every kind, URLs, faults and reprs."""

from __future__ import annotations

import http.client
import re
from typing import Any
from unittest import mock

import httpx
import pytest
from dirty_equals import IsPartialDict

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/x"
DEEP: Any = {"password": "s3cret"}
for _ in range(60):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("url", "wanted", "shown"),
    [
        (URL, {"match_body": b'{"pin": "s3cret"}'}, "match_body={'pin': '***'}"),
        (URL, {"match_body": "user=al&pin=s3cret"}, "match_body='user=al&pin=***'"),
        (URL, {"match_cookies": {"sid": "s3cret"}}, "match_cookies={'sid': '***'}"),
        (URL, {"match_cookies": IsPartialDict(token="s3cret")}, "match_cookies=IsPartialDict(token=***)"),
        (URL, {"match_json": [({"pin": "s3cret"},)]}, "match_json=[({'pin': '***'},)]"),
        (URL, {"match_json": DEEP}, f"match_json={'[' * 60}{{'password': '***'}}{']' * 60}"),
        (URL, {"params": [("token", "s3cret"), ("page", 2)]}, "params=[('token', '***'), ('page', 2)]"),
        (f"{URL}#access_token=s3cret", {}, ""),
        ("https://s3cret@api.example.com/", {}, ""),
        (re.compile(r"x\?token=s3cret"), {}, ""),
    ],
)
def test_in_mocks_as_code(http: HttpPlugin, url: Any, wanted: dict[str, Any], shown: str) -> None:
    http.mock_response("POST", url, **wanted)
    with pytest.raises(tripwire.UnusedMocksError) as unused:
        tripwire.verify_all()
    assert "s3cret" not in str(unused.value)
    assert "***" in str(unused.value)
    assert shown in str(unused.value)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"content": b' \n{"pin": "s3cret"}'}, "{'pin': '***'}"),
        ({"content": b'{"pin": "s3cret"}\n{"pin": 1}'}, 'b\'{"pin": ***}\\n{"pin": ***}\''),
        ({"content": b'data: {"pin": "a\\"s3cret", "n": 1}'}, 'b\'data: {"pin": ***, "n": 1}\''),
        ({"content": b"pin=s3cret\r\n"}, "b'pin=***\\r\\n'"),
        ({"content": b"a=\xff&pin=s3cret&b=2"}, "b'a=\\xff&pin=***&b=2'"),
        ({"content": b"<a><pin>s3cret</pin></a>"}, "b'<a><pin>***</pin></a>'"),
        ({"content": b"n: 1\nAuthorization: Bearer s3cret\n"}, "b'n: 1\\nAuthorization: ***\\n'"),
        (
            {
                "content": b'--b\r\nContent-Disposition: form-data; name="pin"\r\n\r\ns3cret\r\n--b--\r\n',
                "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            },
            "b'--b\\r\\nContent-Disposition: form-data; name=\"pin\"\\r\\n\\r\\n***\\r\\n--b--\\r\\n'",
        ),
    ],
)
def test_in_bodies(http: HttpPlugin, options: dict[str, Any], shown: str) -> None:
    http.mock_response("POST", URL, body=options["content"])
    with tripwire.sandbox():
        httpx.post(URL, **options)
    failures: list[dict[str, Any]] = [
        {"body": b"other"},
        {"body": "two\nlines"},
        {"body": mock.sentinel.other},
        {"json": {"n": 1}},
        {"response_json": {"n": 1}},
        {},
    ]
    for asserted in failures:
        with pytest.raises(AssertionError) as caught:
            http.assert_request("POST", URL, **asserted)
        assert "s3cret" not in str(caught.value), asserted
    with pytest.raises(AssertionError) as caught:
        tripwire.assert_interaction(http.request, request_body=b"other")
    assert "s3cret" not in str(caught.value)
    assert f"    happened {shown}" in str(caught.value).splitlines()
    exec(str(caught.value).splitlines()[-1].strip(), {"tripwire": tripwire, "mock": mock})


@pytest.mark.parametrize(
    ("expected", "differences"),
    [
        ({"token": {"id": "t0p"}}, ["at token.id: asserted ***, happened ***", "at extra: "]),
        ({"token": {"id": "s3cret"}}, ["at extra: the call has {'pin': '***'}, which is not expected"]),
        ([], ["as a whole: asserted [], happened {'token': '***', 'extra': {'pin': '***'}}"]),
    ],
)
def test_in_differences_of_json(http: HttpPlugin, expected: Any, differences: list[str]) -> None:
    http.mock_response("POST", URL)
    with tripwire.sandbox():
        httpx.post(URL, json={"token": {"id": "s3cret"}, "extra": {"pin": "s3cret"}})
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        http.assert_request("POST", URL, json=expected)
    assert "s3cret" not in str(caught.value)
    assert not [line for line in differences if line not in str(caught.value)]
    http.assert_request("POST", URL, body=mock.ANY)


def test_bodies_that_differ_in_nothing_else(http: HttpPlugin) -> None:
    http.mock_response("POST", URL)
    with tripwire.sandbox():
        httpx.post(URL, content=b"pin: s3cret")
    with pytest.raises(
        tripwire.InteractionMismatchError, match="they differ in a secret, which is not shown"
    ):
        http.assert_request("POST", URL, body=b"pin: t0p")
    http.assert_request("POST", URL, body=b"pin: s3cret")


def test_in_what_is_no_valid_request() -> None:
    connection = http.client.HTTPConnection("api.example.com")
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        connection.request("GET", "/", headers={"Authorization": "s3cret\0"})
    assert str(caught.value).endswith("illegal header line: bytearray(b'Authorization: ***")


def test_in_reprs(http: HttpPlugin) -> None:
    http.mock_response("POST", URL)
    with tripwire.sandbox():
        httpx.post(f"{URL}?token=s3cret", json={"pin": "s3cret"}, headers={"Authorization": "s3cret"})
    (request,) = http.requests
    assert "s3cret" not in repr(request)
    assert repr(request).startswith(
        "Request('POST', 'https://api.example.com/x?token=***', headers=[('Host', "
    )
    assert "('Authorization', '***')" in repr(request.headers)
    assert request.headers["authorization"] == "s3cret"
    http.assert_request("POST", URL, headers={"Authorization": "s3cret"}, json={"pin": "s3cret"})


def test_what_only_sounds_like_a_secret(http: HttpPlugin) -> None:
    asked = {"TableName": "pets", "Key": {"id": "7"}, "max_tokens": 100, "total_tokens": 7}
    http.mock_response("POST", "*")
    with tripwire.sandbox():
        httpx.post("https://api.example.com/", json=asked)
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    assert f"json={asked!r}" in str(caught.value)

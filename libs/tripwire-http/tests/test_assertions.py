"""What an assertion of a request must say, and how it says what differs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from dirty_equals import IsPartialDict

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

API = "https://api.example.com/x"


def sent(http: HttpPlugin, **options: Any) -> None:
    """Make one request."""
    http.mock_response("POST", "*", json={"id": 7, "tags": ["a"]}, status=201)
    with tripwire.sandbox():
        httpx.post(API, **options)


def failure(http: HttpPlugin, **asserted: Any) -> list[str]:
    """The lines of a failing assertion."""
    with pytest.raises(AssertionError) as caught:
        http.assert_request("POST", API, **asserted)
    return re.sub(r"[^\s(]*test_assertions\.py:\d+", "HERE", str(caught.value)).splitlines()


def pasted(http: HttpPlugin, lines: list[str]) -> None:
    """The code at the end of a message passes."""
    exec(lines[-1].strip(), {"tripwire": tripwire, "mock": mock})
    tripwire.verify_all()


BODIES: list[tuple[str, dict[str, Any], str, str]] = [
    ("json", {"json": {"a": [1, None, "ü"]}}, "json={'a': [1, None, 'ü']}", "json"),
    ("no content type", {"content": b'{"a": 1}'}, "json={'a': 1}", "json"),
    ("text", {"content": b"plain"}, "body='plain'", "body"),
    ("bytes", {"content": b"\xff\x00"}, "body=b'\\xff\\x00'", "body"),
    ("broken json", {"content": b"{", "headers": {"Content-Type": "application/json"}}, "body='{'", "body"),
    ("form", {"data": {"a": "1", "b": ["2", "3"]}}, "form={'a': '1', 'b': ['2', '3']}", "form"),
    (
        "files",
        {"files": {"f": ("a.txt", b"hello")}, "data": {"kind": "x"}},
        "form={'kind': 'x'}, files={'f': ('a.txt', b'hello')}",
        "form",
    ),
    (
        "files of one field",
        {"files": [("f", ("a.txt", b"1")), ("f", ("b.txt", b"2"))]},
        "files={'f': [('a.txt', b'1'), ('b.txt', b'2')]}",
        "files",
    ),
    ("no number", {"content": b'{"a": [NaN, -Infinity]}'}, "json={'a': [mock.ANY, mock.ANY]}", "json"),
    ("long", {"content": b"x" * 5000}, "body=mock.ANY", "body"),
    ("large", {"content": b"[%b]" % b",".join([b"1"] * 600_000)}, "body=mock.ANY", "body"),
]


@pytest.mark.parametrize(
    ("options", "code", "name"), [body[1:] for body in BODIES], ids=[b[0] for b in BODIES]
)
def test_a_body_must_be_asserted(http: HttpPlugin, options: Any, code: str, name: str) -> None:
    sent(http, **options)
    with pytest.raises(tripwire.MissingAssertionFieldsError) as caught:
        http.assert_request("POST", API, status=201)
    lines = re.sub(r"[^\s(]*test_assertions\.py:\d+", "HERE", str(caught.value)).splitlines()
    assert lines == [
        "this assertion of tripwire.http.request must also state:",
        f"  - {name}",
        "as it happened  (HERE):",
        f"    tripwire.http.assert_request('POST', '{API}', {code}, status=201)",
    ]
    pasted(http, lines)


@pytest.mark.parametrize(
    "said",
    [
        {"json": {"a": 1}},
        {"json": IsPartialDict(a=1)},
        {"json": mock.ANY},
        {"body": b'{"a":1}'},
        {"body": '{"a":1}'},
        {"body": mock.ANY},
    ],
)
def test_ways_to_assert_a_body(http: HttpPlugin, said: Any) -> None:
    sent(http, json={"a": 1})
    http.assert_request("POST", API, **said)


def test_the_free_form_asks_for_nothing(http: HttpPlugin) -> None:
    sent(http, json={"a": 1})
    tripwire.assert_interaction(http.request, method="POST")


MISMATCHES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    (
        {"json": {"user": {"name": "Al", "age": 3}}},
        {"json": {"user": {"name": "Bo", "age": 3}}},
        ["json:", "  at user.name: asserted 'Bo', happened 'Al'"],
    ),
    (
        {"data": {"a": "1"}},
        {"form": {"a": "2"}},
        ["form:", "  its field 'a': asserted '2', happened '1'"],
    ),
    (
        {"content": b"one\ntwo\n"},
        {"body": "one\nthree\n"},
        ["body:", "  --- expected", "  +++ the call", "  @@ -1,2 +1,2 @@", "   one", "  -three", "  +two"],
    ),
    (
        {"json": {"a": 1, "pin": 2}},
        {"body": '{"a": 2, "pin": 3}'},
        [
            "body:",
            "  at a: asserted 2, happened 1",
            "  at pin: asserted ***, happened ***",
        ],
    ),
    (
        {"json": {"a": 1}},
        {"body": b'{"a": 1}'},
        ["body:", """  from character 5 on: asserted '{"a": 1}', happened '{"a":1}'"""],
    ),
    (
        {"json": {"pin": 1}},
        {"body": b'{"pin": 1}'},
        ["body:", """  from character 7 on: asserted '{"pin": ***}', happened '{"pin":***}'"""],
    ),
    (
        {"data": {"a": "1"}},
        {"body": "a=2"},
        ["body:", "  its field 'a': asserted '2', happened '1'"],
    ),
    (
        {"content": "grün".encode("latin-1"), "headers": {"Content-Type": "text/plain; charset=latin-1"}},
        {"body": "grau"},
        ["body:", "  from character 2 on: asserted 'grau', happened 'grün'"],
    ),
    (
        {"content": b"1\n" * 2001},
        {"body": b"2\n"},
        ["body:", "  from character 0 on: asserted '2\\n', happened '" + "1\\n" * 20 + "'"],
    ),
    (
        {"content": b"\xff\x00"},
        {"body": b"\xff\x01\x02"},
        ["body:", "  from byte 1 on: asserted b'\\xff\\x01\\x02', happened b'\\xff\\x00'"],
    ),
    (
        {"content": b"{}", "headers": {"X-A": "1"}},
        {"body": b"{}", "headers": {"x-a": "2", "x-b": "3"}},
        [
            "headers:",
            "  the header 'x-a': asserted '2', happened '1'",
            "  the header 'x-b' is missing from the call",
        ],
    ),
    (
        {"content": b"{}", "cookies": {"a": "1"}},
        {"body": b"{}", "cookies": {"b": "1"}},
        ["cookies:", "  the cookie 'b' is missing from the call"],
    ),
    (
        {},
        {"response_json": {"id": 8, "tags": ["a"]}},
        ["response_json:", "  at id: asserted 8, happened 7"],
    ),
    ({}, {"status": 200}, ["status:", "  asserted 200", "  happened 201"]),
    (
        {},
        {"raised": "connect"},
        ["raised:", "  asserted 'connect'", "  happened None"],
    ),
    (
        {"files": {"f": ("a.txt", b"x")}},
        {"files": {"f": ("b.txt", b"x")}},
        [
            "files:",
            "  its field 'f': asserted ('b.txt', b'x'), "
            "happened FilePart(filename='a.txt', content=b'x', content_type='text/plain')",
        ],
    ),
]


@pytest.mark.parametrize(("options", "asserted", "difference"), MISMATCHES)
def test_a_mismatch_shows_only_what_differs(
    http: HttpPlugin, options: Any, asserted: Any, difference: list[str]
) -> None:
    sent(http, **options)
    lines = failure(http, **asserted)
    assert lines[0] == "the next interaction of tripwire.http.request differs  (HERE):"
    assert lines[1 : lines.index("as it happened:")] == [f"  {line}" for line in difference]
    if "pin" not in str(options):  # a masked value is pasted as mock.ANY, which has no import here
        pasted(http, lines)
    else:
        http.assert_request("POST", API, body=mock.ANY)


def test_in_any_order_by_what_was_sent(http: HttpPlugin) -> None:
    http.mock_response("POST", API, times=3)
    with tripwire.sandbox():
        for name in ("a", "b", "c"):
            httpx.post(API, json={"name": name})
    with tripwire.current_verifier().in_any_order():
        for name in ("b", "c", "a"):
            http.assert_request("POST", API, json={"name": name})


# -- what was recorded is a value


def test_what_a_generator_or_a_file_sent(http: HttpPlugin, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"of a file")
    http.mock_response("POST", API, times=2)
    with tripwire.sandbox(), (tmp_path / "f").open("rb") as file:
        httpx.post(API, content=(part for part in (b"of a ", b"generator")))
        httpx.post(API, content=file)
    http.assert_request("POST", API, body=b"of a generator")
    http.assert_request("POST", API, body=b"of a file")


def test_requests_can_be_looked_at(http: HttpPlugin) -> None:
    http.mock_response("POST", "*", times=3)
    with tripwire.sandbox():
        httpx.post(API, json={"a": 1}, params={"q": "x"}, cookies={"c": "1"})
        httpx.post(API, data={"a": "1"}, files={"f": ("n.txt", b"x", "text/x")})
        httpx.post(
            API, content="grün".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin-1"}
        )
    first, second, third = http.requests
    assert (first.method, first.url) == ("POST", f"{API}?q=x")
    assert (first.params, first.cookies, first.json()) == ({"q": "x"}, {"c": "1"}, {"a": 1})
    assert (first.form, first.files, first.media_type) == (None, None, "application/json")
    assert (second.form, second.files) == ({"a": "1"}, {"f": ("n.txt", b"x", "text/x")})
    assert third.text == "grün"
    with pytest.raises(ValueError, match="can't decode byte"):
        third.json()
    for _ in range(3):
        http.assert_request("POST", API, body=mock.ANY)


# -- secrets


def test_secrets_are_masked_in_messages_and_any_in_code(http: HttpPlugin) -> None:
    http.mock_response(
        "POST", API, params={"token": "t0p"}, match_headers={"Authorization": "Bearer t0p"}, required=False
    )
    http.mock_response("POST", API, match_json={"password": "t0p"}, required=False)
    http.mock_response("POST", "*", match=lambda request: request.params["token"] == "s3cret")
    url = f"{API}?token=s3cret&page=2"
    headers = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret"}
    with tripwire.sandbox(), tripwire.expect_trip():
        httpx.post(url, headers=headers, json={"user": {"password": "s3cret", "name": "Al"}})
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            httpx.post(url, headers=headers, json={"password": "s3cret"})
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        http.assert_request(
            "POST",
            API,
            headers={"authorization": "Bearer t0p"},
            json={"user": {"password": "t0p", "name": "Al"}},
        )
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    messages = [str(caught.value) for caught in (trip, mismatch, unasserted)]
    assert not [text for text in messages if "s3cret" in text or "t0p" in text]
    assert f"nothing answers this call: POST {API}?token=***&page=2" in messages[0]
    assert "its query parameter 'token' (***)" not in messages[0]
    assert "its query parameter 'token' is ***, the call has ***" in messages[0]
    assert "match_headers={'Authorization': '***'}" in messages[0]
    assert (
        f"tripwire.http.mock_response('POST', '{API}', params={{'token': mock.ANY, 'page': '2'}}"
        in messages[0]
    )
    assert "the header 'authorization': asserted ***, happened ***" in messages[1]
    assert "at user.password: asserted ***, happened ***" in messages[1]
    assert unasserted.value.interactions[0].asserted
    assert messages[2].splitlines()[-1].strip() == (
        f"tripwire.http.assert_request('POST', '{API}', params={{'token': mock.ANY, 'page': '2'}}, "
        "json={'user': {'password': mock.ANY, 'name': 'Al'}}, status=200)"
    )


@pytest.mark.parametrize(
    ("field", "expected", "asserted", "happened"),
    [
        (
            "url",
            "https://x/?token=t0p",
            "'https://x/?token=***'",
            "'https://api.example.com/x?token=***&page=2'",
        ),
        ("request_body", b'{"pin": 1}', "{'pin': '***'}", "{'password': '***', 'n': 1}"),
        ("request_body", b"pin=1&n=1", "b'pin=***&n=1'", "{'password': '***', 'n': 1}"),
        ("response_body", b"open", "b'open'", "{'access_token': '***'}"),
        (
            "response_headers",
            {"Set-Cookie": "t0p"},
            "{'Set-Cookie': '***'}",
            "{'Set-Cookie': '***', 'Content-Type': 'application/json', 'Content-Length': '25'}",
        ),
    ],
)
def test_secrets_in_the_free_form(
    http: HttpPlugin, field: str, expected: Any, asserted: str, happened: str
) -> None:
    http.mock_response("POST", API, json={"access_token": "s3cret"}, headers={"Set-Cookie": "s=s3cret"})
    with tripwire.sandbox():
        httpx.post(f"{API}?token=s3cret&page=2", json={"password": "s3cret", "n": 1})
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.assert_interaction(http.request, **{field: expected})
    lines = str(caught.value).splitlines()
    assert lines[1:4] == [f"  {field}:", f"    asserted {asserted}", f"    happened {happened}"]
    assert "s3cret" not in str(caught.value)
    http.assert_request("POST", API, body=mock.ANY)


def test_a_password_in_the_url_is_masked(http: HttpPlugin) -> None:
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        httpx.get("https://al:s3cret@api.example.com/")
    assert "s3cret" not in str(caught.value)
    http.mock_response("GET", "https://al:s3cret@api.example.com/", required=True)
    with pytest.raises(tripwire.UnusedMocksError) as unused:
        tripwire.verify_all()
    assert "tripwire.http.mock_response('GET', 'https://al:***@api.example.com/')" in str(unused.value)


def test_the_project_names_more_secrets(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.tripwire.http]\nsecrets = ["x-internal-*", "pet"]\n')
    pytester.makepyfile(
        """
        import urllib.request
        import tripwire

        def test_it():
            with tripwire:
                urllib.request.urlopen("https://api.example.com/?pet=rex&X-Internal-Id=8472&page=2")
        """
    )
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines(
        ["*nothing answers this call: GET https://api.example.com/?pet=***&X-Internal-Id=***&page=2"]
    )


def test_a_failure_of_no_known_name(http: HttpPlugin) -> None:
    with pytest.raises(ValueError, match="raised='conect' is none of the names 'connect', 'timeout'"):
        http.assert_request("POST", API, raised="conect")

"""Responses against a document: paths, methods, statuses, headers and bodies, of each kind of mock."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from http_verifying import API, claims_of, document, exchanged, found, operation, truth_of

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.verifying import Claim

LIST = {"type": "array", "items": {"type": "integer"}}
ANY_SERVER = "a status that any server, or what is before it, may give"
UNNAMED_STATUS = "a status that the document does not name"
UNNAMED_BODY = "a response's body that the document says nothing of"
UNTYPED = "a body without a content type"
PARTLY_READ = "a body that was not read to its end, breaks off, or cannot be decoded"
JSON = {"Content-Type": "application/json"}
A_LIE = ("$[0] of the response's body is 'x', a string", "an integer (GET /a 200 in api.json)")


@pytest.mark.parametrize(
    ("method", "url", "told", "allows", "expected"),
    [
        ("GET", "/a", {"status": 200}, False, None),
        (
            "GET",
            "/b",
            {"status": 200},
            False,
            ("there is '/b'", "api.json has no such path"),
        ),
        ("GET", "/" + "z" * 9, {}, False, (f"there is '/{'z' * 9}'", "api.json has no such path")),
        ("GET", "/b", {"status": 410}, False, None),
        ("GET", "/b", {"status": 307}, False, ANY_SERVER),
        ("GET", "/files/a/b%20c.txt", {"status": 200}, False, None),
        ("GET", "/b", {"status": 200}, True, "a path that the document does not name"),
        (
            "GET",
            "/x/5/y",
            {"status": 200},
            False,
            ("there is '/x/5/y'", "api.json has no such path", "did you mean '/x/{n}/z'?"),
        ),
        (
            "GET",
            "/x/5/",
            {"status": 200},
            False,
            ("there is '/x/5/'", "api.json has no such path", "did you mean '/x/{n}'?"),
        ),
        ("GET", "/x/me", {"status": 200}, False, None),
        ("HEAD", "/a", {"status": 200}, False, "HEAD, where the document has GET only"),
        ("OPTIONS", "/a", {"status": 200}, False, "OPTIONS, which the document does not name"),
        ("PUT", "/a", {"status": 200}, True, ("/a has PUT", "it has GET (api.json)")),
        ("PUT", "/none", {"status": 200}, True, ("/none has PUT", "it has no method (api.json)")),
        ("PUT", "/a", {"status": 501}, False, None),
        ("HEAD", "/x/me", {"status": 200}, False, None),
        ("DELETE", "/x/me", {"status": 200}, False, None),
    ],
)
def test_paths_and_methods(
    tmp_path: Path, method: str, url: str, told: Any, allows: bool, expected: Any
) -> None:
    number = {"name": "n", "in": "path", "required": True, "schema": {}}
    paths = {
        "/a": {"get": operation()},
        "/x/{n}": {"parameters": [number], "get": operation(LIST), "delete": operation()},
        "/x/me": {"get": operation(), "head": operation(LIST)},
        "/x/{n}/z": {"get": operation()},
        "/none": {},
        "/files/{path}": {"parameters": [{**number, "name": "path"}], "get": operation()},
    }
    document(tmp_path, paths)
    setting = {"document": "api.json", "unknown_paths": "allow" if allows else "lie"}
    said = found(truth_of(tmp_path, {API: setting}), exchanged(method, API + url, **told))
    assert said == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("status", "sent", "allows", "expected"),
    [
        (204, {}, False, ("the status is 204", "200 or 5XX (GET /a in api.json)")),
        (404, {}, False, ("the status is 404", "200 or 5XX (GET /a in api.json)")),
        (404, {}, True, UNNAMED_STATUS),
        (503, {}, False, None),
        (429, {}, False, ANY_SERVER),
        (301, {}, False, ANY_SERVER),
        (401, {}, False, ANY_SERVER),
        (304, {"headers": {"If-None-Match": "x"}}, False, ANY_SERVER),
        (206, {"headers": {"Range": "bytes=0-1"}}, False, ANY_SERVER),
        (206, {}, False, ("the status is 206", "200 or 5XX (GET /a in api.json)")),
    ],
)
def test_statuses(tmp_path: Path, status: int, sent: Any, allows: bool, expected: Any) -> None:
    described = operation(security=[{"key": []}, {}])
    described["responses"] |= {"5XX": {"description": "No"}, "x-more": {}}
    guarded = operation(security=[{"key": []}])
    guarded["responses"] = described["responses"]
    schemes = {"key": {"type": "apiKey", "in": "query", "name": "key"}}
    paths = {"/a": {"get": described}, "/guarded": {"get": guarded}}
    document(tmp_path, paths, components={"securitySchemes": schemes})
    setting = {"document": "api.json", "unknown_status": "allow" if allows else "lie"}
    url = f"{API}/guarded?key=x" if status == 401 else f"{API}/a"
    said = found(truth_of(tmp_path, {API: setting}), exchanged(url=url, sent=sent, status=status))
    assert said == ([] if expected is None else [expected])


def test_no_responses_at_all(tmp_path: Path) -> None:
    document(tmp_path, {"/a": {"get": {}}}, "3.1.0")
    truth = truth_of(tmp_path, {API: "api.json"})
    assert found(truth, exchanged()) == [("the status is 200", "none (GET /a in api.json)")]


@pytest.mark.parametrize(
    ("header", "value", "expected"),
    [
        ({"schema": LIST}, "1,2", ""),
        ({"schema": LIST}, ["1", "x"], "the response's header 'X-A' is 'x', a string"),
        ({"schema": LIST}, None, ""),
        ({"schema": LIST, "required": True}, None, "the response has no header 'X-A'"),
        ({"content": {"text/plain": {}}}, "1", ""),
    ],
)
def test_headers(tmp_path: Path, header: Any, value: Any, expected: str) -> None:
    described = operation()
    described["responses"]["200"]["headers"] = {
        "X-A": header,
        "Content-Type": {"required": True, "schema": {}},
    }
    document(tmp_path, {"/a": {"get": described}})
    said = found(truth_of(tmp_path, {API: "api.json"}), exchanged(headers={"X-A": value} if value else None))
    assert [one[0] for one in said] == [expected] * bool(expected)


@pytest.mark.parametrize(
    ("content", "told", "expected"),
    [
        (None, {"json": 1}, [UNNAMED_BODY]),
        (None, {}, []),
        ({}, {"json": 1}, [UNNAMED_BODY]),
        ({"application/json": {}}, {"json": 1}, []),
        ({"application/json; v=1": {"schema": LIST}}, {"json": [1]}, []),
        ({"application/*": {"schema": LIST}}, {"json": ["x"]}, [A_LIE]),
        ({"*/*": {}}, {"text": "x"}, []),
        ({"text/plain": {"schema": {}}}, {"text": "x"}, []),
        (
            {"application/json": {}},
            {},
            [("the response has no body", "a body of 'application/json' (GET /a 200 in api.json)")],
        ),
        ({"text/plain": {}}, {}, []),
        ({"text/plain": {"schema": {"type": "string"}}}, {"text": "x"}, []),
        (
            {"text/csv": {"schema": {"enum": ["a"]}}},
            {"body": "a", "headers": {"Content-Type": "text/csv"}},
            [],
        ),
        ({"application/json": {}, "text/plain": {}}, {"body": "1"}, [UNTYPED]),
        ({"application/json": {"schema": LIST}}, {"body": '["x"]'}, [UNTYPED, A_LIE]),
        (
            {"application/json": {"schema": LIST}},
            {"body": gzip.compress(b'["x"]'), "headers": {**JSON, "Content-Encoding": "gzip"}},
            [A_LIE],
        ),
        (
            {"application/json": {}},
            {"body": "[" * 100_000, "headers": JSON},
            [
                (
                    "the response's body is b'" + "[" * 200 + "'... (100,000 bytes)",
                    "JSON (GET /a 200 in api.json)",
                )
            ],
        ),
    ],
)
def test_bodies(tmp_path: Path, content: Any, told: Any, expected: Any) -> None:
    described = operation()
    if content is not None:
        described["responses"]["200"]["content"] = content
    document(tmp_path, {"/a": {"get": described}})
    assert found(truth_of(tmp_path, {API: "api.json"}), exchanged(**told)) == expected


# -- each kind of mock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a document: a list of integers."""
    document(tmp_path, {"/a": {"get": operation(LIST)}})
    return tmp_path


def served(times: int = 1, **told: Any) -> list[Claim]:
    """The claims of a mock that serves so often."""

    def use(http: HttpPlugin) -> Callable[[], Any]:
        http.mock_response("GET", f"{API}/a", times=times, **told)

        def send() -> None:
            for _ in range(times):
                with httpx.stream("GET", f"{API}/a", verify=False) as response:
                    for _ in response.iter_raw(1) if "unread" not in told.get("headers", {}) else ():
                        pass

        return send

    return claims_of(use)


def parts() -> Iterator[bytes]:
    yield b'["x"'
    yield b"]"


def first() -> Iterator[bytes]:
    yield b'[{"a": 1}'


def text() -> Iterator[str]:
    yield "x"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"stream": [b'["x"', "]"], "headers": JSON}, [A_LIE]),
        ({"stream": parts, "headers": JSON}, [A_LIE]),
        ({"stream": parts, "headers": {**JSON, "unread": "1"}}, [PARTLY_READ]),
        ({"stream": first, "headers": {**JSON, "unread": "1"}}, [PARTLY_READ]),
        ({"stream": text, "headers": JSON}, [PARTLY_READ]),
        ({"callback": lambda _: tripwire.http.response(json=["x"])}, [A_LIE]),
        ({"callback": lambda _: tripwire.http.response(stream=parts, headers=JSON)}, [A_LIE]),
        ({"body": b"x", "headers": {**JSON, "Content-Encoding": "x-unknown"}}, [PARTLY_READ]),
        ({"json": ["x"], "times": 3}, [A_LIE] * 3),
    ],
)
def test_mocks_that_give_a_response(folder: Path, told: Any, expected: Any) -> None:
    claims = served(**told)
    assert found(truth_of(folder, {API: "api.json"}), claims) == expected
    assert len({claim.key for claim in claims}) == 1


def broken() -> Iterator[bytes]:
    yield b'["x"]'
    raise ConnectionError


@pytest.mark.parametrize("told", [{"stream": broken}, {"stream": [b'["x"]', ConnectionError()]}])
def test_a_stream_that_breaks_off(folder: Path, told: Any) -> None:
    def use(http: HttpPlugin) -> Callable[[], Any]:
        http.mock_response("GET", f"{API}/a", headers=JSON, **told)

        def send() -> None:
            with pytest.raises(httpx.ReadError):
                httpx.get(f"{API}/a", verify=False)

        return send

    assert found(truth_of(folder, {API: "api.json"}), claims_of(use)) == [PARTLY_READ]


def test_of_a_failure_the_request_is_looked_at(folder: Path) -> None:
    def use(http: HttpPlugin) -> Callable[[], Any]:
        http.mock_error("GET", f"{API}/a", raises="connect")
        http.mock_error("GET", f"{API}/b", raises=OSError("gone"))

        def send() -> None:
            for path in "ab":
                with pytest.raises((OSError, httpx.ConnectError)):
                    httpx.get(f"{API}/{path}", verify=False)

        return send

    claims = claims_of(use)
    assert found(truth_of(folder, {API: "api.json"}), claims) == [
        ("there is '/b'", "api.json has no such path")
    ]
    assert [claim.what for claim in claims] == [
        "tripwire.http.mock_error('GET', 'https://api.example.com/a', raises='connect')",
        "tripwire.http.mock_error('GET', 'https://api.example.com/b', raises=OSError('gone'))",
    ]
    assert {str(claim.place).rpartition("/")[2].partition(":")[0] for claim in claims} == {
        "test_verifying_responses.py"
    }


def test_a_real_answer_is_no_claim(folder: Path, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/a")]

    def use(http: HttpPlugin) -> Callable[[], Any]:
        http.pass_through("GET", server.url + "/a")
        return lambda: httpx.get(server.url + "/a")

    assert claims_of(use) == []

"""Mocks against a live service: what is sent there, and how what comes back is compared."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from http_verifying import Found, claims_of, exchanged, found, truth_of

from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.verifying import TruthError

WRITES = "only GET and HEAD are sent to a live service"
NOT_NOW = "a status that the live service does not give now"
NO_SUCCESS = "what comes with a status that is no success, against a live service"
REDIRECTED = "a redirect of the live service, maybe to where one logs in"
PARTLY_READ = "a body that was not read to its end, breaks off, or cannot be decoded"
UNTYPED = "a body without a content type"
NOT_JSON = "a body that is no JSON, against a live service"
IS_NULL = "null, where the live service has a value now"
LIVE_IS_NULL = "a value, where the live service has null now"
LIVE_IS_EMPTY = "elements of a list that is empty in the live service now"
NOTHING_COMMON = "objects that may be data by name: they share no key, or all their values are alike"
LIVE = "as the live service answers"
BODY = "$ of the response's body"


@pytest.fixture
def answers(server: Any, make_route: Any) -> Callable[..., None]:
    """Let the live service answer."""

    def answer(body: Any, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        pairs = [("Content-Type", kind)] * bool(kind) + list(headers.items())
        server.routes = [make_route("GET", "/a", status, pairs, content)]

    return answer


def compared(folder: Path, server: Any, setting: Any = "live", **told: Any) -> Found:
    """What is found of a mock."""
    return found(truth_of(folder, {server.url: setting}), exchanged(url=server.url + "/a", **told))


def lie(said: str, true: str, *remedy: str) -> list[tuple[str, ...]]:
    return [(said, f"{true}, {LIVE}", *remedy)]


@pytest.mark.parametrize(
    ("live", "mock", "expected"),
    [
        ({"id": 1, "more": 2}, {"id": 7}, []),
        ({"id": 1}, {"id": 1.5}, []),
        ([1, "a", None], ["b", 2, None], []),
        ([{"a": 1}, {"b": "x"}], [{"a": 2, "b": "y"}], []),
        ([], [], []),
        ({"id": 1}, {"id": "1"}, lie("$.id of the response's body is '1', a string", "a number")),
        ({"id": 1}, [], lie(f"{BODY} is [], an array", "an object")),
        (
            [{"a": {"b": 1}}],
            [{"a": {"b": True}}] * 2,
            lie("$[].a.b of the response's body is True, a boolean", "a number"),
        ),
        (
            {"a": [1]},
            {"a": ["x", "y"]},
            lie("$.a[] of the response's body is 'x', a string", "a number")
            + lie("$.a[] of the response's body is 'y', a string", "a number"),
        ),
        (
            {"token": 1},
            {"token": "hunter2"},
            lie("$.token of the response's body is ***, a string", "a number"),
        ),
        (
            {"id": 1, "full_name": "Ann"},
            {"id": 1, "name": "Ann"},
            lie(
                f"{BODY} has 'name'",
                "it has 'id' and 'full_name'",
                'if it may be missing: ignore = ["$.name"]',
            ),
        ),
        (
            [{"id": 1, "n": "x"}, {"id": 2, "m": "x"}],
            [{"id": 3, "o": "x"}],
            lie(
                "$[] of the response's body has 'o'",
                "it has 'id', 'n' and 'm'",
                'if it may be missing: ignore = ["$[].o"]',
            ),
        ),
        # Nobody knows.
        ({"id": 1}, {"id": None}, [IS_NULL]),
        ({"id": None}, {"id": 1}, [LIVE_IS_NULL]),
        ({"id": [None]}, {"id": [{"a": 1}]}, [LIVE_IS_NULL]),
        ([], [1], [LIVE_IS_EMPTY]),
        ({"u1": {}}, {"u2": {}}, [NOTHING_COMMON]),
        ({"EUR": 1.5, "USD": 1}, {"EUR": 1, "GBP": 2.5}, [NOTHING_COMMON]),
        ({}, {"a": 1}, [NOTHING_COMMON]),
    ],
)
def test_shapes(tmp_path: Path, server: Any, answers: Any, live: Any, mock: Any, expected: Any) -> None:
    answers(live)
    assert compared(tmp_path, server, json=mock) == expected


@pytest.mark.parametrize("ignored", ["$.name", "$.*", "$.list[].x", "$.list"])
def test_what_is_ignored(tmp_path: Path, server: Any, answers: Any, ignored: str) -> None:
    answers({"id": 1, "nick": "A", "list": [{"x": 1, "y": "2"}]})
    mock = {"id": 1, "name": "Ann"} if ".list" not in ignored else {"list": [{"x": "1", "y": "2"}]}
    assert compared(tmp_path, server, {"live": True, "ignore": [ignored]}, json=mock) == []


@pytest.mark.parametrize(
    ("live", "mock", "expected"),
    [
        (({"a": 1}, 201), {"json": {"a": 2}, "status": 200}, []),
        (({}, 404), {"json": {}}, lie("the status is 200", "404")),
        (({}, 301), {"json": {}}, lie("the status is 200", "301")),
        (({}, 302), {"json": {}}, [REDIRECTED]),
        (({}, 503), {"json": {}}, [NOT_NOW]),
        (({}, 401), {"json": {}}, [NOT_NOW]),
        (({}, 200), {"status": 404}, [NOT_NOW]),
        (({}, 400), {"status": 404}, [NOT_NOW]),
        (({}, 404), {"status": 404}, []),
        (({}, 404), {"status": 404, "json": {}}, [NO_SUCCESS]),
        (
            (b"x", 200, "text/html"),
            {"json": {}},
            lie("the content type of the response is 'application/json'", "'text/html'"),
        ),
        ((b"x", 200, ""), {"text": "x"}, []),
        ((b"x", 200), {"json": {}}, [NOT_JSON]),
        (({}, 200), {"body": "x"}, [UNTYPED, ("the response's body is b'x'", "JSON, " + LIVE)]),
        (({}, 200), {"body": "{}"}, [UNTYPED]),
        ((b"", 200), {}, []),
        ((b"", 200), {"json": {}}, lie("the response has a body", "it has none")),
        (({}, 200), {}, lie("the response has no body", "it has one")),
        (
            ({}, 200),
            {"body": b"x", "headers": {"Content-Type": "application/json", "Content-Encoding": "x-no"}},
            [PARTLY_READ],
        ),
    ],
)
def test_answers(tmp_path: Path, server: Any, answers: Any, live: Any, mock: Any, expected: Any) -> None:
    answers(*live)
    assert compared(tmp_path, server, **mock) == expected


def test_a_redirect_is_not_followed(tmp_path: Path, server: Any, answers: Any) -> None:
    answers({}, 301, Location="/b")
    assert compared(tmp_path, server, json={}) == lie("the status is 200", "301")
    assert len(server.received) == 1


def test_an_encoded_answer(tmp_path: Path, server: Any, answers: Any) -> None:
    answers(gzip.compress(b'{"a": 1}'), **{"Content-Encoding": "gzip"})
    assert compared(tmp_path, server, json={"a": 2}) == []


def test_head_is_asked_as_head(tmp_path: Path, server: Any, make_route: Any) -> None:
    server.routes = [make_route("HEAD", "/a", 200, [("Content-Type", "text/html")])]
    truth, url = truth_of(tmp_path, {server.url: "live"}), server.url + "/a"
    assert found(truth, exchanged("HEAD", url, headers={"Content-Type": "text/html"})) == []
    assert found(truth, exchanged("HEAD", url)) == [UNTYPED]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_else_is_sent(tmp_path: Path, server: Any, method: str) -> None:
    assert found(truth_of(tmp_path, {server.url: "live"}), exchanged(method, server.url)) == [WRITES]
    assert server.received == []


def test_what_is_sent(tmp_path: Path, server: Any, answers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "real")
    answers({})
    setting = {
        "live": True,
        "headers": {"Authorization": "env:SHOP_TOKEN", "X-Plain": "1"},
        "params": {"key": "env:SHOP_TOKEN"},
    }
    truth = truth_of(tmp_path, {server.url: setting})
    sent = {
        "headers": {
            "Authorization": "test",
            "Cookie": "sid=test",
            "Accept": "application/json",
            "X-Own": "1",
        },
        "params": {"q": "ü", "key": "test"},
    }
    for _ in range(2):  # each is asked once
        assert found(truth, exchanged(url=f"{server.url}/a?q=%C3%BC&key=test", sent=sent, json={})) == []
    [received] = server.received
    assert received.target == "/a?q=%C3%BC&key=real"
    assert {name.lower(): value for name, value in received.headers} == {
        "accept": "application/json",
        "accept-encoding": "identity",
        "authorization": "real",
        "connection": "close",
        "host": server.url.removeprefix("http://"),
        "user-agent": "tripwire-verify",
        "x-plain": "1",
    }


def test_a_service_that_cannot_be_reached(tmp_path: Path) -> None:
    url = "http://127.0.0.1:1"
    truth = truth_of(tmp_path, {url: {"live": True, "timeout": 0.5}})
    with pytest.raises(TruthError) as caught:
        found(truth, exchanged(url=f"{url}/a?key=hunter2", json={}))
    assert str(caught.value).startswith(
        f"[tool.tripwire] verify: GET {url}/a?key=*** cannot be asked: ConnectionRefusedError("
    )
    assert not caught.value.whole  # documents, and other services, are asked on
    assert found(truth, exchanged(url=f"{url}/b", json={})) == ["a live service that does not answer"]


def test_a_failure_of_a_mock(tmp_path: Path, server: Any) -> None:
    def use(http: HttpPlugin) -> Any:
        http.mock_error("GET", server.url, raises="connect")

        def send() -> None:
            with pytest.raises(httpx.ConnectError):
                httpx.get(server.url)

        return send

    said = found(truth_of(tmp_path, {server.url: "live"}), claims_of(use))
    assert said == ["a failure, which no live service is asked for"]

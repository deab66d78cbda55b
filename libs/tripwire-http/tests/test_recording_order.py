"""What a recording writes of several requests, in a row and at once, and of one that is sent twice."""

from __future__ import annotations

import gc
import gzip
import json
import threading
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from typing import Any
from unittest import mock

import httpx
import pytest
from recorded import (
    ANYWHERE,
    CLIENTS,
    JSON,
    Ask,
    by_aiohttp,
    by_httpx,
    by_requests,
    by_urllib3,
    record,
    replay,
    round_trip,
)

from tripwire.plugins.http_plugin import HttpPlugin

# -- several requests


def test_equal_ones_are_one_mock(server: Any, make_route: Any) -> None:
    answers = [b"[1]", b"[1]", b"[2]", b"[1]", b"[1]"]
    server.routes = [make_route("GET", "/data", headers=[JSON], body=one) for one in answers]
    server.routes.insert(1, make_route("GET", "/other", status=204))

    def play() -> list[Any]:
        asked = ["/data", "/other", *["/data"] * 4]
        return [by_httpx("GET", server.url + path) for path in asked]

    data, other = f"'GET', '{ANYWHERE}/data'", f"'GET', '{ANYWHERE}/other'"
    round_trip(
        play,
        [
            f"mock_response({data}, json=[1], times=2)",
            f"mock_response({other}, status=204)",
            f"mock_response({data}, json=[2])",
            f"mock_response({data}, json=[1], times=2)",
        ],
        [f"{data}, status=200", f"{other}, status=204", *[f"{data}, status=200"] * 4],
    )


def test_one_that_would_take_what_is_for_another(server: Any, make_route: Any) -> None:
    asked = ["/data", "/data?page=2", "/data"]
    server.routes = [make_route("GET", "/data", headers=[JSON], body=body) for body in (b"1", b"2", b"1")]
    address = f"'GET', '{ANYWHERE}/data"
    round_trip(
        lambda: [by_requests("GET", server.url + path) for path in asked],
        [
            f"mock_response({address}', json=1)",
            f"mock_response({address}?page=2', json=2)",
            f"mock_response({address}', json=1)",
        ],
        [f"{address}', status=200", f"{address}?page=2', status=200", f"{address}', status=200"],
    )


def test_one_and_true_are_two_answers(server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", headers=[JSON], body=body) for body in (b"1", b"true")]
    recorded = record(lambda: [by_urllib3("GET", f"{server.url}/data") for _ in range(2)])
    assert [line.rpartition("json=")[2] for line in recorded.mocks] == ["1)", "True)"]


def test_redirects(server: Any, make_route: Any) -> None:
    def play() -> Any:
        return httpx.post(f"{server.url}/old", json={"a": 1}, follow_redirects=True).json()

    server.routes = [
        make_route("POST", "/old", status=303, headers=[("Location", "/new")], body=b"moved"),
        make_route("GET", "/new", headers=[JSON], body=b'{"b": 2}'),
    ]
    round_trip(
        play,
        [
            f"mock_response('POST', '{ANYWHERE}/old', body='moved', status=303, headers={{'Location': '/new'}})",
            f"mock_response('GET', '{ANYWHERE}/new', json={{'b': 2}})",
        ],
        [
            f"'POST', '{ANYWHERE}/old', json={{'a': 1}}, status=303",
            f"'GET', '{ANYWHERE}/new', status=200",
        ],
    )


def at_once(jobs: Sequence[Callable[[], Any]], order: Sequence[int]) -> list[Any]:
    """What the jobs give, each in a thread of its own, which are all there before the first begins."""
    began, turns = threading.Barrier(len(jobs)), [threading.Event() for _ in range(len(jobs) + 1)]
    turns[0].set()

    def run(number: int) -> Any:
        began.wait()
        turn = order.index(number)
        turns[turn].wait()
        try:
            return jobs[number]()
        finally:
            turns[turn + 1].set()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [one.result() for one in [pool.submit(run, number) for number in range(len(jobs))]]


def test_several_threads_are_told_apart(server: Any, make_route: Any) -> None:
    """By what they send, and where they differ in the query the one that wants more comes first."""

    now = datetime.now(timezone.utc).isoformat()
    sent = [b'{"id": 1}', json.dumps({"id": 2, "at": now}).encode()]

    def play(order: Sequence[int] = (0, 1, 2, 3)) -> list[Any]:
        jobs = [partial(by_httpx, "POST", f"{server.url}/data", body) for body in sent]
        jobs += [partial(by_httpx, "GET", server.url + path) for path in ("/list", "/list?page=2")]
        return at_once(jobs, order)

    server.routes = [
        make_route("POST", "/data", headers=[JSON], body=b"[1]"),
        make_route("POST", "/data", headers=[JSON], body=b"[2]"),
        make_route("GET", "/list", headers=[JSON], body=b"[3]"),
        make_route("GET", "/list", headers=[JSON], body=b"[4]"),
    ]
    recorded = record(play)
    told_apart = "{'id': 2, 'at': IsDatetime(iso_string=True)}"
    assert recorded.mocks == [
        f"tripwire.http.mock_response('POST', '{ANYWHERE}/data', json=[1], match_json={{'id': 1}})",
        f"tripwire.http.mock_response('POST', '{ANYWHERE}/data', json=[2], match_json={told_apart})",
        f"tripwire.http.mock_response('GET', '{ANYWHERE}/list?page=2', json=[4])",
        f"tripwire.http.mock_response('GET', '{ANYWHERE}/list', json=[3])",
    ]
    for order in ((0, 1, 2, 3), (3, 1, 0, 2)):
        replay(recorded, partial(play, order), in_any_order=True)


# -- asked twice


@pytest.fixture
def asking_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpPlugin, "config", {"record_twice": ["get"]})


@pytest.mark.usefixtures("asking_twice")
@pytest.mark.parametrize("ask", [one for one in CLIENTS if one is not by_aiohttp])
def test_what_varies(ask: Ask, server: Any, make_route: Any) -> None:
    bodies = [{"id": 1, "rows": [{"at": "a"}, {"at": "c"}]}, {"id": 1, "rows": [{"at": "b"}, {"at": "c"}]}]
    server.routes = [
        make_route("GET", "/data", headers=[JSON, ("Content-Encoding", "gzip")], body=gzip.compress(one))
        for one in [json.dumps(body).encode() for body in bodies]
    ]
    server.routes.append(make_route("POST", "/data", status=204))
    url = f"{server.url}/data"
    recorded = record(lambda: [ask("GET", url), ask("POST", url, b"x")])
    assert recorded.seen == [[200, bodies[0]], [204, b""]]
    assert server.routes == []
    first, second = recorded.interactions
    assert recorded.plugin.varies(first) == {("rows", 0, "at")}
    assert recorded.plugin.varies(second) is None
    assert recorded.plugin.assertion(first, ["response_json"]).kwargs["response_json"] == {
        "id": 1,
        "rows": [{"at": mock.ANY}, {"at": "c"}],
    }


@pytest.mark.usefixtures("asking_twice")
@pytest.mark.parametrize(
    ("bodies", "code"),
    [
        ([1, 2], "mock.ANY"),
        ([{"id": 1, "token": {"n": 1}}, {"id": 1, "token": {"n": 2}}], "{'id': 1, 'token': mock.ANY}"),
    ],
    ids=["all of it", "what is secret anyway"],
)
def test_what_varies_is_not_expected(bodies: list[Any], code: str, server: Any, make_route: Any) -> None:
    server.routes = [
        make_route("GET", "/data", headers=[JSON], body=json.dumps(body).encode()) for body in bodies
    ]
    recorded = record(lambda: by_httpx("GET", f"{server.url}/data"))
    (interaction,) = recorded.interactions
    assert recorded.plugin.assertion(interaction, ["response_json"]).in_a_line(repr) == (
        f"tripwire.http.assert_request('GET', '{ANYWHERE}/data', status=200, response_json={code})"
    )


@pytest.mark.usefixtures("asking_twice")
def test_of_a_connection_nothing_but_the_response_may_be_left(server: Any, make_route: Any) -> None:
    def play() -> Any:
        with urllib.request.urlopen(f"{server.url}/data") as answer:
            gc.collect()
            return answer.status, answer.read()

    bodies = [json.dumps([number, "x" * 100_000]).encode() for number in (1, 2)]
    server.routes = [make_route("GET", "/data", headers=[JSON], body=body) for body in bodies]
    recorded = record(play)
    assert recorded.seen == [200, [1, "x" * 100_000]]
    assert server.routes == []
    assert recorded.plugin.varies(recorded.interactions[0]) == {(0,)}


@pytest.mark.usefixtures("asking_twice")
def test_of_what_is_no_json_nothing_varies(server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=body) for body in (b"first", b"second")]
    recorded = record(lambda: by_httpx("GET", f"{server.url}/data"))
    assert recorded.seen == [200, b"first"]
    assert server.routes == []
    assert recorded.plugin.varies(recorded.interactions[0]) is None


@pytest.mark.usefixtures("asking_twice")
@pytest.mark.parametrize("ask", [by_httpx, by_requests])
def test_a_second_answer_that_does_not_come(ask: Ask, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", headers=[JSON, ("Connection", "close")], body=b"[1]")]
    recorded = record(lambda: ask("GET", f"{server.url}/data"))
    assert recorded.seen == [200, [1]]
    assert recorded.plugin.varies(recorded.interactions[0]) is None

"""What a recording writes of answers, bodies and failures, through every client: and then without the server."""

from __future__ import annotations

import gzip
import json
import re
import socket
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import brotli  # type: ignore[import-untyped, unused-ignore]
import httpx
import pytest
from recorded import (
    ANYWHERE,
    JSON,
    Ask,
    by_botocore,
    by_httpx,
    every_client,
    record,
    replay,
    round_trip,
)

from tripwire.plugins.http_plugin._decoding import decoded

# -- answers

HTML = b"<p>hello</p>"
EVENTS = b"data: 1\n\ndata: 2\n\n"
ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "json": (
        {"headers": [JSON], "body": b'{"id": 7, "tags": ["a", null]}'},
        "json={'id': 7, 'tags': ['a', None]}",
    ),
    "json, charset": (
        {"headers": [("Content-Type", "application/json; charset=utf-8")], "body": '["ü"]'.encode()},
        "json=['ü']",
    ),
    "json of a kind": (
        {
            "headers": [("Content-Type", "application/problem+json")],
            "body": b'{"title": "no"}',
            "status": 422,
        },
        "json={'title': 'no'}, status=422, headers={'Content-Type': 'application/problem+json'}",
    ),
    "json that is none": (
        {"headers": [JSON], "body": b'{"a": NaN}'},
        "body='{\"a\": NaN}', headers={'Content-Type': 'application/json'}",
    ),
    "json of no type": ({"body": b'{"a": 1}'}, "body='{\"a\": 1}'"),
    "text": ({"headers": [("Content-Type", "text/plain")], "body": b"plain"}, "text='plain'"),
    "text, charset": (
        {"headers": [("Content-Type", "text/plain; charset=utf-8")], "body": "ü".encode()},
        "text='ü'",
    ),
    "text of no charset": (
        {"headers": [("Content-Type", "text/plain")], "body": "ü".encode()},
        "body='ü', headers={'Content-Type': 'text/plain'}",
    ),
    "text in latin-1": (
        {"headers": [("Content-Type", "text/plain; charset=latin-1")], "body": b"\xfc"},
        "body=b'\\xfc', headers={'Content-Type': 'text/plain; charset=latin-1'}",
    ),
    "html": (
        {"headers": [("Content-Type", "text/html; charset=utf-8")], "body": HTML},
        f"html={HTML.decode()!r}",
    ),
    "xml": (
        {"headers": [("Content-Type", "text/xml")], "body": b"<a/>"},
        "body='<a/>', headers={'Content-Type': 'text/xml'}",
    ),
    "bytes": (
        {"headers": [("Content-Type", "image/png")], "body": b"\x89PNG\r\n\0"},
        "body=b'\\x89PNG\\r\\n\\x00', headers={'Content-Type': 'image/png'}",
    ),
    "events": (
        {"headers": [("Content-Type", "text/event-stream")], "body": EVENTS},
        "stream=['data: 1\\n\\n', 'data: 2\\n\\n'], headers={'Content-Type': 'text/event-stream'}",
    ),
    "gzip": (
        {"headers": [JSON, ("Content-Encoding", "gzip")], "body": gzip.compress(b'{"a": 1}')},
        "json={'a': 1}",
    ),
    "deflate": (
        {"headers": [JSON, ("Content-Encoding", "deflate")], "body": zlib.compress(b'{"a": 1}')},
        "json={'a': 1}",
    ),
    "brotli": (
        {"headers": [JSON, ("Content-Encoding", "br")], "body": brotli.compress(b'{"a": 1}')},
        "json={'a': 1}",
    ),
    "in chunks": ({"headers": [JSON, ("Transfer-Encoding", "chunked")], "body": b"[1, 2]"}, "json=[1, 2]"),
    "nothing": ({"status": 204}, "status=204"),
    "empty": (
        {"status": 201, "headers": [("Content-Type", "text/x")]},
        "status=201, headers={'Content-Type': 'text/x'}",
    ),
    "noise": (
        {
            "headers": [
                ("Date", "Sun, 22 Nov 2026 10:45:22 GMT"),
                ("Server", "nginx"),
                ("X-Frame-Options", "DENY"),
                ("X-Total", "3"),
                ("ETag", '"e"'),
                ("Link", "</next>; rel=next"),
                ("Connection", "close"),
            ]
        },
        "headers={'X-Total': '3', 'ETag': '\"e\"', 'Link': '</next>; rel=next'}",
    ),
    "cookies": (
        {
            "headers": [
                ("Set-Cookie", "sid=s3cret; Path=/; Expires=Sun, 22-Nov-2099 10:00:00 GMT; HttpOnly"),
                ("Set-Cookie", "old=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
                ("Set-Cookie", "odd=1; Expires=never"),
            ]
        },
        "headers={'Set-Cookie': ['sid=***; Path=/; HttpOnly', 'old=; Expires=Thu, 01 Jan 1970 00:00:00 GMT', "
        "'odd=***; Expires=never']}",
    ),
    "secrets": (
        {
            "status": 302,
            "headers": [("Location", "/next?token=s3cret&page=2"), ("X-Api-Key", "s3cret")],
            "body": b"token=s3cret",
        },
        "body='token=***', status=302, headers={'Location': '/next?token=***&page=2', 'X-Api-Key': '***'}",
    ),
}


@every_client
def test_answers(ask: Ask, server: Any, make_route: Any) -> None:
    server.routes = [
        make_route("GET", f"/{number}", **answer) for number, (answer, _) in enumerate(ANSWERS.values())
    ]
    statuses = [answer.get("status", 200) for answer, _ in ANSWERS.values()]
    addresses = [f"'GET', '{ANYWHERE}/{number}?page=1'" for number in range(len(ANSWERS))]

    def play() -> list[Any]:
        return [ask("GET", f"{server.url}/{number}?page=1") for number in range(len(ANSWERS))]

    recorded = record(play)
    assert recorded.mocks == [
        f"tripwire.http.mock_response({address}, {code})"
        for address, (_, code) in zip(addresses, ANSWERS.values(), strict=True)
    ]
    assert recorded.assertions == [
        f"tripwire.http.assert_request({address}, status={status})"
        for address, status in zip(addresses, statuses, strict=True)
    ]
    assert recorded.seen.pop() == [302, b"token=s3cret"]
    recorded.seen.append([302, b"token=***"])
    replay(recorded, play)


def test_what_no_library_here_can_decode(server: Any, make_route: Any) -> None:
    odd = [JSON, ("Content-Encoding", "compress")]
    server.routes = [make_route("GET", "/data", headers=odd, body=b"\x1f\x9d\x90")]
    round_trip(
        lambda: by_httpx("GET", f"{server.url}/data"),
        [
            f"mock_response('GET', '{ANYWHERE}/data', body=b'\\x1f\\x9d\\x90', "
            "headers={'Content-Type': 'application/json', 'Content-Encoding': 'compress'})"
        ],
        [f"'GET', '{ANYWHERE}/data', status=200"],
    )


@every_client
def test_head(ask: Ask, server: Any, make_route: Any) -> None:
    server.routes = [make_route("HEAD", "/data", headers=[("Content-Length", "12"), ("Last-Modified", "x")])]
    round_trip(
        lambda: ask("HEAD", f"{server.url}/data"),
        [
            f"mock_response('HEAD', '{ANYWHERE}/data', headers={{'Content-Length': '12', 'Last-Modified': 'x'}})"
        ],
        [f"'HEAD', '{ANYWHERE}/data', status=200"],
    )


# -- requests

FORM = "application/x-www-form-urlencoded"
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nx\r\n'
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhello\r\n--b--\r\n'
)
BODIES: dict[str, tuple[str, bytes, str]] = {
    "json": ("application/json", b'{"amount": 5000, "who": null}', "json={'amount': 5000, 'who': None}"),
    "secret": ("application/json", b'{"pin": "s3cret", "n": [1]}', "json={'pin': mock.ANY, 'n': [1]}"),
    "form": (FORM, b"a=1&b=2&b=3", "form={'a': '1', 'b': ['2', '3']}"),
    "multipart": (
        "multipart/form-data; boundary=b",
        PARTS,
        "form={'kind': 'x'}, files={'f': ('a.txt', b'hello')}",
    ),
    "text": ("text/plain", "grüß".encode(), "body='grüß'"),
    "bytes": ("application/octet-stream", b"\xff\0", "body=b'\\xff\\x00'"),
    "secret text": ("text/plain", b"token=s3cret", "body=mock.ANY"),
}


@every_client
def test_bodies(ask: Ask, server: Any, make_route: Any) -> None:
    server.routes = [make_route("POST", f"/{number}", status=201) for number in range(len(BODIES))]
    addresses = [f"'POST', '{ANYWHERE}/{number}'" for number in range(len(BODIES))]

    def play() -> list[Any]:
        return [
            ask("POST", f"{server.url}/{number}", body, **{"Content-Type": media_type})
            for number, (media_type, body, _) in enumerate(BODIES.values())
        ]

    round_trip(
        play,
        [f"mock_response({address}, status=201)" for address in addresses],
        [
            f"{address}, {code}, status=201"
            for address, (_, _, code) in zip(addresses, BODIES.values(), strict=True)
        ],
    )


def test_secrets_in_the_url(server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data")]
    url = f"{server.url.replace('//', '//user:s3cret@')}/data?page=2&token=s3cret"
    round_trip(
        lambda: by_httpx("GET", url),
        [f"mock_response('GET', '{ANYWHERE}/data?page=2')"],
        [f"'GET', '{ANYWHERE}/data', params={{'page': '2', 'token': mock.ANY}}, status=200"],
    )


KEPT, OTHER = "0b0f3b7e-5d1a-4f61-9d0e-2b0f3b7e5d1a", "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def test_what_is_only_of_this_run(server: Any, make_route: Any) -> None:
    """But an identifier that the server has given comes again: from its mock."""
    came, other = KEPT.replace("0b0f", "a1c4"), OTHER.replace("7c9e", "d0b2")  # which are not in this file
    now = datetime.now(timezone.utc).isoformat()
    server.routes = [
        make_route("POST", "/users", headers=[JSON], body=json.dumps({"id": came}).encode()),
        make_route("GET", f"/users/{came}"),
        make_route("PUT", f"/users/{other}/x"),
    ]

    def play() -> None:
        created = httpx.post(f"{server.url}/users", params={"at": now, "page": 2}).json()
        httpx.get(f"{server.url}/users/{created['id']}?after={created['id']}")
        httpx.put(f"{server.url}/users/{other}/x")

    round_trip(
        play,
        [
            f"mock_response('POST', '{ANYWHERE}/users?page=2', json={{'id': '{came}'}})",
            f"mock_response('GET', '{ANYWHERE}/users/{came}?after={came}')",
            f"mock_response('PUT', '{ANYWHERE}/users/*/x')",
        ],
        [
            f"'POST', '{ANYWHERE}/users?page=2', params={{'at': '{now}'}}, status=200",
            f"'GET', '{ANYWHERE}/users/{came}?after={came}', status=200",
            f"'PUT', '{ANYWHERE}/users/*/x', status=200",
        ],
    )


def test_a_secret_by_its_shape(server: Any, make_route: Any) -> None:
    token = "ghp_" + "".join(chr(97 + number * 7 % 26) + str(number % 10) for number in range(18))
    server.routes = [make_route("GET", f"/hooks/{token}/x")]
    round_trip(
        lambda: by_httpx("GET", f"{server.url}/hooks/{token}/x?page=2&state={token}"),
        [f"mock_response('GET', '{ANYWHERE}/hooks/*/x?page=2')"],
        [f"'GET', '{ANYWHERE}/hooks/*/x?page=2', params={{'state': '{token}'}}, status=200"],
    )


# -- failures

REFUSED = "http://127.0.0.1:1/data"


@every_client
def test_nobody_listens(ask: Ask) -> None:
    round_trip(
        lambda: ask("GET", REFUSED),
        [f"mock_error('GET', '{REFUSED}', raises='connect')"],
        [f"'GET', '{REFUSED}', raised='connect'"],
    )


@pytest.fixture
def crude_server() -> Iterator[Callable[[bytes], str]]:
    """A server that answers whatever comes with some bytes, and hangs up."""
    answers: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            peer = listening.accept()[0]
            with peer:
                if not peer.recv(65536):
                    return
                peer.sendall(answers[-1])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def answering(answer: bytes) -> str:
        answers.append(answer)
        return f"http://127.0.0.1:{listening.getsockname()[1]}/data"

    yield answering
    with socket.create_connection(listening.getsockname()):
        pass  # which says nothing, and so ends it
    thread.join()
    listening.close()


@every_client
def test_a_server_that_hangs_up(ask: Ask, crude_server: Callable[[bytes], str]) -> None:
    url = crude_server(b"")
    recorded = record(lambda: ask("POST", url, b"x"))
    assert issubclass(recorded.seen, Exception)
    (written,) = recorded.mocks
    assert re.sub(r"httpx2|aiohttp|http\.client", "httpx", re.sub(r"\('[A-Z][^']*'\)", "(...)", written)) in {
        f"tripwire.http.mock_error('POST', '{ANYWHERE}/data', raises=httpx.{kind}(...))"
        for kind in ("RemoteProtocolError", "ServerDisconnectedError", "RemoteDisconnected")
    }
    replay(recorded, lambda: ask("POST", url, b"x"))


@every_client
def test_a_body_that_breaks_off(ask: Ask, crude_server: Callable[[bytes], str]) -> None:
    url = crude_server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart")
    recorded = record(lambda: ask("GET", url))
    assert recorded.mocks == [
        f"tripwire.http.mock_response('GET', '{ANYWHERE}/data', stream=[b'part', EOFError()], "
        "headers={'Content-Length': '10'})"
    ]
    replay(recorded, lambda: ask("GET", url))
    assert isinstance(recorded.seen, type) or ask is by_botocore  # which does not mind


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("deflate", zlib.compress), ("deflate", lambda body: zlib.compress(body)[2:-4])],
    ids=["wrapped", "bare"],
)
def test_deflated_bodies(encoding: str, encode: Any, server: Any, make_route: Any) -> None:
    headers = [JSON, ("Content-Encoding", encoding)]
    server.routes = [make_route("GET", "/data", headers=headers, body=encode(b'{"a": 1}'))]
    recorded = record(lambda: by_httpx("GET", f"{server.url}/data"))
    assert recorded.seen == [200, {"a": 1}]
    (mock,) = recorded.mocks
    assert "json={'a': 1}" in mock


def test_a_body_that_nobody_here_can_decode(monkeypatch: pytest.MonkeyPatch) -> None:
    body = brotli.compress(b"x")
    for name in ("brotli", "brotlicffi"):
        monkeypatch.setitem(sys.modules, name, None)
    assert decoded(body, {"content-encoding": "br"}) == (body, True)

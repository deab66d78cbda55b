"""Clients, and what a recording writes of what they do, run without the server."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import urlsplit

import aiohttp
import brotli  # type: ignore[import-untyped, unused-ignore]
import httpx
import httpx2
import pytest
import requests
import urllib3
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped, unused-ignore]
from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped, unused-ignore]
from dirty_equals import IsDatetime

import tripwire
from tripwire._writing._policy import Policy
from tripwire._writing._scribe import Scribe
from tripwire.plugins.http_plugin import HttpPlugin

ANYWHERE = "http://127.0.0.1:*"
JSON = ("Content-Type", "application/json")

Ask = Callable[..., "tuple[int, bytes]"]


# -- clients


def by_httpx(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    with httpx.Client() as client:
        answer = client.request(method, url, content=body, headers=headers)
    return answer.status_code, answer.content


def by_httpx_async(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        async with httpx.AsyncClient() as client:
            answer = await client.request(method, url, content=body, headers=headers)
        return answer.status_code, answer.content

    return asyncio.run(ask())


def by_httpx2(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    with httpx2.Client() as client:
        answer = client.request(method, url, content=body, headers=headers)
    return answer.status_code, answer.content


def by_httpx2_async(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        async with httpx2.AsyncClient() as client:
            answer = await client.request(method, url, content=body, headers=headers)
        return answer.status_code, answer.content

    return asyncio.run(ask())


def by_aiohttp(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session:
            asked = session.request(method, url, data=body, headers=headers, allow_redirects=False)
            async with asked as answer:
                return answer.status, await answer.read()

    return asyncio.run(ask())


def by_requests(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    with requests.Session() as session:
        answer = session.request(method, url, data=body, headers=headers, allow_redirects=False)
        return answer.status_code, answer.content


def by_urllib3(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request(method, url, body=body, headers=headers)
    return answer.status, answer.data


def by_botocore(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    asked = AWSRequest(method=method, url=url, data=body, headers=headers).prepare()
    answer = URLLib3Session().send(asked)
    return answer.status_code, decoded(answer.headers.get("Content-Encoding"), answer.content)


def by_urllib(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    asked = urllib.request.Request(url, data=body, headers=headers, method=method)
    try:
        with NO_REDIRECTS.open(asked) as answer:
            return answer.status, decoded(answer.headers["Content-Encoding"], answer.read())
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read()


class _Refusing(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


NO_REDIRECTS = urllib.request.build_opener(_Refusing)


def by_http_client(method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, decoded(answer.headers["Content-Encoding"], answer.read())
    finally:
        connection.close()


def decoded(encoding: str | None, body: bytes) -> bytes:
    """What a program does for itself whose client does not."""
    known = {"gzip": gzip.decompress, "deflate": zlib.decompress, "br": brotli.decompress}
    return known[encoding](body) if encoding in known and body else body


CLIENTS: list[Ask] = [
    by_httpx,
    by_httpx_async,
    by_httpx2,
    by_httpx2_async,
    by_aiohttp,
    by_requests,
    by_urllib3,
    by_botocore,
    by_urllib,
    by_http_client,
]
every_client = pytest.mark.parametrize("ask", CLIENTS, ids=lambda ask: str(ask.__name__))


# -- recording, and doing without the server


class Recorded(NamedTuple):
    """What a program saw, what is written of it, and the plugin."""

    seen: Any
    mocks: list[str]
    assertions: list[str]
    plugin: HttpPlugin
    interactions: list[tripwire.Interaction]


def outcome_of(play: Callable[[], Any]) -> Any:
    """What a program gets, its JSON as data; or what kind of exception."""
    try:
        return meant(play())
    except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the same again
        return type(error)


def meant(seen: Any) -> Any:
    """The same with JSON as data."""
    if isinstance(seen, (list, tuple)):
        return [meant(one) for one in seen]
    try:
        return json.loads(seen, parse_constant=str) if isinstance(seen, bytes) else seen
    except ValueError:
        return seen


def record(play: Callable[[], Any]) -> Recorded:
    """Run a program against the real thing."""
    verifier = tripwire.StrictVerifier()
    plugin = HttpPlugin(verifier)
    verifier.scribe = scribe = Scribe(Policy(["http"]))
    with verifier.sandbox():
        seen = outcome_of(play)
    interactions = [one.interaction for one in scribe.periods[-1].seen]
    assert all(one.is_real for one in scribe.periods[-1].seen)
    return Recorded(
        seen,
        [one.in_a_line(repr) for one in plugin.mocks(interactions)],
        [plugin.assertion(one).in_a_line(repr) for one in interactions],
        plugin,
        interactions,
    )


def replay(recorded: Recorded, play: Callable[[], Any], *, in_any_order: bool = False) -> None:
    """The written mocks and assertions, run in a verifier that knows nothing of the server."""
    verifier = tripwire.StrictVerifier()
    names = {
        "tripwire": SimpleNamespace(http=HttpPlugin(verifier)),
        "mock": mock,
        "httpx": httpx,
        "http": http,
    }
    names |= {"httpx2": httpx2, "aiohttp": aiohttp, "IsDatetime": IsDatetime}
    for line in recorded.mocks:
        exec(line, names)
    with verifier.sandbox():
        again = outcome_of(play)
    assert again == recorded.seen
    with verifier.in_any_order() if in_any_order else nullcontext():
        # Longest first: one that says less of a query would take what another means.
        for line in (
            sorted(recorded.assertions, key=len, reverse=True) if in_any_order else recorded.assertions
        ):
            exec(line, names)
    verifier.verify_all()


def round_trip(play: Callable[[], Any], mocks: list[str], assertions: list[str]) -> None:
    recorded = record(play)
    assert recorded.mocks == [f"tripwire.http.{one}" for one in mocks]
    assert recorded.assertions == [f"tripwire.http.assert_request({one})" for one in assertions]
    replay(recorded, play)

"""Streams that a client does not read to their end: the generator behind them is closed, as soon as they are left."""

from __future__ import annotations

import asyncio
import http.client
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import pytest
import requests
import urllib3

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "http://api.example.com/ticks"


class Ticks:
    """Streams without end, that say when they are closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def __call__(self) -> Iterator[bytes]:
        try:
            while True:
                yield b"tick\n"
        finally:
            self.is_closed = True

    async def awaited(self) -> AsyncIterator[bytes]:
        try:
            while True:
                await asyncio.sleep(0)
                yield b"tick\n"
        finally:
            await asyncio.sleep(0)
            self.is_closed = True

    async def silent(self) -> AsyncIterator[bytes]:
        try:
            yield b"tick\n"
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            self.is_closed = True


def by_httpx() -> None:
    with httpx.stream("GET", URL) as response:
        assert next(response.iter_raw()) == b"tick\n"


def by_requests() -> None:
    with requests.Session() as session, session.get(URL, stream=True) as response:
        assert next(response.iter_lines(chunk_size=5)) == b"tick"


def by_urllib3() -> None:
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", URL, preload_content=False)
        assert response.read(5) == b"tick\n"
        response.close()


def by_urllib() -> None:
    with urllib.request.urlopen(URL) as response:
        assert response.readline() == b"tick\n"


def by_http_client() -> None:
    connection = http.client.HTTPConnection("api.example.com")
    connection.request("GET", "/ticks")
    response = connection.getresponse()
    assert response.readline() == b"tick\n"
    connection.close()


def forgotten() -> None:
    assert urllib.request.urlopen(URL).readline() == b"tick\n"


@pytest.mark.parametrize("leave", [by_httpx, by_requests, by_urllib3, by_urllib, by_http_client, forgotten])
def test_sync(http: HttpPlugin, leave: Callable[[], None]) -> None:
    ticks = Ticks()
    http.mock_response("GET", URL, stream=ticks)
    with tripwire.sandbox():
        leave()
        assert ticks.is_closed
    http.assert_request("GET", URL)


async def left(response: aiohttp.ClientResponse) -> None:
    assert await response.content.readline() == b"tick\n"


async def cancelled(response: aiohttp.ClientResponse) -> None:
    assert await response.content.readline() == b"tick\n"
    reading = asyncio.ensure_future(response.read())
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


@pytest.mark.parametrize(
    ("stream", "leave"),
    [
        ("__call__", left),
        ("awaited", left),
        ("silent", left),
        ("awaited", cancelled),
        ("silent", cancelled),
    ],
)
async def test_aiohttp(http: HttpPlugin, stream: str, leave: Callable[[Any], Any]) -> None:
    ticks = Ticks()
    http.mock_response("GET", URL, stream=getattr(ticks, stream))
    async with tripwire.sandbox(), aiohttp.ClientSession() as session:
        async with session.get(URL) as response:
            await leave(response)
        for _ in range(5):
            await asyncio.sleep(0)
        assert ticks.is_closed
    assert asyncio.all_tasks() == {asyncio.current_task()}
    http.assert_request("GET", URL)


@pytest.mark.parametrize("error", [ConnectionResetError(104, "Connection reset by peer"), EOFError()])
def test_a_break_that_a_generator_gives_ends_it(http: HttpPlugin, error: Exception) -> None:
    closed = []

    def broken() -> Iterator[bytes | Exception]:
        try:
            yield b"half"
            yield error
        finally:
            closed.append(True)

    http.mock_response("GET", URL, stream=broken, times=2)
    with tripwire.sandbox():
        with pytest.raises(httpx.TransportError):
            httpx.get(URL)
        with pytest.raises(requests.RequestException):
            requests.get(URL)
        assert closed == [True, True]
    for _ in range(2):
        http.assert_request("GET", URL, response_body=b"half")


def test_another_thread_is_in_the_generator(http: HttpPlugin) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        inside.set()
        go_on.wait(10)
        yield b"late"

    http.mock_response("GET", URL, stream=slow)
    with tripwire.sandbox(), httpx.Client() as client, ThreadPoolExecutor(1) as pool:
        response = client.send(client.build_request("GET", URL), stream=True)
        reading = pool.submit(response.read)
        assert inside.wait(10)
        response.close()
        go_on.set()
        assert reading.result() == b"late"
    http.assert_request("GET", URL)

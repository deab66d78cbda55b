"""Calls that several tests make, by http.client and by aiohttp."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http.client import HTTPConnection
from typing import Any

import aiohttp

URL = "https://api.example.com/data"

Main = Callable[[], Coroutine[Any, Any, Any]]


async def fetch(session: aiohttp.ClientSession, url: str = URL, method: str = "GET", **options: Any) -> bytes:
    async with session.request(method, url, **options) as response:
        return await response.read()


def ask(connection: HTTPConnection, path: str = "/data") -> bytes:
    connection.request("GET", path)
    return connection.getresponse().read()

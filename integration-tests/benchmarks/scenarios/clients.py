"""One GET by each client: the same code, whoever answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.request import urlopen

from benchmarks.scenarios.clock import seconds, seconds_async, spread

BODY = b'{"ok": true}'

Prepare = Callable[[Sequence[str]], object]
"""Sees to it that each of these addresses is answered once more."""


@contextmanager
def httpx_sync(transport: Any = None) -> Iterator[Callable[[str], object]]:
    """A client of httpx, by default on the network."""
    import httpx

    with httpx.Client(transport=transport) as client:
        yield client.get


@contextmanager
def requests() -> Iterator[Callable[[str], object]]:
    """A session of requests."""
    import requests

    with requests.Session() as session:
        yield session.get


@contextmanager
def urllib() -> Iterator[Callable[[str], object]]:
    """urllib.request has no client."""
    yield urllib_get


def urllib_get(url: str) -> bytes:
    """One GET by urllib.request."""
    with urlopen(url) as response:
        return bytes(response.read())


def urls(size: int, scheme: str = "http") -> list[str]:
    """So many addresses."""
    return [f"{scheme}://api.test/items/{number}" for number in range(size)]


def timed(client: Any, size: int, prepare: Prepare) -> float:
    """What one GET costs where so many addresses are known."""
    some = spread(urls(size))
    with client as get:

        def run(_: object) -> None:
            for url in some:
                get(url)

        return seconds(run, lambda: prepare(some), per=len(some))


def timed_async(make: Callable[[], Any], size: int, prepare: Prepare) -> float:
    """The same for an async client, which is made and used on one loop."""
    some = spread(urls(size))

    async def main() -> float:
        async with make() as client:

            async def run(_: object) -> None:
                for url in some:
                    answer = await client.get(url)
                    if hasattr(answer, "release"):  # aiohttp's
                        await answer.read()

            return await seconds_async(run, lambda: prepare(some), per=len(some))

    return asyncio.run(main())


def httpx_async(transport: Any = None) -> Any:
    """An async client of httpx."""
    import httpx

    return httpx.AsyncClient(transport=transport)


def aiohttp() -> Any:
    """A session of aiohttp."""
    from aiohttp import ClientSession

    return ClientSession()

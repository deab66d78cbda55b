"""httpx and httpx2, sync and async, in one dress, so that a scenario is written once for all of them."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
import pytest

from .world import Scenario, ServerName, scenario

NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. Making one takes as long as a whole scenario, so it is made once."""


@dataclass(frozen=True)
class Httpx:
    """One library under one backend. Its own names are at hand: `httpx.ReadError`."""

    library: Any
    backend: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def __str__(self) -> str:
        return f"{self.library.__name__}-{self.backend}"

    @property
    def is_sync(self) -> bool:
        return self.backend == "sync"

    def client(self, **options: Any) -> Client:
        """A client, as an async context manager."""
        options.setdefault("verify", NOBODY)
        made = self.library.Client if self.is_sync else self.library.AsyncClient
        return Client(self, made(**options))

    def transport(self, **options: Any) -> Any:
        """A transport of the library's own."""
        options.setdefault("verify", NOBODY)
        return (self.library.HTTPTransport if self.is_sync else self.library.AsyncHTTPTransport)(**options)

    def iterate(self, response: Any, form: str, *args: Any) -> AsyncIterator[Any]:
        """`iter_bytes(...)` and its like."""
        if not self.is_sync:
            pieces: AsyncIterator[Any] = getattr(response, f"aiter_{form}")(*args)
            return pieces
        return _dressed(getattr(response, f"iter_{form}")(*args))

    async def read(self, response: Any) -> Any:
        return response.read() if self.is_sync else await response.aread()

    async def close(self, response: Any) -> None:
        response.close() if self.is_sync else await response.aclose()

    def parts(self, *parts: Any) -> Any:
        """A generator of parts to upload; an exception among them is raised."""
        return _generated(parts) if self.is_sync else _generated_async(parts)

    def hook(self, function: Callable[..., None]) -> Any:
        """A function as an event hook."""

        async def hook(*args: Any) -> None:
            function(*args)

        return function if self.is_sync else hook


class Client:
    """A client, sync or async, in the dress of an async one; `genuine` is itself."""

    def __init__(self, httpx: Httpx, genuine: Any) -> None:
        self.httpx, self.genuine = httpx, genuine

    async def __aenter__(self) -> Client:
        self.genuine.__enter__() if self.httpx.is_sync else await self.genuine.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.genuine.__exit__(*error) if self.httpx.is_sync else await self.genuine.__aexit__(*error)

    async def request(self, method: str, url: str, **options: Any) -> Any:
        result = self.genuine.request(method, url, **options)
        return result if self.httpx.is_sync else await result

    async def get(self, url: str, **options: Any) -> Any:
        return await self.request("GET", url, **options)

    async def post(self, url: str, **options: Any) -> Any:
        return await self.request("POST", url, **options)

    async def send(self, request: Any, **options: Any) -> Any:
        result = self.genuine.send(request, **options)
        return result if self.httpx.is_sync else await result

    @asynccontextmanager
    async def stream(self, method: str, url: str, **options: Any) -> AsyncIterator[Any]:
        if self.httpx.is_sync:
            with self.genuine.stream(method, url, **options) as response:
                yield response
        else:
            async with self.genuine.stream(method, url, **options) as response:
                yield response


async def _dressed(pieces: Iterator[Any]) -> AsyncIterator[Any]:
    for piece in pieces:
        yield piece


def _generated(parts: tuple[Any, ...]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, Exception):
            raise part
        yield part


async def _generated_async(parts: tuple[Any, ...]) -> AsyncIterator[bytes]:
    for part in parts:
        if isinstance(part, Exception):
            raise part
        yield part


SYNC, ASYNCIO, TRIO = Httpx(httpx, "sync"), Httpx(httpx, "asyncio"), Httpx(httpx, "trio")
SYNC2, ASYNCIO2, TRIO2 = Httpx(httpx2, "sync"), Httpx(httpx2, "asyncio"), Httpx(httpx2, "trio")


def httpx_scenario(
    *, server: ServerName = "http", everywhere: bool = False, passed: bool = True
) -> Callable[[Scenario], Callable[..., None]]:
    """A scenario of httpx, sync and asyncio, and of httpx2 under asyncio; or of both everywhere."""
    variants = [SYNC, ASYNCIO, ASYNCIO2, *([SYNC2, TRIO, TRIO2] if everywhere else [])]
    each: Any = pytest.mark.parametrize("httpx", variants, ids=str)
    make: Any = scenario(server=server, passed=passed)
    return lambda play: each(make(play))


def visible(response: Any) -> dict[str, Any]:
    """Everything a program can see of a response, but its body."""
    return {
        "status": (response.status_code, response.reason_phrase, response.http_version),
        "repr": repr(response),
        "kind": (
            *(response.is_informational, response.is_success, response.is_redirect, response.is_error),
            *(response.is_client_error, response.is_server_error, response.has_redirect_location),
        ),
        "headers": response.headers.raw,
        "values": response.headers.multi_items(),
        "url": str(response.url),
        "request": (response.request.method, str(response.request.url), response.request.headers.raw),
        "history": [visible(earlier) for earlier in response.history],
        "next": response.next_request and (response.next_request.method, str(response.next_request.url)),
        "cookies": sorted(response.cookies.items()),
        "encoding": (response.encoding, response.charset_encoding),
        "closed": (response.is_closed, response.is_stream_consumed),
        "elapsed": type(response.elapsed) if response.is_closed else None,
        "downloaded": response.num_bytes_downloaded,
        "extensions": list(response.extensions),
        "versions": (response.extensions["http_version"], response.extensions.get("reason_phrase")),
        "asked with": response.request.extensions,
        "links": response.links,
    }


def whole(response: Any) -> dict[str, Any]:
    """The same with its body."""
    return {**visible(response), "content": response.content, "text": response.text}

"""One adapter a client. All names are bound before any sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from itertools import islice
from types import ModuleType
from typing import Any, ClassVar

import aiohttp
import httpx
import httpx2
import trio  # noqa: F401 - AsyncClient runs it

from clients.client import Ask, AsyncClient, Client, Got, Settings, SyncClient
from clients.over_sockets import FIVE, TLS, Botocore, HttpClient, Httplib2, Requests, Urllib, Urllib3

# -- httpx and httpx2


class Httpx(SyncClient):
    def __init__(self, library: ModuleType) -> None:
        self.library: Any = library
        self.name, self.errors = library.__name__, httpx_errors(library)  # type: ignore[misc]

    def own(self) -> Exception:
        return self.errors["connect"]("given")

    @contextmanager
    def session(self, settings: Settings) -> Iterator[Any]:
        with self.library.Client(**httpx_options(self.library.HTTPTransport, settings)) as session:
            yield session

    def ask(self, session: Any, ask: Ask) -> Got:
        content = iter(ask.parts) if ask.parts else None
        with session.stream(ask.method, ask.url, content=content, files=ask.files or None) as response:
            lines = tuple(line.encode() for line in islice(response.iter_lines(), ask.lines))
            body = b"" if ask.lines else response.read()
            return Got(response.status_code, body, lines, response.http_version)


class AsyncHttpx(AsyncClient):
    def __init__(self, library: ModuleType, flavour: Any) -> None:
        super().__init__(flavour)
        self.library: Any = library
        self.name, self.errors = library.__name__, httpx_errors(library)  # type: ignore[misc]

    def own(self) -> Exception:
        return self.errors["connect"]("given")

    @asynccontextmanager
    async def session(self, settings: Settings) -> AsyncIterator[Any]:
        options = httpx_options(self.library.AsyncHTTPTransport, settings)
        async with self.library.AsyncClient(**options) as session:
            yield session

    async def ask(self, session: Any, ask: Ask) -> Got:
        async def sent() -> AsyncIterator[bytes]:
            for part in ask.parts:
                yield part

        content = sent() if ask.parts else None
        async with session.stream(ask.method, ask.url, content=content, files=ask.files or None) as response:
            lines: list[bytes] = []
            async with aclosing(response.aiter_lines()) as reading:
                while len(lines) < ask.lines:
                    lines.append((await reading.__anext__()).encode())
            body = b"" if ask.lines else await response.aread()
            return Got(response.status_code, body, tuple(lines), response.http_version)


def httpx_errors(library: Any) -> Mapping[str, type[Exception]]:
    kinds = dict.fromkeys(FIVE, library.ConnectError)
    return {**kinds, "timeout": library.ReadTimeout, "read": library.ReadError}


def httpx_options(transport: Any, settings: Settings) -> dict[str, Any]:
    settings.lacking("retried")
    made = transport(verify=TLS, retries=settings.retries, proxy=settings.proxy, http2=settings.http2)
    return {
        "transport": made,
        "timeout": settings.timeout,
        "auth": settings.auth,
        "follow_redirects": True,
    }


# -- aiohttp


class Aiohttp(AsyncClient):
    name = "aiohttp"
    errors: ClassVar = {
        "connect": aiohttp.ClientConnectorError,
        "dns": aiohttp.ClientConnectorDNSError,
        "tls": aiohttp.ClientConnectorCertificateError,
        "timeout": aiohttp.ServerTimeoutError,
        "read": aiohttp.ClientOSError,
    }

    def own(self) -> Exception:
        return aiohttp.ClientConnectionError("given")

    @asynccontextmanager
    async def session(self, settings: Settings) -> AsyncIterator[Any]:
        settings.lacking("retries", "http2")
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, sock_read=settings.timeout),
            auth=aiohttp.BasicAuth(*settings.auth) if settings.auth else None,
            proxy=settings.proxy,
        ) as session:
            yield session

    async def ask(self, session: Any, ask: Ask) -> Got:
        async def sent() -> AsyncIterator[bytes]:
            for part in ask.parts:
                yield part

        data: Any = sent() if ask.parts else None
        if ask.files:
            data = aiohttp.FormData()
            for name, (filename, content) in ask.files.items():
                data.add_field(name, content, filename=filename)
        async with session.request(ask.method, ask.url, data=data) as response:
            lines = tuple([(await response.content.readline()).rstrip(b"\n") for _ in range(ask.lines)])
            body = b"" if ask.lines else await response.read()
            version = response.version
            return Got(response.status, body, lines, f"HTTP/{version.major}.{version.minor}")


CLIENTS: tuple[Client, ...] = (
    *(
        made
        for library in (httpx, httpx2)
        for made in (Httpx(library), AsyncHttpx(library, "asyncio"), AsyncHttpx(library, "trio"))
    ),
    Requests(),
    Urllib3(),
    Aiohttp(),
    Urllib(),
    HttpClient(),
    Botocore(),
    Httplib2(),
)

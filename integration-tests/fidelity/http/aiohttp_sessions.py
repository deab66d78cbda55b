"""Sessions of aiohttp for the scenarios, and what can be seen of their responses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from .world import World


def seen(response: aiohttp.ClientResponse) -> list[Any]:
    """What a program can see of a response beside its body."""
    return [
        response.status,
        response.reason,
        response.ok,
        response.version,
        response.method,
        str(response.url),
        str(response.real_url),
        list(response.headers.items()),
        response.raw_headers,
        {name: morsel.OutputString() for name, morsel in response.cookies.items()},
        response.content_type,
        response.charset,
        response.content_length,
        [(one.status, str(one.url)) for one in response.history],
        {rel: {name: str(value) for name, value in link.items()} for rel, link in response.links.items()},
        str(response.request_info.url),
        response.request_info.method,
        list(response.request_info.headers.items()),
        response.closed,
    ]


@asynccontextmanager
async def session(world: World, **options: Any) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that trusts the server, and keeps the cookies of addresses."""
    connector = aiohttp.TCPConnector(ssl=world.trust.context, **options.pop("connector", {}))
    options.setdefault("cookie_jar", aiohttp.CookieJar(unsafe=True))
    async with aiohttp.ClientSession(connector=connector, **options) as opened:
        yield opened

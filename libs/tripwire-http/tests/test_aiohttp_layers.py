"""What is layered over aiohttp, or into it: one call of the program is one interaction."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import httpx
import httpx_aiohttp
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/data"


def test_a_middleware_that_tries_again_makes_a_call(http: HttpPlugin) -> None:
    http.mock_error("GET", URL, raises="read")
    http.mock_response("GET", URL, body=b"again")

    async def again(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
        try:
            first: aiohttp.ClientResponse = await handler(request)
        except aiohttp.ClientOSError:
            second: aiohttp.ClientResponse = await handler(request)
            return second
        return first

    async def main() -> bytes:
        async with aiohttp.ClientSession(middlewares=[again]) as session, session.get(URL) as response:
            return await response.read()

    with tripwire.sandbox():
        assert asyncio.run(main()) == b"again"
    http.assert_request("GET", URL, raised="read")
    http.assert_request("GET", URL, status=200)


def test_httpx_over_aiohttp(http: HttpPlugin) -> None:
    http.mock_response("POST", URL, json={"one": 1})
    http.mock_error("GET", URL, raises="connect")

    async def main() -> Any:
        async with httpx_aiohttp.HttpxAiohttpClient() as client:
            with pytest.raises(tripwire.UnmockedInteractionError):
                await client.get("https://other.example.com/")
            with pytest.raises(httpx.TransportError):
                await client.get(URL)
            return (await client.post(URL, json=[1])).json()

    with tripwire.sandbox():
        assert asyncio.run(main()) == {"one": 1}
    http.assert_request("GET", URL, raised="connect")
    http.assert_request("POST", URL, json=[1], response_json={"one": 1})

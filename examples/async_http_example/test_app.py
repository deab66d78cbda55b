"""Tasks and threads are caught by the sandbox they were started in."""

import asyncio

import httpx
import pytest

import tripwire

from .app import API, dashboard, exchange_rate, fetch


async def test_dashboard():
    tripwire.http.mock_response("GET", f"{API}/users/7", json={"name": "Ada"})
    tripwire.http.mock_response("GET", f"{API}/accounts/7", json={"balance": 100})
    tripwire.http.mock_response("GET", f"{API}/rates/EUR", json={"rate": 0.5})

    async with tripwire:
        assert await dashboard(7) == {"name": "Ada", "balance": 50.0}

    # The calls were made concurrently: which came first is not the program's promise.
    async with tripwire.in_any_order():
        tripwire.assert_interaction(tripwire.http.request, method="GET", url=f"{API}/users/7")
        tripwire.assert_interaction(tripwire.http.request, method="GET", url=f"{API}/accounts/7")
        tripwire.assert_interaction(tripwire.http.request, method="GET", url=f"{API}/rates/EUR")


async def test_an_unknown_user():
    tripwire.http.mock_response("GET", f"{API}/users/8", status=404)

    async with tripwire, httpx.AsyncClient() as client:
        with pytest.raises(httpx.HTTPStatusError, match="404 Not Found"):
            await fetch(client, "/users/8")

    tripwire.assert_interaction(tripwire.http.request, method="GET", url=f"{API}/users/8", status=404)


async def test_a_service_that_is_down():
    tripwire.http.mock_error("GET", f"{API}/rates/EUR", raises=ConnectionRefusedError("no"))

    async with tripwire:
        with pytest.raises(OSError, match="no"):
            await asyncio.to_thread(exchange_rate, "EUR")

    tripwire.assert_interaction(tripwire.http.request, method="GET", url=f"{API}/rates/EUR")

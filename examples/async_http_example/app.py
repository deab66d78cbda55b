"""A dashboard: two services asked concurrently, and a third by a library that only knows threads."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import httpx

API = "https://api.example.com"


async def fetch(client: httpx.AsyncClient, path: str) -> Any:
    """One document of the API."""
    response = await client.get(f"{API}{path}")
    response.raise_for_status()
    return response.json()


def exchange_rate(currency: str) -> float:
    """The rate of a currency, over the standard library's blocking client."""
    with urllib.request.urlopen(f"{API}/rates/{currency}") as response:
        return float(json.load(response)["rate"])


async def dashboard(user: int) -> dict[str, Any]:
    """A user's name and balance in euro."""
    async with httpx.AsyncClient() as client:
        profile, account, rate = await asyncio.gather(
            asyncio.create_task(fetch(client, f"/users/{user}")),
            asyncio.create_task(fetch(client, f"/accounts/{user}")),
            asyncio.to_thread(exchange_rate, "EUR"),
        )
    return {"name": profile["name"], "balance": account["balance"] * rate}

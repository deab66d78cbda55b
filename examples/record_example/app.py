"""Orders the teas that run low: looks into the shop's PostgreSQL, orders over HTTP, and writes down the orders."""

from __future__ import annotations

import os

import asyncpg
import httpx

DATABASE = os.environ.get("TEAS_DATABASE", "postgresql://postgres@localhost/postgres")
WHOLESALER = os.environ.get("TEAS_WHOLESALER", "http://localhost:8080")


async def restock(least: int) -> dict[str, str]:
    """Order what there is less of than `least`. Returns the number of the order of each tea."""
    connection = await asyncpg.connect(DATABASE)
    try:
        low = await connection.fetch("SELECT name, stock FROM teas WHERE stock < $1 ORDER BY name", least)
        return {row["name"]: await _order(connection, row["name"], least - row["stock"]) for row in low}
    finally:
        await connection.close()


async def _order(connection: asyncpg.Connection, tea: str, count: int) -> str:
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{WHOLESALER}/orders", json={"tea": tea, "count": count})
    number: str = response.raise_for_status().json()["number"]
    await connection.execute("INSERT INTO orders (number, tea) VALUES ($1, $2)", number, tea)
    return number

"""The program that the tests of the corpus are about."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from typing import Any

import asyncpg
import httpx

URL = os.environ.get("SHOP_URL", "https://shop.example.com")
DATABASE = os.environ.get("SHOP_DATABASE", "postgresql://shop@localhost/shop")


def price(tea: str) -> Any:
    return httpx.get(f"{URL}/prices/{tea}").json()["cents"]


def order(tea: str, count: int, **more: Any) -> int:
    return httpx.post(f"{URL}/orders", json={"tea": tea, "count": count, **more}).status_code


def send(text: str) -> int:
    return httpx.put(f"{URL}/notes", content=text, headers={"Content-Type": "text/plain"}).status_code


def register(name: str, password: str) -> int:
    return httpx.post(f"{URL}/users", data={"name": name, "password": password}).status_code


def price_or_none(tea: str) -> Any:
    try:
        return price(tea)
    except httpx.HTTPError:
        return None


async def price_async(tea: str) -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{URL}/prices/{tea}")).json()["cents"]


async def prices_async(*teas: str) -> list[Any]:
    return await asyncio.gather(*(price_async(tea) for tea in teas))


def prices_in_threads(*teas: str) -> None:
    threads = [threading.Thread(target=price, args=(tea,)) for tea in teas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def branch() -> str:
    command = ["git", "branch", "--show-current"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def shout(text: str) -> str:
    with subprocess.Popen(["shout"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        return process.communicate(text)[0]


async def echo(text: str) -> bytes:
    process = await asyncio.create_subprocess_exec("echo", text, stdout=subprocess.PIPE)
    return (await process.communicate())[0]


async def teas(least: int) -> list[str]:
    connection = await asyncpg.connect(DATABASE)
    try:
        rows = await connection.fetch("SELECT name FROM teas WHERE stock >= $1 ORDER BY name", least)
    finally:
        await connection.close()
    return [row["name"] for row in rows]


async def rename(old: str, new: str) -> Any:
    connection = await asyncpg.connect(DATABASE)
    try:
        async with connection.transaction():
            return await connection.execute("UPDATE teas SET name = $2 WHERE name = $1", old, new)
    finally:
        await connection.close()


def greet(repository: Any, user: int) -> str:
    return f"Hello, {repository.find(user)}!"

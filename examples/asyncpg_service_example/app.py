"""A small service over a pool: sign up, read a long list, and work when the database calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg


class NameTakenError(Exception):
    """Somebody has that name already."""


class Service:
    """What the program does with its users."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def sign_up(self, name: str) -> int:
        """Make a user and their mailbox, both or neither."""
        async with self._pool.acquire() as connection:
            try:
                async with connection.transaction(isolation="serializable"):
                    user = await connection.fetchval(
                        "INSERT INTO users (name) VALUES ($1) RETURNING id", name
                    )
                    await connection.execute("INSERT INTO mailboxes (owner) VALUES ($1)", user)
            except asyncpg.UniqueViolationError as error:
                if error.constraint_name == "users_name_key":
                    raise NameTakenError(name) from error
                raise
            return int(user)

    async def names(self) -> AsyncIterator[str]:
        """The names of all users, a hundred at a time."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            async for row in connection.cursor("SELECT name FROM users ORDER BY name", prefetch=100):
                yield row["name"]

    async def next_job(self) -> str:
        """Wait for the database to announce a job."""
        announced: asyncio.Queue[str] = asyncio.Queue()

        def announce(*notification: Any) -> None:
            announced.put_nowait(notification[-1])

        async with self._pool.acquire() as connection:
            await connection.add_listener("jobs", announce)
            try:
                return await announced.get()
            finally:
                await connection.remove_listener("jobs", announce)

"""What a pool shows, against a real PostgreSQL and against scripts; all must be equal."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import asyncpg

import tripwire

Run = Callable[[Coroutine[Any, Any, Any]], Any]


async def play(address: str) -> list[Any]:
    """Use a pool of one connection, and note what shows."""
    seen: list[Any] = []

    async def note(call: Callable[[], Awaitable[Any]]) -> None:
        try:
            seen.append(await call())
        except Exception as error:  # noqa: BLE001 - every error is an observation
            seen.append((type(error), str(error)))

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: seen.append(context["message"].partition("<")[0]))
    async with asyncpg.create_pool(address, min_size=1, max_size=1) as pool:
        seen.append((pool.get_size(), pool.get_idle_size(), pool.get_min_size(), pool.is_closing()))
        conn = await pool.acquire()
        seen.append((isinstance(conn, asyncpg.Connection), type(conn).__name__, pool.get_idle_size()))
        await note(lambda: conn.fetchval("SELECT 1"))
        await note(lambda: conn.fetchval("SELECT $1::int", 1, 2))
        await note(lambda: pool.acquire(timeout=0.01))
        transaction = conn.transaction()
        await transaction.start()
        await pool.release(conn)
        await note(lambda: conn.fetchval("SELECT 1"))
        await note(lambda: transaction.rollback())
        seen.append(pool.get_idle_size())
        async with pool.acquire() as conn:
            seen.append(conn.is_in_transaction())
            conn.add_log_listener(print)
            await note(lambda: conn.execute("SELECT 1"))
        async with pool.acquire() as conn, conn.transaction():
            seen.append(conn.is_in_transaction())
        await note(lambda: pool.fetch("SELECT 1 AS a"))
        await note(lambda: pool.fetchrow("SELECT 1 AS a"))
        await note(lambda: pool.execute("SELECT 1"))
    seen.append((pool.get_size(), pool.is_closing()))
    await note(lambda: pool.fetch("SELECT 1"))
    return seen


async def observed(address: str) -> list[Any]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        seen = await play(address)
    return [*seen, *((one.category, str(one.message).partition("<")[0]) for one in caught)]


def test_a_pool_is_as_a_pool_of_real_connections(postgres: str, run: Run) -> None:
    real = run(observed(postgres))
    session = tripwire.asyncpg.new_session().expect("connect", returns=None).expect("fetchval", returns=1)
    session.expect("execute", returns="SELECT 1").expect("fetch", returns=[{"a": 1}])
    session.expect("fetchrow", returns={"a": 1}).expect("execute", returns="SELECT 1")
    session.expect("close", returns=None)
    with tripwire.sandbox():
        scripted = run(observed(postgres))
    assert scripted == real
    for interaction in list(tripwire.current_verifier().timeline):
        tripwire.assert_interaction(interaction.source)

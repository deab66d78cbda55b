"""Pools over scripted connections."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from asyncpg import create_pool as create_pool_bound_early

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]


@pytest.mark.parametrize("create_pool", [asyncpg.create_pool, create_pool_bound_early])
async def test_a_pool(scripted: Scripted, create_pool: Callable[..., Any], assert_all: AssertAll) -> None:
    scripted(("fetchval", 1))
    scripted(("fetchval", 2))
    async with (
        tripwire.sandbox(),
        create_pool("postgresql://u@h/d", min_size=2, max_size=2, command_timeout=9) as pool,
    ):
        async with pool.acquire() as one, pool.acquire() as two:
            assert isinstance(one, asyncpg.Connection)
            found = {await one.fetchval("SELECT 1"), await two.fetchval("SELECT 2")}
        assert found == {1, 2}
    recorded = assert_all()
    assert recorded[:2] == ["tripwire.asyncpg.connect(dsn='postgresql://u@h/d', command_timeout=9)"] * 2
    assert recorded[-2:] == ["tripwire.asyncpg.close()"] * 2


async def test_housekeeping_of_a_pool_is_neither_scripted_nor_recorded(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    async def reset(conn: asyncpg.Connection) -> None:
        await conn.execute("DISCARD ALL")

    async def init(conn: asyncpg.Connection) -> None:
        await conn.set_type_codec("json", schema="pg_catalog", encoder=repr, decoder=eval)

    scripted(("execute", "DISCARD ALL"), ("fetch", []), ("execute", "DISCARD ALL"))
    async with tripwire.sandbox():
        pool = asyncpg.create_pool(host="h", min_size=1, max_size=1, init=init, reset=reset)
        await pool
        async with pool.acquire():
            pass
        assert await pool.fetch("SELECT 1") == []
    assert assert_all() == [
        "tripwire.asyncpg.connect(host='h')",
        "tripwire.asyncpg.execute(query='DISCARD ALL', args=[])",
        "tripwire.asyncpg.fetch(query='SELECT 1', args=[])",
        "tripwire.asyncpg.execute(query='DISCARD ALL', args=[])",
    ]
    await pool.close()


async def test_a_pool_rolls_back_what_was_left_open(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    messages: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: messages.append(context["message"]))
    async with tripwire.sandbox():
        pool = await asyncpg.create_pool(host="h", min_size=1, max_size=1)
        conn = await pool.acquire()
        await conn.transaction().start()
        await pool.release(conn)
        async with pool.acquire() as conn:
            assert not conn.is_in_transaction()
        await pool.close()
    assert [message[:21] for message in messages] == ["Resetting connection "]
    assert assert_all()[1:] == [
        "tripwire.asyncpg.begin(isolation=None, readonly=False, deferrable=False, savepoint=False)",
        "tripwire.asyncpg.close()",
    ]


async def test_a_pool_made_before_the_sandbox(scripted: Scripted, assert_all: AssertAll) -> None:
    pool = asyncpg.create_pool(host="h", min_size=1, max_size=1)
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        await pool
        assert await pool.fetchval("SELECT 1") == 1
        await pool.close()
    assert_all()


async def test_a_pool_left_open_tries_nothing_after_the_sandbox(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    scripted()
    async with tripwire.sandbox():
        pool = await asyncpg.create_pool(host="h", min_size=1, max_size=1)
        before = asyncio.all_tasks()
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    assert assert_all() == ["tripwire.asyncpg.connect(host='h')"]
    await pool.close()

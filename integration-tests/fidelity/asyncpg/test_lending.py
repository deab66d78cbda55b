"""Pools: opening, lending, taking back, and the calls a pool makes itself."""

from __future__ import annotations

import asyncio
import io
import math
from typing import Any

import asyncpg
import pytest

from fidelity.asyncpg.harness import (
    Observer,
    Scenarios,
    step,
)

scenario = Scenarios()


async def wait_for(pool: Any) -> Any:
    return await pool.acquire()


def sizes(pool: Any) -> list[Any]:
    return [
        pool.get_size(),
        pool.get_idle_size(),
        pool.get_min_size(),
        pool.get_max_size(),
        pool.is_closing(),
    ]


ROWS = "CREATE TABLE IF NOT EXISTS pool_rows (id int, name text); TRUNCATE pool_rows"


@scenario(
    ("execute", "INSERT 0 1"),
    ("executemany", None),
    ("fetch", [{"id": 1}]),
    ("fetchrow", {"id": 2}),
    ("fetchval", 3),
    ("fetchmany", [{"id": 4}]),
    tables=ROWS,
    pool={},
)
async def calls_of_a_pool(pool: Any, see: Observer) -> None:
    insert = "INSERT INTO pool_rows (id) VALUES ($1)"
    async with pool:
        await see.result(pool.execute(insert, 1))
        await see.result(pool.executemany(insert, [(2,), (3,)]))
        await see.result(pool.fetch("SELECT id FROM pool_rows WHERE id = $1", 1))
        await see.result(pool.fetchrow("SELECT id FROM pool_rows WHERE id = $1", 2))
        await see.result(pool.fetchval("SELECT id FROM pool_rows WHERE id = $1", 3))
        await see.result(pool.fetchmany(insert + " RETURNING id", [(4,)]))
        see.value(sizes(pool))
    see.value(pool.get_size())


@scenario(
    ("copy_in", None),
    ("copy_in", None),
    ("copy_out", b"1\ta\n2\tb\n"),
    ("copy_out", b"2\n"),
    tables=ROWS,
    pool={},
)
async def copies_of_a_pool(pool: Any, see: Observer) -> None:
    async with pool:
        await see.result(pool.copy_records_to_table("pool_rows", records=[(1, "a")]))
        await see.result(pool.copy_to_table("pool_rows", source=io.BytesIO(b"2\tb\n")))
        output = io.BytesIO()
        await see.result(pool.copy_from_table("pool_rows", output=output))
        await see.result(pool.copy_from_query("SELECT id FROM pool_rows WHERE id > $1", 1, output=output))
        see.value(output.getvalue())


@scenario(("fetchval", 1), ("fetchval", 2), pool={"min_size": 3, "max_size": 5})
async def several_connections(pool: Any, see: Observer) -> None:
    await pool
    see.value(sizes(pool))
    async with pool.acquire() as one, pool.acquire(timeout=5) as two:
        see.value((one is two, pool.get_idle_size()))
        await see.result(one.fetchval("SELECT 1"))
        await see.result(two.fetchval("SELECT 2"))
    see.value(sizes(pool))
    await see.result(pool.close())
    see.value(sizes(pool))


@scenario(pool={})
async def a_pool_before_and_after(pool: Any, see: Observer) -> None:
    await see.result(wait_for(pool))
    await see.result(pool.fetchval("SELECT 1"))
    await pool
    await pool.close()
    await see.result(wait_for(pool))
    await see.result(pool.execute("SELECT 1"))
    await see.result(pool.close())


@scenario(("fetchval", 1), pool={})
async def lending_and_taking_back(pool: Any, see: Observer) -> None:
    async with pool:
        conn = await pool.acquire()
        see.value((isinstance(conn, asyncpg.Connection), type(conn).__name__))
        await see.result(pool.acquire(timeout=0.01).__aenter__())
        await see.result(conn.fetchval("SELECT 1"))
        await see.result(pool.release(conn, timeout=5))
        await see.result(pool.release(conn))
        await see.result(pool.release(5))
        for call in (lambda: conn.fetchval("SELECT 1"), conn.is_closed, conn.transaction):
            with pytest.raises(asyncpg.InterfaceError) as raised:
                await call()
            see.value(str(raised.value))


@scenario(("prepare", None), ("prepare", None), ("fetchval", 1), pool={})
async def what_belongs_to_a_released_connection(pool: Any, see: Observer) -> None:
    async with pool:
        async with pool.acquire() as conn:
            statement = await conn.prepare("SELECT 1")
            transaction = conn.transaction()
        for call in (statement.fetch, statement.get_query, transaction.start):
            with pytest.raises(asyncpg.InterfaceError) as raised:
                await call()
            see.value(str(raised.value))
        async with pool.acquire() as conn:
            await see.result((await conn.prepare("SELECT 1")).fetchval())


@scenario(("execute", "BEGIN"), ("fetchval", 1), pool={})
async def a_transaction_left_open(pool: Any, see: Observer) -> None:
    async with pool:
        async with pool.acquire() as conn:
            await conn.execute("BEGIN")
        async with pool.acquire() as conn:
            see.state(conn)
            transaction = conn.transaction()
            await transaction.start()
        async with pool.acquire() as conn:
            see.state(conn)
            await see.result(conn.fetchval("SELECT 1"))


@scenario(("listen", None), ("listen", None), pool={})
async def listeners_left_behind(pool: Any, see: Observer) -> None:
    async with pool:
        for channel in ("a", "b"):
            async with pool.acquire() as conn:
                await conn.add_listener(channel, print)
                conn.add_log_listener(print)


@scenario(("fetchval", 1), ("drop", None), ("fetchval", 2), pool={})
async def a_connection_that_is_lost_is_replaced(pool: Any, see: Observer) -> None:
    async with pool:
        async with pool.acquire() as conn:
            await see.result(conn.fetchval("SELECT 1"))
            await see.kill(conn)
        await see.result(pool.fetchval("SELECT 2"))
        see.value(sizes(pool))


@scenario(("fetchval", 1), ("fetchval", 1), pool={})
async def connections_that_expire(pool: Any, see: Observer) -> None:
    async with pool:
        first = [await pool.fetchval("SELECT 1")]
        await see.result(pool.expire_connections())
        see.value([*first, await pool.fetchval("SELECT 1"), pool.get_size()])


@scenario(pool={})
async def terminating_a_pool(pool: Any, see: Observer) -> None:
    await pool
    conn = await pool.acquire()
    pool.terminate()
    await asyncio.sleep(0)
    await see.result(wait_for(pool))
    with pytest.raises(asyncpg.InterfaceError) as raised:
        conn.is_closed()
    see.value(str(raised.value))


@scenario(("execute", "SET"), ("execute", "SELECT 1"), ("fetchval", 1), pool={})
async def callbacks(pool: Any, see: Observer) -> None:
    told: list[str] = []

    async def init(conn: Any) -> None:
        told.append(f"init {type(conn).__name__}")
        await conn.set_type_codec("xid", schema="pg_catalog", encoder=str, decoder=str)
        await conn.execute("SET application_name TO 'x'")

    async def setup(conn: Any) -> None:
        told.append(f"setup {type(conn).__name__}")
        await conn.execute("SELECT 1")

    pool._init = init
    for holder in pool._holders:
        holder._setup = setup
    pool._setup = setup
    async with pool:
        await see.result(pool.fetchval("SELECT 1"))
    see.value(told)


@scenario(("fetchval", 1), ("execute", "RESET"), ("fetchval", 1), ("execute", "RESET"), pool={})
async def a_reset_of_the_programs_own(pool: Any, see: Observer) -> None:
    async def reset(conn: Any) -> None:
        await conn.execute("RESET ALL")

    pool._reset = reset
    async with pool:
        await see.result(pool.fetchval("SELECT 1"))
        await see.result(pool.fetchval("SELECT 1"))


@scenario(step("fetchval", 1, delay=math.inf), ("fetchval", 1), pool={})
async def a_call_of_a_pool_that_is_cancelled(pool: Any, see: Observer) -> None:
    async with pool:
        await see.result(pool.fetchval("SELECT pg_sleep(60)", timeout=0.1))
        await see.result(pool.fetchval("SELECT 1"))


test_the_script_is_as_the_server = scenario.test()

"""Timeouts and cancellations: they strike, and leave the connection usable."""

from __future__ import annotations

import asyncio
import io
import math
from typing import Any

from fidelity.asyncpg.harness import (
    PEOPLE,
    Observer,
    Scenarios,
    step,
)

scenario = Scenarios()

SLEEP = "SELECT pg_sleep(60)"
SLOW = step("fetchval", 1, delay=60)
AFTER = ("fetchval", 1)


async def afterwards(conn: Any, see: Observer) -> None:
    see.state(conn)
    await see.result(conn.fetchval("SELECT 1"))


@scenario(SLOW, AFTER, step("fetch", [], delay=60), AFTER, step("fetchrow", None, delay=60), AFTER)
async def a_timeout(conn: Any, see: Observer) -> None:
    for method in (conn.fetchval, conn.fetch, conn.fetchrow):
        await see.result(method(SLEEP, timeout=0.1))
        await afterwards(conn, see)


@scenario(step("execute", "SELECT 1", delay=60), AFTER, step("execute", "SELECT 1", delay=60), AFTER)
async def a_timeout_of_execute(conn: Any, see: Observer) -> None:
    await see.result(conn.execute(SLEEP, timeout=0.1))
    await afterwards(conn, see)
    await see.result(conn.execute("SELECT pg_sleep($1)", 60, timeout=0.1))
    await afterwards(conn, see)


@scenario(step("executemany", None, delay=60), AFTER)
async def a_timeout_of_many_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany("SELECT pg_sleep($1)", [(60,), (60,)], timeout=0.1))
    await afterwards(conn, see)


@scenario(SLOW, step("fetchval", 1, delay=0.01), command_timeout=0.1)
async def the_timeout_of_the_connection(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval(SLEEP))
    await see.result(conn.fetchval("SELECT 1 FROM pg_sleep(0.01)", timeout=30))
    see.state(conn)


@scenario(SLOW, tables=PEOPLE)
async def a_timeout_in_a_transaction(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.fetchval(SLEEP, timeout=0.1))
    await see.result(conn.fetchval("SELECT 1"))
    await see.result(transaction.rollback())
    see.state(conn)


@scenario(step("prepare", None), SLOW, AFTER, step("fetchmany", [], delay=60), AFTER)
async def a_timeout_of_a_prepared_statement(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT 1 FROM pg_sleep($1)")
    await see.result(statement.fetchval(60, timeout=0.1))
    await see.result(statement.fetchval(0))
    await see.result(statement.fetchmany([(60,)], timeout=0.1))
    await see.result(statement.fetchval(0))


@scenario(step("cursor", [], delay=60))
async def a_timeout_of_a_cursor(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(anext(aiter(conn.cursor(SLEEP, timeout=0.1))))
    see.state(conn)
    await transaction.rollback()


@scenario(step("copy_out", b"", delay=60), AFTER)
async def a_timeout_of_copy(conn: Any, see: Observer) -> None:
    await see.result(conn.copy_from_query(SLEEP, output=io.BytesIO(), timeout=0.1))
    await afterwards(conn, see)


@scenario(step("fetchval", 1, delay=math.inf), AFTER)
async def a_task_that_is_cancelled(conn: Any, see: Observer) -> None:
    task = asyncio.ensure_future(conn.fetchval(SLEEP))
    await see.until_at_work()
    await see.result(conn.fetchval("SELECT 1"))
    task.cancel()
    await see.result(task)
    await afterwards(conn, see)


@scenario(step("execute", "SELECT 1", delay=math.inf))
async def a_transaction_that_is_cancelled(conn: Any, see: Observer) -> None:
    async def work() -> None:
        async with conn.transaction():
            await conn.execute(SLEEP)

    task = asyncio.ensure_future(work())
    await see.until_at_work()
    task.cancel()
    await see.result(task)
    see.state(conn)


@scenario(step("fetchval", 1, delay=math.inf), AFTER)
async def a_call_that_is_waited_for(conn: Any, see: Observer) -> None:
    await see.result(asyncio.wait_for(conn.fetchval(SLEEP), 0.1))
    await afterwards(conn, see)


@scenario(step("fetchval", 1, delay=math.inf), ("close", None))
async def closing_while_at_work(conn: Any, see: Observer) -> None:
    task = asyncio.ensure_future(conn.fetchval(SLEEP))
    await see.until_at_work()
    await see.result(conn.close(timeout=5))
    see.value(type((await asyncio.gather(task, return_exceptions=True))[0]))
    see.state(conn)


@scenario(step("fetchval", 1, delay=math.inf))
async def terminating_while_at_work(conn: Any, see: Observer) -> None:
    task = asyncio.ensure_future(conn.fetchval(SLEEP))
    await see.until_at_work()
    conn.terminate()
    await see.result(task)
    see.state(conn)


test_the_script_is_as_the_server = scenario.test()

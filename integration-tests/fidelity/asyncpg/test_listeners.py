"""Notifications, notices, loggers, and a server that goes away."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from fidelity.asyncpg.harness import (
    DIVISION,
    FAILED,
    PEOPLE,
    Observer,
    Scenarios,
    step,
)

scenario = Scenarios()


async def until(found: list[Any], count: int = 1) -> None:
    for _ in range(1000):
        if len(found) >= count:
            return
        await asyncio.sleep(0.001)


@scenario(
    ("listen", None), ("execute", "NOTIFY"), ("notify", ("jobs", "7")), ("fetchval", 1), ("notify", "jobs")
)
async def notifications(conn: Any, see: Observer) -> None:
    heard: list[Any] = []

    def hear(connection: Any, pid: int, channel: str, payload: str) -> None:
        heard.append((connection is conn, pid == conn.get_server_pid(), channel, payload))

    await see.result(conn.add_listener("jobs", hear))
    await see.result(conn.execute("NOTIFY jobs, '7'"))
    await until(heard)
    await see.result(conn.fetchval("SELECT 1 FROM pg_notify('jobs', '')"))
    await until(heard, 2)
    see.value(heard)
    await see.result(conn.remove_listener("jobs", hear))


@scenario(("listen", None), ("execute", "NOTIFY"), ("notify", ("a b", "x")))
async def two_listeners_on_one_channel(conn: Any, see: Observer) -> None:
    heard: list[Any] = []

    async def later(*args: Any) -> None:
        heard.append(("async", args[2:]))

    def at_once(*args: Any) -> None:
        heard.append(("sync", args[2:]))

    await conn.add_listener(channel="a b", callback=later)
    await conn.add_listener("a b", at_once)
    await conn.execute("NOTIFY \"a b\", 'x'")
    await until(heard, 2)
    see.value(sorted(heard))
    await conn.remove_listener("a b", at_once)
    await conn.remove_listener(channel="a b", callback=later)


@scenario(
    *(("listen", None), ("execute", "NOTIFY"), ("notify", ("jobs", "7")), ("notify", ("others", "8"))),
    ("fetchval", 1),
    pool={"min_size": 3, "max_size": 3},
)
async def a_notification_reaches_the_connections_of_a_pool_that_listen(pool: Any, see: Observer) -> None:
    heard: list[Any] = []
    pids: list[int] = []

    def hear(connection: Any, pid: int, channel: str, payload: str) -> None:
        heard.append((connection.get_server_pid() == pids[0], pid == pids[1], channel, payload))

    async with pool, pool.acquire() as listening, pool.acquire() as notifying:
        pids += [listening.get_server_pid(), notifying.get_server_pid()]
        await listening.add_listener("jobs", hear)
        await see.result(notifying.execute("NOTIFY jobs, '7'; NOTIFY others, '8'"))
        await until(heard)
        await see.result(listening.fetchval("SELECT 1"))
        see.value(heard)
        await listening.remove_listener("jobs", hear)


@scenario(("listen", None), ("execute", "NOTIFY"), ("execute", "NOTIFY"), ("listen", None))
async def what_is_not_listened_to(conn: Any, see: Observer) -> None:
    heard: list[Any] = []
    await see.result(conn.remove_listener("jobs", heard.append))
    await see.result(conn.add_listener("jobs", heard.append))
    await see.result(conn.execute("NOTIFY others"))
    await see.result(conn.remove_listener("jobs", heard.append))
    await see.result(conn.execute("NOTIFY jobs"))
    await see.result(conn.add_listener("jobs", "no function"))
    see.value(heard)


@scenario(("fetchval", DIVISION), tables=PEOPLE)
async def a_listener_that_cannot_be_added(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.fetchval(FAILED))
    await see.result(conn.add_listener("jobs", print))
    see.state(conn)
    await transaction.rollback()


@scenario(("execute", "DO"), ("notice", "careful"), ("fetchval", 1))
async def notices(conn: Any, see: Observer) -> None:
    logged: list[Any] = []

    def log(connection: Any, message: Any) -> None:
        logged.append((connection is conn, message.severity, message.message, message.sqlstate))

    conn.add_log_listener(log)
    await conn.execute("DO $$ BEGIN RAISE NOTICE 'careful'; END $$")
    await until(logged)
    see.value(logged)
    conn.remove_log_listener(log)
    await see.result(conn.fetchval("SELECT 1"))


@scenario(("fetch", [{"a": 1}]), ("execute", DIVISION), ("execute", "SELECT 1"))
async def loggers_of_queries(conn: Any, see: Observer) -> None:
    logged: list[Any] = []

    async def later(one: Any) -> None:
        logged.append(("async", one.query))

    conn.add_query_logger(logged.append)
    conn.add_query_logger(later)
    await see.result(conn.fetch("SELECT $1::int AS a", 1, timeout=30))
    await see.result(conn.execute("SELECT 1 / 0"))
    await until(logged, 4)
    conn.remove_query_logger(logged.append)
    conn.remove_query_logger(later)
    await see.result(conn.execute("SELECT 1"))
    await asyncio.sleep(0)
    see.value([one for one in logged if isinstance(one, tuple) and one[0] == "async"])
    see.value(
        [(one.query, one.args, one.timeout, type(one.exception)) for one in logged if hasattr(one, "elapsed")]
    )


@scenario(("close", None))
async def listeners_of_the_end(conn: Any, see: Observer) -> None:
    told: list[Any] = []

    async def later(connection: Any) -> None:
        told.append(connection is conn)

    def forgotten(connection: Any) -> None:
        told.append("forgotten")

    conn.add_termination_listener(later)
    conn.add_termination_listener(lambda connection: told.append(connection is conn))
    conn.add_termination_listener(forgotten)
    conn.remove_termination_listener(forgotten)
    await conn.close()
    await until(told, 2)
    see.value(told)


@scenario(("fetchval", 1), ("drop", None))
async def a_server_that_goes_away(conn: Any, see: Observer) -> None:
    told: list[Any] = []
    conn.add_termination_listener(told.append)
    await see.result(conn.fetchval("SELECT 1"))
    await see.kill(conn)
    see.state(conn)
    await until(told)
    see.value(len(told))
    await see.result(conn.fetchval("SELECT 1"))
    await see.result(conn.execute("SELECT 1"))
    await see.result(conn.close())


ENDED = asyncpg.AdminShutdownError("terminating connection due to administrator command")
END = "SELECT pg_terminate_backend(pg_backend_pid())"


@scenario(("fetchval", ENDED))
async def an_error_that_ends_the_connection(conn: Any, see: Observer) -> None:
    told: list[Any] = []
    conn.add_termination_listener(told.append)
    await see.result(conn.fetchval(END))
    see.state(conn)
    await until(told)
    see.value(len(told))
    await see.result(conn.fetchval("SELECT 1"))


@scenario(("execute", ENDED))
async def a_transaction_that_is_ended_with_its_connection(conn: Any, see: Observer) -> None:
    async def work() -> None:
        async with conn.transaction():
            await conn.execute(END)

    await see.result(work())
    see.state(conn)


@scenario(("prepare", None), ("fetch", ENDED))
async def a_prepared_statement_that_ends_the_connection(conn: Any, see: Observer) -> None:
    statement = await conn.prepare(END)
    await see.result(statement.fetch())
    see.state(conn)
    await see.result(conn.fetchval("SELECT 1"))


@scenario(step("drop", query="SELECT pg_sleep(60)"))
async def a_server_that_goes_away_while_at_work(conn: Any, see: Observer) -> None:
    task = asyncio.ensure_future(conn.fetchval("SELECT pg_sleep(60)"))
    await see.until_at_work()
    await see.kill(conn)
    error = (await asyncio.gather(task, return_exceptions=True))[0]
    see.value((type(error), "closed in the middle of operation" in str(error)))
    await see.result(conn.fetchval("SELECT 1"))


@scenario(("fetchval", 1), ("drop", None))
async def a_transaction_whose_server_goes_away(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.fetchval("SELECT 1"))
    await see.kill(conn)
    for call in (transaction.commit, transaction.rollback):
        with pytest.raises(asyncpg.InterfaceError) as raised:
            await call()
        see.value(str(raised.value))


test_the_script_is_as_the_server = scenario.test()

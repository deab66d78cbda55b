"""Cursors: iterated, read by hand, and misused."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from fidelity.asyncpg.harness import (
    ALICE,
    BOB,
    DIVISION,
    FAILED,
    NOWHERE,
    PEOPLE,
    Observer,
    Scenarios,
)

scenario = Scenarios()

SEVEN = [{"n": n} for n in range(7)]
SERIES = "SELECT n FROM generate_series(0, 6) AS n"


async def opened(factory: Any) -> Any:
    return await factory


@scenario(("cursor", SEVEN), ("cursor", SEVEN))
async def iteration(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        see.value([row async for row in conn.cursor(SERIES)])
        see.value([row["n"] async for row in conn.cursor(SERIES, prefetch=3)])


@scenario(("cursor", SEVEN), ("cursor", []))
async def iteration_at_the_edges(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        see.value([row["n"] async for row in conn.cursor(SERIES, prefetch=7, timeout=30)])
        see.value([row async for row in conn.cursor("SELECT n FROM generate_series(0, -1) AS n")])


@scenario(("cursor", SEVEN), ("fetchval", 1), ("cursor", SEVEN[2:]))
async def a_loop_that_is_left(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        async for row in conn.cursor(SERIES, prefetch=2):
            if row["n"] == 3:
                break
        await see.result(conn.fetchval("SELECT 1"))
        see.value([row["n"] async for row in conn.cursor(SERIES + " WHERE n >= $1", 2)])


@scenario(("cursor", SEVEN))
async def reading_by_hand(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        cursor = await conn.cursor(SERIES)
        await see.result(cursor.fetch(3))
        await see.result(cursor.fetchrow())
        await see.result(cursor.forward(1))
        await see.result(cursor.fetch(10, timeout=30))
        await see.result(cursor.fetch(1))
        await see.result(cursor.fetchrow())
        await see.result(cursor.forward(2))


@scenario(("cursor", SEVEN))
async def going_past_the_end(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        cursor = await conn.cursor(SERIES)
        await see.result(cursor.forward(9, timeout=30))
        await see.result(cursor.fetchrow())


@scenario(("cursor", SEVEN), ("cursor", SEVEN))
async def two_cursors_at_once(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        one = await conn.cursor(SERIES)
        two = await conn.cursor(SERIES)
        for cursor in (one, two, one, two):
            await see.result(cursor.fetch(2))


@scenario(("cursor", SEVEN), ("fetchval", 7), ("fetchrow", {"n": 6}))
async def other_calls_between_the_rows(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        async for row in conn.cursor(SERIES, prefetch=5):
            if row["n"] in (1, 5):
                method = conn.fetchval if row["n"] == 1 else conn.fetchrow
                await see.result(method("SELECT 7" if row["n"] == 1 else "SELECT 6 AS n"))


@scenario(tables=PEOPLE)
async def misuse(conn: Any, see: Observer) -> None:
    await see.result(opened(conn.cursor(SERIES)))
    await see.result(anext(aiter(conn.cursor(SERIES))))
    async with conn.transaction():
        await see.result(opened(conn.cursor(SERIES, prefetch=2)))
        with pytest.raises(asyncpg.InterfaceError) as raised:
            aiter(conn.cursor(SERIES, prefetch=0))
        see.value(str(raised.value))
        await see.result(opened(conn.cursor(SERIES, 5)))


@scenario(("cursor", SEVEN))
async def wrong_numbers_of_rows(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        cursor = await conn.cursor(SERIES)
        await see.result(cursor.fetch(0))
        await see.result(cursor.forward(-1))
        see.value(repr(cursor).partition("0x")[0])


@scenario(("cursor", SEVEN))
async def a_cursor_ends_with_its_transaction(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        cursor = await conn.cursor(SERIES)
        await see.result(cursor.fetch(1))
    await see.result(cursor.fetch(1))
    calls: list[Any] = [lambda: cursor.fetch(1), lambda: cursor.forward(1)]
    for call in calls:
        transaction = conn.transaction()
        await transaction.start()
        await see.result(call())
        see.state(conn)
        await transaction.rollback()


@scenario(("cursor", DIVISION), tables=PEOPLE)
async def a_query_that_fails_when_read(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(anext(aiter(conn.cursor(FAILED))))
    see.state(conn)
    await transaction.rollback()


@scenario(("cursor", NOWHERE), tables=PEOPLE)
async def a_query_that_cannot_be_opened(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(opened(conn.cursor("SELECT * FROM nowhere")))
    await see.result(opened(conn.cursor(SERIES)))
    await transaction.rollback()


@scenario(("prepare", None), ("cursor", [ALICE, BOB]), ("cursor", [BOB]), tables=PEOPLE)
async def cursors_of_a_prepared_statement(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT * FROM users WHERE id >= $1 ORDER BY id")
    await see.result(anext(aiter(statement.cursor(1))))
    async with conn.transaction():
        see.value([row async for row in statement.cursor(1, prefetch=1, timeout=30)])
        cursor = await statement.cursor(2)
        await see.result(cursor.fetch(5))


@scenario(("cursor", SEVEN), ("close", None))
async def a_cursor_of_a_closed_connection(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    cursor = await conn.cursor(SERIES)
    await conn.close()
    calls: list[Any] = [lambda: cursor.fetch(1), cursor.fetchrow, lambda: cursor.forward(1)]
    for call in calls:
        with pytest.raises(asyncpg.InterfaceError) as raised:
            await call()
        see.value(str(raised.value))


@scenario(("cursor", SEVEN))
async def a_cursor_with_a_record_class(conn: Any, see: Observer) -> None:
    class Named(asyncpg.Record):  # type: ignore[misc]
        pass

    async with conn.transaction():
        see.value([type(row).__name__ async for row in conn.cursor(SERIES, record_class=Named)])


test_the_script_is_as_the_server = scenario.test()

"""What few programs do with a connection, over a script."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]


async def broken() -> AsyncIterator[bytes]:
    raise ZeroDivisionError
    yield b""


async def test_a_source_that_fails_where_nothing_is_copied(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetch", asyncpg.UndefinedTableError("nowhere")), ("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        transaction = conn.transaction()
        await transaction.start()
        with pytest.raises(asyncpg.UndefinedTableError):
            await conn.fetch("SELECT * FROM nowhere")
        with pytest.raises(ZeroDivisionError):
            await conn.copy_to_table("t", source=broken())
        await transaction.rollback()
        assert await conn.fetchval("SELECT 1") == 1
    methods = [one.partition("(")[0].rpartition(".")[2] for one in assert_all()]
    assert methods == ["connect", "begin", "fetch", "copy_in", "rollback", "fetchval"]


def test_a_loop_closed_while_data_is_copied_out(scripted: Scripted) -> None:
    scripted(("copy_out", [b"1\n", b"2\n"]))
    copying = asyncio.Event()

    async def sink(data: bytes) -> None:
        copying.set()
        await asyncio.Future()

    async def work() -> None:
        conn = await asyncpg.connect(host="h")
        await conn.copy_from_table("t", output=sink)

    loop = asyncio.new_event_loop()
    with tripwire.sandbox():
        coroutine = work()
        working = loop.create_task(coroutine)
        loop.run_until_complete(copying.wait())
        loop.close()
        coroutine.close()  # as Python does, when nobody holds it any more
    assert not working.done()
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_copy_out(query='COPY "t" TO STDOUT')


async def test_messages_in_parts(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        for part in (b"H\0", b"\0\0\4d\0\0\0\7a", b"bc"):  # a Flush, and copied data that nobody asked for
            conn._transport.write(part)
        assert await conn.fetchval("SELECT 1") == 1
    assert len(assert_all()) == 2


async def test_two_statements_that_have_no_name(scripted: Scripted) -> None:
    scripted(("prepare", None), ("prepare", None), ("fetch", [{"a": 1}]), ("fetch", [{"b": 2}]))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        first = await conn.prepare("SELECT a FROM t", name="")
        second = await conn.prepare("SELECT b FROM t", name="")
        assert await first.fetch() == [{"a": 1}]
        assert await second.fetch() == [{"b": 2}]
    tripwire.asyncpg.assert_connect()
    for column in "ab":
        tripwire.asyncpg.assert_prepare(query=f"SELECT {column} FROM t")
    for column in "ab":
        tripwire.asyncpg.assert_fetch(query=f"SELECT {column} FROM t", args=[])


@pytest.mark.parametrize(
    "query", ["WITH t AS (DELETE FROM a RETURNING *) TABLE t", "WITH t AS (VALUES (1)) VALUES (2)"]
)
async def test_the_status_of_a_query_without_select(
    query: str, scripted: Scripted, assert_all: AssertAll
) -> None:
    scripted(("prepare", None), ("fetch", [{"a": 1}, {"a": 2}]))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        statement = await conn.prepare(query)
        await statement.fetch()
        assert statement.get_statusmsg() == "SELECT 2"
    assert_all()


async def test_rows_as_they_are_recorded(scripted: Scripted) -> None:
    scripted(("executemany", None))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.executemany("INSERT INTO t VALUES ($1, $2)", [(1, 2)])
    *_, made = tripwire.current_verifier().timeline
    (row,) = made.fields["args"]
    assert [row != other for other in ([1, 2], (1, 2), [1, 3], "12")] == [False, False, True, True]
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_executemany(query=re.compile("INSERT"), args=[[1, 2]])

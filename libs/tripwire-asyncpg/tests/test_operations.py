"""Everything a program does with a connection, over a script; compared with a real server in integration-tests."""

import asyncio
import io
import math
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]

INSERT = "INSERT INTO t VALUES ($1, $2)"
SEVEN = [{"n": n} for n in range(7)]


async def test_many_rows(scripted: Scripted) -> None:
    scripted(("executemany", None), ("fetchmany", [{"id": 1}, {"id": 2}]), ("executemany", None))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.executemany(INSERT, ([n, "x"] for n in range(2))) is None
        assert await conn.fetchmany(INSERT, [(1, None), (2, {})]) == [{"id": 1}, {"id": 2}]
        with pytest.raises(asyncpg.InterfaceError, match="the server expects 2 arguments"):
            await conn.executemany(INSERT, [(1, 2), (3,)])
        assert await conn.executemany(INSERT, []) is None
    tripwire.asyncpg.assert_connect()
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_executemany(query=INSERT, args=[(0, "x"), (1, "y")])
    assert "    happened [(0, 'x'), (1, 'x')]" in str(mismatch.value).splitlines()
    tripwire.asyncpg.assert_executemany(query=INSERT, args=[(0, "x"), [1, "x"]])
    tripwire.asyncpg.assert_fetchmany(query=INSERT, args=[(1, None), (2, {})])
    tripwire.asyncpg.assert_executemany(query=INSERT, args=[])


@pytest.mark.parametrize("outcome", [OSError("gone"), asyncpg.DataError("bad")])
async def test_many_rows_that_fail(scripted: Scripted, outcome: Exception, assert_all: AssertAll) -> None:
    scripted(("executemany", outcome), ("executemany", outcome))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        for rows in ([(1, 2)], []):
            with pytest.raises(type(outcome)):
                await conn.executemany(INSERT, rows)
    assert_all()


async def test_a_prepared_statement_has_the_columns_of_each_step(scripted: Scripted) -> None:
    scripted(
        ("prepare", None),
        ("fetch", [{"a": 1}]),
        ("fetchrow", {"a": 1, "b": 2}),
        ("fetchval", 9),
        ("fetchmany", [{"c": 3}]),
        ("executemany", None),
    )
    query = "SELECT a, b FROM t WHERE c = $1"
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        statement = await conn.prepare(query)
        assert [one.name for one in statement.get_attributes()] == ["a"]
        assert await statement.fetch(1) == [{"a": 1}]
        assert await statement.fetchrow(2) == {"a": 1, "b": 2}
        assert await statement.fetchval(3, column=1) == 9
        assert await statement.fetchmany([(4,)]) == [{"c": 3}]
        await statement.executemany([(5,), (6,)])
        with pytest.raises(tripwire.UnmockedInteractionError, match=r"asyncpg.fetch\('SELECT a, b FROM t"):
            await statement.fetch(1)
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_prepare(query=query)
    tripwire.asyncpg.assert_fetch(query=query, args=[1])
    tripwire.asyncpg.assert_fetchrow(query=query, args=[2])
    tripwire.asyncpg.assert_fetchval(query=query, args=[3])
    tripwire.asyncpg.assert_fetchmany(query=query, args=[(4,)])
    tripwire.asyncpg.assert_executemany(query=query, args=[(5,), (6,)])


async def test_statements_without_a_cache(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("prepare", ["x"]), ("fetch", [{"a": 1}]), ("prepare", asyncpg.UndefinedTableError("nowhere")))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", statement_cache_size=0)
        statement = await conn.prepare("SELECT $1")
        assert [one.name for one in statement.get_attributes()] == ["x"]
        assert await statement.fetch(1) == [{"a": 1}]
        with pytest.raises(asyncpg.UndefinedTableError):
            await conn.prepare("SELECT * FROM nowhere")
    assert_all()


async def test_cursors(scripted: Scripted) -> None:
    scripted(("cursor", SEVEN), ("cursor", SEVEN), ("prepare", None), ("cursor", SEVEN))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with conn.transaction():
            assert [row async for row in conn.cursor("SELECT $1", 1, prefetch=3)] == SEVEN
            cursor = await conn.cursor("SELECT 2")
            assert await cursor.fetch(3) == SEVEN[:3]
            assert (await cursor.fetchrow(), await cursor.forward(2)) == (SEVEN[3], 2)
            assert (await cursor.fetch(5), await cursor.fetchrow()) == ([SEVEN[6]], None)
            statement = await conn.prepare("SELECT 3")
            assert [row async for row in statement.cursor()] == SEVEN
    tripwire.asyncpg.assert_connect()
    with tripwire.asyncpg.assert_transaction():
        tripwire.asyncpg.assert_cursor(query="SELECT $1", args=[1])
        tripwire.asyncpg.assert_cursor(query="SELECT 2", args=[])
        tripwire.asyncpg.assert_prepare(query="SELECT 3")
        tripwire.asyncpg.assert_cursor(query="SELECT 3", args=[])


@pytest.mark.parametrize("read", [lambda cursor: cursor.fetch(1), lambda cursor: cursor.forward(1)])
async def test_a_cursor_ends_with_its_transaction(
    scripted: Scripted, read: Callable[[Any], Any], assert_all: AssertAll
) -> None:
    scripted(("cursor", SEVEN))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with conn.transaction():
            cursor = await conn.cursor("SELECT 1")
        transaction = conn.transaction()
        await transaction.start()
        with pytest.raises(asyncpg.InvalidCursorNameError, match="does not exist"):
            await read(cursor)
        await transaction.rollback()
    assert_all()


class Broken:
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        raise ZeroDivisionError


async def records() -> AsyncIterator[tuple[int, str]]:
    yield 1, "a"
    yield 2, "b"


RECORDS: list[tuple[Any, Any]] = [
    ([(1, "a"), [2, "b"]], [(1, "a"), (2, "b")]),
    ((row for row in [(1, "a"), (None, {})]), [(1, "a"), (None, {})]),
    (records(), [(1, "a"), (2, "b")]),
    ([], []),
]


@pytest.mark.parametrize(("given", "data"), RECORDS)
async def test_records_into_a_table(scripted: Scripted, given: Any, data: Any) -> None:
    scripted(("copy_in", None))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.copy_records_to_table("t", records=given) == f"COPY {len(data)}"
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_copy_in(query='COPY "t" FROM STDIN (FORMAT binary)', data=data)


def failing() -> Any:
    raise ZeroDivisionError
    yield


async def nothing() -> AsyncIterator[Any]:
    for row in list[Any]():
        yield row


@pytest.mark.parametrize("source", [failing(), Broken(), [5], 5], ids=["iterable", "async", "row", "none"])
async def test_records_that_cannot_be_read(scripted: Scripted, source: Any, assert_all: AssertAll) -> None:
    scripted(("copy_in", None), ("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises((ZeroDivisionError, TypeError)):
            await conn.copy_records_to_table("t", records=source)
        assert await conn.fetchval("SELECT 1") == 1
    assert len(assert_all()) == 3


async def test_data_into_a_table(scripted: Scripted) -> None:
    scripted(("copy_in", None), ("copy_in", "COPY 7"), ("copy_in", 8), ("copy_in", None))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        statuses = [
            await conn.copy_to_table("t", columns=["a"], source=io.BytesIO(data))
            for data in (b"1\n2", b"", b"3\n")
        ]
        assert statuses == ["COPY 2", "COPY 7", "COPY 8"]
        assert await conn.copy_records_to_table("t", records=nothing()) == "COPY 0"
    tripwire.asyncpg.assert_connect()
    for data in (b"1\n2", b"", b"3\n"):
        tripwire.asyncpg.assert_copy_in(query='COPY "t"("a") FROM STDIN', data=data)
    tripwire.asyncpg.assert_copy_in(query='COPY "t" FROM STDIN (FORMAT binary)', data=[])


async def test_data_out_of_a_table(scripted: Scripted) -> None:
    scripted(("copy_out", [b"1\n", b"", b"2\n"]), ("copy_out", b"3\n"))
    chunks: list[bytes] = []

    async def sink(data: bytes) -> None:
        chunks.append(data)

    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.copy_from_query("SELECT $1, $2", 1, None, output=sink) == "COPY 2"
        assert await conn.copy_from_table("t", output=sink, format="csv") == "COPY 1"
    assert chunks == [b"1\n", b"2\n", b"3\n"]
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_copy_out(query="COPY (SELECT $1, $2) TO STDOUT", args=[1, None])
    tripwire.asyncpg.assert_copy_out(query="COPY \"t\" TO STDOUT (FORMAT 'csv')")


async def test_a_sink_that_fails_ends_the_transaction(scripted: Scripted, assert_all: AssertAll) -> None:
    async def sink(data: bytes) -> None:
        raise ZeroDivisionError

    scripted(("copy_out", [b"1\n", b"2\n"]), ("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        transaction = conn.transaction()
        await transaction.start()
        with pytest.raises(ZeroDivisionError):
            await conn.copy_from_table("t", output=sink)
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await conn.fetchval("SELECT 1")
        await transaction.rollback()
        assert await conn.fetchval("SELECT 1") == 1
    assert_all()


async def test_listening(scripted: Scripted) -> None:
    heard: list[Any] = []

    def hear(connection: Any, *told: Any) -> None:
        heard.append(told[1:])

    scripted(("listen", None), ("notify", ("jobs", "7")), ("notice", "careful"), ("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        conn.add_log_listener(lambda _, message: heard.append((message.severity, message.message)))
        await conn.add_listener("jobs", hear)
        assert await conn.fetchval("SELECT 1") == 1
        await conn.remove_listener("jobs", hear)
    assert heard == [("jobs", "7"), ("NOTICE", "careful")]
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_listen(channel="jobs")
    tripwire.asyncpg.assert_fetchval(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_unlisten(channel="jobs")


async def test_a_server_that_goes_away(assert_all: AssertAll) -> None:
    for query in (None, "SELECT 2", "INSERT"):
        session = tripwire.asyncpg.new_session().expect("connect", returns=None)
        session.expect("fetchval", returns=1).expect("drop", returns=None, query=query)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 1") == 1
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(asyncpg.InterfaceError, match="connection is closed"):
            await conn.fetchval("SELECT 1")
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 1") == 1
        with pytest.raises(asyncpg.ConnectionDoesNotExistError, match="in the middle of operation"):
            await conn.fetch("SELECT 2")
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 1") == 1
        await conn.executemany("INSERT", [])
        await asyncio.sleep(0)
        assert conn.is_closed()
    assert_all()


CALLS: dict[str, tuple[str, Any, Callable[[Any], Any]]] = {
    "fetch": ("fetch", [], lambda conn: conn.fetch("A", timeout=0.1)),
    "execute": ("execute", "OK", lambda conn: conn.execute("A", timeout=0.1)),
    "executemany": ("executemany", None, lambda conn: conn.executemany("A", [()], timeout=0.1)),
    "prepare": ("prepare", None, lambda conn: conn.prepare("A", timeout=0.1)),
    "copy_in": ("copy_in", None, lambda conn: conn.copy_to_table("t", source=io.BytesIO(b""), timeout=0.1)),
    "copy_out": ("copy_out", b"", lambda conn: conn.copy_from_table("t", output=io.BytesIO(), timeout=0.1)),
}


@pytest.mark.parametrize("delay", [5, math.inf])
@pytest.mark.parametrize("name", CALLS)
async def test_timeouts(name: str, delay: float, assert_all: AssertAll) -> None:
    method, returns, call = CALLS[name]
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect(method, returns=returns, delay=delay).expect("fetchval", returns=1)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncio.TimeoutError):
            await call(conn)
        assert await conn.fetchval("SELECT 1") == 1
    assert_all()


async def test_a_cancellation(assert_all: AssertAll) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[], delay=math.inf).expect("fetchval", returns=1)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", command_timeout=None)
        task = asyncio.ensure_future(conn.fetch("SELECT 1"))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await conn.fetchval("SELECT 1") == 1
    assert len(assert_all()) == 3

"""asyncpg keeps its prepared statements, and rows cross the wire in one piece: what that must not change."""

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

import asyncpg
import pytest

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]

QUERY = "SELECT * FROM t WHERE id = $1"


class Unequal:
    """Cannot be compared with anything, as an array of numbers cannot."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> NoReturn:
        raise ValueError("ambiguous")

    __ne__ = __eq__


async def test_a_query_is_prepared_once(
    scripted: Scripted, assert_all: AssertAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(*[("fetch", [{"id": 1}]), ("fetchrow", {"id": 2}), ("execute", "SELECT 1"), ("fetch", [])] * 2)
    sent: list[bytes] = []
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        transport: Any = conn._transport
        write = transport.write

        def see(data: bytes) -> None:
            sent.append(bytes(data[:1]))
            write(data)

        monkeypatch.setattr(transport, "write", see)
        for _ in range(2):
            assert await conn.fetch(QUERY, 1) == [{"id": 1}]
            assert await conn.fetchrow(QUERY, 1) == {"id": 2}
            assert await conn.execute(QUERY, 1) == "SELECT 1"
            assert await conn.fetch(QUERY, 1) == []
        assert sent == [b"P"] + [b"B"] * 8
    assert_all()


@pytest.mark.parametrize("size", [100, 2, 0])
@pytest.mark.parametrize("ordered", [True, False])
async def test_one_query_with_other_columns_each_time(
    assert_all: AssertAll, size: int, ordered: bool
) -> None:
    answers = [[{"a": 1}], [{"b": 2, "c": 3}], [], [{"c": 4, "b": 5}], [{"a": 6}, {"a": None}], [{"a": 7}]]
    session = tripwire.asyncpg.new_session(ordered=ordered).expect("connect", returns=None)
    for rows in answers:
        session.expect("fetch", returns=rows)
    session.expect("fetchval", returns=8).expect("fetch", returns="UPDATE 2").expect(
        "fetch", returns=[{"a": 9}]
    )
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", statement_cache_size=size)
        for rows in answers:
            found = await conn.fetch(QUERY, 1)
            assert [dict(record) for record in found] == rows
            assert [list(record.keys()) for record in found] == [list(row) for row in rows]
        assert await conn.fetchval(QUERY, 1, column=1) == 8
        assert await conn.fetch(QUERY, 1) == []
        assert await conn.fetch(QUERY, 1) == [{"a": 9}]
    assert_all()


async def test_many_statements_in_a_small_cache(assert_all: AssertAll) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetchval", returns=1, times=12)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", statement_cache_size=2)
        for number in [*range(5), *range(5), 4, 4]:
            assert await conn.fetchval(f"SELECT {number}") == 1
    assert_all()


async def test_a_statement_is_kept_for_each_class_of_records(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    class Mine(asyncpg.Record):  # type: ignore[misc]
        pass

    scripted(*[("fetchrow", {"id": 1})] * 3)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        kinds = [
            isinstance(await conn.fetchrow(QUERY, 1, record_class=kind), Mine) for kind in (None, Mine, None)
        ]
    assert kinds == [False, True, False]
    assert_all()


async def test_the_number_of_arguments_is_looked_at_each_time(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    scripted(*[("fetch", [])] * 2)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.fetch(QUERY, 1)
        with pytest.raises(
            asyncpg.InterfaceError, match="the server expects 1 argument for this query, 2 were"
        ):
            await conn.fetch(QUERY, 1, 2)
        await conn.fetch(QUERY, None)
    assert_all()


async def test_a_kept_statement_in_a_failed_transaction(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchval", 1), ("fetchval", asyncpg.UniqueViolationError("twice")), ("fetchval", 2))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval(QUERY, 1) == 1
        transaction = conn.transaction()
        await transaction.start()
        with pytest.raises(asyncpg.UniqueViolationError):
            await conn.fetchval(QUERY, 1)
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await conn.fetchval(QUERY, 1)
        await transaction.rollback()
        assert await conn.fetchval(QUERY, 1) == 2
    assert_all()


async def test_a_kept_statement_without_a_step_left(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetch", [{"id": 1}]))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.fetch(QUERY, 1)
        with pytest.raises(tripwire.UnmockedInteractionError, match="nothing answers this call"):
            await conn.fetch(QUERY, 1)
    assert_all()


async def test_forgetting_all_statements(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(*[("fetchval", 1)] * 3)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval(QUERY, 1) == 1
        await conn.set_type_codec("json", schema="pg_catalog", encoder=str, decoder=str)
        assert await conn.fetchval(QUERY, 1) == 1
        await conn.reload_schema_state()
        assert await conn.fetchval(QUERY, 1) == 1
        assert asyncio.get_running_loop()._scheduled == []  # type: ignore[attr-defined] # no timer waits
    assert_all()


@pytest.mark.parametrize(
    "rows",
    [
        [(1, 2, 3)] * 3,
        [(None, 2, 3), (1, None, 3), (1, 2, None), (1, 2, 3)],
        [(None, None, None)] * 2,
        [(Unequal(), None, Unequal()), (None, [None], {"a": None})],
        [()] * 3,
        [],
    ],
    ids=["whole", "holes", "nothing", "unequal", "no columns", "no rows"],
)
@pytest.mark.parametrize("limit", [1, 2, 50])
async def test_values_are_those_of_the_script(
    scripted: Scripted, assert_all: AssertAll, rows: list[tuple[Any, ...]], limit: int
) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    columns = [f"c{number}" for number in range(len(rows[0]) if rows else 2)]
    session.expect("fetch", returns=rows, columns=columns, times=2).expect(
        "cursor", returns=rows, columns=columns
    )
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        found = [await conn.fetch(QUERY, 1), await conn.fetch(QUERY, 1)]
        async with conn.transaction():
            found.append([record async for record in conn.cursor(QUERY, 1, prefetch=limit)])
    for records in found:
        assert [len(record) for record in records] == [len(row) for row in rows]
        for record, row in zip(records, rows, strict=True):
            assert all(mine is its for mine, its in zip(record.values(), row, strict=True))
    assert_all()


async def test_rows_that_change_after_they_were_scripted(assert_all: AssertAll) -> None:
    tags, row = ["a"], {"id": 1, "tags": ["a"]}
    row["tags"] = tags
    rows = [row]
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=rows, times=2)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        before = await conn.fetch(QUERY, 1)
        rows.append({"id": 2, "tags": []})
        row["id"] = 3
        tags.append("b")
        after = await conn.fetch(QUERY, 1)
    assert before == after == [{"id": 1, "tags": ["a", "b"]}]
    assert before[0]["tags"] is after[0]["tags"] is tags
    assert_all()


async def test_an_answer_that_nobody_reads(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(
        *[("fetch", [{"id": 1}, {"id": 2}])] * 2,
        ("fetch", [{"id": 3}, {"id": None}, {"id": 4}]),
        ("fetchval", 5),
    )
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.fetch(QUERY, 1)
        reading = asyncio.ensure_future(conn.fetch(QUERY, 1))
        await asyncio.sleep(0)  # the answer is on its way
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await conn.fetch(QUERY, 1) == [{"id": 3}, {"id": None}, {"id": 4}]
        assert await conn.fetchval(QUERY, 1) == 5
    assert_all()


async def test_arguments_beside_a_notification(scripted: Scripted, assert_all: AssertAll) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetchval", returns=1, args=["a", None, "b"]).expect("notify", returns=("news", "1"))
    session.expect("executemany", returns=None).expect("fetchval", returns=2, args=["c", "d", "e"])
    many = [(f"{number}", None) for number in range(20_000)]
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT $1, $2, $3", "a", None, "b") == 1
        await conn.executemany("INSERT INTO t VALUES ($1, $2)", many)
        assert await conn.fetchval("SELECT $1, $2, $3", "c", "d", "e") == 2
    assert tripwire.current_verifier().timeline.next_open() is not None
    tripwire.asyncpg.assert_connect(host="h")
    tripwire.asyncpg.assert_fetchval(query="SELECT $1, $2, $3", args=["a", None, "b"])
    tripwire.asyncpg.assert_executemany(query="INSERT INTO t VALUES ($1, $2)", args=many)
    tripwire.asyncpg.assert_fetchval(query="SELECT $1, $2, $3", args=["c", "d", "e"])

"""What a step gives: rows, a status, an error, and when."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from asyncpg_scripts import new_session

import tripwire

AssertAll = Callable[[], list[str]]


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ([(1, "a"), (2, "b")], ["id", "name"]),
        ([[1, "a"], {"name": "b", "id": 2}], ("id", "name")),
        ([{"id": 1, "name": "a"}, {"name": "b", "id": 2}], None),
        ([{"name": "a", "id": 1}, (2, "b")], ["id", "name"]),
    ],
)
async def test_rows_may_be_tuples(given: Any, columns: Any, assert_all: AssertAll) -> None:
    new_session().expect("fetch", returns=given, columns=columns)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        rows = await conn.fetch("SELECT id, name FROM t")
    assert rows == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    assert [list(row.keys()) for row in rows] == [["id", "name"]] * 2
    assert_all()


async def test_rows_may_be_records(assert_all: AssertAll) -> None:
    row = tripwire.asyncpg.record(id=1, name="a")
    new_session().expect("fetch", returns=[row, row]).expect("fetchrow", returns=row)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetch("SELECT 1") == [row, row]
        assert await conn.fetchrow("SELECT 1") == row
    assert_all()


async def test_two_columns_of_one_name(assert_all: AssertAll) -> None:
    new_session().expect("fetch", returns=[(1, 2)], columns=["id", "id"])
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        (row,) = await conn.fetch("SELECT a.id, b.id FROM a, b")
    assert (tuple(row), row["id"], list(row.keys())) == ((1, 2), 2, ["id", "id"])
    assert_all()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("INSERT INTO t VALUES (1)", "INSERT 0 3"),
        ("update t set a = 1", "UPDATE 3"),
        ("WITH x AS (SELECT 1) DELETE FROM t", "DELETE 3"),
        ("-- a comment\n(SELECT 1)", "SELECT 3"),
        ("VALUES (1), (2), (3)", "SELECT 3"),
        ("CREATE TEMP TABLE t (a int)", "CREATE TABLE"),
        ("TRUNCATE t", "TRUNCATE"),
        ("", ""),
    ],
)
async def test_a_number_of_rows_is_a_status(query: str, status: str, assert_all: AssertAll) -> None:
    new_session().expect("execute", returns=3)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.execute(query) == status
    assert_all()


WRONG: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("fetch", {"times": 0}, ValueError, "times=0: a step answers at least one call; leave it out instead"),
    ("fetch", {"times": 1.5}, TypeError, "times= must be a number of calls such as 3, not 1.5"),
    ("fetch", {"delay": -1}, ValueError, "delay=-1 is no time that can pass; write 0 or more seconds"),
    ("fetch", {"delay": "1"}, TypeError, "delay= must be a number of seconds such as 2.5, not '1'"),
    ("close", {"query": "x"}, TypeError, '.expect("close"): this step has neither query= nor args='),
    (
        "fetchval",
        {"columns": ["a"]},
        TypeError,
        '.expect("fetchval", columns=...): only fetch, fetchrow, fetchmany, cursor return rows with columns, '
        "and prepare takes the names of its columns as returns",
    ),
    (
        "fetch",
        {"columns": "ab"},
        TypeError,
        '.expect("fetch", columns=...): it must be a list of at most 1,664 names such as ["id", "name"], not \'ab\'',
    ),
    (
        "fetch",
        {"columns": ["a", "b"], "returns": [(1,)]},
        TypeError,
        '.expect("fetch", returns=...): a row must have 2 values, one for each of columns=, not (1,); '
        'write for example .expect("fetch", returns=[{"id": 1}])',
    ),
    (
        "copy_out",
        {"returns": ["a"]},
        TypeError,
        ".expect(\"copy_out\", returns=...): a chunk must be bytes, not 'a'; "
        'write for example .expect("copy_out", returns=[b"1\\tAda\\n"])',
    ),
    (
        "notify",
        {"returns": ("a", "b", "c")},
        TypeError,
        '.expect("notify", returns=...): it must be a channel, or a tuple of channel and payload, '
        "not ('a', 'b', 'c'); write for example .expect(\"notify\", returns=(\"channel\", \"payload\"))",
    ),
    (
        "drop",
        {"returns": 1},
        TypeError,
        '.expect("drop", returns=...): it must be None, since no call is answered by it, not 1; '
        'write for example .expect("drop", returns=None)',
    ),
]


@pytest.mark.parametrize(("method", "given", "kind", "message"), WRONG)
def test_what_a_step_cannot_be(
    method: str, given: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as raised:
        tripwire.asyncpg.new_session().expect(
            method, **{"returns": [] if method == "fetch" else None, **given}
        )
    assert str(raised.value) == message


# -- time


@pytest.mark.parametrize(("delay", "timeout", "late"), [(59, 60, False), (61, 60, True), (1, 0.5, True)])
async def test_a_connection_attempt_takes_its_time(
    delay: float, timeout: float, late: bool, assert_all: AssertAll
) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None, delay=delay)
    async with tripwire.sandbox():
        if late:
            with pytest.raises(asyncio.TimeoutError):
                await asyncpg.connect(host="h", timeout=timeout)
        else:
            await asyncpg.connect(host="h", timeout=timeout)
    assert_all()


async def test_nobody_waits_for_a_delay(assert_all: AssertAll) -> None:
    loop = asyncio.get_running_loop()
    new_session().expect("fetchval", returns=1, delay=3600).expect("fetchval", returns=2, delay=3600)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", command_timeout=7200)
        began = loop.time()
        assert await conn.fetchval("SELECT 1") == 1
        with pytest.raises(asyncio.TimeoutError):
            await conn.fetchval("SELECT 2", timeout=3599)
        assert loop.time() - began < 60
    assert_all()


async def test_an_error_may_come_late(assert_all: AssertAll) -> None:
    error = asyncpg.DeadlockDetectedError("deadlock detected")
    new_session().expect("fetch", returns=None, raises=error, delay=1, times=2)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await conn.fetch("SELECT 1")
        with pytest.raises(asyncio.TimeoutError):
            await conn.fetch("SELECT 1", timeout=0.5)
    assert_all()

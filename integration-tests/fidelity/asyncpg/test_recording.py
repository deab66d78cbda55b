"""Programs recorded against a real PostgreSQL: statements, values, errors and transactions."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

import tripwire
from fidelity.asyncpg.harness import failure
from fidelity.asyncpg.recordings import ALL, INSERT, PEOPLE, Programs, Seen, note, recording
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

program = Programs()


# -- statements and values


@program.on_connection(
    tables=PEOPLE,
    script="""tripwire.asyncpg.new_session()\
.expect('connect', returns=None).expect('execute', returns='INSERT 0 2').expect('execute', returns='INSERT 0 1')\
.expect('fetch', returns=[{'id': 1, 'name': 'Ada'}, {'id': 2, 'name': 'Grace'}, {'id': 3, 'name': 'Alan'}])\
.expect('fetchrow', returns={'id': 1}).expect('fetchrow', returns=None).expect('fetchval', returns=3)\
.expect('fetchval', returns=None).expect('close', returns=None)""",
)
async def each_kind_of_statement(conn: Any, seen: Seen) -> None:
    await note(seen, conn.execute(INSERT, 3, "Alan"))
    await note(seen, conn.fetch(ALL))
    await note(seen, conn.fetchrow("SELECT id FROM people WHERE name = $1", "Ada"))
    await note(seen, conn.fetchrow("SELECT id FROM people WHERE name = $1", "nobody"))
    await note(seen, conn.fetchval("SELECT count(*), 7 FROM people"))
    await note(seen, conn.fetchval("SELECT id, note FROM people WHERE id = 1", column=1))


VALUES: dict[str, Any] = {
    "int": 2**40,
    "float8": 1.5,
    "bool": True,
    "text": 'it\'s "so"\n\N{SNOWMAN}',
    "numeric": Decimal("12.50"),
    "uuid": uuid.UUID("3b241101-e2bb-4255-8caf-4136c566a962"),
    "timestamptz": dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.timezone.utc),
    "timestamp": dt.datetime(2026, 1, 2, 3, 4, 5),
    "date": dt.date(2026, 1, 2),
    "time": dt.time(3, 4, 5),
    "interval": dt.timedelta(days=3, seconds=5),
    "jsonb": json.dumps({"a": [1, None]}),
    "bytea": b"\0\xff binary",
    "int4[]": [1, None, 3],
    "text[]": [["a", "b"], ["c", "d"]],
    "int4range": asyncpg.Range(1, 10),
    "numrange": asyncpg.Range(Decimal("1.5"), None, lower_inc=False),
    "tstzrange": asyncpg.Range(empty=True),
    "point": asyncpg.Point(1.5, 2),
    "box": asyncpg.Box((3, 4), (1, 2)),
    "path": asyncpg.Path((1, 2), (3, 4), is_closed=False),
    "circle": asyncpg.Circle((1, 2), 3),
    "varbit": asyncpg.BitString("10110"),
}


@program.on_connection()
async def values_of_many_types(conn: Any, seen: Seen) -> None:
    for kind, value in VALUES.items():
        kind = "int8" if kind == "int" else kind
        found = await note(seen, conn.fetchrow(f"SELECT $1::{kind} AS given, NULL::{kind} AS nothing", value))
        seen.append(found["given"] == value)


@program.on_connection(tables="CREATE TYPE pg_temp.pair AS (x int, y text)")
async def composites_and_columns_of_one_name(conn: Any, seen: Seen) -> None:
    for query in (
        "SELECT ROW(1, 'a')::pg_temp.pair AS pair, ARRAY[ROW(2, NULL)::pg_temp.pair] AS pairs",
        "SELECT ROW(1, 'a') AS anonymous",
        "SELECT 1 AS a, 2 AS a, 3",
    ):
        await note(seen, conn.fetch(query))
        await note(seen, conn.fetchrow(query))
        await note(seen, conn.fetchval(query))


@program.on_connection(tables="SELECT 1")
async def addresses(conn: Any, seen: Seen) -> None:
    await note(
        seen, conn.fetchrow("SELECT '10.0.0.1'::inet AS one, '10.0.0.0/8'::cidr AS net, '::1'::inet AS six")
    )


@program.on_connection(tables=PEOPLE)
async def many_rows(conn: Any, seen: Seen) -> None:
    await note(seen, conn.executemany(INSERT, [(3, "a"), (4, None), (4, "b")]))
    await note(seen, conn.executemany(INSERT, ([n, str(n)] for n in (5, 6))))
    await note(seen, conn.executemany(INSERT, []))
    for wrong in ([(7,)], [5], 5):
        await note(seen, conn.executemany(INSERT, wrong))
    await note(seen, conn.fetchmany(f"{INSERT} RETURNING id", [(8, "h"), (9, "i")]))
    await note(seen, conn.fetch(ALL))


@program.on_connection(
    tables=PEOPLE,
    script="""tripwire.asyncpg.new_session()\
.expect('connect', returns=None).expect('execute', returns='INSERT 0 2')\
.expect('execute', returns='INSERT 0 1', times=3).expect('execute', returns='UPDATE 5')\
.expect('close', returns=None)""",
)
async def the_same_again_and_again(conn: Any, seen: Seen) -> None:
    for number in (3, 4, 5):
        await note(seen, conn.execute(INSERT, number, "x"))
    await note(seen, conn.execute("UPDATE people SET note = 'y'"))


# -- errors


@program.on_connection(
    tables="CREATE TEMP TABLE t (id int CONSTRAINT one UNIQUE)",
    script="""tripwire.asyncpg.new_session()\
.expect('connect', returns=None).expect('execute', returns='CREATE TABLE').expect('execute', returns='INSERT 0 1')\
.expect('fetch', returns=None, raises=tripwire.asyncpg.error('42P01', 'relation "nowhere" does not exist'))\
.expect('execute', returns=None, raises=tripwire.asyncpg.error('22012', 'division by zero'))\
.expect('fetchval', returns=None, raises=asyncpg.DataError("invalid input for query argument $1: 'x' \
('str' object cannot be interpreted as an integer)"))\
.expect('fetchval', returns=1).expect('close', returns=None)""",
)
async def errors(conn: Any, seen: Seen) -> None:
    await note(seen, conn.execute("INSERT INTO t VALUES (1)"))
    await note(seen, conn.fetch("SELECT * FROM nowhere"))
    await note(seen, conn.execute("SELECT 1 / 0"))
    await note(seen, conn.fetchval("SELECT $1::int", "x"))
    await note(seen, conn.fetchval("SELECT $1::int"))  # noticed by asyncpg, and by itself
    await note(seen, conn.fetchval("SELECT $1::int", 1))


@program.on_connection()
async def an_argument_of_the_wrong_type_in_a_transaction(conn: Any, seen: Seen) -> None:
    async with conn.transaction():
        await note(seen, conn.executemany("SELECT $1::int", [(1,), ("x",), (2,)]))
        await note(seen, conn.fetchval("SELECT $1::int", "x"))
        await note(seen, conn.fetchval("SELECT $1::int", 1))


@program.on_connection(tables=PEOPLE)
async def errors_with_fields(conn: Any, seen: Seen) -> None:
    await note(seen, conn.execute(INSERT, 1, "Ada"))
    await note(seen, conn.execute(INSERT, 3, None))
    await note(seen, conn.execute("DO $$BEGIN RAISE 'no' USING HINT = 'try', DETAIL = 'why'; END$$"))


@program.on_connection()
async def timeouts(conn: Any, seen: Seen) -> None:
    await note(seen, conn.execute("SELECT pg_sleep(30)", timeout=0.05))
    await note(seen, conn.fetchval("SELECT 1"))
    await note(seen, asyncio.wait_for(conn.fetchval("SELECT pg_sleep(30)"), 0.05))
    await note(seen, conn.fetchval("SELECT 2"))


@program()
async def a_server_that_goes_away(address: str, seen: Seen) -> None:
    connection = await asyncpg.connect(address)
    await note(seen, connection.fetchval("SELECT pg_terminate_backend(pg_backend_pid())"))
    seen.append(connection.is_closed())
    await note(seen, connection.fetchval("SELECT 1"))
    await connection.close()


@program()
async def a_database_that_is_not_there(address: str, seen: Seen) -> None:
    await note(seen, asyncpg.connect(address, database="nowhere"))
    connection = await asyncpg.connect(address)
    await note(seen, connection.fetchval("SELECT 1"))
    await connection.close()


# -- transactions


@program.on_connection(
    tables=PEOPLE,
    script="""tripwire.asyncpg.new_session()\
.expect('connect', returns=None).expect('execute', returns='INSERT 0 2').expect('execute', returns='INSERT 0 1')\
.expect('execute', returns='DELETE 3').expect('fetchval', returns=3).expect('close', returns=None)""",
)
async def transactions_and_savepoints(conn: Any, seen: Seen) -> None:
    async with conn.transaction(isolation="serializable"):
        await note(seen, conn.execute(INSERT, 3, "c"))
        try:
            async with conn.transaction():
                await note(seen, conn.execute("DELETE FROM people"))
                raise KeyError
        except KeyError:
            pass
        async with conn.transaction():
            await note(seen, conn.fetchval("SELECT count(*) FROM people"))
    transaction = conn.transaction(readonly=True)
    await transaction.start()
    await transaction.rollback()


@program.on_connection(tables=PEOPLE)
async def a_failed_transaction(conn: Any, seen: Seen) -> None:
    try:
        async with conn.transaction():
            await note(seen, conn.execute(INSERT, 1, "again"))
            await note(seen, conn.fetchval("SELECT 1"))
            await conn.fetchval("SELECT 2")
    except asyncpg.InFailedSQLTransactionError as error:
        seen.append(failure(error)[:2])
    await note(seen, conn.fetchval("SELECT 3"))


@program.on_connection(tables="CREATE TEMP TABLE t (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
async def a_commit_that_fails(conn: Any, seen: Seen) -> None:
    async def twice() -> None:
        async with conn.transaction():
            await conn.execute("INSERT INTO t VALUES (1), (1)")

    await note(seen, twice())
    await note(seen, conn.fetchval("SELECT count(*) FROM t"))


@program.on_connection(tables=PEOPLE)
async def transactions_by_hand(conn: Any, seen: Seen) -> None:
    for query in ("BEGIN", "DELETE FROM people", "SELECT nothing", "SELECT 1", "ROLLBACK"):
        await note(seen, conn.execute(query))
        seen.append(conn.is_in_transaction())


# -- the tests

test_a_recorded_program_sees_the_same_without_the_server = program.test()


async def test_a_recorded_connection_ends_with_its_sandbox(postgres: str) -> None:
    verifier, _ = recording()
    async with verifier.sandbox():
        connection = await asyncpg.connect(postgres)
        working = asyncio.ensure_future(connection.fetchval("SELECT pg_sleep(30)"))
        await asyncio.sleep(0.05)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await working
    assert connection.is_closed()
    async with verifier.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError, match="in an earlier sandbox, and dropped"):
            await connection.fetchval("SELECT 1")


async def test_what_is_scripted_is_not_recorded(postgres: str) -> None:
    verifier, scribe = recording("asyncpg")
    plugin = verifier.plugin(AsyncpgPlugin)
    plugin.new_session().expect("connect", returns=None).expect("fetchval", returns="scripted")
    async with verifier.sandbox():
        scripted, real = await asyncpg.connect(postgres), await asyncpg.connect(postgres)
        assert [await one.fetchval("SELECT 'real'") for one in (scripted, real)] == ["scripted", "real"]
        with pytest.raises(tripwire.UnmockedInteractionError):
            await scripted.fetchval("SELECT 'more'")
        await real.close()
    (period,) = scribe.periods
    real_ones = [one.interaction for one in period.seen if one.is_real]
    assert [one.is_real for one in period.seen] == [False, True, False, True, True]
    assert all("test_recording.py" in str(one.place) for one in real_ones)
    (statement,) = plugin.mocks([one.interaction for one in period.seen])
    assert statement.in_a_line(repr) == (
        "tripwire.asyncpg.new_session().expect('connect', returns=None)"
        ".expect('fetchval', returns='real').expect('close', returns=None)"
    )


async def test_a_cursor_that_fails_later_fails_where_it_is_opened(postgres: str) -> None:
    verifier, scribe = recording()
    async with verifier.sandbox():
        connection = await asyncpg.connect(postgres)
        async with connection.transaction(readonly=True):
            cursor = await connection.cursor("SELECT 1 / (n - 3) AS one FROM generate_series(1, 5) n")
            assert await cursor.fetch(1) == [{"one": 0}]
            with pytest.raises(asyncpg.DivisionByZeroError):
                await cursor.fetch(2)
    interactions = [one.interaction for one in scribe.periods[0].seen]
    (statement,) = verifier.plugin(AsyncpgPlugin).mocks(interactions)
    assert statement.in_a_line(repr) == (
        "tripwire.asyncpg.new_session().expect('connect', returns=None)"
        ".expect('cursor', returns=None, raises=tripwire.asyncpg.error('22012', 'division by zero'))"
    )


async def test_records_are_equal_to_dicts_while_they_are_recorded(postgres: str) -> None:
    verifier, _ = recording()
    async with verifier.sandbox():
        connection = await asyncpg.connect(postgres)
        assert await connection.fetch("SELECT 1 AS one") == [{"one": 1}]
        await connection.close()

"""databases: queries in text and of SQLAlchemy's Core, a connection of the pool for each task."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import databases
import pytest
import sqlalchemy as sa

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .database import Database, Program

notes: Any = sa.Table(
    "notes",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.String),
    sa.Column("data", sa.JSON),
)
TABLE = "CREATE TABLE notes (id serial PRIMARY KEY, text varchar NOT NULL, data json)"
INSERT = "INSERT INTO notes (text, data) VALUES ($2, $1::JSON) RETURNING notes.id"
SELECT = "SELECT notes.id, notes.text, notes.data FROM notes"
NO_TEXT = AsyncpgPlugin.error(
    asyncpg.NotNullViolationError,
    'null value in column "text" of relation "notes" violates not-null constraint',
    detail="Failing row contains (2, null, null).",
    schema_name="public",
    table_name="notes",
    column_name="text",
)


def using(work: Any) -> Program:
    async def program(address: str) -> Any:
        async with databases.Database(address, min_size=1) as database:
            return await work(database)

    return program


def assert_connect(database: Database) -> None:
    tripwire.asyncpg.assert_connect(host=database.host, database="postgres", user="postgres")


@pytest.fixture(autouse=True)
def _table(database: Database) -> None:
    database.has(TABLE)


def test_rows_of_core_and_of_text(database: Database) -> None:
    pool = tripwire.asyncpg.new_pool()
    pool.expect("fetchval", returns=1)
    pool.expect("fetch", returns=[{"id": 1, "text": "one", "data": '{"a": 1}'}])
    pool.expect("fetchrow", returns={"id": 1, "text": "one"})
    pool.expect("fetchrow", returns={"count": 1})
    pool.expect("execute", returns=1, times=2)
    pool.expect("cursor", returns=[{"id": number} for number in (1, 2, 3)])

    async def work(db: databases.Database) -> Any:
        key = await db.execute(notes.insert(), {"text": "one", "data": {"a": 1}})
        rows: Any = await db.fetch_all(notes.select())
        query = "SELECT id, text FROM notes WHERE text = :text"
        one: Any = await db.fetch_one(query, {"text": "one"})
        count = await db.fetch_val("SELECT count(*) FROM notes")
        insert = "INSERT INTO notes (text) VALUES (:text)"
        await db.execute_many(insert, [{"text": "two"}, {"text": "three"}])
        keys = [row["id"] async for row in db.iterate("SELECT id FROM notes ORDER BY id")]
        return key, [(row.id, row.text, row.data) for row in rows], one.text, count, keys

    assert database.use(using(work)) == (1, [(1, "one", {"a": 1})], "one", 1, [1, 2, 3])
    assert_connect(database)
    tripwire.asyncpg.assert_fetchval(query=INSERT, args=['{"a": 1}', "one"])
    tripwire.asyncpg.assert_fetch(query=SELECT, args=[])
    tripwire.asyncpg.assert_fetchrow(query="SELECT id, text FROM notes WHERE text = $1", args=["one"])
    tripwire.asyncpg.assert_fetchrow(query="SELECT count(*) FROM notes", args=[])
    for text in ("two", "three"):
        tripwire.asyncpg.assert_execute(query="INSERT INTO notes (text) VALUES ($1)", args=[text])
    with tripwire.asyncpg.assert_transaction():
        tripwire.asyncpg.assert_cursor(query="SELECT id FROM notes ORDER BY id", args=[])
    tripwire.asyncpg.assert_close()


def test_an_error_rolls_a_savepoint_back(database: Database) -> None:
    pool = tripwire.asyncpg.new_pool()
    insert = "INSERT INTO notes (text) VALUES ($1)"
    pool.expect("fetchval", query=insert, args=["one"], returns=None)
    pool.expect("fetchval", query=insert, args=[None], returns=None, raises=NO_TEXT)
    pool.expect("fetchrow", returns={"count": 1})

    async def work(db: databases.Database) -> Any:
        add = "INSERT INTO notes (text) VALUES (:text)"
        async with db.transaction(isolation="serializable"):
            await db.execute(add, {"text": "one"})
            try:
                async with db.transaction():
                    await db.execute(add, {"text": None})
            except asyncpg.NotNullViolationError as error:
                return error.column_name, await db.fetch_val("SELECT count(*) FROM notes")

    assert database.use(using(work)) == ("text", 1)
    assert_connect(database)
    with tripwire.asyncpg.assert_transaction(isolation="serializable"):
        tripwire.asyncpg.assert_fetchval(query=insert, args=["one"])
        with tripwire.asyncpg.assert_transaction(savepoint=True, rollback=True):
            tripwire.asyncpg.assert_fetchval(query=insert, args=[None])
        tripwire.asyncpg.assert_fetchrow(query="SELECT count(*) FROM notes", args=[])
    tripwire.asyncpg.assert_close()


def test_tasks_have_connections_of_their_own(database: Database) -> None:
    database.in_order = False
    pool = tripwire.asyncpg.new_pool(ordered=False, acquires=True)
    for number in range(3):
        pool.expect("fetchrow", query="SELECT CAST($1 AS int) AS n", args=[number], returns={"n": number})

    async def work(db: databases.Database) -> Any:
        query = "SELECT CAST(:n AS int) AS n"
        return await asyncio.gather(*(db.fetch_val(query, {"n": number}) for number in range(3)))

    assert database.use(using(work)) == [0, 1, 2]
    assert_connect(database)
    with tripwire.in_any_order():
        for number in range(3):
            tripwire.asyncpg.assert_acquire()
            tripwire.asyncpg.assert_fetchrow(query="SELECT CAST($1 AS int) AS n", args=[number])
            tripwire.asyncpg.assert_release()
    tripwire.asyncpg.assert_close()


def test_a_trip_is_not_hidden(database: Database) -> None:
    tripwire.asyncpg.new_pool()

    async def work(db: databases.Database) -> Any:
        async with db.transaction():
            await db.execute("DELETE FROM notes")

    def asserted() -> None:
        assert_connect(database)
        with tripwire.asyncpg.assert_transaction(rollback=True):
            pass
        tripwire.asyncpg.assert_close()

    assert database.hidden_trips(using(work), asserted) == [
        "1 trip never reached the test:",
        "  - UnmockedInteractionError: asyncpg.fetchval('DELETE FROM notes')",
    ]

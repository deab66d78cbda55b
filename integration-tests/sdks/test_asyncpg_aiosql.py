"""aiosql: functions made of SQL, over a pool or a connection of asyncpg."""

from __future__ import annotations

from typing import Any

import aiosql
import asyncpg
import pytest

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .database import Database

QUERIES: Any = aiosql.from_str(
    """
    -- name: everybody()
    SELECT id, name FROM users ORDER BY id;

    -- name: by_name(name)^
    SELECT id, name FROM users WHERE name = :name;

    -- name: how_many()$
    SELECT count(*) FROM users;

    -- name: add(name)<!
    INSERT INTO users (name) VALUES (:name) RETURNING id;

    -- name: add_many(id, name)*!
    INSERT INTO users (id, name) VALUES (:id, :name);

    -- name: rename(old, new)!
    UPDATE users SET name = :new WHERE name = :old;

    -- name: clear()#
    DELETE FROM users; SELECT 1;
    """,
    "asyncpg",
)
TABLE = "CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL UNIQUE)"
ADA = {"id": 1, "name": "Ada"}
BOB = {"id": 2, "name": "Bob"}
DUPLICATE = AsyncpgPlugin.error(
    asyncpg.UniqueViolationError,
    'duplicate key value violates unique constraint "users_name_key"',
    detail="Key (name)=(Ada) already exists.",
    schema_name="public",
    table_name="users",
    constraint_name="users_name_key",
)


@pytest.fixture(autouse=True)
def _table(database: Database) -> None:
    database.has(TABLE)


def test_every_kind_of_query(database: Database) -> None:
    steps: list[tuple[str, Any]] = [
        ("fetchrow", {"id": 1}),
        ("fetch", [ADA]),
        ("fetchrow", ADA),
        ("fetchrow", None),
        ("fetchval", 1),
        ("execute", 1),
        ("execute", "SELECT 1"),
    ]
    pool = tripwire.asyncpg.new_pool()
    for method, returns in steps:
        pool.expect(method, returns=returns)

    async def program(address: str) -> Any:
        async with asyncpg.create_pool(address, min_size=1) as pool:
            return [
                await QUERIES.add(pool, name="Ada"),
                [dict(row) async for row in QUERIES.everybody(pool)],
                dict(await QUERIES.by_name(pool, name="Ada")),
                await QUERIES.by_name(pool, name="Bob"),
                await QUERIES.how_many(pool),
                await QUERIES.rename(pool, old="Ada", new="Bob"),
                await QUERIES.clear(pool),
            ]

    assert database.use(program) == [1, [ADA], ADA, None, 1, "UPDATE 1", "SELECT 1"]
    tripwire.asyncpg.assert_connect(dsn=database.address)
    tripwire.asyncpg.assert_fetchrow(query="INSERT INTO users (name) VALUES ($1) RETURNING id", args=["Ada"])
    tripwire.asyncpg.assert_fetch(query="SELECT id, name FROM users ORDER BY id", args=[])
    for name in ("Ada", "Bob"):
        tripwire.asyncpg.assert_fetchrow(query="SELECT id, name FROM users WHERE name = $1", args=[name])
    tripwire.asyncpg.assert_fetchval(query="SELECT count(*) FROM users", args=[])
    # The arguments are numbered in the order of the text.
    tripwire.asyncpg.assert_execute(query="UPDATE users SET name = $1 WHERE name = $2", args=["Bob", "Ada"])
    tripwire.asyncpg.assert_execute(query="DELETE FROM users; SELECT 1", args=[])
    tripwire.asyncpg.assert_close()


def test_many_rows_and_a_cursor_in_a_transaction(database: Database) -> None:
    rows = [(1, "Ada"), (2, "Bob")]
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("executemany", args=rows, returns=None)
    session.expect("prepare", returns=None).expect("cursor", returns=[ADA, BOB])
    session.expect("close", returns=None)

    async def program(address: str) -> Any:
        conn = await asyncpg.connect(address)
        try:
            await QUERIES.add_many(conn, [ADA, BOB])
            async with QUERIES.everybody_cursor(conn) as cursor:
                return [dict(row) async for row in cursor]
        finally:
            await conn.close()

    assert database.use(program) == [ADA, BOB]
    tripwire.asyncpg.assert_connect(dsn=database.address)
    tripwire.asyncpg.assert_executemany(query="INSERT INTO users (id, name) VALUES ($1, $2)", args=rows)
    select = "SELECT id, name FROM users ORDER BY id"
    tripwire.asyncpg.assert_prepare(query=select)
    with tripwire.asyncpg.assert_transaction():
        tripwire.asyncpg.assert_cursor(query=select, args=[])
    tripwire.asyncpg.assert_close()


def test_a_unique_violation_rolls_a_transaction_back(database: Database) -> None:
    pool = tripwire.asyncpg.new_pool()
    pool.expect("fetchrow", returns={"id": 1})
    pool.expect("fetchrow", returns=None, raises=DUPLICATE)
    pool.expect("fetchval", returns=0)

    async def program(address: str) -> Any:
        async with asyncpg.create_pool(address, min_size=1) as pool:
            try:
                async with pool.acquire() as conn, conn.transaction():
                    await QUERIES.add(conn, name="Ada")
                    await QUERIES.add(conn, name="Ada")
            except asyncpg.UniqueViolationError as error:
                return error.as_dict()["constraint_name"], await QUERIES.how_many(pool)

    assert database.use(program) == ("users_name_key", 0)
    tripwire.asyncpg.assert_connect(dsn=database.address)
    with tripwire.asyncpg.assert_transaction(rollback=True):
        for _ in range(2):
            tripwire.asyncpg.assert_fetchrow(
                query="INSERT INTO users (name) VALUES ($1) RETURNING id", args=["Ada"]
            )
    tripwire.asyncpg.assert_fetchval(query="SELECT count(*) FROM users", args=[])
    tripwire.asyncpg.assert_close()


def test_a_trip_is_not_hidden(database: Database) -> None:
    tripwire.asyncpg.new_pool().expect("fetchval", returns=0)

    async def program(address: str) -> Any:
        async with asyncpg.create_pool(address, min_size=1) as pool:
            await QUERIES.how_many(pool)
            await QUERIES.add(pool, name="Ada")

    def asserted() -> None:
        tripwire.asyncpg.assert_connect(dsn=database.address)
        tripwire.asyncpg.assert_fetchval(query="SELECT count(*) FROM users", args=[])
        tripwire.asyncpg.assert_close()

    assert database.hidden_trips(program, asserted) == [
        "1 trip never reached the test:",
        "  - UnmockedInteractionError: asyncpg.fetchrow('INSERT INTO users (name) VALUES ($1) RETURNING id;', 'Ada')",
    ]

"""pgvector: its codecs for asyncpg."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from pgvector import Vector
from pgvector.asyncpg import register_vector

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .database import Database

TABLE = "CREATE EXTENSION vector; CREATE TABLE items (id int PRIMARY KEY, embedding vector(3))"
INSERT = "INSERT INTO items VALUES ($1, $2)"
NEAREST = "SELECT id, embedding FROM items ORDER BY embedding <-> $1 LIMIT $2"
TOO_SHORT = AsyncpgPlugin.error("22000", "expected 3 dimensions, not 2")
ROWS = [(1, Vector([1, 2, 3])), (2, Vector([4, 5, 6]))]


@pytest.fixture(autouse=True)
def _table(database: Database) -> None:
    database.has(TABLE)


def test_vectors_go_in_and_come_out(database: Database) -> None:
    pool = tripwire.asyncpg.new_pool()
    pool.expect("executemany", query=INSERT, args=ROWS, returns=None)
    pool.expect("fetch", query=NEAREST, returns=[(2, Vector([4, 5, 6]))], columns=["id", "embedding"])

    async def program(address: str) -> Any:
        async with asyncpg.create_pool(address, min_size=1, init=register_vector) as pool:
            await pool.executemany(INSERT, ROWS)
            found = await pool.fetch(NEAREST, Vector([4, 4, 4]), 1)
            return [(row["id"], row["embedding"].to_list()) for row in found]

    assert database.use(program) == [(2, [4.0, 5.0, 6.0])]
    tripwire.asyncpg.assert_connect(dsn=database.address)
    tripwire.asyncpg.assert_executemany(query=INSERT, args=ROWS)
    tripwire.asyncpg.assert_fetch(query=NEAREST, args=[Vector([4, 4, 4]), 1])
    tripwire.asyncpg.assert_close()


def test_an_error_rolls_a_transaction_back(database: Database) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("execute", returns=1)
    session.expect("execute", args=[2, Vector([4, 5])], returns="", raises=TOO_SHORT)
    session.expect("fetchval", returns=0).expect("close", returns=None)

    async def program(address: str) -> Any:
        conn = await asyncpg.connect(address)
        await register_vector(conn)
        try:
            async with conn.transaction():
                await conn.execute(INSERT, 1, Vector([1, 2, 3]))
                await conn.execute(INSERT, 2, Vector([4, 5]))
        except asyncpg.DataError as error:
            return str(error), await conn.fetchval("SELECT count(*) FROM items")
        finally:
            await conn.close()

    assert database.use(program) == ("expected 3 dimensions, not 2", 0)
    tripwire.asyncpg.assert_connect(dsn=database.address)
    with tripwire.asyncpg.assert_transaction(rollback=True):
        tripwire.asyncpg.assert_execute(query=INSERT, args=[1, Vector([1, 2, 3])])
        tripwire.asyncpg.assert_execute(query=INSERT, args=[2, Vector([4, 5])])
    tripwire.asyncpg.assert_fetchval(query="SELECT count(*) FROM items", args=[])
    tripwire.asyncpg.assert_close()


def test_a_trip_is_not_hidden(database: Database) -> None:
    tripwire.asyncpg.new_pool()

    async def program(address: str) -> Any:
        async with asyncpg.create_pool(address, min_size=1, init=register_vector) as pool:
            await pool.execute(INSERT, 1, Vector([1, 2, 3]))

    def asserted() -> None:
        tripwire.asyncpg.assert_connect(dsn=database.address)
        tripwire.asyncpg.assert_close()

    assert database.hidden_trips(program, asserted) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: asyncpg.execute({INSERT!r}, 1, Vector([1.0, 2.0, 3.0]))",
    ]

"""What `Database.use` compares: a script that says something else than the real server fails the test."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

import tripwire

from .database import Database


@pytest.fixture(autouse=True)
def _table(database: Database) -> None:
    database.has("CREATE TABLE users (id int); INSERT INTO users VALUES (1)")


async def program(address: str) -> Any:
    """Reads what it finds, and asks again where it finds more than one user."""
    async with asyncpg.create_pool(address, min_size=1) as pool:
        rows = await pool.fetch("SELECT id FROM users")
        return [row["id"] for row in rows] if len(rows) < 2 else [await pool.fetchval("SELECT 1")]


@pytest.mark.parametrize(
    ("rows", "more", "problem"),
    [
        ([], [], "the outcome with a script, and the real one"),
        ([{"id": "1"}], [], "the outcome with a script, and the real one"),
        ([{"id": 1}, {"id": 2}], [1], "the commands sent to the script, and to the real server"),
    ],
    ids=["another value", "another type", "another command"],
)
def test_a_script_that_is_not_as_the_server(
    database: Database, rows: list[Any], more: list[int], problem: str
) -> None:
    script = tripwire.asyncpg.new_pool().expect("fetch", returns=rows)
    for value in more:
        script.expect("fetchval", returns=value)
    with pytest.raises(AssertionError, match=f"^{problem}"):
        database.use(program)
    tripwire.asyncpg.assert_connect(dsn=database.address)
    tripwire.asyncpg.assert_fetch(query="SELECT id FROM users", args=[])
    for _ in more:
        tripwire.asyncpg.assert_fetchval(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_close()


def test_an_error_with_other_fields(database: Database) -> None:
    error = tripwire.asyncpg.error("42P01", 'relation "nowhere" does not exist')
    tripwire.asyncpg.new_session().expect("connect", returns=None).expect(
        "prepare", returns=None, raises=error
    )

    async def failing(address: str) -> None:
        connection = await asyncpg.connect(address)
        try:
            await connection.prepare("SELECT * FROM nowhere")
        finally:
            connection.terminate()

    with pytest.raises(AssertionError, match=r"^the outcome with a script, and the real one"):
        database.use(failing)  # the real error has a position
    tripwire.asyncpg.assert_connect(dsn=database.address)
    tripwire.asyncpg.assert_prepare(query="SELECT * FROM nowhere")

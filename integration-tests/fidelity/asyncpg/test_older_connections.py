"""What was made before the sandbox on a real connection never reaches the real server inside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

import tripwire


@dataclass
class Older:
    """A real connection in a transaction, with what was made on it before the sandbox."""

    connection: Any
    statement: Any
    factory: Any
    cursor: Any
    iterator: Any


@pytest.fixture
async def older(postgres: str) -> AsyncIterator[Older]:
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE TEMP TABLE seen (n int)")
    transaction = connection.transaction()
    await transaction.start()
    statement = await connection.prepare("INSERT INTO seen VALUES ($1) RETURNING n")
    numbers = await connection.prepare("SELECT * FROM generate_series(1, 9) AS n")
    yield Older(
        connection,
        statement,
        connection.cursor("INSERT INTO seen VALUES (1)"),
        await numbers.cursor(),
        aiter(numbers.cursor(prefetch=2)),
    )
    assert await connection.fetchval("SELECT count(*) FROM seen") == 0
    await transaction.rollback()
    await connection.close()


async def wait_for(factory: Any) -> None:
    await factory


CALLS: dict[str, Callable[[Older], Awaitable[Any]]] = {
    "PreparedStatement.fetch(1)": lambda older: older.statement.fetch(1),
    "PreparedStatement.fetchval(1)": lambda older: older.statement.fetchval(1),
    "PreparedStatement.fetchrow(1)": lambda older: older.statement.fetchrow(1),
    "PreparedStatement.fetchmany([(1,)])": lambda older: older.statement.fetchmany([(1,)]),
    "PreparedStatement.executemany([(1,)])": lambda older: older.statement.executemany([(1,)]),
    "fetchval('EXPLAIN (FORMAT JSON, VERBOSE) INSERT INTO seen VALUES ($1) RETURNING n', 1)": (
        lambda older: older.statement.explain(1)
    ),
    "transaction()": lambda older: older.statement.explain(1, analyze=True),
    "CursorFactory.__await__()": lambda older: wait_for(older.factory),
    "Cursor.fetch(2)": lambda older: older.cursor.fetch(2),
    "Cursor.fetchrow()": lambda older: older.cursor.fetchrow(),
    "Cursor.forward(2)": lambda older: older.cursor.forward(2),
    "CursorIterator.__anext__()": lambda older: anext(older.iterator),
}


@pytest.mark.parametrize("words", CALLS)
async def test_what_is_older_than_the_sandbox_reaches_no_server(older: Older, words: str) -> None:
    async with tripwire.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await CALLS[words](older)
    assert str(trip.value).splitlines() == [
        f"nothing answers this call: asyncpg.{words}",
        f"  called at {trip.value.place}",
        "the connection was opened before the sandbox, so no script stands behind it; connect inside",
    ]
    assert trip.value.place is not None
    assert trip.value.place.filename == __file__


async def test_outside_the_sandbox_it_is_genuine(older: Older) -> None:
    async with tripwire.sandbox():
        pass
    assert await older.cursor.fetch(2) == [(1,), (2,)]
    assert await older.cursor.forward(2) == 2
    assert await older.cursor.fetchrow() == (5,)
    assert [n async for (n,) in older.iterator] == list(range(1, 10))
    await older.factory
    assert await older.statement.fetch(7) == [(7,)]
    assert await older.statement.fetchval(8) == 8
    assert await older.statement.fetchrow(9) == (9,)
    assert await older.statement.fetchmany([(10,)]) == [(10,)]
    await older.statement.executemany([(11,)])
    assert await older.connection.fetch("DELETE FROM seen RETURNING n") == [(n,) for n in range(7, 12)]

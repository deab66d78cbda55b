"""Transactions: as context managers, by hand, nested, and those that fail."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from fidelity.asyncpg.harness import (
    DIVISION,
    DUPLICATE,
    FAILED,
    PEOPLE,
    USERS,
    Observer,
    Scenarios,
)

scenario = Scenarios()


@scenario(("execute", "INSERT 0 1"), ("fetchval", 1), tables=USERS)
async def a_transaction_that_commits(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        see.state(conn)
        await see.result(conn.execute("INSERT INTO users VALUES (1, 'Alice')"))
    see.state(conn)
    await see.result(conn.fetchval("SELECT id FROM users"))


@scenario(("execute", DUPLICATE), ("fetchval", 2), tables=PEOPLE)
async def a_transaction_that_rolls_back(conn: Any, see: Observer) -> None:
    try:
        async with conn.transaction(isolation="serializable"):
            await conn.execute("INSERT INTO users VALUES (1, 'Alice')")
    except asyncpg.UniqueViolationError as error:
        see.value(str(error))
    see.state(conn)
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("fetchval", DIVISION), tables=PEOPLE)
async def a_failed_transaction_refuses_everything(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.fetchval(FAILED))
    see.state(conn)
    await see.result(conn.fetch("SELECT 1"))
    await see.result(conn.execute("SELECT 1"))
    await see.result(conn.execute("SELECT $1::int", 1))
    await see.result(transaction.rollback())
    see.state(conn)


@scenario(("fetchval", DIVISION), tables=PEOPLE)
async def a_failed_transaction_cannot_commit(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.fetchval(FAILED))
    await see.result(transaction.commit())
    see.state(conn)
    await see.result(transaction.rollback())


@scenario(("fetchval", DIVISION), ("fetchval", 1), tables=PEOPLE)
async def a_savepoint_saves_the_transaction(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        try:
            async with conn.transaction():
                await conn.fetchval(FAILED)
        except asyncpg.DivisionByZeroError as error:
            see.value(str(error))
        see.state(conn)
        await see.result(conn.fetchval("SELECT 1"))
        async with conn.transaction(isolation="read_committed"):
            see.state(conn)
        see.state(conn)


@scenario()
async def a_nested_transaction_of_another_isolation(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        await see.result(conn.transaction(isolation="serializable").start())
        see.state(conn)


@scenario()
async def misuse_of_transactions(conn: Any, see: Observer) -> None:
    transaction = conn.transaction(readonly=True, deferrable=True)
    await see.result(transaction.commit())
    await see.result(transaction.start())
    await see.result(transaction.start())
    await see.result(transaction.commit())
    await see.result(transaction.commit())
    await see.result(transaction.rollback())
    async with (other := conn.transaction()):
        await see.result(other.commit())
        await see.result(other.rollback())
    with pytest.raises(ValueError, match="isolation is expected"):
        conn.transaction(isolation="none")


@scenario(("execute", "BEGIN"), ("execute", "SAVEPOINT"), ("execute", "ROLLBACK"), ("execute", "COMMIT"))
async def transactions_by_hand(conn: Any, see: Observer) -> None:
    await see.result(conn.execute("BEGIN"))
    see.state(conn)
    await see.result(conn.transaction().start())
    await see.result(conn.execute("SAVEPOINT a"))
    await see.result(conn.execute("ROLLBACK TO a"))
    see.state(conn)
    await see.result(conn.execute("COMMIT"))
    see.state(conn)


@scenario(
    ("execute", "START TRANSACTION"),
    ("fetchval", DIVISION),
    ("execute", "ROLLBACK"),
    ("execute", "SELECT 1"),
    tables=PEOPLE,
)
async def a_transaction_by_hand_that_fails(conn: Any, see: Observer) -> None:
    await see.result(conn.execute("-- BEGIN here\n start  transaction"))
    await see.result(conn.fetchval(FAILED))
    await see.result(conn.fetchval("SELECT 1"))
    see.state(conn)
    await see.result(conn.execute("rollback"))
    see.state(conn)
    await see.result(conn.execute("BEGIN; COMMIT; SELECT 1"))


@scenario(
    ("execute", "CREATE TABLE"),
    ("execute", "INSERT 0 2"),
    {"method": "commit", "returns": None, "raises": DUPLICATE},
    ("fetchval", 1),
)
async def a_commit_that_fails(conn: Any, see: Observer) -> None:
    await conn.execute("CREATE TEMP TABLE users (id int, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)")
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.execute("INSERT INTO users VALUES (1), (1)"))
    try:
        await transaction.commit()
    except asyncpg.UniqueViolationError as error:
        see.value(error.sqlstate)
    see.state(conn)
    await see.result(conn.fetchval("SELECT 1"))


test_the_script_is_as_the_server = scenario.test()

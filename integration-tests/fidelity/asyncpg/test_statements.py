"""Statements for many rows, and prepared statements."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from fidelity.asyncpg.harness import (
    ALICE,
    BOB,
    DIVISION,
    DUPLICATE,
    FAILED,
    NOWHERE,
    PEOPLE,
    USERS,
    Observer,
    Scenarios,
)

scenario = Scenarios()

INSERT = "INSERT INTO users VALUES ($1, $2)"
RETURNING = "INSERT INTO users VALUES ($1, $2) RETURNING id, name"
COUNT = ("fetchval", 2)


# -- many rows


@scenario(("executemany", None), COUNT, tables=USERS)
async def executemany_of_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany(INSERT, [(1, "Alice"), (2, "Bob")]))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("executemany", None), COUNT, tables=USERS)
async def executemany_of_a_generator_of_lists(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany(INSERT, ([n, str(n)] for n in range(2)), timeout=30))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("executemany", None), ("fetchval", 5000), tables=USERS)
async def executemany_of_more_than_fits_into_a_buffer(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany(INSERT, [(n, "x" * 50) for n in range(5000)]))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("executemany", None), ("fetchval", 0), tables=USERS)
async def executemany_of_nothing(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany(INSERT, []))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("fetchval", 0), tables=USERS)
async def executemany_of_wrong_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany(INSERT, [(1,)]))
    await see.result(conn.executemany(INSERT, [(1, "Alice"), (2,)]))
    await see.result(conn.executemany(INSERT, [(1, "Alice"), 5]))
    await see.result(conn.executemany(INSERT, 5))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("fetchval", 0), tables=USERS)
async def executemany_of_wrong_rows_in_a_transaction(conn: Any, see: Observer) -> None:
    async with conn.transaction():
        await see.result(conn.executemany(INSERT, [(1, "Alice"), (2,)]))
        see.state(conn)
        await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("executemany", DUPLICATE), ("fetchval", 0), tables=USERS)
async def executemany_that_fails_does_nothing(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany(INSERT, [(1, "Alice"), (1, "Bob")]))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("executemany", DUPLICATE), tables=USERS)
async def executemany_that_fails_in_a_transaction(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.executemany(INSERT, [(1, "Alice"), (1, "Bob")]))
    see.state(conn)
    await see.result(conn.executemany(INSERT, [(1, "Alice")]))
    await see.result(transaction.rollback())


@scenario(("executemany", NOWHERE))
async def executemany_into_nowhere(conn: Any, see: Observer) -> None:
    await see.result(conn.executemany("INSERT INTO nowhere VALUES (1)", [()]))


@scenario(
    ("fetchmany", [{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}]), ("fetchmany", []), tables=USERS
)
async def fetchmany_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchmany(RETURNING, [(1, "Alice"), (2, "Bob")]))
    await see.result(conn.fetchmany(INSERT, [(3, "Eve")]))


@scenario(("fetchmany", []), tables=USERS)
async def fetchmany_of_nothing(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchmany(RETURNING, []))


@scenario(("fetchmany", DUPLICATE), tables=USERS)
async def fetchmany_that_fails(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchmany(RETURNING, [(1, "Alice"), (1, "Bob")]))


@scenario(("fetchmany", [{"id": 1, "name": "Alice"}]), tables=USERS)
async def fetchmany_with_a_record_class(conn: Any, see: Observer) -> None:
    class Named(asyncpg.Record):  # type: ignore[misc]
        pass

    await see.result(conn.fetchmany(RETURNING, [(1, "Alice")], record_class=Named))
    await see.result(conn.fetchmany(RETURNING, [(1, "Alice")], record_class=tuple))


# -- prepared statements


@scenario(("prepare", None), ("fetch", [ALICE, BOB]), ("fetch", [BOB]), ("fetch", []), tables=PEOPLE)
async def a_prepared_fetch(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT * FROM users WHERE id >= $1 ORDER BY id")
    see.value(statement.get_query())
    for least in (1, 2, 3):
        await see.result(statement.fetch(least))
        see.value(statement.get_statusmsg())


@scenario(("prepare", None), ("fetchrow", ALICE), ("fetchrow", None), tables=PEOPLE)
async def a_prepared_fetchrow(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT * FROM users WHERE id = $1", timeout=30)
    await see.result(statement.fetchrow(1))
    see.value(statement.get_statusmsg())
    await see.result(statement.fetchrow(9))
    see.value(statement.get_statusmsg())


@scenario(("prepare", None), ("fetchval", 1), ("fetchval", "Alice"), tables=PEOPLE)
async def a_prepared_fetchval(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT id, name FROM users WHERE id = $1")
    await see.result(statement.fetchval(1))
    await see.result(statement.fetchval(1, column=1))
    see.value(statement.get_statusmsg())


@scenario(("prepare", None), ("executemany", None), ("fetchmany", [{"id": 3, "name": "Eve"}]), tables=USERS)
async def prepared_statements_for_many_rows(conn: Any, see: Observer) -> None:
    statement = await conn.prepare(RETURNING)
    await see.result(statement.executemany([(1, "Alice"), (2, "Bob")]))
    await see.result(statement.fetchmany([(3, "Eve")]))
    await see.result(statement.fetchmany([(3,)]))
    see.value(statement.get_statusmsg())


@scenario(("prepare", ["id", "name"]), tables=PEOPLE)
async def what_a_statement_tells(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT id, name FROM users WHERE id = $1 AND name = $2")
    see.value([one.name for one in statement.get_attributes()])
    see.value(len(statement.get_parameters()))
    see.value((statement.get_statusmsg(), statement.get_name().startswith("__asyncpg_stmt_")))


@scenario(("prepare", None), ("prepare", None), tables=PEOPLE, statement_cache_size=0)
async def names_of_statements(conn: Any, see: Observer) -> None:
    see.value((await conn.prepare("SELECT id FROM users")).get_name().rpartition("_stmt_")[0])
    see.value((await conn.prepare("SELECT id FROM users", name="mine")).get_name())


@scenario(("prepare", None), ("fetch", []), ("prepare", None), ("fetch", []), tables=USERS)
async def statuses_of_commands(conn: Any, see: Observer) -> None:
    for query in ("CREATE TEMP TABLE t (a int)", "DELETE FROM users"):
        statement = await conn.prepare(query)
        see.value(statement.get_attributes())
        await see.result(statement.fetch())
        see.value(statement.get_statusmsg())


@scenario(
    *(("prepare", None), ("fetch", "UPDATE 2"), ("fetch", "UPDATE 0"), ("fetch", "INSERT 0 1")),
    *(("fetch", [{"id": 7}]), ("fetch", "CREATE TABLE")),
    tables=PEOPLE,
)
async def statuses_of_commands_without_rows(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("UPDATE users SET note = $1 WHERE id < $2")
    for least in (3, 0):
        await see.result(statement.fetch("y", least))
        see.value((statement.get_statusmsg(), statement.get_attributes()))
    await see.result(conn.fetch("INSERT INTO users VALUES ($1, 'Eve')", 3))
    await see.result(conn.fetch("INSERT INTO users VALUES (7, 'Fay') RETURNING id"))
    await see.result(conn.fetch("CREATE TEMP TABLE t (a int)"))


@scenario(("prepare", None), ("fetchval", '[{"Plan": {}}]'), ("fetchval", '[{"Plan": {}}]'), tables=PEOPLE)
async def a_plan(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT id FROM users WHERE id = $1")
    for analyze in (False, True):
        (plan,) = await statement.explain(1, analyze=analyze)
        see.value("Plan" in plan)
        see.state(conn)


@scenario(("prepare", NOWHERE))
async def a_statement_that_cannot_be_prepared(conn: Any, see: Observer) -> None:
    await see.result(conn.prepare("SELECT * FROM nowhere"))


@scenario(("prepare", None), ("fetch", DIVISION), tables=PEOPLE)
async def a_prepared_statement_that_fails(conn: Any, see: Observer) -> None:
    statement = await conn.prepare(FAILED)
    await see.result(statement.fetch())
    await see.result(statement.fetch(1))
    await see.result(statement.fetchval(1, 2))


@scenario(("prepare", None), ("close", None), tables=PEOPLE)
async def a_statement_of_a_closed_connection(conn: Any, see: Observer) -> None:
    statement = await conn.prepare("SELECT id FROM users")
    await conn.close()
    for look in (statement.get_query, statement.get_attributes, statement.cursor, statement.fetch):
        with pytest.raises(asyncpg.InterfaceError) as raised:
            look()
        see.value(str(raised.value))


@scenario(("prepare", None), ("fetchrow", {"id": 1}), tables=PEOPLE)
async def a_statement_with_a_record_class(conn: Any, see: Observer) -> None:
    class Named(asyncpg.Record):  # type: ignore[misc]
        def __getattr__(self, name: str) -> Any:
            return self[name]

    statement = await conn.prepare("SELECT id FROM users", record_class=Named)
    row = await statement.fetchrow()
    see.value((row.id, type(row).__name__, isinstance(row, Named)))


@scenario(
    ("prepare", None), ("prepare", None), ("fetchval", 2), ("fetchval", 1), ("fetchval", 3), tables=PEOPLE
)
async def two_statements_and_a_plain_query(conn: Any, see: Observer) -> None:
    first = await conn.prepare("SELECT 1::int AS one")
    second = await conn.prepare("SELECT 2::int AS two")
    await see.result(second.fetchval())
    await see.result(first.fetchval())
    del first
    await see.result(conn.fetchval("SELECT 3::int AS three"))


test_the_script_is_as_the_server = scenario.test()

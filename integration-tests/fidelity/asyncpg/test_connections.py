"""Connections: results, errors and what a connection tells of itself."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

import tripwire
from fidelity.asyncpg.harness import (
    ALICE,
    BOB,
    DIVISION,
    DUPLICATE,
    FAILED,
    PEOPLE,
    USERS,
    Observer,
    Run,
    Scenarios,
    failure,
    server_error,
)

scenario = Scenarios()


# -- results


@scenario(("fetch", [ALICE, BOB]), tables=PEOPLE)
async def fetch_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("SELECT * FROM users ORDER BY id"))


@scenario(("fetch", [BOB]), tables=PEOPLE)
async def fetch_rows_with_arguments(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("SELECT * FROM users WHERE id = $1 AND name = $2", 2, "Bob"))


@scenario(("fetch", []), tables=PEOPLE)
async def fetch_no_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("SELECT * FROM users WHERE id > 99"))


@scenario(("fetch", [{}, {}]))
async def fetch_rows_without_columns(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("SELECT FROM generate_series(1, 2)"))


@scenario(("fetch", []), tables=PEOPLE)
async def fetch_of_a_command_without_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("UPDATE users SET note = 'y'"))


@scenario(("fetch", [{"id": 3}]), tables=PEOPLE)
async def fetch_of_returning(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("INSERT INTO users VALUES ($1, $2) RETURNING id", 3, "Eve"))


@scenario(("fetch", [{"n": n} for n in range(500)]))
async def fetch_many_rows(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("SELECT n FROM generate_series(0, 499) AS n"))


@scenario(("fetchrow", ALICE), tables=PEOPLE)
async def fetchrow_a_row(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchrow("SELECT * FROM users ORDER BY id"))


@scenario(("fetchrow", None), tables=PEOPLE)
async def fetchrow_nothing(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchrow("SELECT * FROM users WHERE id = $1", 99))


@scenario(("fetchval", 2), tables=PEOPLE)
async def fetchval_a_number(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("fetchval", None), tables=PEOPLE)
async def fetchval_nothing(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval("SELECT id FROM users WHERE id = 99"))


@scenario(("fetchval", "Bob"), ("fetchval", "x"), tables=PEOPLE)
async def fetchval_another_column(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval("SELECT * FROM users WHERE id = 2", column=1))
    await see.result(conn.fetchval("SELECT * FROM users WHERE id = 2", column=-1))


@scenario(("fetchval", [1, None, 3]), ("fetchval", b"\0\1"), ("fetchval", True), ("fetchval", 1.5))
async def fetchval_of_several_types(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval("SELECT ARRAY[1, NULL, 3]"))
    await see.result(conn.fetchval("SELECT '\\x0001'::bytea"))
    await see.result(conn.fetchval("SELECT true"))
    await see.result(conn.fetchval("SELECT 1.5::float8"))


@scenario(
    ("execute", "CREATE TABLE"), ("execute", "INSERT 0 2"), ("execute", "UPDATE 2"), ("execute", "DELETE 1")
)
async def execute_without_arguments(conn: Any, see: Observer) -> None:
    await see.result(conn.execute("CREATE TEMP TABLE t (a int)"))
    await see.result(conn.execute("INSERT INTO t VALUES (1), (2)"))
    await see.result(conn.execute("UPDATE t SET a = a + 1"))
    await see.result(conn.execute("DELETE FROM t WHERE a = 3"))


@scenario(("execute", "INSERT 0 1"), ("execute", "SELECT 1"), tables=USERS)
async def execute_with_arguments(conn: Any, see: Observer) -> None:
    await see.result(conn.execute("INSERT INTO users VALUES ($1, $2)", 1, "Alice"))
    await see.result(conn.execute("SELECT * FROM users WHERE id = $1", 1))


@scenario(("execute", "INSERT 0 1"), tables=USERS)
async def execute_several_statements(conn: Any, see: Observer) -> None:
    await see.result(conn.execute("UPDATE users SET note = NULL; INSERT INTO users VALUES (1, 'Alice')"))


# -- errors of the server


@scenario(("execute", DUPLICATE), tables=PEOPLE)
async def unique_violation(conn: Any, see: Observer) -> None:
    try:
        await conn.execute("INSERT INTO users VALUES (1, 'Alice')")
    except asyncpg.IntegrityConstraintViolationError as error:
        error.schema_name = None  # the number of a temporary schema varies
        see.seen.append(failure(error))


@scenario(("fetchval", DIVISION), ("fetchval", 1), tables=PEOPLE)
async def division_by_zero_leaves_the_connection_usable(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval(FAILED))
    await see.result(conn.fetchval("SELECT 1"))


@scenario(("fetch", server_error(asyncpg.UndefinedTableError, 'relation "nowhere" does not exist')))
async def undefined_table(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("SELECT * FROM nowhere"))


@scenario(("execute", server_error(asyncpg.PostgresSyntaxError, 'syntax error at or near "SELEC"')))
async def syntax_error(conn: Any, see: Observer) -> None:
    await see.result(conn.execute("SELEC 1"))


@scenario(
    (
        "execute",
        server_error(
            asyncpg.RaiseError,
            "too bad",
            detail="the detail",
            hint="the hint",
            column_name="c",
            table_name="t",
        ),
    )
)
async def raised_with_all_fields(conn: Any, see: Observer) -> None:
    await see.result(
        conn.execute(
            "DO $$ BEGIN RAISE EXCEPTION 'too bad' USING DETAIL = 'the detail', HINT = 'the hint', "
            "COLUMN = 'c', TABLE = 't'; END $$"
        )
    )


@scenario(("fetch", server_error(asyncpg.NotNullViolationError, "no", detail="d", column_name="name")))
async def raised_by_its_code(conn: Any, see: Observer) -> None:
    await see.result(
        conn.fetch(
            "DO $$ BEGIN RAISE not_null_violation USING MESSAGE = 'no', DETAIL = 'd', COLUMN = 'name'; END $$"
        )
    )


# -- errors of asyncpg itself


@scenario(("fetch", [{"a": 1}]), ("fetchval", 1))
async def too_many_arguments(conn: Any, see: Observer) -> None:
    await see.result(conn.fetch("SELECT 1 AS a", 1))
    await see.result(conn.fetch("SELECT 1 AS a"))
    await see.result(conn.fetchval("SELECT $1::int -- $2", 1, 2))
    await see.result(conn.fetchval("SELECT $1::int -- $2", 1))


@scenario(("fetchval", 1), ("fetchval", "$2$1"))
async def too_few_arguments(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval("SELECT $1::int + $2::int"))
    await see.result(conn.fetchval("SELECT $1::int * $2::int", 1))
    await see.result(conn.fetchval("SELECT $1::int * $2::int", 1, 1))
    await see.result(conn.fetchval("SELECT '$2$1' || '' /* $1 /* $2 */ $3 */"))


@scenario(("execute", "INSERT 0 1"), tables=USERS)
async def wrong_number_of_arguments_to_execute(conn: Any, see: Observer) -> None:
    await see.result(conn.execute("INSERT INTO users VALUES ($1, $2)", 1))
    await see.result(conn.execute("INSERT INTO users VALUES ($1, $2)", 1, "Alice"))


@scenario(("fetch", []), tables=USERS)
async def two_operations_at_once(conn: Any, see: Observer) -> None:
    one: Any
    two: Any
    one, two = await asyncio.gather(
        conn.fetch("SELECT * FROM users"), conn.fetch("SELECT * FROM users"), return_exceptions=True
    )
    see.value(one)
    see.seen.append(failure(two))


@scenario(("close", None))
async def calls_on_a_closed_connection(conn: Any, see: Observer) -> None:
    await see.result(conn.close())
    see.state(conn)
    for method in ("execute", "fetch", "fetchrow", "fetchval", "prepare", "close"):
        await see.result(getattr(conn, method)(*(["SELECT 1"] if method != "close" else [])))


@scenario()
async def calls_on_a_terminated_connection(conn: Any, see: Observer) -> None:
    conn.terminate()
    see.state(conn)
    await see.result(conn.fetch("SELECT 1"))
    await see.result(conn.close())


@scenario(("fetchval", 1))
async def a_timeout_that_is_over_at_once(conn: Any, see: Observer) -> None:
    await see.result(conn.fetchval("SELECT 1", timeout=0))
    await see.result(conn.fetchval("SELECT 1", timeout=-1))
    await see.result(conn.fetchval("SELECT 1", timeout=True))
    await see.result(conn.fetchval("SELECT 1", timeout=30))


@scenario(("fetch", [{"a": 1}]), ("fetchrow", {"a": 2}))
async def a_record_class(conn: Any, see: Observer) -> None:
    class Named(asyncpg.Record):  # type: ignore[misc]
        def __getattr__(self, name: str) -> Any:
            return self[name]

    (row,) = await conn.fetch("SELECT 1 AS a", record_class=Named)
    see.value((row.a, row["a"], row[0], type(row).__name__, isinstance(row, Named), repr(row)))
    row = await conn.fetchrow("SELECT 2 AS a", record_class=asyncpg.Record)
    see.value((row["a"], type(row).__name__, isinstance(row, asyncpg.Record)))
    await see.result(conn.fetch("SELECT 1", record_class=tuple))


# -- the rest


@scenario(("fetchval", "1"), ("fetchval", "2"))
async def codecs_and_reset(conn: Any, see: Observer) -> None:
    await see.result(conn.set_type_codec("int4", schema="pg_catalog", encoder=str, decoder=str))
    await see.result(conn.fetchval("SELECT '1'::int4"))
    await see.result(conn.set_type_codec("text", schema="pg_catalog", encoder=str, decoder=str))
    await see.result(conn.reset_type_codec("int4", schema="pg_catalog"))
    await see.result(conn.set_builtin_type_codec("xml", schema="pg_catalog", codec_name="text"))
    await see.result(conn.reload_schema_state())
    await see.result(conn.fetchval("SELECT '2'::text"))
    await see.result(conn.reset())


@scenario()
async def reset_ends_a_transaction(conn: Any, see: Observer) -> None:
    messages: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: messages.append(context["message"][:40])
    )
    await conn.transaction().start()
    await see.result(conn.reset())
    see.state(conn)
    see.value(messages)


@scenario(("fetch", [{"a": 1}]))
async def query_loggers(conn: Any, see: Observer) -> None:
    logged: list[Any] = []
    with conn.query_logger(logged.append):
        await conn.fetch("SELECT $1::int AS a", 1)
    await asyncio.sleep(0)
    see.value([(one.query, one.args, one.timeout, one.exception) for one in logged])


@scenario()
async def termination_listeners(conn: Any, see: Observer) -> None:
    told: list[Any] = []
    conn.add_termination_listener(told.append)
    conn.terminate()
    await asyncio.sleep(0)
    see.value([one is conn for one in told])


@scenario()
async def what_a_connection_tells(conn: Any, see: Observer) -> None:
    settings = conn.get_settings()
    see.value([type(conn), type(conn.get_server_pid()), type(conn.get_server_version())])
    names = (
        "server_encoding",
        "client_encoding",
        "integer_datetimes",
        "standard_conforming_strings",
        "DateStyle",
    )
    see.value(
        [getattr(settings, name) for name in (*names, "IntervalStyle", "application_name", "in_hot_standby")]
    )


@scenario(("fetchval", 1))
async def a_cancelled_call(conn: Any, see: Observer) -> None:
    task = asyncio.ensure_future(conn.fetchval("SELECT 1"))
    await asyncio.sleep(0)
    task.cancel()
    see.value((await asyncio.gather(task, return_exceptions=True))[0].__class__)
    await asyncio.sleep(0.05)
    see.state(conn)
    await see.result(conn.fetchval("SELECT 1"))


test_the_script_is_as_the_server = scenario.test()


def test_a_connection_that_is_refused(postgres: str, run: Run) -> None:
    with pytest.raises(asyncpg.InvalidCatalogNameError) as real:
        run(asyncpg.connect(postgres, database="nowhere"))
    error = server_error(asyncpg.InvalidCatalogNameError, 'database "nowhere" does not exist')
    tripwire.asyncpg.new_session().expect("connect", returns=None, raises=error)
    with tripwire.sandbox(), pytest.raises(asyncpg.InvalidCatalogNameError) as scripted:
        run(asyncpg.connect(postgres, database="nowhere"))
    tripwire.asyncpg.assert_connect(dsn=postgres, database="nowhere")
    assert failure(scripted.value) == failure(real.value)

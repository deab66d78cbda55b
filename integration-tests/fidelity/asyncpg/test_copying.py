"""COPY, in both directions."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import Any

import asyncpg

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

LINES = b"1\tAlice\t\\N\n2\tBob\tx\n"


@scenario(("copy_out", LINES), tables=PEOPLE)
async def out_of_a_table(conn: Any, see: Observer) -> None:
    output = io.BytesIO()
    await see.result(conn.copy_from_table("users", output=output))
    see.value(output.getvalue())


@scenario(("copy_out", [b"name,id\n", b"Alice,1\n", b"Bob,2\n"]), tables=PEOPLE)
async def out_of_columns_as_csv(conn: Any, see: Observer) -> None:
    got = b""

    async def sink(data: bytes) -> None:
        nonlocal got
        got += data

    status = await conn.copy_from_table(
        "users", columns=["name", "id"], output=sink, format="csv", header=True, timeout=30
    )
    see.value((got, status.split()[0]))


@scenario(("copy_out", b"2\n"), ("copy_out", b""), tables=PEOPLE)
async def out_of_a_query(conn: Any, see: Observer) -> None:
    for least in (2, 3):
        output = io.BytesIO()
        await see.result(conn.copy_from_query("SELECT id FROM users WHERE id >= $1", least, output=output))
        see.value(output.getvalue())


@scenario(("copy_out", b"1\n"))
async def out_to_a_file(conn: Any, see: Observer) -> None:
    path = Path(await asyncio.to_thread(__import__("tempfile").mkdtemp)) / "rows"
    await see.result(conn.copy_from_query("SELECT 1", output=path))
    see.value(path.read_bytes())
    path.unlink()
    path.parent.rmdir()


@scenario(("copy_out", NOWHERE))
async def out_of_nowhere(conn: Any, see: Observer) -> None:
    await see.result(conn.copy_from_table("nowhere", output=io.BytesIO()))
    await see.result(conn.copy_from_table("users", output=5))


@scenario(("copy_out", [b"x" * 1000 + b"\n"] * 3), ("fetchval", 1))
async def a_sink_that_fails(conn: Any, see: Observer) -> None:
    async def sink(data: bytes) -> None:
        raise ZeroDivisionError

    query = "SELECT repeat('x', 1000) FROM generate_series(1, 5000)"
    await see.result(conn.copy_from_query(query, output=sink))
    await see.result(conn.fetchval("SELECT 1"))


@scenario(("copy_in", None), ("fetch", [ALICE, BOB]), tables=USERS)
async def into_a_table(conn: Any, see: Observer) -> None:
    await see.result(conn.copy_to_table("users", source=io.BytesIO(LINES)))
    await see.result(conn.fetch("SELECT * FROM users ORDER BY id"))


@scenario(("copy_in", None), ("copy_in", None), ("copy_in", None), ("fetchval", 3), tables=USERS)
async def into_columns_from_several_sources(conn: Any, see: Observer) -> None:
    async def source() -> Any:
        yield b"1\tAli"
        yield b"ce\n"

    path = Path(await asyncio.to_thread(__import__("tempfile").mkdtemp)) / "rows"
    path.write_bytes(b"3,Eve\n")
    await see.result(conn.copy_to_table("users", columns=["id", "name"], source=source()))
    await see.result(
        conn.copy_to_table("users", columns=["id", "name"], source=bytearray(b"2\tBob\n"), timeout=30)
    )
    await see.result(conn.copy_to_table("users", columns=["id", "name"], source=path, format="csv"))
    path.unlink()
    path.parent.rmdir()
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("copy_in", DUPLICATE), tables=PEOPLE)
async def into_a_table_that_refuses(conn: Any, see: Observer) -> None:
    try:
        await conn.copy_to_table("users", columns=["id", "name"], source=io.BytesIO(b"1\tAlice\n"))
    except asyncpg.UniqueViolationError as error:
        see.value((type(error), str(error), error.constraint_name))
    see.state(conn)


@scenario(("copy_in", NOWHERE), ("copy_in", NOWHERE))
async def into_nowhere(conn: Any, see: Observer) -> None:
    await see.result(conn.copy_to_table("nowhere", source=bytearray(b"1\n")))
    await see.result(conn.copy_to_table("nowhere", source=io.BytesIO(b"")))


@scenario(("copy_in", None), ("fetchval", 0), tables=USERS)
async def a_source_that_fails(conn: Any, see: Observer) -> None:
    async def source() -> Any:
        yield b"1\tAlice\t\\N\n"
        raise ZeroDivisionError

    await see.result(conn.copy_to_table("users", source=source()))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("copy_in", None), ("copy_in", None), ("fetch", [ALICE, BOB]), tables=USERS)
async def records(conn: Any, see: Observer) -> None:
    async def source() -> Any:
        yield 2, "Bob", "x"

    await see.result(conn.copy_records_to_table("users", records=[(1, "Alice", None)]))
    await see.result(conn.copy_records_to_table("users", records=source(), timeout=30))
    await see.result(conn.fetch("SELECT * FROM users ORDER BY id"))


@scenario(("copy_in", None), ("copy_in", None), ("fetchval", 2), tables=USERS)
async def records_of_some_columns(conn: Any, see: Observer) -> None:
    rows = ((n, str(n)) for n in range(2))
    await see.result(conn.copy_records_to_table("users", columns=("id", "name"), records=rows))
    await see.result(conn.copy_records_to_table("users", records=[]))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("copy_in", None), ("copy_in", None), ("fetchval", 0), tables=USERS)
async def records_that_are_wrong(conn: Any, see: Observer) -> None:
    def source() -> Any:
        yield 1, "Alice"
        raise ZeroDivisionError

    await see.result(conn.copy_records_to_table("users", columns=("id", "name"), records=[(1, "A"), (2,)]))
    await see.result(conn.copy_records_to_table("users", columns=("id", "name"), records=source()))
    await see.result(conn.fetchval("SELECT count(*) FROM users"))


@scenario(("copy_in", None), ("fetchval", DIVISION), tables=PEOPLE)
async def in_a_transaction(conn: Any, see: Observer) -> None:
    transaction = conn.transaction()
    await transaction.start()
    await see.result(conn.copy_records_to_table("users", records=[(3, "Eve", None)]))
    see.state(conn)
    await see.result(conn.fetchval(FAILED))
    await see.result(conn.copy_to_table("users", source=bytearray(b"4\tMallory\t\\N\n")))
    await see.result(conn.copy_from_table("users", output=io.BytesIO()))
    await transaction.rollback()


test_the_script_is_as_the_server = scenario.test()

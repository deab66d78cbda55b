"""Each difference is shown: what a real server gives, and what the script gives."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import tripwire
from fidelity.asyncpg.differences import DIFFERENCES
from fidelity.asyncpg.harness import Run, assert_all, step

GUIDE = Path(__file__).parents[3] / "docs" / "pages" / "guides" / "asyncpg.md"


async def outcome(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - every error is an observation
        return type(error)


async def two_names(conn: Any) -> Any:
    first = await conn.prepare("SELECT 1", name="x")
    return await outcome(conn.prepare("SELECT 1", name="x")) is asyncpg.DuplicatePreparedStatementError, bool(
        first
    )


async def a_codec(conn: Any) -> Any:
    await conn.set_type_codec("text", schema="pg_catalog", encoder=str, decoder=str.upper)
    return await conn.fetchval("SELECT 'a'::text")


async def a_type(conn: Any) -> Any:
    return (await conn.prepare("SELECT 1::int AS a")).get_attributes()[0].type.name


async def a_status(conn: Any) -> Any:
    statement = await conn.prepare("UPDATE pg_temp.t SET a = 1")
    await statement.fetch()
    return statement.get_statusmsg()


async def a_copy(conn: Any) -> Any:
    return await conn.copy_from_query("SELECT 1 AS a", output=io.BytesIO(), format="csv", header=True)


async def a_notification(conn: Any) -> Any:
    heard: list[Any] = []
    await conn.add_listener("c", lambda *args: heard.append(args[2:]))
    await conn.execute("NOTIFY c, 'x'")
    for _ in range(20):
        await asyncio.sleep(0.001)
    return heard


async def a_notice(conn: Any) -> Any:
    queries: list[Any] = []
    conn.add_log_listener(lambda _, message: queries.append(message.query))
    await conn.execute("DO $$BEGIN RAISE NOTICE 'x'; END$$")
    for _ in range(20):
        await asyncio.sleep(0.001)
    return queries


async def a_server(conn: Any) -> Any:
    return conn.get_server_pid() > 2**22


async def an_outer_timeout(conn: Any) -> Any:
    return await outcome(asyncio.wait_for(conn.fetchval("SELECT 1 FROM pg_sleep(0.1)"), 0.05))


SHOWN: dict[str, tuple[Callable[[Any], Awaitable[Any]], tuple[Any, ...], Any, Any]] = {
    "sql": (
        lambda conn: outcome(conn.execute("SELEC 1")),
        (step("execute", "SELECT 1"),),
        asyncpg.PostgresSyntaxError,
        "SELECT 1",
    ),
    "arguments": (
        lambda conn: outcome(conn.fetchval("SELECT $1::int", "1")),
        (step("fetchval", "1"),),
        asyncpg.DataError,
        "1",
    ),
    "codecs": (a_codec, (step("fetchval", "a"),), "A", "a"),
    "types": (a_type, (step("prepare", ["a"]),), "int4", "object"),
    "names": (two_names, (step("prepare", times=2),), (True, True), (False, True)),
    "statuses": (a_status, (step("prepare"), step("fetch", [])), "UPDATE 2", "UPDATE 0"),
    "copied rows": (a_copy, (step("copy_out", b"a\n1\n"),), "COPY 1", "COPY 2"),
    "notify": (a_notification, (step("listen"), step("execute", "NOTIFY")), [("c", "x")], []),
    "notices": (
        a_notice,
        (step("execute", "DO"), step("notice", "x")),
        ["DO $$BEGIN RAISE NOTICE 'x'; END$$"],
        [None],
    ),
    "server": (a_server, (), False, True),
    "outer timeouts": (an_outer_timeout, (step("fetchval", 1, delay=1),), asyncio.TimeoutError, 1),
}


@pytest.mark.parametrize("key", DIFFERENCES)
def test_a_difference_is_there(key: str, postgres: str, run: Run) -> None:
    play, steps, real, scripted = SHOWN[key]

    async def against(address: str, before: str = "") -> Any:
        conn = await asyncpg.connect(address)
        try:
            if before:
                await conn.execute(before)
            return await play(conn)
        finally:
            await conn.close()

    table = "CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1), (2)"
    assert run(against(postgres, table)) == real
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    for each in steps:
        session.expect(each["method"], **{name: each[name] for name in each if name != "method"})
    session.expect("close", returns=None)
    with tripwire.sandbox():
        assert run(against("postgresql://postgres@db.example/d")) == scripted
    assert_all()


def test_the_guide_publishes_the_differences() -> None:
    table = "\n".join(f"| {one.what} | {one.why} |" for one in DIFFERENCES.values())
    assert table in GUIDE.read_text(encoding="utf-8")
    assert list(SHOWN) == list(DIFFERENCES)

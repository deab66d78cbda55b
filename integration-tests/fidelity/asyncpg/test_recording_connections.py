"""Programs recorded against a real PostgreSQL: prepared statements, cursors, COPY, notifications and pools."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from fidelity.asyncpg.harness import failure
from fidelity.asyncpg.recordings import ALL, INSERT, PEOPLE, Programs, Seen, note, recorded, recording, shape
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

program = Programs()


# -- prepared statements, cursors


@program.on_connection(tables=PEOPLE)
async def prepared_statements(conn: Any, seen: Seen) -> None:
    found = await conn.prepare("SELECT id, name FROM people WHERE id >= $1 ORDER BY id")
    seen.append([one.name for one in found.get_attributes()])
    await note(seen, found.fetch(1))
    await note(seen, found.fetchrow(2))
    await note(seen, found.fetchval(1, column=1))
    await note(seen, found.fetch(99))
    added = await conn.prepare(INSERT)
    await note(seen, added.executemany([(5, "e"), (6, "f")]))
    await note(seen, added.fetch(7, "g"))
    seen.append(added.get_statusmsg())
    never = await conn.prepare("SELECT 1 AS one")
    seen.append([one.name for one in never.get_attributes()])
    await note(seen, conn.prepare("SELECT nothing"))


@program.on_connection(tables=PEOPLE)
async def cursors(conn: Any, seen: Seen) -> None:
    query = "SELECT n, 'x' || n AS x FROM generate_series(1, $1::int) n"
    async with conn.transaction():
        async for row in conn.cursor(query, 120):
            if row["n"] in (1, 60, 120):
                seen.append(shape(row))
        async for row in conn.cursor(query, 120, prefetch=10):
            if row["n"] == 3:
                break
        async for _ in conn.cursor(query, 0):
            seen.append("never")
        cursor = await conn.cursor(query, 20)
        await note(seen, cursor.fetch(5))
        await note(seen, cursor.forward(10))
        await note(seen, cursor.fetchrow())
        await note(seen, cursor.fetch(10))
        await note(seen, cursor.fetchrow())
        statement = await conn.prepare(query)
        async for row in statement.cursor(2):
            seen.append(shape(row))
        unread = await conn.cursor(query, 3)
        seen.append(type(unread))
        failing = conn.cursor("SELECT 1 / (n - 3) FROM generate_series(1, 5) n").__aiter__()
        await note(seen, failing.__anext__())
    await note(seen, conn.cursor(query, 1).__aiter__().__anext__())


# -- COPY


@program.on_connection(tables=PEOPLE)
async def copying_in(conn: Any, seen: Seen) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"5\tEve\n"
        yield b"6\tFay\n"

    async def records() -> AsyncIterator[tuple[int, str]]:
        yield 10, "j"

    async def broken() -> AsyncIterator[bytes]:
        yield b"99\tNobody\n"
        raise KeyError("broken")

    columns = ["id", "name"]
    await note(seen, conn.copy_to_table("people", source=io.BytesIO(b"3\tAlan\n4\tBob\n"), columns=columns))
    await note(seen, conn.copy_to_table("people", source=chunks(), columns=columns))
    await note(seen, conn.copy_records_to_table("people", records=[(7, "g"), (8, "h")], columns=columns))
    await note(
        seen, conn.copy_records_to_table("people", records=iter([[9, "i"]]), columns=columns, where="id > 0")
    )
    await note(seen, conn.copy_to_table("people", source=io.BytesIO(b"3\tAgain\n"), columns=columns))
    await note(seen, conn.copy_to_table("people", source=broken(), columns=columns))
    await note(seen, conn.copy_to_table("people", source=b"11\tKay\n", columns=columns))
    await note(seen, conn.copy_to_table("people", source=bytearray(b"12\tLea\n"), columns=columns))
    await note(seen, conn.copy_records_to_table("people", records=records(), columns=columns))
    await note(seen, conn.fetch(ALL))


@program.on_connection(tables=PEOPLE)
async def copying_out(conn: Any, seen: Seen) -> None:
    async def take(data: bytes) -> None:
        seen.append(data)

    await note(seen, conn.copy_from_table("people", output=take))
    await note(seen, conn.copy_from_query("SELECT $1::int, $2::text", 7, "it's", output=take, format="csv"))
    file = io.BytesIO()
    await note(seen, conn.copy_from_query("SELECT 1", output=file))
    seen.append(file.getvalue())
    await note(seen, conn.copy_from_table("nowhere", output=take))


# -- notifications


@program()
async def notifications(address: str, seen: Seen) -> None:
    listening, other = await asyncpg.connect(address), await asyncpg.connect(address)
    heard: asyncio.Queue[Any] = asyncio.Queue()

    def hear(_connection: Any, _pid: int, channel: str, payload: str) -> None:
        heard.put_nowait((channel, payload))

    await listening.add_listener("jobs", hear)
    await other.add_listener("jobs", hear)
    await note(seen, other.execute("NOTIFY jobs, 'one'"))
    seen.append([await heard.get() for _ in range(2)])
    async with listening.transaction():
        await note(seen, listening.fetchval("SELECT pg_notify('jobs', '')"))
    seen.append([await heard.get() for _ in range(2)])
    await other.remove_listener("jobs", hear)
    await note(seen, other.execute("NOTIFY jobs, 'two'"))
    seen.append(await heard.get())
    await note(seen, other.execute("LISTEN quiet; NOTIFY quiet"))  # asyncpg tells nobody
    await other.close()
    await listening.close()


@program.on_connection()
async def notices(conn: Any, seen: Seen) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    await note(seen, conn.execute("DO $$BEGIN RAISE NOTICE 'to nobody'; END$$"))
    conn.add_log_listener(lambda _connection, message: heard.put_nowait(message.message))
    await note(seen, conn.execute("DO $$BEGIN RAISE NOTICE 'careful'; END$$"))
    seen.append(await heard.get())


@program()
async def sqlalchemy_and_its_dialect(address: str, seen: Seen) -> None:
    engine = create_async_engine(address.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        for query in (
            "CREATE TEMP TABLE t (id int, name text)",
            "INSERT INTO t VALUES (1, 'Ada'), (2, 'Bob')",
        ):
            seen.append((await connection.execute(sa.text(query))).rowcount)
        found = await connection.execute(sa.text("SELECT * FROM t WHERE id > :id"), {"id": 1})
        seen += [list(found.keys()), [tuple(row) for row in found]]
        found = await connection.execute(sa.text("SELECT * FROM t WHERE id > :id"), {"id": 9})
        seen += [list(found.keys()), found.all()]
        rows = await connection.stream(sa.text("SELECT id FROM t ORDER BY id"))
        seen.append([tuple(row) async for row in rows])
        seen.append((await connection.execute(sa.text("UPDATE t SET name = 'x'"))).rowcount)
        await connection.rollback()
    await engine.dispose()


# -- several connections, pools


@program()
async def several_connections(address: str, seen: Seen) -> None:
    first, second = await asyncpg.connect(address), await asyncpg.connect(address)
    await note(seen, second.fetchval("SELECT 2"))
    await note(seen, first.fetchval("SELECT 1"))
    await first.close()
    await note(seen, second.fetchval("SELECT 3"))
    await second.close()


@program(
    script="""tripwire.asyncpg.new_pool().expect('fetchval', returns=1).expect('execute', returns='CREATE TABLE')\
.expect('fetch', returns=[])"""
)
async def a_pool(address: str, seen: Seen) -> None:
    async with asyncpg.create_pool(address, min_size=2, max_size=3) as pool:
        await note(seen, pool.fetchval("SELECT 1"))
        async with pool.acquire() as connection, connection.transaction():
            await note(seen, connection.execute("CREATE TEMP TABLE t (id int)"))
            await note(seen, connection.fetch("SELECT * FROM t"))


@program(
    script="""tripwire.asyncpg.new_pool(ordered=False)\
.expect('fetchval', query='SELECT $1::int * 2', args=[0], returns=0)\
.expect('fetchval', query='SELECT $1::int * 2', args=[1], returns=2)\
.expect('fetchval', query='SELECT $1::int * 2', args=[2], returns=4)\
.expect('fetchval', query='SELECT $1::int + 1', args=[0], returns=1, times=2)\
.expect('fetchval', query='SELECT $1::int + 1', args=[7], returns=8, times=2)\
.expect('fetchval', query='SELECT $1::int + 1', args=[1], returns=2)"""
)
async def a_pool_at_work_at_once(address: str, seen: Seen) -> None:
    async with asyncpg.create_pool(address, min_size=3, max_size=3) as pool:
        query = "SELECT $1::int * 2"
        seen += await asyncio.gather(*(pool.fetchval(query, n) for n in range(3)))
        for number in (0, 7, 0, 7, 1):
            seen.append(await pool.fetchval("SELECT $1::int + 1", number))


@program()
async def a_pool_with_a_way_of_its_own(address: str, seen: Seen) -> None:
    async def init(connection: Any) -> None:
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        await connection.execute("SET TIME ZONE 'UTC'")

    async with asyncpg.create_pool(address, min_size=1, max_size=1, init=init) as pool:
        await note(seen, pool.fetchval("SELECT $1::jsonb", {"a": [1, 2]}))


@program()
async def a_pool_that_cannot_connect(address: str, seen: Seen) -> None:
    for database in ("nowhere", "postgres"):
        try:
            async with asyncpg.create_pool(address, database=database, min_size=1, max_size=1) as pool:
                await note(seen, pool.fetchval("SELECT 1"))
        except asyncpg.InvalidCatalogNameError as error:
            seen.append(failure(error)[:2])


@program()
async def the_better_of_two_hosts(address: str, seen: Seen) -> None:
    (folder,) = parse_qs(urlsplit(address).query)["host"]
    connection = await asyncpg.connect(address, host=[folder] * 2, target_session_attrs="prefer-standby")
    await note(seen, connection.fetchval("SELECT 1"))
    await connection.close()


@program()
async def connections_at_once(address: str, seen: Seen) -> None:
    async def work(number: int) -> Any:
        connection = await asyncpg.connect(address)
        async with connection.transaction():
            found = await connection.fetchval("SELECT $1::int", number)
        await connection.close()
        return found

    seen += await asyncio.gather(*map(work, range(4)))


test_a_recorded_program_sees_the_same_without_the_server = program.test()


async def test_a_later_connection_of_a_pool_that_fails_is_no_step(postgres: str) -> None:
    verifier, scribe = recording()
    pool = asyncpg.create_pool(postgres, min_size=1, max_size=2)
    async with verifier.sandbox(), pool, pool.acquire() as first:
        pool.set_connect_args(postgres, database="nowhere")
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await pool.fetchval("SELECT 2")
        assert await first.fetchval("SELECT 1") == 1
    (statement,) = verifier.plugin(AsyncpgPlugin).mocks([one.interaction for one in scribe.periods[0].seen])
    assert statement.in_a_line(repr) == "tripwire.asyncpg.new_pool().expect('fetchval', returns=1)"


async def test_a_notification_while_nobody_is_at_work(postgres: str) -> None:
    older = await asyncpg.connect(postgres)
    verifier, scribe = recording()
    heard = asyncio.Event()
    async with verifier.sandbox():
        connection = await asyncpg.connect(postgres)
        await connection.add_listener("jobs", lambda *_: heard.set())
        await older._protocol.query("NOTIFY jobs", None)  # its methods would trip
        await heard.wait()
        await connection.close()
    await older.close()
    (statement,) = verifier.plugin(AsyncpgPlugin).mocks([one.interaction for one in scribe.periods[0].seen])
    assert statement.in_a_line(repr) == (
        "tripwire.asyncpg.new_session().expect('connect', returns=None).expect('listen', returns=None)"
        ".expect('notify', returns='jobs').expect('close', returns=None)"
    )


class Cautious(asyncpg.Connection):  # type: ignore[misc]
    """Says more than asyncpg does where a transaction begins."""

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> Any:
        if query.startswith("BEGIN"):
            await super().execute("SET lock_timeout = 5000")
        return await super().execute(query, *args, timeout=timeout)


async def test_what_a_connection_class_adds_to_a_transaction_is_let_through(postgres: str) -> None:
    async def play(address: str, seen: Seen) -> None:
        connection = await asyncpg.connect(address, connection_class=Cautious)
        async with connection.transaction():
            seen.append(await connection.fetchval("SHOW lock_timeout"))
        await connection.close()

    seen, (mocks,), *_ = await recorded(play, postgres)
    assert seen == ["5s"]
    assert "5000" not in mocks

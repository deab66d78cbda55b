"""Who hears a `notify` step: the connections that listen, whichever script it stands in."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

import tripwire

AssertAll = Callable[[], list[str]]
DSN = "postgresql://db.example/app"


def listening() -> tripwire.SessionHandle:
    return tripwire.asyncpg.new_session().expect("connect", returns=None).expect("listen", returns=None)


async def ears(dsn: str) -> "asyncio.Queue[Any]":
    heard: asyncio.Queue[Any] = asyncio.Queue()
    connection = await asyncpg.connect(dsn)
    await connection.add_listener("jobs", lambda *args: heard.put_nowait(args[1:]))
    return heard


@pytest.mark.parametrize("pool", [False, True])
async def test_the_listener_has_a_session_of_its_own(pool: bool, assert_all: AssertAll) -> None:
    listening()
    listening()
    notifying: Any = tripwire.asyncpg.new_pool() if pool else tripwire.asyncpg.new_session()
    notifying = notifying if pool else notifying.expect("connect", returns=None)
    notifying.expect("execute", returns="INSERT 0 1").expect("notify", returns=("jobs", "7"))
    notifying.expect("fetchval", returns=None)
    async with tripwire.sandbox():
        one, two = await ears(DSN), await ears(DSN)
        if pool:
            async with asyncpg.create_pool(DSN, min_size=2, max_size=2) as connection:
                await connection.execute("INSERT INTO jobs DEFAULT VALUES")
                await connection.fetchval("SELECT NULL")
        else:
            connection = await asyncpg.connect(DSN)
            await connection.execute("INSERT INTO jobs DEFAULT VALUES")
            await connection.fetchval("SELECT NULL")
    assert_all()
    (first,), (second,) = one._queue, two._queue  # type: ignore[attr-defined]
    assert first == second
    assert first[1:] == ("jobs", "7")


@pytest.mark.parametrize("other", ["postgresql://db.example/other", "postgresql://other.example/app"])
async def test_another_database_hears_nothing(other: str, assert_all: AssertAll) -> None:
    listening()
    listening().expect("notify", returns="jobs")
    async with tripwire.sandbox():
        one, two = await ears(other), await ears(DSN)
        await two.get()
    assert one.empty()
    assert_all()


async def test_a_listener_in_another_thread(assert_all: AssertAll) -> None:
    listening()
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("execute", returns="NOTIFY").expect("notify", returns=("jobs", "7"))
    ready = threading.Event()
    found: list[Any] = []

    async def listen() -> None:
        heard = await ears(DSN)
        ready.set()
        found.append(await heard.get())

    async with tripwire.sandbox():
        thread = threading.Thread(target=lambda: asyncio.run(listen()))
        thread.start()
        await asyncio.to_thread(ready.wait, 10)
        connection = await asyncpg.connect(DSN)
        await connection.execute("NOTIFY jobs, '7'")
        await asyncio.to_thread(thread.join, 10)
    assert [one[1:] for one in found] == [("jobs", "7")]
    assert_all()

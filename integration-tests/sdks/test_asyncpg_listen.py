"""asyncpg-listen: a listener that connects again where it must."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import asyncpg_listen
import pytest

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .database import Database

ASKS_AT_ONCE = asyncpg_listen.version_info >= (0, 0, 9)
"""Whether the server is still there; the last version for Python 3.10 asks a second later."""
NO_SUCH = AsyncpgPlugin.error(
    asyncpg.InvalidCatalogNameError, 'database "nowhere" does not exist', severity="FATAL"
)


@contextlib.asynccontextmanager
async def listening(*addresses: str) -> AsyncIterator[asyncio.Queue[Any]]:
    """What a listener hears that tries one address after the other."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    ready = asyncio.Event()
    remaining = iter(addresses)

    async def connect() -> Any:
        connection = await asyncpg.connect(next(remaining))
        connection.add_query_logger(lambda _: ready.set())
        return connection

    listener = asyncpg_listen.NotificationListener(connect, reconnect_delay=0)
    task = asyncio.create_task(
        listener.run({"jobs": heard.put}, notification_timeout=asyncpg_listen.NO_TIMEOUT)
    )
    try:
        await ready.wait()
        yield heard
    finally:
        task.cancel()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)  # the last one closes the connection


def script() -> None:
    """One connection that hears two jobs, and one that sends them."""
    hearing = tripwire.asyncpg.new_session().expect("connect", returns=None)
    hearing.expect("listen", returns=None)
    if ASKS_AT_ONCE:
        hearing.expect("execute", query="SELECT 1", returns="SELECT 1")
    hearing.expect("notify", returns=("jobs", "one")).expect("notify", returns=("jobs", ""))
    hearing.expect("close", returns=None)
    sending = tripwire.asyncpg.new_session().expect("connect", returns=None)
    sending.expect("execute", returns="NOTIFY", times=2).expect("close", returns=None)


def assert_sent(database: Database) -> None:
    with tripwire.in_any_order():
        for _ in range(2):
            tripwire.asyncpg.assert_connect(dsn=database.address)
            tripwire.asyncpg.assert_close()
        tripwire.asyncpg.assert_listen(channel="jobs")
        if ASKS_AT_ONCE:
            tripwire.asyncpg.assert_execute(query="SELECT 1", args=[])
        tripwire.asyncpg.assert_execute(query="NOTIFY jobs, 'one'", args=[])
        tripwire.asyncpg.assert_execute(query="NOTIFY jobs", args=[])


async def send(address: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute("NOTIFY jobs, 'one'")
    await connection.execute("NOTIFY jobs")
    await connection.close()


def test_notifications_are_heard(database: Database) -> None:
    database.in_order = False
    script()

    async def program(address: str) -> Any:
        async with listening(address) as heard:
            await send(address)
            return [await heard.get(), await heard.get()]

    job = asyncpg_listen.Notification
    assert database.use(program) == [job("jobs", "one"), job("jobs", "")]
    assert_sent(database)


def test_it_connects_again(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    database.in_order = False
    tripwire.asyncpg.new_session().expect("connect", returns=None, raises=NO_SUCH)
    script()

    async def program(address: str) -> Any:
        caplog.clear()
        async with listening(address.replace("/postgres?", "/nowhere?"), address) as heard:
            await send(address)
            jobs = [await heard.get(), await heard.get()]
        (record,) = [one for one in caplog.records if one.name == "asyncpg_listen"]
        assert record.exc_info is not None
        return [job.payload for job in jobs], record.getMessage(), repr(record.exc_info[1])

    with caplog.at_level(logging.WARNING):
        payloads, *logged = database.use(program)
    assert payloads == ["one", ""]
    assert logged == ["Connection was lost or not established", repr(NO_SUCH)]
    tripwire.asyncpg.assert_connect(dsn=database.address.replace("/postgres?", "/nowhere?"))
    assert_sent(database)


def test_a_trip_is_not_hidden(database: Database) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None).expect("close", returns=None)

    async def program(address: str) -> Any:
        async with listening(address):
            pass

    def asserted() -> None:
        tripwire.asyncpg.assert_connect(dsn=database.address)
        tripwire.asyncpg.assert_close()

    assert database.hidden_trips(program, asserted) == [
        "1 trip never reached the test:",
        "  - UnmockedInteractionError: asyncpg.listen('jobs')",
    ]

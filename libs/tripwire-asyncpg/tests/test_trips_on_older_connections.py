"""Calls on a connection that a real server stands behind, from before the sandbox."""

import io
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

import tripwire
from tripwire import _routing
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin


@pytest.fixture
async def older() -> AsyncIterator[asyncpg.Connection]:
    """A connection that was opened before the sandbox; another verifier's script stands in for its server."""
    from tripwire.plugins.asyncpg_plugin import _seam

    outer = tripwire.StrictVerifier()
    plugin = AsyncpgPlugin(outer)
    session = plugin.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[{"a": 1}], required=False).expect("fetch", returns=[], required=False)
    with outer.sandbox():
        conn = await asyncpg.connect(host="h")
        _seam.servers.pop(conn).client = None
        plugin._servers.clear()
    plugin.assert_connect(host="h")
    outer._open.append(_routing.Sandbox(outer, None, None))  # a real server goes on answering
    yield conn
    outer._open.clear()
    conn.terminate()


@pytest.mark.parametrize(
    ("method", "args"),
    [
        *(
            (name, ("SELECT 1",))
            for name in ("execute", "fetch", "fetchrow", "fetchval", "prepare", "cursor")
        ),
        *((name, ()) for name in ("close", "reset", "set_type_codec")),
    ],
)
async def test_a_connection_opened_before_the_sandbox_trips(
    older: asyncpg.Connection, method: str, args: tuple[Any, ...]
) -> None:
    async with tripwire.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await getattr(older, method)(*args)
    assert str(trip.value).splitlines()[2] == (
        "the connection was opened before the sandbox, so no script stands behind it; connect inside"
    )
    assert not older.is_closed()


async def test_a_transaction_on_a_connection_opened_before_the_sandbox(older: asyncpg.Connection) -> None:
    async with tripwire.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError, match="opened before the sandbox"):
            await older.transaction().start()


async def test_outside_the_sandbox_a_real_server_answers(loaded: str) -> None:
    """What is patched stays so until the end of the test."""
    async with tripwire.sandbox():
        pass
    copied = io.BytesIO()
    async with asyncpg.create_pool(loaded, min_size=1, max_size=1) as pool, pool.acquire() as conn:
        statement = await conn.prepare("SELECT $1::int AS a")
        assert await statement.fetch(1) == await conn.fetch("SELECT 1 AS a")
        await conn.copy_from_query("SELECT 1", output=copied)
    assert copied.getvalue() == b"1\n"


async def test_outside_the_sandbox_its_calls_are_genuine(older: asyncpg.Connection) -> None:
    async with tripwire.sandbox():
        pass
    assert await older.fetch("SELECT 1") == [{"a": 1}]
    assert (await older.prepare("SELECT 1", name="one")).get_query() == "SELECT 1"
    assert type(older.cursor("SELECT 1")).__name__ == "CursorFactory"
    assert await older.set_type_codec("mood", encoder=str, decoder=str) is None
    await older.close()
    assert older.is_closed()

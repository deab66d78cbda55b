"""`new_pool()`: one script for all connections of a pool."""

import asyncio
import re
import warnings
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

import tripwire

AssertAll = Callable[[], list[str]]


@pytest.mark.parametrize(("least", "most"), [(0, 1), (1, 1), (10, 10), (3, 20)])
async def test_one_script_however_many_connections(least: int, most: int) -> None:
    tripwire.asyncpg.new_pool().expect("fetchval", returns=1).expect("execute", returns=1)
    async with tripwire.sandbox(), asyncpg.create_pool(host="h", min_size=least, max_size=most) as pool:
        assert pool.get_size() == least
        assert await pool.fetchval("SELECT 1") == 1
        async with pool.acquire() as conn:
            assert await conn.execute("DELETE FROM t") == "DELETE 1"
    tripwire.asyncpg.assert_connect(host="h")
    tripwire.asyncpg.assert_fetchval(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_execute(query="DELETE FROM t", args=[])
    tripwire.asyncpg.assert_close()


async def test_calls_at_once_in_any_order() -> None:
    script = tripwire.asyncpg.new_pool(ordered=False)
    for n in range(5):
        script.expect("fetchval", query="SELECT $1", args=[n], returns=-n)
    async with tripwire.sandbox(), asyncpg.create_pool(host="h", min_size=2, max_size=5) as pool:
        found = await asyncio.gather(*(pool.fetchval("SELECT $1", n) for n in reversed(range(5))))
    assert found == [-4, -3, -2, -1, 0]
    with tripwire.in_any_order():
        tripwire.asyncpg.assert_connect()
        for n in range(5):
            tripwire.asyncpg.assert_fetchval(query="SELECT $1", args=[n])
        tripwire.asyncpg.assert_close()


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("prepared", [False, True])
async def test_calls_at_once_have_the_columns_of_their_steps(
    ordered: bool, prepared: bool, assert_all: AssertAll
) -> None:
    returns: list[list[dict[str, int]]] = [[{"a": 1}], [{"b": 2}], [{"c": 3, "d": 4}], []]
    script = tripwire.asyncpg.new_pool(ordered=ordered)
    if prepared:
        script.expect("prepare", returns=None, times=len(returns))
    for rows in returns:
        script.expect("fetch", returns=rows)
    async with tripwire.sandbox(), asyncpg.create_pool(host="h", min_size=4, max_size=4) as pool:
        conns = [await pool.acquire() for _ in returns]
        owners: list[Any] = [await one.prepare("SELECT") for one in conns] if prepared else conns
        args = () if prepared else ("SELECT",)
        assert await asyncio.gather(*(one.fetch(*args) for one in owners)) == returns
        for one in conns:
            await pool.release(one)
    assert_all()


async def test_a_call_that_never_executes_leaves_its_step_to_the_next(assert_all: AssertAll) -> None:
    tripwire.asyncpg.new_pool().expect("fetch", returns=[{"a": 1}])
    async with tripwire.sandbox(), asyncpg.create_pool(host="h", min_size=2, max_size=2) as pool:
        with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
            await pool.fetch("SELECT $1")
        assert await pool.fetch("SELECT $1", 1) == [{"a": 1}]
    assert_all()


async def test_acquire_and_release_are_recorded_if_asked_for() -> None:
    tripwire.asyncpg.new_pool(acquires=True).expect("fetchval", returns=1)
    async with tripwire.sandbox():
        pool = await asyncpg.create_pool(host="h", min_size=1, max_size=2)
        conn = await pool.acquire()
        await conn.fetchval("SELECT 1")
        await pool.release(conn)
        await pool.release(conn)
        async with pool.acquire():
            pass
        await pool.close()
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_acquire()
    tripwire.asyncpg.assert_fetchval(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_release()
    tripwire.asyncpg.assert_acquire()
    tripwire.asyncpg.assert_release()
    tripwire.asyncpg.assert_close()


async def test_a_connection_that_is_never_released_is_reported(assert_all: AssertAll) -> None:
    tripwire.asyncpg.new_pool()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with tripwire.sandbox():
            pool = await asyncpg.create_pool(host="h", min_size=1, max_size=2)
            async with pool.acquire():
                pass
            await pool.acquire()
    (warning,) = [one for one in caught if one.category is tripwire.TripwireWarning]
    assert re.sub(r"\(.*:\d+\)", "(HERE)", str(warning.message)) == (
        "a connection of a pool had not been released when the sandbox closed:\n"
        "  - acquired  (HERE)\n"
        "use `async with pool.acquire() as connection:`, or release it in a finally\n"
        "help: python -m tripwire explain unreleased-connection"
    )
    assert_all()


async def test_a_pool_that_cannot_connect(assert_all: AssertAll) -> None:
    script = tripwire.asyncpg.new_pool().expect(
        "connect", returns=None, raises=OSError("unreachable"), times=2
    )
    script.expect("fetchval", returns=1)
    async with tripwire.sandbox():
        for _ in range(2):
            with pytest.raises(OSError, match="unreachable"):
                await asyncpg.create_pool(host="h", min_size=1, max_size=1)
        async with asyncpg.create_pool(host="h", min_size=1, max_size=1) as pool:
            assert await pool.fetchval("SELECT 1") == 1
    assert [line.partition("(")[0] for line in assert_all()] == [
        f"tripwire.asyncpg.{name}" for name in ("connect", "connect", "connect", "fetchval", "close")
    ]


async def test_a_connect_of_the_programs_own(assert_all: AssertAll) -> None:
    made: list[Any] = []

    async def connect(*args: Any, **kwargs: Any) -> asyncpg.Connection:
        made.append(kwargs)
        return await asyncpg.connect(*args, **kwargs)

    async def init(conn: asyncpg.Connection) -> None:
        await conn.execute("SET timezone TO 'UTC'")

    tripwire.asyncpg.new_pool().expect("execute", returns="SET", times=2)
    async with (
        tripwire.sandbox(),
        asyncpg.create_pool("postgresql://h/d", min_size=2, max_size=2, connect=connect, init=init),
    ):
        pass
    assert len(made) == 2
    assert [line.partition("(")[0] for line in assert_all()] == [
        f"tripwire.asyncpg.{name}" for name in ("connect", "execute", "execute", "close")
    ]


async def test_pools_and_single_connections_have_scripts_of_their_own() -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None).expect("fetchval", returns=0)
    tripwire.asyncpg.new_pool().expect("fetchval", returns=1)
    tripwire.asyncpg.new_pool().expect("fetchval", returns=2)
    async with tripwire.sandbox():
        first = await asyncpg.create_pool(host="a", min_size=1, max_size=1)
        second = await asyncpg.create_pool(host="b", min_size=1, max_size=1)
        conn = await asyncpg.connect(host="c")
        found = [await one.fetchval("SELECT 1") for one in (second, first, conn)]
        await first.close()
        await second.close()
    assert found == [2, 1, 0]
    for host in "abc":
        tripwire.asyncpg.assert_connect(host=host)
    for _ in range(3):
        tripwire.asyncpg.assert_fetchval(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_close()
    tripwire.asyncpg.assert_close()


async def test_a_pool_made_before_the_sandbox(assert_all: AssertAll) -> None:
    pool = asyncpg.create_pool(host="h", min_size=1, max_size=1)
    tripwire.asyncpg.new_pool().expect("fetchval", returns=1)
    async with tripwire.sandbox(), pool:
        assert await pool.fetchval("SELECT 1") == 1
    assert len(assert_all()) == 3


async def test_a_trip_in_a_pool_names_the_script(assert_all: AssertAll) -> None:
    def script() -> None:
        tripwire.asyncpg.new_pool()

    script()
    async with tripwire.sandbox(), asyncpg.create_pool(host="h", min_size=1, max_size=1) as pool:
        with pytest.raises(
            tripwire.UnmockedInteractionError, match=r"tripwire.asyncpg pool 1 \(state 'open'\) has no steps"
        ) as raised:
            await pool.fetchval("SELECT 1")
    (line,) = [line for line in str(raised.value).splitlines() if "belongs" in line]
    made = script.__code__.co_firstlineno + 1
    words, _, place = line.strip().partition("  (")
    assert words == "a step for it belongs to the script of this pool"
    assert place.endswith(f"test_pool_scripts.py:{made})")
    assert_all()

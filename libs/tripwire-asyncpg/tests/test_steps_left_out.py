"""What needs no step, and what the server does by itself: transactions and notifications."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest
from asyncpg_scripts import new_session

import tripwire

AssertAll = Callable[[], list[str]]


async def test_transaction_control_may_be_scripted() -> None:
    conflict = asyncpg.SerializationError("could not serialize access")
    session = new_session().expect("begin", returns=None).expect("execute", returns=1)
    session.expect("commit", returns=None, raises=conflict).expect("savepoint", returns=None, required=False)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.SerializationError):
            async with conn.transaction(isolation="serializable"):
                await conn.execute("DELETE FROM t")
        async with conn.transaction(), conn.transaction():
            pass
    tripwire.asyncpg.assert_connect()
    with tripwire.asyncpg.assert_transaction(isolation="serializable"):
        tripwire.asyncpg.assert_execute(query="DELETE FROM t", args=[])
    with tripwire.asyncpg.assert_transaction(), tripwire.asyncpg.assert_transaction(savepoint=True):
        pass


async def test_a_step_for_the_outer_commit_names_its_query(assert_all: AssertAll) -> None:
    new_session().expect("commit", query="COMMIT", returns=None, raises=asyncpg.SerializationError("no"))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.SerializationError):
            async with conn.transaction(), conn.transaction():
                pass
    assert_all()


async def test_assertions_around_a_transaction() -> None:
    new_session().expect("execute", returns="OK")
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        transaction = conn.transaction()
        await transaction.start()
        async with conn.transaction():
            await conn.execute("SELECT 1")
        await transaction.rollback()
    tripwire.asyncpg.assert_connect()
    with tripwire.asyncpg.assert_transaction(rollback=True):
        tripwire.asyncpg.assert_savepoint()
        tripwire.asyncpg.assert_execute(query="SELECT 1", args=[])
        tripwire.asyncpg.assert_commit(savepoint=True)


async def test_a_notification_that_never_comes_is_reported(assert_all: AssertAll) -> None:
    new_session().expect("listen", returns=None).expect("notify", returns=("jobs", "1"))
    async with tripwire.sandbox():
        await asyncpg.connect(host="h")
    assert_all()
    with pytest.raises(tripwire.UnusedMocksError) as unused:
        tripwire.verify_all()
    assert "expect('notify', returns=('jobs', '1'))" in str(unused.value)


async def test_several_pushes_after_one_step_keep_their_order(assert_all: AssertAll) -> None:
    heard: list[str] = []
    session = new_session(ordered=False).expect("listen", returns=None)
    for n in range(3):
        session.expect("notify", returns=("jobs", str(n)))
    session.expect("drop", returns=None)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.add_listener("jobs", lambda *args: heard.append(args[3]))
        assert heard == []
        for _ in range(5):
            await asyncio.sleep(0)
        assert conn.is_closed()
    assert heard == ["0", "1", "2"]
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_listen(channel="jobs")


async def test_the_end_of_listening_may_be_scripted() -> None:
    new_session().expect("listen", returns=None).expect("unlisten", returns=None, raises=OSError("gone"))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.add_listener("jobs", print)
        with pytest.raises(OSError, match="gone"):
            await conn.remove_listener("jobs", print)
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_listen(channel="jobs")
    tripwire.asyncpg.assert_unlisten(channel="jobs")

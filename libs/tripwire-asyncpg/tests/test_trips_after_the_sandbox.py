"""Calls on a connection that outlives its sandbox, and calls of tasks and threads that do."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from asyncpg_scripts import without_places

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]


async def test_a_connection_left_open_is_dropped(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 1") == 1
    assert conn.is_closed()
    with pytest.raises(tripwire.SandboxNotActiveError) as trip:
        await conn.fetchval("SELECT 1")
    assert without_places(str(trip.value)) == (
        "nothing real stands behind this call, and no sandbox of its test is open: asyncpg.fetchval('SELECT 1')\n"
        "  called at HERE\n"
        "make the call inside `with tripwire:`"
    )
    await conn.close()
    assert_all()


CALLS: dict[str, Callable[[asyncpg.Connection], Any]] = {
    "execute('SELECT 1')": lambda conn: conn.execute("SELECT 1"),
    "fetch('SELECT $1', 2)": lambda conn: conn.fetch("SELECT $1", 2),
    "executemany('SELECT $1', [])": lambda conn: conn.executemany("SELECT $1", []),
    "reset()": lambda conn: conn.reset(),
    "close()": lambda conn: conn.close(),
    "transaction()": lambda conn: conn.transaction().start(),
}


@pytest.mark.parametrize("words", CALLS)
async def test_a_forgotten_task_with_a_dropped_connection_trips(
    scripted: Scripted, words: str, assert_all: AssertAll
) -> None:
    scripted()
    go = asyncio.Event()

    async def work(conn: asyncpg.Connection) -> None:
        await go.wait()
        await CALLS[words](conn)

    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        task = asyncio.create_task(work(conn))
    assert conn.is_closed()
    go.set()
    with pytest.raises(tripwire.PostSandboxInteractionError) as trip:
        await task
    assert without_places(str(trip.value)) == (
        f"a task or thread went on after its sandbox had closed, and called: asyncpg.{words}\n"
        "  called at HERE; the sandbox was opened at HERE\n"
        "await or join it before the sandbox ends, so that its calls are answered and can be asserted"
    )
    assert_all()


@pytest.mark.parametrize("way", ["commit", "rollback", "exit"])
async def test_a_transaction_that_outlives_the_sandbox_trips(
    scripted: Scripted, way: str, assert_all: AssertAll
) -> None:
    scripted()
    go = asyncio.Event()

    async def work(conn: asyncpg.Connection, started: asyncio.Event) -> None:
        transaction = conn.transaction()
        if way == "exit":
            async with transaction:
                started.set()
                await go.wait()
        else:
            await transaction.start()
            started.set()
            await go.wait()
            await getattr(transaction, way)()

    async with tripwire.sandbox():
        started = asyncio.Event()
        task = asyncio.create_task(work(await asyncpg.connect(host="h"), started))
        await started.wait()
    go.set()
    with pytest.raises(tripwire.PostSandboxInteractionError) as trip:
        await task
    assert trip.value.call == f"asyncpg.transaction().{'__aexit__' if way == 'exit' else way}()"
    assert trip.value.source is (tripwire.asyncpg.rollback if way == "rollback" else tripwire.asyncpg.commit)
    assert_all()


async def test_a_connection_the_program_closed_reports_that_itself(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    scripted()
    go = asyncio.Event()

    async def work(conn: asyncpg.Connection) -> None:
        await go.wait()
        await conn.fetch("SELECT 1")

    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        task = asyncio.create_task(work(conn))
        await conn.close()
        with pytest.raises(asyncpg.InterfaceError, match=r"^connection is closed$"):
            await conn.fetch("SELECT 1")
    go.set()
    with pytest.raises(asyncpg.InterfaceError, match=r"^connection is closed$"):
        await task
    assert_all()


async def test_a_connection_of_an_earlier_sandbox(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
    async with tripwire.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await conn.fetch("SELECT 1")
        await conn.close()
    assert without_places(str(trip.value)) == (
        "nothing answers this call: asyncpg.fetch('SELECT 1')\n"
        "  called at HERE\n"
        "the connection was opened in an earlier sandbox, and dropped when that closed; connect inside"
    )
    assert_all()


async def test_a_swallowed_call_on_a_dropped_connection_fails_the_test(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_mode=auto")
    pytester.makepyfile(
        app="""
        import contextlib

        async def log(conn, go):
            await go.wait()
            with contextlib.suppress(Exception):
                await conn.execute("INSERT")
        """,
        test_app="""
        import asyncio
        import asyncpg
        import tripwire
        from app import log

        async def test_log():
            tripwire.asyncpg.new_session().expect("connect", returns=None)
            go = asyncio.Event()
            async with tripwire:
                task = asyncio.create_task(log(await asyncpg.connect(host="h"), go))
            go.set()
            await task
            tripwire.asyncpg.assert_connect(host="h")
        """,
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*SwallowedTripError: 1 trip never reached the test:",
            "*PostSandboxInteractionError: asyncpg.execute('INSERT')  (app.py:6)",
        ]
    )


@pytest.mark.parametrize("scripted_close", [True, False])
async def test_a_close_while_a_query_runs_is_a_call(scripted_close: bool) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("execute", returns="SELECT 1")
    if scripted_close:
        session.expect("close", returns=None)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        task = asyncio.create_task(conn.execute("SELECT 1"))
        await asyncio.sleep(0)  # the query is on its way, and not yet answered
        if scripted_close:
            await conn.close()
        else:
            with pytest.raises(tripwire.UnmockedInteractionError, match=r"call: asyncpg.close\(\)\n"):
                await conn.close()
        assert conn.is_closed()
        await asyncio.gather(task, return_exceptions=True)  # asyncpg cancels the query
    tripwire.asyncpg.assert_connect(host="h")
    tripwire.asyncpg.assert_execute(query="SELECT 1", args=[])
    if scripted_close:
        tripwire.asyncpg.assert_close()


async def test_a_forgotten_task_trips(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        await asyncpg.connect(host="h")

    async with tripwire.sandbox():
        await asyncpg.connect(host="h")
        task = asyncio.create_task(work())
    go.set()
    with pytest.raises(tripwire.PostSandboxInteractionError, match=r"asyncpg\.connect\(host='h'\)"):
        await task
    assert_all()


async def test_a_task_waiting_for_an_answer_when_the_sandbox_closes(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        task = asyncio.create_task(conn.fetchval("SELECT 1"))
        await asyncio.sleep(0)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError, match="closed in the middle of operation"):
        await task
    assert_all()
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


def test_a_loop_that_was_closed_in_the_middle(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchval", 1))
    loop = asyncio.new_event_loop()
    with tripwire.sandbox():
        conn = loop.run_until_complete(asyncpg.connect(host="h"))
        pending = conn.fetchval("SELECT 1")
        waiting = pending.send(None)
        waiting.add_done_callback(print)
        loop.close()
    assert conn.is_closed()
    with pytest.raises((RuntimeError, asyncpg.ConnectionDoesNotExistError)):
        pending.throw(RuntimeError("the loop is closed"))
    assert_all()
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


async def test_a_scripted_connection_used_by_nobodys_context(
    scripted: Scripted, tripwire_verifier: tripwire.StrictVerifier, assert_all: AssertAll
) -> None:
    other = tripwire.StrictVerifier()
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with other.sandbox():
            assert await conn.fetchval("SELECT 1") == 1
    assert [interaction.source for interaction in other.timeline] == []
    assert_all()


@pytest.mark.parametrize(
    ("context", "trip"),
    [
        (contextvars.copy_context, tripwire.PostSandboxInteractionError),
        (contextvars.Context, tripwire.SandboxNotActiveError),
    ],
)
def test_a_thread_that_goes_on_before_its_connection_is_dropped(
    scripted: Scripted,
    context: Callable[[], contextvars.Context],
    trip: type[tripwire.TripError],
    assert_all: AssertAll,
) -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    at_work, go = threading.Event(), threading.Event()

    async def work(conn: asyncpg.Connection) -> None:
        at_work.set()
        assert go.wait(5)  # blocks the loop, so that nothing can be dropped
        await conn.fetchval("SELECT 1")

    scripted()
    with tripwire.sandbox():
        thread.start()
        conn = asyncio.run_coroutine_threadsafe(asyncpg.connect(host="h"), loop).result(5)
        worker = context().run(asyncio.run_coroutine_threadsafe, work(conn), loop)
        assert at_work.wait(5)
    go.set()
    with pytest.raises(trip, match=r"asyncpg.fetchval\('SELECT 1'\)"):
        worker.result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
    assert_all()


async def test_the_transport_tells_whether_it_is_closing(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        transport = conn._transport
        assert isinstance(transport, asyncio.Transport)
        assert not transport.is_closing()
        transport.pause_reading()
        transport.resume_reading()
        transport.close()
        transport.close()
        assert transport.is_closing()
        await asyncio.sleep(0)
        assert conn.is_closed()
    assert_all()

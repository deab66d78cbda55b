"""Calls nothing answers: each is a trip that reaches the program, with code to paste."""

import asyncio
import contextvars
import io
import re
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

import tripwire
from tripwire import _routing
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]

HERE = __file__.rpartition("/")[2]


def line_of(text: str) -> int:
    """The line of this file that holds a text, as messages show it."""
    with open(__file__, encoding="utf-8") as source:
        return next(n for n, line in enumerate(source, 1) if text in line and "line_of" not in line)


def without_places(message: str) -> str:
    return re.sub(r"[^\s(]*" + re.escape(HERE) + r":\d+", "HERE", message)


async def test_connect_without_a_session() -> None:
    async with tripwire.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await asyncpg.connect("postgresql://u@h/d", user="me")  # the unscripted connect
    assert without_places(str(trip.value)) == (
        "nothing answers this call: asyncpg.connect(dsn='postgresql://u@h/d', user='me')\n"
        "  called at HERE\n"
        "no session is scripted\n"
        "to mock it, put this before the sandbox:\n"
        "    (tripwire.asyncpg\n"
        "        .new_session()\n"
        '        .expect("connect", returns=None)\n'
        '        .expect("close", returns=None))'
    )
    assert trip.value.place is not None
    assert trip.value.place.lineno == line_of("# the unscripted connect")
    assert trip.value.source is tripwire.asyncpg.connect


async def test_connect_when_all_sessions_are_in_use(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    async with tripwire.sandbox():
        await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError, match="all 1 scripted sessions are in use"):
            await asyncpg.connect(host=["h1", "h2"])
    assert_all()


@pytest.mark.parametrize(
    ("method", "args", "words", "example"),
    [
        ("execute", ("SELECT 1",), "execute('SELECT 1')", '"INSERT 0 1"'),
        ("execute", ("SELECT $1", 2), "execute('SELECT $1', 2)", '"INSERT 0 1"'),
        ("fetch", ("SELECT $1, $2", 2, "x"), "fetch('SELECT $1, $2', 2, 'x')", '[{"id": 1}]'),
        ("fetchrow", ("SELECT 1",), "fetchrow('SELECT 1')", '{"id": 1}'),
        ("fetchval", ("SELECT 1",), "fetchval('SELECT 1')", "1"),
    ],
)
async def test_a_statement_that_is_not_the_next_step(
    method: str, args: tuple[Any, ...], words: str, example: str
) -> None:
    other = "fetch" if method != "fetch" else "fetchval"
    returns: Any = [] if other == "fetch" else None
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect(other, returns=returns, required=False).expect("close", returns=None)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await getattr(conn, method)(*args)
        assert not conn.is_closed()
        await conn.close()
    assert without_places(str(trip.value)) == (
        f"nothing answers this call: asyncpg.{words}\n"
        "  called at HERE\n"
        "a step for it belongs to the session of this connection  (HERE)\n"
        "nearest, and why it did not match:\n"
        f"  - expect({other!r}, returns={returns!r}): it is the next step, and not {method!r}  (HERE)\n"
        "to mock it, add this step to it:\n"
        f'    .expect("{method}", returns={example})'
    )
    assert trip.value.source is getattr(tripwire.asyncpg, method)
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_close()


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval"])
@pytest.mark.parametrize("args", [(), (1,)])
async def test_after_a_trip_the_connection_goes_on(method: str, args: tuple[Any, ...]) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError, match=r"state 'connected'\) has no steps left"):
            await getattr(conn, method)("SELECT $1" if args else "SELECT", *args)
        session.expect("fetchval", returns=5)
        assert await conn.fetchval("SELECT 5") == 5
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetchval(query="SELECT 5", args=[])


async def test_a_trip_in_a_transaction_leaves_it_usable(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchval", 5))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with conn.transaction():
            with pytest.raises(tripwire.UnmockedInteractionError):
                await conn.fetch("SELECT 1")
            assert await conn.fetchval("SELECT 5") == 5
    assert_all()


async def test_a_swallowed_trip_fails_the_test_all_the_same(
    scripted: Scripted, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nasyncio_mode=auto")
    pytester.makepyfile(
        app="""
        import asyncpg

        async def count():
            conn = await asyncpg.connect(host="h")
            try:
                return await conn.fetchval("SELECT 1")
            except Exception:
                return 0
        """,
        test_app="""
        import tripwire
        from app import count

        async def test_count():
            tripwire.asyncpg.new_session().expect("connect", returns=None)
            with tripwire:
                assert await count() == 0
            tripwire.asyncpg.assert_connect(host="h")
        """,
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*SwallowedTripError: 1 trip never reached the test:",
            "*UnmockedInteractionError: asyncpg.fetchval('SELECT 1')  (app.py:6)",
            "*swallowed at app.py:6 in count*",
        ]
    )


async def test_close_without_a_step_trips_and_closes() -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await conn.close()
        assert conn.is_closed()
        await conn.close()
    assert without_places(str(trip.value)) == (
        "nothing answers this call: asyncpg.close()\n"
        "  called at HERE\n"
        "tripwire.asyncpg session 1 (state 'connected') has no steps left\n"
        "a step for it belongs to the session of this connection  (HERE)\n"
        "to mock it, add this step to it:\n"
        '    .expect("close", returns=None)'
    )
    tripwire.asyncpg.assert_connect()


async def test_terminate_is_not_close(assert_all: AssertAll) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None).expect("close", returns=None)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        conn.terminate()
        assert conn.is_closed()
    assert assert_all() == ["tripwire.asyncpg.connect(host='h')"]
    with pytest.raises(tripwire.UnusedMocksError, match="expect\\('close', returns=None\\)"):
        tripwire.verify_all()


async def opened(factory: Any) -> Any:
    return await factory


UNSCRIPTED: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "executemany": (
        lambda conn: conn.executemany("A $1", [(1,), (2,)]),
        "executemany('A $1', (1,), (2,))",
        "None",
    ),
    "executemany of nothing": (lambda conn: conn.executemany("A $1", []), "executemany('A $1')", "None"),
    "fetchmany": (lambda conn: conn.fetchmany("A $1", [(1,)]), "fetchmany('A $1', (1,))", '[{"id": 1}]'),
    "prepare": (lambda conn: conn.prepare("SELECT 1"), "prepare('SELECT 1')", "None"),
    "cursor": (lambda conn: opened(conn.cursor("SELECT $1", 2)), "cursor('SELECT $1', 2)", '[{"id": 1}]'),
    "iteration": (lambda conn: anext(aiter(conn.cursor("SELECT 1"))), "cursor('SELECT 1')", '[{"id": 1}]'),
    "copy_from_table": (
        lambda conn: conn.copy_from_table("t", output=io.BytesIO()),
        """copy_out('COPY "t" TO STDOUT ')""",
        '[b"1\\tAda\\n"]',
    ),
    "copy_from_query": (
        lambda conn: conn.copy_from_query("SELECT $1", 2, output=io.BytesIO()),
        "copy_out('COPY (SELECT $1) TO STDOUT ', 2)",
        '[b"1\\tAda\\n"]',
    ),
    "copy_to_table": (
        lambda conn: conn.copy_to_table("t", source=io.BytesIO(b"1")),
        """copy_in('COPY "t" FROM STDIN  ')""",
        "None",
    ),
    "copy_records_to_table": (
        lambda conn: conn.copy_records_to_table("t", records=[(1, 2)]),
        """copy_in('COPY "t" FROM STDIN (FORMAT binary) ')""",
        "None",
    ),
    "add_listener": (lambda conn: conn.add_listener("channel", print), "listen('channel')", "None"),
}


@pytest.mark.parametrize("name", UNSCRIPTED)
@pytest.mark.parametrize("pooled", [False, True])
async def test_a_call_that_has_no_step(
    scripted: Scripted, name: str, pooled: bool, assert_all: AssertAll
) -> None:
    call, words, example = UNSCRIPTED[name]
    scripted()
    async with tripwire.sandbox():
        pool = await asyncpg.create_pool(host="h", min_size=1, max_size=1) if pooled else None
        conn = await (asyncpg.connect(host="h") if pool is None else pool.acquire())
        async with conn.transaction():
            with pytest.raises(tripwire.UnmockedInteractionError) as trip:
                await call(conn)
            assert conn.is_in_transaction()
        assert not conn.is_closed()
        if pool is not None:
            await pool.release(conn)
    lines = without_places(str(trip.value)).splitlines()
    method = words.partition("(")[0]
    assert lines[0] == f"nothing answers this call: asyncpg.{words}"
    assert "a step for it belongs to the session of this connection  (" in lines[2]
    assert lines[-1] == f'    .expect("{method}", returns={example})'
    assert trip.value.source is getattr(tripwire.asyncpg, method)
    assert_all()


async def test_a_subclass_that_goes_below_the_public_methods(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    class Lower(asyncpg.Connection):  # type: ignore[misc]
        async def all(self, query: str, *args: object) -> Any:
            return await self._execute(query, args, 0, None)

        async def run(self, query: str) -> Any:
            return await self._protocol.query(query, None)

    scripted(("fetch", [{"a": 1}]), ("execute", "OK"))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", connection_class=Lower)
        assert await conn.all("SELECT $1", 5) == [{"a": 1}]
        assert await conn.run("SELECT 1") == "OK"
        with (
            tripwire.expect_trip(tripwire.UnmockedInteractionError),
            pytest.raises(asyncpg.InternalServerError, match="tripwire: UnmockedInteractionError"),
        ):
            await conn.all("SELECT 2")
    assert assert_all()[1:] == [
        "tripwire.asyncpg.fetch(query='SELECT $1', args=[5])",
        "tripwire.asyncpg.execute(query='SELECT 1', args=[])",
    ]


# -- after the sandbox


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


# -- connections with a real server


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


async def test_outside_the_sandbox_its_calls_are_genuine(older: asyncpg.Connection) -> None:
    async with tripwire.sandbox():
        pass
    assert await older.fetch("SELECT 1") == [{"a": 1}]
    assert (await older.prepare("SELECT 1", name="one")).get_query() == "SELECT 1"
    assert type(older.cursor("SELECT 1")).__name__ == "CursorFactory"
    assert await older.set_type_codec("mood", encoder=str, decoder=str) is None
    await older.close()
    assert older.is_closed()


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval"])
async def test_a_wrong_number_of_arguments_is_no_call(
    scripted: Scripted, method: str, assert_all: AssertAll
) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(
            asyncpg.InterfaceError, match="the server expects 1 argument for this query, 2 were passed"
        ):
            await getattr(conn, method)("SELECT $1", 1, 2)
        await conn.close()
    assert assert_all() == ["tripwire.asyncpg.connect(host='h')", "tripwire.asyncpg.close()"]

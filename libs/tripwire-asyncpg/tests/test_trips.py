"""Calls nothing answers: each is a trip that reaches the program, with code to paste."""

import io
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from asyncpg_scripts import without_places

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]


def line_of(text: str) -> int:
    """The line of this file that holds a text, as messages show it."""
    with open(__file__, encoding="utf-8") as source:
        return next(n for n, line in enumerate(source, 1) if text in line and "line_of" not in line)


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

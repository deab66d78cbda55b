"""How a call finds its step: by its order, its SQL, its arguments, and as often as the step says."""

import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import asyncpg
import pytest
from asyncpg_scripts import new_session, without_places

import tripwire

AssertAll = Callable[[], list[str]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, name FROM users WHERE name = 'a  b'",
        "  SELECT id,name\n\tFROM users   WHERE name = 'a  b' ; ",
        re.compile(r"FROM\s+users"),
        re.compile("^SELECT id,name FROM users"),
        mock.ANY,
    ],
    ids=repr,
)
async def test_a_step_may_name_its_query(query: Any, assert_all: AssertAll) -> None:
    new_session().expect("fetch", query=query, returns=[{"id": 1}])
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetch("SELECT id, name\nFROM users WHERE name = 'a  b'") == [{"id": 1}]
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetch(query=query, args=[])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 'a  b'", "SELECT 'a b'"),
        ('SELECT "a  b"', 'SELECT "a b"'),
        ("SELECT $$a  b$$", "SELECT $$a b$$"),
        ("SELECT a b", "SELECT ab"),
        ("SELECT 1 -- x\n, 2", "SELECT 1 -- x , 2"),
        ("SELECT a", "select a"),
    ],
)
async def test_white_space_that_counts(one: str, other: str, assert_all: AssertAll) -> None:
    new_session().expect("fetch", query=one, returns=[])
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError):
            await conn.fetch(other)
        assert await conn.fetch(one) == []
    assert_all()


async def test_another_query_shows_both_with_the_first_difference_marked(assert_all: AssertAll) -> None:
    new_session().expect("fetch", query="SELECT id, name FROM users WHERE id = $1", args=[1], returns=[])
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await conn.fetch("SELECT id, nick FROM users WHERE id = $1", 1)
        with pytest.raises(tripwire.UnmockedInteractionError) as other:
            await conn.fetch("SELECT id, name FROM users WHERE id = $1", 2)
        assert await conn.fetch("SELECT id, name FROM users WHERE id = $1", 1) == []
    assert without_places(str(trip.value)) == (
        "nothing answers this call: asyncpg.fetch('SELECT id, nick FROM users WHERE id = $1', 1)\n"
        "  called at HERE\n"
        "a step for it belongs to the session of this connection  (HERE)\n"
        "nearest, and why it did not match:\n"
        "  - expect('fetch', query='SELECT id, name FROM users WHERE id = $1', args=[1], returns=[]): "
        "its query is another:\n"
        "      scripted SELECT id,name FROM users WHERE id = $1\n"
        "      called   SELECT id,nick FROM users WHERE id = $1\n"
        "                          ^ the first difference  (HERE)\n"
        "to mock it, add this step to it:\n"
        '    .expect("fetch", returns=[{"id": 1}])'
    )
    assert "its arguments are others: scripted [1], called [2]" in str(other.value)
    assert_all()


async def test_an_assertion_marks_the_first_difference() -> None:
    long = f"SELECT {', '.join(f'column_{n}' for n in range(30))} FROM t"
    new_session().expect("fetch", returns=[], times=2)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.fetch("SELECT a\nFROM t")
        await conn.fetch(long)
    tripwire.asyncpg.assert_connect()
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_fetch(query="SELECT a FROM u", args=[])
    assert str(mismatch.value).splitlines()[1:] == [
        "  query:",
        "    asserted SELECT a FROM u",
        "    happened SELECT a FROM t",
        "                           ^ the first difference",
        "as it happened:",
        "    tripwire.asyncpg.assert_fetch(query='SELECT a\\nFROM t', args=[])",
    ]
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_fetch(query=re.compile("FROM u"), args=[])
    assert "    asserted re.compile('FROM u')" in str(mismatch.value).splitlines()
    tripwire.asyncpg.assert_fetch(query="SELECT a FROM t;", args=[])
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_fetch(query=long.replace("column_15", "column_xv"), args=[])
    asserted, happened, mark = str(mismatch.value).splitlines()[2:5]
    assert asserted.startswith("    asserted ...")
    assert asserted.endswith("...")
    assert asserted[mark.index("^") :].startswith("xv,column_16")
    assert happened[mark.index("^") :].startswith("15,column_16")
    tripwire.assert_interaction(tripwire.asyncpg.fetch, query=f" {long} ", args=[])


async def test_steps_in_any_order() -> None:
    session = new_session(ordered=False)
    session.expect("fetchval", query="SELECT 1", returns=1, times=2).expect(
        "fetchval", query="SELECT 2", returns=2
    )
    session.expect("fetchval", query="SELECT $1", args=[3], returns=3).expect(
        "fetchval", query="SELECT $1", returns=4
    )
    session.expect("close", returns=None)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert [await conn.fetchval(f"SELECT {n}") for n in (2, 1, 1)] == [2, 1, 1]
        assert [await conn.fetchval("SELECT $1", n) for n in (9, 3)] == [4, 3]
        with pytest.raises(tripwire.UnmockedInteractionError, match="it answers 'close', not 'fetchval'"):
            await conn.fetchval("SELECT 1")
        await conn.close()
    tripwire.asyncpg.assert_connect()
    with tripwire.in_any_order():
        for n in (1, 1, 2):
            tripwire.asyncpg.assert_fetchval(query=f"SELECT {n}", args=[])
        tripwire.asyncpg.assert_fetchval(query="SELECT $1", args=[3])
        tripwire.asyncpg.assert_fetchval(query="SELECT $1", args=[9])
        tripwire.asyncpg.assert_close()


async def test_the_nearest_of_steps_in_any_order_come_first(assert_all: AssertAll) -> None:
    session = new_session(ordered=False)
    for query in ("DELETE FROM a", "SELECT a FROM tables", "SELECT b, c FROM t", "INSERT INTO t VALUES (1)"):
        session.expect("fetch", query=query, returns=[], required=False)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await conn.fetch("SELECT a FROM table")
    near = [line for line in str(trip.value).splitlines() if line.startswith("  - ")]
    assert len(near) == 3
    assert str(trip.value).splitlines()[-1] == (
        """    .expect("fetch", query='SELECT a FROM table', returns=[{"id": 1}])"""
    )
    assert near[0].startswith("  - expect('fetch', query='SELECT a FROM tables'")
    assert_all()


async def test_a_step_that_repeats(assert_all: AssertAll) -> None:
    session = new_session().expect("fetchval", returns=1, times=3).expect("execute", returns=2, times=2)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 1") == 1
        with pytest.raises(tripwire.UnmockedInteractionError):
            await conn.execute("DELETE FROM t")
        assert [await conn.fetchval("SELECT 1") for _ in range(2)] == [1, 1]
        assert await conn.execute("DELETE FROM t") == "DELETE 2"
    assert session.state == "connected"
    assert_all()
    with pytest.raises(tripwire.UnusedMocksError) as unused:
        tripwire.verify_all()
    assert ".expect('execute', returns=2)  (" in str(unused.value)
    assert "): used 1 of 2 times" in str(unused.value)


async def test_an_optional_step_that_repeats_may_be_left(assert_all: AssertAll) -> None:
    new_session().expect("fetchval", returns=1, times=3, required=False).expect("fetch", returns=[])
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 1") == 1
        assert await conn.fetch("SELECT 1") == []
        with pytest.raises(tripwire.UnmockedInteractionError):
            await conn.fetchval("SELECT 1")
    assert_all()


async def test_the_nearest_step_of_another_method_is_that_of_the_query(assert_all: AssertAll) -> None:
    session = tripwire.asyncpg.new_session(ordered=False).expect("connect", returns=None)
    for table in ("users", "teams"):
        session.expect("fetchrow", query=f"SELECT id FROM {table}", returns=None, required=False)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError) as raised:
            await conn.fetch("SELECT id FROM teams")
    lines = str(raised.value).splitlines()
    (nearest,) = [line.rpartition("  (")[0] for line in lines if line.startswith("  - ")]
    assert nearest == (
        "  - expect('fetchrow', query='SELECT id FROM teams', returns=None): it answers 'fetchrow', not 'fetch'"
    )
    assert lines[-1] == """    .expect("fetch", query='SELECT id FROM teams', returns=[{"id": 1}])"""
    assert_all()

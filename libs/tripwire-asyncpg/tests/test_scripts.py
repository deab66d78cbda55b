"""How a call finds its step: by its order, its SQL, its arguments, and as often as the step says."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from unittest import mock

import asyncpg
import pytest

import tripwire

AssertAll = Callable[[], list[str]]
HERE = __file__.rpartition("/")[2]


def new_session(**given: Any) -> Any:
    return tripwire.asyncpg.new_session(**given).expect("connect", returns=None)


def without_places(message: str) -> str:
    return re.sub(r"[^\s(]*" + re.escape(HERE) + r":\d+", "HERE", message)


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


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ([(1, "a"), (2, "b")], ["id", "name"]),
        ([[1, "a"], {"name": "b", "id": 2}], ("id", "name")),
        ([{"id": 1, "name": "a"}, {"name": "b", "id": 2}], None),
        ([{"name": "a", "id": 1}, (2, "b")], ["id", "name"]),
    ],
)
async def test_rows_may_be_tuples(given: Any, columns: Any, assert_all: AssertAll) -> None:
    new_session().expect("fetch", returns=given, columns=columns)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        rows = await conn.fetch("SELECT id, name FROM t")
    assert rows == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    assert [list(row.keys()) for row in rows] == [["id", "name"]] * 2
    assert_all()


async def test_rows_may_be_records(assert_all: AssertAll) -> None:
    row = tripwire.asyncpg.record(id=1, name="a")
    new_session().expect("fetch", returns=[row, row]).expect("fetchrow", returns=row)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetch("SELECT 1") == [row, row]
        assert await conn.fetchrow("SELECT 1") == row
    assert_all()


async def test_two_columns_of_one_name(assert_all: AssertAll) -> None:
    new_session().expect("fetch", returns=[(1, 2)], columns=["id", "id"])
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        (row,) = await conn.fetch("SELECT a.id, b.id FROM a, b")
    assert (tuple(row), row["id"], list(row.keys())) == ((1, 2), 2, ["id", "id"])
    assert_all()


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("INSERT INTO t VALUES (1)", "INSERT 0 3"),
        ("update t set a = 1", "UPDATE 3"),
        ("WITH x AS (SELECT 1) DELETE FROM t", "DELETE 3"),
        ("-- a comment\n(SELECT 1)", "SELECT 3"),
        ("VALUES (1), (2), (3)", "SELECT 3"),
        ("CREATE TEMP TABLE t (a int)", "CREATE TABLE"),
        ("TRUNCATE t", "TRUNCATE"),
        ("", ""),
    ],
)
async def test_a_number_of_rows_is_a_status(query: str, status: str, assert_all: AssertAll) -> None:
    new_session().expect("execute", returns=3)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.execute(query) == status
    assert_all()


WRONG: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("fetch", {"times": 0}, ValueError, "times=0: a step answers at least one call; leave it out instead"),
    ("fetch", {"times": 1.5}, TypeError, "times= must be a number of calls such as 3, not 1.5"),
    ("fetch", {"delay": -1}, ValueError, "delay=-1 is no time that can pass; write 0 or more seconds"),
    ("fetch", {"delay": "1"}, TypeError, "delay= must be a number of seconds such as 2.5, not '1'"),
    ("close", {"query": "x"}, TypeError, '.expect("close"): this step has neither query= nor args='),
    (
        "fetchval",
        {"columns": ["a"]},
        TypeError,
        '.expect("fetchval", columns=...): only fetch, fetchrow, fetchmany, cursor return rows with columns, '
        "and prepare takes the names of its columns as returns",
    ),
    (
        "fetch",
        {"columns": "ab"},
        TypeError,
        '.expect("fetch", columns=...): it must be a list of at most 1,664 names such as ["id", "name"], not \'ab\'',
    ),
    (
        "fetch",
        {"columns": ["a", "b"], "returns": [(1,)]},
        TypeError,
        '.expect("fetch", returns=...): a row must have 2 values, one for each of columns=, not (1,); '
        'write for example .expect("fetch", returns=[{"id": 1}])',
    ),
    (
        "copy_out",
        {"returns": ["a"]},
        TypeError,
        ".expect(\"copy_out\", returns=...): a chunk must be bytes, not 'a'; "
        'write for example .expect("copy_out", returns=[b"1\\tAda\\n"])',
    ),
    (
        "notify",
        {"returns": ("a", "b", "c")},
        TypeError,
        '.expect("notify", returns=...): it must be a channel, or a tuple of channel and payload, '
        "not ('a', 'b', 'c'); write for example .expect(\"notify\", returns=(\"channel\", \"payload\"))",
    ),
    (
        "drop",
        {"returns": 1},
        TypeError,
        '.expect("drop", returns=...): it must be None, since no call is answered by it, not 1; '
        'write for example .expect("drop", returns=None)',
    ),
]


@pytest.mark.parametrize(("method", "given", "kind", "message"), WRONG)
def test_what_a_step_cannot_be(
    method: str, given: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind) as raised:
        tripwire.asyncpg.new_session().expect(
            method, **{"returns": [] if method == "fetch" else None, **given}
        )
    assert str(raised.value) == message


# -- what needs no step, and what the server does by itself


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


# -- time


@pytest.mark.parametrize(("delay", "timeout", "late"), [(59, 60, False), (61, 60, True), (1, 0.5, True)])
async def test_a_connection_attempt_takes_its_time(
    delay: float, timeout: float, late: bool, assert_all: AssertAll
) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None, delay=delay)
    async with tripwire.sandbox():
        if late:
            with pytest.raises(asyncio.TimeoutError):
                await asyncpg.connect(host="h", timeout=timeout)
        else:
            await asyncpg.connect(host="h", timeout=timeout)
    assert_all()


async def test_nobody_waits_for_a_delay(assert_all: AssertAll) -> None:
    loop = asyncio.get_running_loop()
    new_session().expect("fetchval", returns=1, delay=3600).expect("fetchval", returns=2, delay=3600)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", command_timeout=7200)
        began = loop.time()
        assert await conn.fetchval("SELECT 1") == 1
        with pytest.raises(asyncio.TimeoutError):
            await conn.fetchval("SELECT 2", timeout=3599)
        assert loop.time() - began < 60
    assert_all()


async def test_an_error_may_come_late(assert_all: AssertAll) -> None:
    error = asyncpg.DeadlockDetectedError("deadlock detected")
    new_session().expect("fetch", returns=None, raises=error, delay=1, times=2)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.DeadlockDetectedError):
            await conn.fetch("SELECT 1")
        with pytest.raises(asyncio.TimeoutError):
            await conn.fetch("SELECT 1", timeout=0.5)
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

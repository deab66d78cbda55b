"""`Connection.transaction()` needs no step, and is recorded; what is executed by hand is an execute."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"isolation": "serializable"},
        {"isolation": "read_committed", "readonly": True},
        {"isolation": "repeatable_read", "readonly": True, "deferrable": True},
        {"isolation": "read_uncommitted", "deferrable": True},
        {"readonly": True},
        {"deferrable": True},
    ],
)
async def test_a_transaction_is_recorded_and_asserted(scripted: Scripted, given: dict[str, Any]) -> None:
    scripted(("execute", "INSERT 0 1"))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with conn.transaction(**given):
            assert conn.is_in_transaction()
            await conn.execute("INSERT INTO t VALUES (1)")
        assert not conn.is_in_transaction()
    tripwire.asyncpg.assert_connect()
    if given:
        with pytest.raises(tripwire.InteractionMismatchError):
            tripwire.asyncpg.assert_begin()
    tripwire.asyncpg.assert_begin(**given)
    tripwire.asyncpg.assert_execute(query="INSERT INTO t VALUES (1)", args=[])
    tripwire.asyncpg.assert_commit()


async def test_nested_transactions_are_savepoints(scripted: Scripted) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with conn.transaction():
            async with conn.transaction():
                pass
            with pytest.raises(ZeroDivisionError):
                async with conn.transaction():
                    raise ZeroDivisionError
        manual = conn.transaction()
        await manual.start()
        await manual.rollback()
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_begin()
    tripwire.asyncpg.assert_begin(savepoint=True)
    with pytest.raises(tripwire.InteractionMismatchError):
        tripwire.asyncpg.assert_commit()
    tripwire.asyncpg.assert_commit(savepoint=True)
    tripwire.asyncpg.assert_begin(savepoint=True)
    tripwire.asyncpg.assert_rollback(savepoint=True)
    tripwire.asyncpg.assert_commit()
    tripwire.asyncpg.assert_begin()
    tripwire.asyncpg.assert_rollback()


async def test_a_nested_transaction_compares_isolations(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with conn.transaction():
            async with conn.transaction(isolation="read_committed"):
                pass
            with pytest.raises(asyncpg.InterfaceError, match="a different isolation level"):
                await conn.transaction(isolation="serializable").start()
    assert [line.partition("(")[0] for line in assert_all()] == [
        f"tripwire.asyncpg.{name}" for name in ("connect", "begin", "begin", "commit", "commit")
    ]


async def test_code_to_paste(scripted: Scripted) -> None:
    error = asyncpg.UniqueViolationError("duplicate")
    scripted(("execute", error))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with conn.transaction(isolation="serializable"), conn.transaction():
                await conn.execute("INSERT INTO t VALUES ($1)", 1)
        await conn.close()
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    lines = str(unasserted.value).splitlines()
    assert lines[lines.index("put this after the sandbox:") + 1 :] == [
        "    tripwire.asyncpg.assert_connect(host='h')",
        "    tripwire.asyncpg.assert_begin(isolation='serializable')",
        "    tripwire.asyncpg.assert_begin(savepoint=True)",
        "    tripwire.asyncpg.assert_execute(query='INSERT INTO t VALUES ($1)', args=[1])",
        "    tripwire.asyncpg.assert_rollback(savepoint=True)",
        "    tripwire.asyncpg.assert_rollback()",
        "    tripwire.asyncpg.assert_close()",
    ]
    assert lines[4].partition("  (")[0] == (
        "  - tripwire.asyncpg.execute(query='INSERT INTO t VALUES ($1)', args=[1], "
        "raised=UniqueViolationError('duplicate'))"
    )


async def test_transactions_in_a_pool(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        pool = await asyncpg.create_pool(host="h", min_size=1, max_size=1)
        async with pool.acquire() as conn, conn.transaction():
            assert await conn.fetchval("SELECT 1") == 1
        await pool.close()
    assert [line.partition("(")[0] for line in assert_all()] == [
        f"tripwire.asyncpg.{name}" for name in ("connect", "begin", "fetchval", "commit", "close")
    ]


async def test_what_a_failed_transaction_refuses_is_recorded(scripted: Scripted) -> None:
    scripted(("fetch", asyncpg.DivisionByZeroError("division by zero")))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        transaction = conn.transaction()
        await transaction.start()
        with pytest.raises(asyncpg.DivisionByZeroError):
            await conn.fetch("SELECT 1/0")
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await conn.transaction().start()
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            await conn.fetchval("SELECT $1", 1)
        await transaction.rollback()
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_begin()
    tripwire.asyncpg.assert_fetch(query="SELECT 1/0", args=[])
    tripwire.asyncpg.assert_begin(savepoint=True)
    (refused,) = (i for i in tripwire.current_verifier().timeline if i.source is tripwire.asyncpg.fetchval)
    assert isinstance(refused.fields["raised"], asyncpg.InFailedSQLTransactionError)
    tripwire.asyncpg.assert_fetchval(query="SELECT $1", args=[1])
    tripwire.asyncpg.assert_rollback()


@pytest.mark.parametrize("args", [(), (1,)])
async def test_a_refusal_may_be_scripted(
    scripted: Scripted, args: tuple[Any, ...], assert_all: AssertAll
) -> None:
    refusal = asyncpg.InFailedSQLTransactionError("in its own words")
    scripted(
        ("execute", asyncpg.DivisionByZeroError("division by zero")), ("fetch", refusal), ("fetchval", 1)
    )
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        transaction = conn.transaction()
        await transaction.start()
        with pytest.raises(asyncpg.DivisionByZeroError):
            await conn.execute("SELECT 1/0")
        with pytest.raises(asyncpg.InFailedSQLTransactionError, match="in its own words"):
            await conn.fetch("SELECT $1" if args else "SELECT", *args)
        await transaction.rollback()
        assert await conn.fetchval("SELECT 1") == 1
    assert_all()


async def test_an_error_of_the_client_fails_no_transaction(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetch", asyncpg.InterfaceError("of the client")), ("fetch", OSError("of the network")))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        async with conn.transaction():
            with pytest.raises(asyncpg.InterfaceError, match="of the client"):
                await conn.fetch("SELECT 1")
            with pytest.raises(OSError, match="of the network"):
                await conn.fetch("SELECT 1")
            with pytest.raises(asyncpg.InFailedSQLTransactionError):
                await conn.fetch("SELECT 1")
    assert_all()


@pytest.mark.parametrize(
    ("query", "inside"),
    [
        ("BEGIN", True),
        ("begin;", True),
        ("START TRANSACTION ISOLATION LEVEL SERIALIZABLE", True),
        ("/* a /* nested */ comment */ -- and a line\nBEGIN", True),
        ("BEGIN; SELECT 1; COMMIT", False),
        ("BEGIN; SELECT 1; END; BEGIN", True),
        ("BEGIN; ABORT", False),
        ("BEGIN; SAVEPOINT a; ROLLBACK TO SAVEPOINT a; RELEASE a", True),
        ("BEGIN; ROLLBACK TRANSACTION TO a", True),
        ("BEGIN; COMMIT PREPARED 'x'", True),
        ("SELECT 'x; BEGIN'", False),
        ('SELECT "; BEGIN"', False),
        ("SELECT $a$ ; BEGIN $a$", False),
        ("SELECT E'\\'; BEGIN; SELECT 1 --'", False),
        ("SELECT 1 /* ; BEGIN", False),
        ("BEGINNING", False),
        ("", False),
    ],
)
async def test_transactions_by_hand_are_followed(
    scripted: Scripted, query: str, inside: bool, assert_all: AssertAll
) -> None:
    scripted(("execute", "OK"))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.execute(query) == "OK"
        assert conn.is_in_transaction() is inside
    assert assert_all()[1] == f"tripwire.asyncpg.execute(query={query!r}, args=[])"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("SELECT 1", 0),
        ("SELECT $1, $2, $1", 2),
        ("SELECT $12", 12),
        ("SELECT '$1' || \"$2\" || $$ $3 $$ || $x$ $4 $$ $x$ -- $5\n /* $6 */", 0),
        ("SELECT foo$1, é$2", 0),
        ("SELECT 'it''s $1', E'\\' $2 \\\\', $1", 1),
        ("SELECT $1::text||$2", 2),
        ("SELECT a[$1]", 1),
        ("SELECT $1$$", 1),
    ],
)
async def test_the_number_of_arguments_is_read_from_the_query(
    scripted: Scripted, query: str, count: int, assert_all: AssertAll
) -> None:
    scripted(("fetch", []))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.InterfaceError, match=f"the server expects {count} argument"):
            await conn.fetch(query, *range(count + 1))
        assert await conn.fetch(query, *range(count)) == []
    assert_all()

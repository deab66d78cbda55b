"""Whatever a test or a program hands over: a clear error where it is handed over, or a call that works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from hostile import VALUES, Unstoppable, hostile

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

STEPS = {
    "expect(method)": ("step", "connect", "method"),
    "connect(returns=)": ("returns", "connect", "returns"),
    "execute(returns=)": ("returns", "execute", "returns"),
    "fetch(returns=)": ("returns", "fetch", "returns"),
    "fetchrow(returns=)": ("returns", "fetchrow", "returns"),
    "fetchval(returns=)": ("", "fetchval", "returns"),
    "close(returns=)": ("returns", "close", "returns"),
    **{
        f"{method}(returns=)": ("returns", method, "returns")
        for method in ("fetchmany", "cursor", "prepare", "copy_in", "copy_out", "notify", "notice", "drop")
    },
    "query=": ("", "fetchval", "query"),
    "args=": ("", "fetchval", "args"),
    "columns=": ("columns", "fetchrow", "columns"),
    "times=": ("times", "fetchval", "times"),
    "delay=": ("delay", "fetchval", "delay"),
    "raises=": ("raises=", "connect", "raises"),
    "required=": ("required=", "connect", "required"),
}


@pytest.mark.parametrize(("named", "method", "argument"), STEPS.values(), ids=STEPS)
def test_what_is_scripted(named: str, method: str, argument: str) -> None:
    for kind, make in VALUES.items():
        plugin = AsyncpgPlugin(tripwire.StrictVerifier())
        said = ""
        try:
            plugin.new_session().expect(**{"method": method, "returns": None, argument: make()})
        except (TypeError, ValueError) as error:
            said = str(error)
            assert named in said, kind
        labels = [mock.label for mock in plugin.unused()]
        assert len(labels) == (0 if said else 1), f"{kind}: {said}"
        assert all(len(text) < 1000 and text.isascii() for text in (said, *labels)), kind


@pytest.mark.parametrize("kind", VALUES)
async def test_values_that_come_back_and_arguments(kind: str) -> None:
    value = VALUES[kind]()
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetchval", returns=value).expect("fetchrow", returns={"a": value})
    session.expect("fetch", returns=[{"a": value}]).expect("close", returns=None)
    with tripwire.sandbox(), tripwire.expect_trip():
        connection = await asyncpg.connect("postgresql://u@h/d")
        assert await connection.fetchval("SELECT $1", value) is value
        row = await connection.fetchrow("SELECT a FROM t")
        assert row is not None
        assert row["a"] is value
        assert (await connection.fetch("SELECT a FROM t"))[0]["a"] is value
        with pytest.raises(tripwire.UnmockedInteractionError) as unmocked:
            await connection.execute("SELECT $1", value)
        await connection.close()
    assert len(str(unmocked.value)) < 1500
    tripwire.asyncpg.assert_connect()
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_fetchval(query="SELECT $1", args=["another"])
    assert len(str(mismatch.value)) < 8000
    assert str(mismatch.value).isascii()
    with pytest.raises(tripwire.UnassertedInteractionsError) as open_ones:
        tripwire.verify_all()
    assert len(str(open_ones.value)) < 8000


@pytest.mark.parametrize("error", [RuntimeError, Unstoppable])
async def test_hostile_parameters_of_connect(scripted: Any, error: type[BaseException]) -> None:
    value = hostile(error=error)
    scripted()
    with tripwire.sandbox():
        connection = await asyncpg.connect("postgresql://u@h/d", connection_class=Connection, passfile=None)
        await connection.close()
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_connect(dsn=value)
    assert f"    asserted <Hostile whose repr raises {error.__name__}>" in str(mismatch.value).splitlines()
    tripwire.asyncpg.assert_connect(dsn="postgresql://u@h/d")
    tripwire.asyncpg.assert_close()


class Meta(type(asyncpg.Connection)):  # type: ignore[misc]
    """A class of classes that cannot be compared."""

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("hostile")

    def __ne__(cls, other: object) -> bool:
        raise RuntimeError("hostile")

    __hash__ = type.__hash__


class Connection(asyncpg.Connection, metaclass=Meta):  # type: ignore[misc]
    pass


async def test_a_long_query_is_shortened(scripted: Any) -> None:
    query = f"SELECT '{'x' * 10_000_000}'"
    scripted(("fetchval", 1))
    with tripwire.sandbox(), tripwire.expect_trip():
        connection = await asyncpg.connect("postgresql://u@h/d")
        assert await connection.fetchval(query) == 1
        with pytest.raises(tripwire.UnmockedInteractionError) as unmocked:
            await connection.fetchval(query)
        await connection.close()
    assert str(unmocked.value).splitlines()[0] == (
        f'nothing answers this call: asyncpg.fetchval("{query[:200]}"... (10,000,009 characters))'
    )
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetchval(query=query, args=[])
    tripwire.asyncpg.assert_close()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            lambda session: session.expect([], returns=None),
            "tripwire.asyncpg session 1 has no step []; known are: begin, close, commit, connect, copy_in, copy_out, "
            "cursor, drop, execute, executemany, fetch, fetchmany, fetchrow, fetchval, listen, notice, notify, "
            "prepare, rollback, savepoint, unlisten",
        ),
        (
            lambda session: session.expect("fetchrow", returns=dict.fromkeys(map(str, range(2000)))),
            '.expect("fetchrow", returns=...): a row must be a dict of column names and values, '
            f"of at most 1,664 columns, not {str(dict.fromkeys(map(str, range(30))))[:200]}... (2,000 items); "
            'write for example .expect("fetchrow", returns={"id": 1})',
        ),
        (
            lambda session: session.expect("fetch", returns=[VALUES["all hostile"]()]),
            '.expect("fetch", returns=...): a row must be a dict of column names and values, '
            "not <Hostile whose repr raises RuntimeError>; "
            'write for example .expect("fetch", returns=[{"id": 1}])',
        ),
    ],
)
def test_the_error_names_the_argument_the_value_and_the_remedy(
    script: Callable[[tripwire.SessionHandle], Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        script(tripwire.asyncpg.new_session())
    assert str(caught.value) == message


class Unread(list[Any]):
    def __iter__(self) -> Any:
        raise KeyboardInterrupt


def test_an_interrupt_in_what_is_scripted() -> None:
    session = AsyncpgPlugin(tripwire.StrictVerifier()).new_session()
    with pytest.raises(KeyboardInterrupt):
        session.expect("fetch", returns=Unread([1]))

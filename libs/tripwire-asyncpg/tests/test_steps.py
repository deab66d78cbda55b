"""What a step may return, and how it comes back."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import asyncpg
import pytest

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]

WRONG: list[tuple[str, Any, str, str]] = [
    ("connect", 1, "it must be None, since connect() gives the program no value, not 1", "None"),
    ("close", "x", "it must be None, since close() gives the program no value, not 'x'", "None"),
    *(
        (
            "execute",
            value,
            f"it must be the status PostgreSQL reports, a str, or a number of rows, not {value}",
            '"INSERT 0 1"',
        )
        for value in (None, 1.5, True)
    ),
    ("execute", -1, "a number of rows is 0 or more, not -1", '"INSERT 0 1"'),
    ("execute", "a\0b", "a status must be text in UTF-8 without NUL, not 'a\\x00b'", '"INSERT 0 1"'),
    ("execute", "\udc80", "a status must be text in UTF-8 without NUL, not '\\udc80'", '"INSERT 0 1"'),
    ("fetch", None, "it must be a list of dicts, one for each row, not None", '[{"id": 1}]'),
    ("fetch", {"id": 1}, "it must be a list of dicts, one for each row, not {'id': 1}", '[{"id": 1}]'),
    *(
        (
            "fetch",
            value,
            f'a text must be a status such as "UPDATE 1", of a command without rows, not {value!r}',
            '[{"id": 1}]',
        )
        for value in ("Ada", "", "UPDATE 1\n", "UPDATE -1", "A\0B")
    ),
    *(
        ("fetch", value, f"it must be a list of dicts, one for each row, not {value}", '[{"id": 1}]')
        for value in (1, True)
    ),
    ("fetch", [1], "a row must be a dict of column names and values, not 1", '[{"id": 1}]'),
    (
        "fetch",
        [("id", 1)],
        "a row must be a dict of column names and values, or a tuple where columns= is given, not ('id', 1)",
        '[{"id": 1}]',
    ),
    (
        "fetch",
        [{"a": 1, "b": 2}, {"a": 1}],
        "all rows must have the keys of the first ('a', 'b'), not {'a': 1}",
        '[{"id": 1}]',
    ),
    ("fetch", [{1: 2}], "a column's name must be a str in UTF-8 without NUL, not 1", '[{"id": 1}]'),
    (
        "fetch",
        [{"a\udc80": 1}],
        "a column's name must be a str in UTF-8 without NUL, not 'a\\udc80'",
        '[{"id": 1}]',
    ),
    (
        "fetchrow",
        [{"id": 1}],
        "a row must be a dict of column names and values, not [{'id': 1}]",
        '{"id": 1}',
    ),
    (
        "fetchrow",
        {"a\0": 1},
        "a column's name must be a str in UTF-8 without NUL, not 'a\\x00'",
        '{"id": 1}',
    ),
]


@pytest.mark.parametrize(("method", "returns", "problem", "example"), WRONG)
def test_what_a_step_cannot_return(method: str, returns: Any, problem: str, example: str) -> None:
    with pytest.raises(TypeError) as raised:
        tripwire.asyncpg.new_session().expect(method, returns=returns)
    assert str(raised.value) == (
        f'.expect("{method}", returns=...): {problem}; write for example .expect("{method}", returns={example})'
    )


@pytest.mark.parametrize(("method", "returns"), [(method, returns) for method, returns, *_ in WRONG])
def test_returns_does_not_matter_where_the_step_raises(method: str, returns: Any) -> None:
    tripwire.asyncpg.new_session().expect(method, returns=returns, raises=OSError(), required=False)


def test_raises_must_be_an_exception_and_required_a_bool() -> None:
    session = tripwire.asyncpg.new_session()
    with pytest.raises(TypeError, match="raises= must be an exception instance"):
        session.expect("fetch", returns=[], raises=OSError)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="required= must be True or False"):
        session.expect("fetch", returns=[], required=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rows",
    [
        [{"a": 1, "b": 2}, {"b": 4, "a": 3}],
        ({"a": 1, "b": 2}, {"a": 3, "b": 4}),
        [OrderedDict(a=1, b=2), MappingProxyType({"a": 3, "b": 4})],
    ],
)
async def test_rows_are_any_mappings_of_the_same_keys(
    scripted: Scripted, rows: Sequence[Mapping[str, int]], assert_all: AssertAll
) -> None:
    scripted(("fetch", rows))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        found = await conn.fetch("SELECT a, b FROM t")
    assert [tuple(row) for row in found] == [(1, 2), (3, 4)]
    assert [list(row.keys()) for row in found] == [["a", "b"], ["a", "b"]]
    assert_all()


async def test_scripted_rows_are_copied(scripted: Scripted, assert_all: AssertAll) -> None:
    row = {"a": 1}
    rows = [row]
    scripted(("fetch", rows), ("fetchrow", row))
    row["a"] = 2
    rows.clear()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetch("SELECT 1") == [{"a": 1}]
        assert await conn.fetchrow("SELECT 1") == {"a": 1}
    assert_all()


class Anything:
    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "value", [None, 0, "", b"\0", [], {}, Anything(), Ellipsis, float("nan"), 2**100, object]
)
async def test_values_cross_by_reference(scripted: Scripted, value: Any, assert_all: AssertAll) -> None:
    scripted(("fetchval", value), ("fetchrow", {"a": value, "b": None}), ("execute", "OK"))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT $1", value) is value
        row = await conn.fetchrow("SELECT $1, $2", value, None)
        assert row["a"] is value
        assert await conn.execute("SELECT $1", value) == "OK"
    args = [i.fields["args"] for i in tripwire.current_verifier().timeline if "args" in i.fields]
    assert [len(one) for one in args] == [1, 2, 1]
    assert args[0][0] is value or args[0][0] == value
    assert_all()


@pytest.mark.parametrize("column", [0, 1, 7, -1, -3, "?column?"])
async def test_fetchval_gives_the_value_for_any_column(
    scripted: Scripted, column: int | str, assert_all: AssertAll
) -> None:
    scripted(("fetchval", "it"))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 1", column=column) == "it"
    assert_all()


@pytest.mark.parametrize("status", ["", "INSERT 0 1", "ÄNDERUNG", "x" * 100_000])
@pytest.mark.parametrize("args", [(), (1,)])
async def test_a_status_comes_back_as_it_is(
    scripted: Scripted, status: str, args: tuple[Any, ...], assert_all: AssertAll
) -> None:
    scripted(("execute", status))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.execute("SELECT $1" if args else "SELECT", *args) == status
    assert_all()


async def test_recorded_arguments_are_values(scripted: Scripted) -> None:
    inner = [2]
    argument = [1, {"a": inner}]
    scripted(("fetch", []))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.fetch("SELECT $1, $2", argument, None)
    inner.append(3)
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetch(query="SELECT $1, $2", args=[[1, {"a": [2]}], None])


async def test_optional_steps_are_passed_over(assert_all: AssertAll) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[{"never": 1}], required=False).expect("fetchval", returns=5)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        assert await conn.fetchval("SELECT 5") == 5
    assert_all()


# -- exceptions


class CustomError(Exception):
    pass


class OwnPostgresError(asyncpg.PostgresError):  # type: ignore[misc]
    pass


@pytest.mark.parametrize(
    "error",
    [
        OSError("gone"),
        ConnectionResetError(),
        TimeoutError("late"),
        CustomError("x", 1),
        KeyError("k"),
        asyncpg.InterfaceError("of the client"),
        asyncpg.InternalClientError("of the client"),
        asyncpg.PostgresError("of no code"),
        OwnPostgresError("of our own"),
        asyncpg.InvalidCachedStatementError("stale"),
        asyncpg.UniqueViolationError("a\0b"),
        asyncpg.UniqueViolationError(),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval", "close"])
async def test_an_exception_no_server_sends_is_raised_as_it_is(
    scripted: Scripted, error: BaseException, method: str, assert_all: AssertAll
) -> None:
    cause = ValueError("the cause")
    error.__cause__ = cause
    scripted((method, error))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(type(error)) as raised:
            await (conn.close() if method == "close" else getattr(conn, method)("SELECT 1"))
        assert conn.is_closed() == (method == "close")
    if error.args or not isinstance(error, asyncpg.PostgresError):
        assert raised.value is error
        assert (error.__cause__, error.__context__) == (cause, None)
    assert assert_all()[1].endswith(f"raised={error!r})")


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval"])
@pytest.mark.parametrize("args", [(), (1,)])
async def test_a_server_error_is_made_by_asyncpg(
    scripted: Scripted, method: str, args: tuple[Any, ...], assert_all: AssertAll
) -> None:
    error = asyncpg.UniqueViolationError("duplicate key")
    error.detail, error.hint, error.constraint_name, error.position = "the detail", "the hint", "the_key", "7"
    scripted((method, error))
    query = "SELECT $1" if args else "SELECT"
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.UniqueViolationError) as raised:
            await getattr(conn, method)(query, *args)
    assert raised.value is not error
    assert str(raised.value) == "duplicate key\nDETAIL:  the detail\nHINT:  the hint"
    assert raised.value.as_dict() == {
        "severity": "ERROR",
        "severity_en": "ERROR",
        "sqlstate": "23505",
        "message": "duplicate key",
        "detail": "the detail",
        "hint": "the hint",
        "position": "7",
        "constraint_name": "the_key",
    }
    assert raised.value.query == query
    assert tripwire.current_verifier().timeline._all[1].fields["raised"] is error
    assert_all()


async def test_a_cancelled_error_is_raised_as_it_is(scripted: Scripted, assert_all: AssertAll) -> None:
    import asyncio

    error = asyncio.CancelledError()
    scripted(("fetch", error))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncio.CancelledError) as raised:
            await conn.fetch("SELECT 1")
    assert raised.value is error
    assert_all()


async def test_codecs_are_set_without_a_step_and_touch_no_scripted_value(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    scripted(("fetchval", {"a": 1}))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await conn.set_type_codec("json", schema="pg_catalog", encoder=repr, decoder=len)
        await conn.set_type_codec("mood", encoder=str, decoder=str)
        await conn.set_type_codec("other", encoder=str, decoder=str)
        await conn.set_builtin_type_codec("hstore", codec_name="pg_contrib.hstore")
        await conn.reset_type_codec("mood")
        await conn.reload_schema_state()
        await conn.reset()
        assert await conn.fetchval("SELECT $1::json", {"b": 2}) == {"a": 1}
    assert assert_all()[1:] == ["tripwire.asyncpg.fetchval(query='SELECT $1::json', args=[{'b': 2}])"]


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval"])
async def test_the_helpers_compare_query_and_args(scripted: Scripted, method: str) -> None:
    scripted((method, {"execute": "OK", "fetch": [], "fetchrow": None, "fetchval": 1}[method]))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        await getattr(conn, method)("SELECT $1", 1)
    tripwire.asyncpg.assert_connect()
    helper = getattr(tripwire.asyncpg, f"assert_{method}")
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        helper(query="SELECT $1", args=[2])
    lines = str(mismatch.value).splitlines()
    assert lines[0].startswith(f"the next interaction of tripwire.asyncpg.{method} differs  (")
    assert lines[1:] == [
        "  args:",
        "    asserted [2]",
        "    happened [1]",
        "as it happened:",
        f"    tripwire.asyncpg.assert_{method}(query='SELECT $1', args=[1])",
    ]
    helper(query="SELECT $1", args=[1])


# -- what the wire cannot carry


@pytest.mark.parametrize(
    ("query", "keywords", "cause"),
    [
        ("SELECT $70000", {}, "ValueError('a query has 32,767 arguments at most, not $70000')"),
        ("SELECT 1", {"column": 2**15}, "error("),  # of struct, in other words in each Python
    ],
    ids=["arguments", "columns"],
)
async def test_what_the_wire_cannot_carry_is_a_trip(
    scripted: Scripted, query: str, keywords: dict[str, Any], cause: str, assert_all: AssertAll
) -> None:
    scripted(("fetchval", 5))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await conn.fetchval(query, **keywords)
        assert await conn.fetchval("SELECT 5") == 5
    assert str(trip.value).splitlines() == [
        f"nothing answers this call: asyncpg.fetchval({query!r})",
        f"  called at {trip.value.place}",
        f"the scripted server failed: {trip.value.__cause__!r}",
    ]
    assert repr(trip.value.__cause__).startswith(cause)
    assert trip.value.source is tripwire.asyncpg.fetchval
    assert_all()


async def test_a_failure_below_the_public_methods_is_remembered(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    class Lower(asyncpg.Connection):  # type: ignore[misc]
        async def all(self, query: str) -> Any:
            return await self._execute(query, (), 0, None)

    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", connection_class=Lower)
        with (
            tripwire.expect_trip(tripwire.UnmockedInteractionError),
            pytest.raises(
                asyncpg.InternalServerError, match=r"^tripwire: UnmockedInteractionError is raised"
            ),
        ):
            await conn.all("SELECT $70000")
        await conn.close()
    assert_all()


@pytest.mark.parametrize("words", ["a\0b", "a\udc80b"])
async def test_an_error_the_wire_cannot_carry_is_raised_as_it_is(
    scripted: Scripted, words: str, assert_all: AssertAll
) -> None:
    error = asyncpg.DataError(words)
    scripted(("fetch", error))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.DataError) as raised:
            await conn.fetch("SELECT 1")
    assert raised.value is error
    assert_all()

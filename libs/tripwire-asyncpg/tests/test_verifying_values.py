"""The values of a script held against a real server, through the codecs that the program has set; equal claims."""

from __future__ import annotations

import datetime
import decimal
import io
import json
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from asyncpg_truths import claims, told

import tripwire
from tripwire.verifying import Served, Truth

CODEC_FAILED = "a codec of the program cannot encode the value that it is said to decode"
BY_FUNCTION = "a value of a domain whose checks call functions of yours, without `bind = true`"


async def _fetch(connection: Any, query: str, *args: Any) -> Any:
    return await connection.fetch(query, *args)


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


async def test_the_codecs_of_a_pool(judge: Truth) -> None:
    served: list[Served] = []
    verifier = tripwire.current_verifier()
    verifier.witness = lambda plugin, call, answer: served.append(Served(call, answer))
    script = tripwire.asyncpg.new_pool().expect("execute", returns="SET")
    for doc in ({"a": 1}, 5.5):
        script.expect("fetchval", returns=doc)

    async def init(connection: Any) -> None:
        await connection.execute("SET search_path = hidden, public")
        await connection.set_type_codec("jsonb", **_codec())

    async with tripwire.sandbox(), asyncpg.create_pool(min_size=1, max_size=1, init=init) as pool:
        for _ in range(2):
            await pool.fetchval("SELECT doc FROM users, secrets")
    for interaction in list(verifier.timeline.open()):
        tripwire.assert_interaction(interaction.source, **interaction.fields)
    assert told(judge, list(tripwire.asyncpg.claims(served))) == []


async def test_codecs_of_what_we_ask_the_server_ourselves(judge: Truth) -> None:
    async def program(connection: Any) -> None:
        for name in ("text", "bool", "oid", "int4"):
            await connection.set_type_codec(name, encoder=len, decoder=len, schema="pg_catalog")
        await connection.set_type_codec("jsonb", **_codec(encoder=str.lower, decoder=str.upper))
        await connection.execute("SET search_path TO hidden, public")
        await connection.fetch("SELECT users.doc, NULL::mood AS mood, secrets.id FROM users, secrets")

    row = {"doc": '{"A": TRUE}', "mood": "sad", "id": None}
    claimed = await claims(program, ("execute", "SET"), ("fetch", [row]))
    assert told(judge, claimed) == [(CODEC_FAILED,)]  # an enum goes through the codec of text


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
    assert told(judge, claimed) == [(BY_FUNCTION,), (BY_FUNCTION,)]
    binding = a_judge({"server": loaded, "bind": True})
    even = 'value for domain even violates check constraint "even_check"'
    assert told(binding, claimed) == [
        ("column 'size' is 5, an int", f"even: {even}", ""),
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
        ("'users'::regclass", "user_s", ()),  # unchecked
        ("'NaN'::numeric", decimal.Decimal("nan"), None),
        ("'NaN'::real", float("nan"), None),
        ("name", "x" * 300_000, None),  # more than the server sends at once
    ],
)
async def test_values(judge: Truth, column: str, value: Any, lie: tuple[str, ...] | None) -> None:
    claimed = await claims(lambda c: c.fetchval(f"SELECT {column} AS it FROM users"), ("fetchval", value))
    found = told(judge, claimed)
    assert [one[1:] for one in found] == ([] if lie is None else [lie])


async def test_records_that_are_copied(judge: Truth) -> None:
    async def program(connection: Any) -> None:
        columns = ["id", "name", "age", "size"]
        for rows, where in (([(1, "Ada", 200, None)], "id > 0"), ([(1, "Ada", 5, 5)], "ids > 0")):
            await connection.copy_records_to_table("users", records=rows, columns=columns, where=where)
        await connection.copy_to_table("users", source=io.BytesIO(b"1\tAda\n"), columns=columns[:2])

    steps = [("copy_in", None)] * 3
    small = 'small: value for domain small violates check constraint "small_check"'
    assert told(judge, await claims(program, *steps)) == [
        ("column 'age' of record 1 is 200, an int", small, ""),
        (
            "a server runs this statement",
            'column "ids" does not exist',
            'Perhaps you meant to reference the column "users.id".',
        ),
    ]


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

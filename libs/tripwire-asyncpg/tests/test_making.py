"""What tests make by hand: records and errors."""

from typing import Any

import asyncpg
import pytest

import tripwire


def test_a_record_is_equal_to_its_dict() -> None:
    record = tripwire.asyncpg.record(id=1, name="Alice", note=None)
    assert isinstance(record, asyncpg.Record)
    assert record == {"id": 1, "name": "Alice", "note": None}
    assert record == tripwire.asyncpg.record(id=1, name="Alice", note=None)
    assert record != {"id": 1}
    assert tripwire.asyncpg.record() == {}
    value = object()
    assert tripwire.asyncpg.record(**{f"c{n}": value for n in range(300)})[299] is value


async def test_a_record_is_made_while_a_loop_runs() -> None:
    assert tripwire.asyncpg.record(a=1)["a"] == 1
    async with tripwire.sandbox():
        assert tripwire.asyncpg.record(a=1)["a"] == 1


def test_an_error_has_the_fields_a_server_sends() -> None:
    error = tripwire.asyncpg.error(
        asyncpg.UniqueViolationError, "duplicate key", detail="the detail", constraint_name="users_pkey"
    )
    assert type(error) is asyncpg.UniqueViolationError
    assert (str(error), error.constraint_name) == ("duplicate key\nDETAIL:  the detail", "users_pkey")
    by_code = tripwire.asyncpg.error("40001", "conflict", hint="try again")
    assert (type(by_code), by_code.hint) == (asyncpg.SerializationError, "try again")


async def test_the_program_sees_the_fields() -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    error = tripwire.asyncpg.error("23505", "duplicate", table_name="users", constraint_name="users_pkey")
    session.expect("execute", returns=None, raises=error)
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with pytest.raises(asyncpg.UniqueViolationError) as raised:
            await conn.execute("INSERT INTO users VALUES (1)")
    assert raised.value.as_dict() == {
        "severity": "ERROR",
        "severity_en": "ERROR",
        "sqlstate": "23505",
        "message": "duplicate",
        "table_name": "users",
        "constraint_name": "users_pkey",
    }
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_execute(query="INSERT INTO users VALUES (1)", args=[])


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (
            ValueError,
            {},
            "<class 'ValueError'> is no error that a server sends; "
            "write for example asyncpg.UniqueViolationError",
        ),
        ("xx", {}, "'xx' is no code of an error; write for example \"23505\""),
        (
            asyncpg.DataError,
            {"constraint": "x"},
            "an error has no field 'constraint'; did you mean 'constraint_name'?",
        ),
        (asyncpg.DataError, {"detail": 1}, "detail= must be text in UTF-8 without NUL, not 1"),
    ],
)
def test_what_is_no_error(kind: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as raised:
        tripwire.asyncpg.error(kind, "words", **fields)
    assert str(raised.value) == message


def test_a_column_has_a_name_that_can_be_sent() -> None:
    with pytest.raises(TypeError) as caught:
        tripwire.asyncpg.record(**{"a\0": 1})
    assert str(caught.value) == r"a column's name must be text in UTF-8 without NUL, not 'a\x00'"


async def test_what_is_recorded_can_be_compared_by_hand() -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None).expect("fetchval", returns=1)
    with tripwire.sandbox() as verifier:
        connection = await asyncpg.connect("postgresql://u@h/d")
        await connection.fetchval("SELECT  $1", 1)
    session.expect("close", returns=None, required=False)
    _, made = verifier.timeline
    assert {made.fields["query"]: 1} == {"SELECT $1": 1}
    assert (made.fields["query"] != "SELECT $1") is False
    assert made.fields["args"] != [2]
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetchval(query="SELECT $1", args=[1])

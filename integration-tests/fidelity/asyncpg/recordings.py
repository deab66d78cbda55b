"""Programs that are recorded against a real PostgreSQL, and played again over the script that came of it."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import asyncpg
import pytest

import tripwire
from fidelity.asyncpg.harness import failure
from tripwire._writing import _render
from tripwire._writing._policy import EVERY, Policy
from tripwire._writing._scribe import Scribe
from tripwire._writing._statement import Statement
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

Seen = list[Any]
Program = Callable[[str, Seen], Awaitable[None]]

PEOPLE = """
    CREATE TEMP TABLE people (id int PRIMARY KEY, name text NOT NULL, note text);
    INSERT INTO people VALUES (1, 'Ada', NULL), (2, 'Grace', 'x')
"""
INSERT = "INSERT INTO people (id, name) VALUES ($1, $2)"
ALL = "SELECT id, name FROM people ORDER BY id"


def shape(value: Any) -> Any:
    if isinstance(value, asyncpg.Record):
        return ("record", [(name, shape(one)) for name, one in value.items()])
    if isinstance(value, list | tuple):
        return [type(value), *map(shape, value)]
    kind = uuid.UUID if isinstance(value, uuid.UUID) else type(value)  # asyncpg's is a subclass
    return (kind, value)


async def note(seen: Seen, working: Awaitable[Any]) -> Any:
    """What a call gives, or how it fails."""
    try:
        result = await working
        seen.append(shape(result))
        return result
    except Exception as error:  # noqa: BLE001 - every error is an observation
        kind, words, args, fields = failure(error)
        seen.append((kind, words, args, {**fields, "query": None}))
        return None


class Programs:
    """The programs of one module; calling it registers one more, and the script that is to come of it."""

    def __init__(self) -> None:
        self._all: dict[str, tuple[Program, str | None]] = {}

    def __call__(self, script: str | None = None) -> Callable[[Program], Program]:
        def register(function: Program) -> Program:
            self._all[function.__name__] = function, script
            return function

        return register

    def on_connection(
        self, script: str | None = None, tables: str = ""
    ) -> Callable[[Callable[[Any, Seen], Awaitable[None]]], Any]:
        """The same for a program that has one connection, opened and closed for it."""

        def register(function: Callable[[Any, Seen], Awaitable[None]]) -> Any:
            async def connected(address: str, seen: Seen) -> None:
                connection = await asyncpg.connect(address)
                try:
                    if tables:
                        await connection.execute(tables)
                    await function(connection, seen)
                finally:
                    await connection.close()

            connected.__name__ = function.__name__
            return self(script)(connected)

        return register

    def test(self) -> Callable[..., Awaitable[None]]:
        """The test of all of them."""

        @pytest.mark.parametrize(("play", "script"), self._all.values(), ids=self._all)
        async def test_a_recorded_program_sees_the_same_without_the_server(
            play: Program, script: str | None, postgres: str
        ) -> None:
            await compare(play, script, postgres)

        return test_a_recorded_program_sees_the_same_without_the_server


def recording(*plugins: str) -> tuple[tripwire.StrictVerifier, Scribe]:
    """A verifier of its own that records, and its scribe."""
    verifier = tripwire.StrictVerifier()
    verifier.scribe = scribe = Scribe(Policy(plugins or (EVERY,)))
    return verifier, scribe


async def recorded(play: Program, address: str) -> tuple[Seen, list[str], list[str], set[str], bool]:
    """What a program sees of the real server, and the code that is written of it."""
    verifier, scribe = recording()
    seen: Seen = []
    async with verifier.sandbox():
        await play(address, seen)
    noted = scribe.periods[-1].seen
    assert all(one.is_real for one in noted)
    interactions = [one.interaction for one in noted]
    masks = _render.Masks.of(verifier.config)
    imports: set[str] = set()

    def rendered(statement: Statement, *, is_assertion: bool) -> str:
        code = _render.call(statement, None, masks, is_assertion=is_assertion)
        imports.update(code.imports)
        return code.text

    mocks = [rendered(one, is_assertion=False) for one in verifier.plugin(AsyncpgPlugin).mocks(interactions)]
    assertions = [rendered(one.plugin.assertion(one), is_assertion=True) for one in interactions]
    return seen, mocks, assertions, imports, len({one.actor for one in noted}) > 1


async def compare(play: Program, script: str | None, postgres: str) -> None:
    real, mocks, assertions, imports, in_any_order = await recorded(play, postgres)
    names: dict[str, Any] = {"tripwire": tripwire}
    exec("\n".join(imports), names)
    for one in mocks:
        exec(one, names)

    seen: Seen = []
    async with tripwire.sandbox():
        await play(postgres, seen)
    assert seen == real
    with ExitStack() as stack:
        if in_any_order:
            stack.enter_context(tripwire.in_any_order())
        for one in assertions:
            exec(one, names)
    assert script is None or mocks == [script]

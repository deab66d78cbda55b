"""The sample application: mocks that are true, each proven by the server itself, raise no alarm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg

from verify.asyncpg.sample.calls import CALLS
from verify.asyncpg.sample.listening import Listening
from verify.asyncpg.sample.shop import Shop, connect

from .conftest import HERE, SCHEMA, Run

INNER = (HERE / "sample" / "inner_shop.py").read_text()
BY_FUNCTION = "a value of a domain whose checks call functions of yours, without `bind = true`"
ONLY_SYNTAX = "a utility statement: nothing but its syntax can be checked without running it"
MAY_BE_NULL = "None in a column that is computed: whether it can be NULL is not known"


def test_no_false_alarm(run_inner: Callable[..., Run], shop: str) -> None:
    run = run_inner({"test_shop.py": INNER}, f'asyncpg = "{shop}"', "--tripwire-verify")
    summary = [line for line in run.output.splitlines() if line.startswith("tripwire verify: ")]
    steps = [step for call in CALLS for step, _ in call.steps]
    assert run.status == 0, run.output
    assert summary == [
        f"tripwire verify: {len(steps)} claims, no lies, 5 unchecked",
        f"tripwire verify: 3 unchecked: {BY_FUNCTION}",
        f"tripwire verify: 1 unchecked: {ONLY_SYNTAX}",
        f"tripwire verify: 1 unchecked: {MAY_BE_NULL}",
    ]


async def queries_and_answers(address: str) -> tuple[set[str], list[list[tuple[str, Any]]]]:
    """All that the program asks a server with an empty database, and what that answers."""
    connection = await connect(address)
    await connection.execute(SCHEMA.read_text())
    queries: set[str] = set()
    answers = []
    with connection.query_logger(lambda record: queries.add(record.query)):
        for call in CALLS:
            heard: list[tuple[str, Any]] = []
            await getattr(Shop(Listening(connection, heard)), call.name)(*call.args)
            answers.append(heard)
    await connection.close()
    return queries, answers


def test_the_mocks_are_what_a_server_answers(postgres: str) -> None:
    async def run() -> tuple[set[str], list[list[tuple[str, Any]]]]:
        connection = await asyncpg.connect(postgres)
        await connection.execute("CREATE DATABASE sample")
        await connection.close()
        return await queries_and_answers(postgres.replace("/postgres?", "/sample?"))

    queries, answers = asyncio.run(run())
    assert len(queries) >= 40
    for call, answered in zip(CALLS, answers, strict=True):
        assert [(step, plain(answer)) for step, answer in answered] == [
            (step, plain(answer)) for step, answer in call.steps
        ], call.name


def plain(answer: Any) -> Any:
    """Records and rows as pairs of names and values, with the type of each value."""
    if isinstance(answer, dict | asyncpg.Record):
        return [(name, plain(value)) for name, value in answer.items()]
    if isinstance(answer, list | tuple):
        return type(answer), [plain(one) for one in answer]
    kind = "UUID" if type(answer).__name__ == "UUID" else type(answer)
    return kind, answer

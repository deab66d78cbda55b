"""The inner suite: each case of the catalogue is a test. It passes without `--tripwire-verify`."""

from __future__ import annotations

import contextlib
from typing import Any

import asyncpg
import pytest

import tripwire
from verify.asyncpg import lies, lying_values, truths
from verify.asyncpg.cases import Case

CASES = {
    f"{table.__name__}.{group}.{name}": case
    for table in (lies, lying_values, truths)
    for group, cases in vars(table).items()
    if group.isupper() and isinstance(cases, dict)
    for name, case in cases.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_case(case: Case) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    for _, answer in case.before:
        session.expect("execute", returns=answer)
    session.expect(case.step, returns=answered(case.returns), **case.options).expect("close", returns=None)
    async with tripwire.sandbox():
        connection = await asyncpg.connect("postgresql://app@db/shop", **case.connect)
        if case.setup is not None:
            await case.setup(connection)
        for query, _ in case.before:
            await connection.execute(query)
        with pytest.raises(case.raises) if case.raises else contextlib.nullcontext():
            await call(connection, case)
        await connection.close()
    for interaction in list(tripwire.current_verifier().timeline.open()):
        tripwire.assert_interaction(interaction.source, **interaction.fields)


def answered(returns: Any) -> Any:
    """The answer; a record is made here, since a table of cases has no sandbox to make it in."""
    if isinstance(returns, dict):
        return {
            name: tripwire.asyncpg.record(**value[1])
            if isinstance(value, tuple) and value[:1] == ("record",)
            else value
            for name, value in returns.items()
        }
    return returns


async def call(connection: Any, case: Case) -> None:
    """What the program does."""
    if case.step == "cursor":
        async with connection.transaction():
            async for _ in connection.cursor(case.query, *case.args):
                pass
    else:
        await getattr(connection, case.method or case.step)(case.query, *case.args, **case.call)

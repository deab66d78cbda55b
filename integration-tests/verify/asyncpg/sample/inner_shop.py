"""The tests of the sample application, with mocks as people write them."""

from __future__ import annotations

import pytest

import tripwire
from verify.asyncpg.sample.calls import CALLS, Call
from verify.asyncpg.sample.shop import Shop, connect


@pytest.mark.parametrize("call", CALLS, ids=[call.name for call in CALLS])
async def test_shop(call: Call) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    for step, answer in call.steps:
        session.expect(step, returns=answer)
    async with tripwire.sandbox():
        connection = await connect("postgresql://app@db/shop")
        await getattr(Shop(connection), call.name)(*call.args)
    for interaction in list(tripwire.current_verifier().timeline.open()):
        tripwire.assert_interaction(interaction.source, **interaction.fields)

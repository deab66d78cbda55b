"""A connection whose steps are not asserted."""

import shop

import tripwire


async def test_customer():
    (
        tripwire.asyncpg.new_session()
        .expect("connect", returns=None)
        .expect("fetchrow", returns={"name": "Ada"})
        .expect("close", returns=None)
    )

    async with tripwire:
        await shop.customer(7)

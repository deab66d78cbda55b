"""A connection that nobody scripted."""

import shop

import tripwire


async def test_customer():
    async with tripwire:
        await shop.customer(7)

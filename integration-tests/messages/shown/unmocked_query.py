"""A query for which the session has another step."""

import shop

import tripwire


async def test_customer():
    session = tripwire.asyncpg.new_session()
    session.expect("connect", returns=None)
    session.expect("close", returns=None)

    async with tripwire:
        await shop.customer(7)

    tripwire.asyncpg.assert_connect(host="db.example.com")

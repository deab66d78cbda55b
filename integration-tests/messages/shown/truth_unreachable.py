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
        assert await shop.customer(7) == "Ada"
    tripwire.asyncpg.assert_connect(host="db.example.com")
    tripwire.asyncpg.assert_fetchrow(query="SELECT name FROM customers WHERE id = $1", args=[7])
    tripwire.asyncpg.assert_close()

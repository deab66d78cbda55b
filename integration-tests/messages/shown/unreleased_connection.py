"""A connection that goes back to no pool."""

import asyncpg

import tripwire


async def test_pool():
    tripwire.asyncpg.new_pool()

    async with tripwire:
        pool = await asyncpg.create_pool(host="db.example.com")
        await pool.acquire()

    tripwire.asyncpg.assert_connect(host="db.example.com")

"""Rows of PostgreSQL: the same code over a real server and over a script."""

from __future__ import annotations

import asyncio

from benchmarks.scenarios.clock import nothing, seconds_async

QUERY = "SELECT id, 'name ' || id AS name, id * 1.5::float8 AS price FROM generate_series(1, $1::int) AS id"
CALLS, REPEATS = 20, 7


def fetches(rows: int, address: str) -> float:
    """What one fetch of so many rows costs."""
    import asyncpg

    async def main() -> float:
        connection = await asyncpg.connect(address)
        try:

            async def run(_: object) -> None:
                for _ in range(CALLS):
                    found = await connection.fetch(QUERY, rows)
                    assert found[-1]["id"] == rows

            return await seconds_async(run, nothing, per=CALLS, repeats=REPEATS)
        finally:
            await connection.close()

    return asyncio.run(main())

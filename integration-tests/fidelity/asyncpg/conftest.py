"""A real PostgreSQL server, started once for all fidelity tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

pytest.register_assert_rewrite("fidelity.asyncpg.harness", "fidelity.asyncpg.recordings")


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine, once on each kind of loop, and finds what it leaves behind."""

    def run(main: Coroutine[Any, Any, Any]) -> Any:
        loop = request.param()
        try:
            result = loop.run_until_complete(main)
            assert not asyncio.all_tasks(loop)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
        return result

    return run

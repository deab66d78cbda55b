"""What the tests of the process plugins share."""

from __future__ import annotations

import asyncio
import linecache
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import uvloop

import tripwire


@pytest.fixture
def assert_all() -> Callable[[], None]:
    """Assert whatever is recorded, for tests that look elsewhere."""

    def assert_all() -> None:
        for interaction in list(tripwire.current_verifier().timeline.open()):
            fields: dict[str, Any] = interaction.fields
            tripwire.assert_interaction(interaction.source, **fields)

    return assert_all


@pytest.fixture
def here(request: pytest.FixtureRequest) -> Callable[[int], str]:
    """A line of the test, as messages name it: counted from its `def`."""
    from tripwire._frames import shorten

    def here(offset: int) -> str:
        code = request.function.__code__
        line = code.co_firstlineno  # that of the first decorator, if there is one
        while not linecache.getline(code.co_filename, line).startswith(("def ", "async def ")):
            line += 1
        return f"{shorten(code.co_filename)}:{line + offset}"

    return here


@pytest.fixture(params=["asyncio", "uvloop"])
def go(request: pytest.FixtureRequest) -> Iterator[Callable[[Callable[[], Awaitable[Any]]], Any]]:
    """Run a coroutine function in a sandbox, on a loop of its own."""
    loop = asyncio.SelectorEventLoop() if request.param == "asyncio" else uvloop.new_event_loop()

    def go(work: Callable[[], Awaitable[Any]]) -> Any:
        with tripwire.sandbox():
            return loop.run_until_complete(asyncio.wait_for(work(), 20))

    yield go
    loop.close()


@pytest.fixture
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test that asks for this may take the time it speaks of."""

    def sleep(seconds: float) -> None:
        raise AssertionError(f"time.sleep({seconds})")

    monkeypatch.setattr(time, "sleep", sleep)

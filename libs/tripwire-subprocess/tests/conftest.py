"""What the tests of the process plugins share."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

import pytest

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

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tripwire


@pytest.fixture
def scripted() -> Callable[..., tripwire.SessionHandle]:
    """Makes a session of connect and the given (method, outcome) steps; close stays optional."""

    def make(*steps: tuple[str, Any]) -> tripwire.SessionHandle:
        session = tripwire.asyncpg.new_session().expect("connect", returns=None)
        for method, outcome in steps:
            if isinstance(outcome, BaseException):
                session.expect(method, returns=None, raises=outcome)
            else:
                session.expect(method, returns=outcome)
        return session.expect("close", returns=None, required=False)

    return make


@pytest.fixture
def assert_all() -> Callable[[], list[str]]:
    """Asserts whatever was recorded, and gives it in words."""

    def assert_them() -> list[str]:
        found = []
        for interaction in list(tripwire.current_verifier().timeline.open()):
            found.append(interaction.plugin.describe(interaction))
            tripwire.assert_interaction(interaction.source, **interaction.fields)
        return found

    return assert_them

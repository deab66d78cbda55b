from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asyncpg_truths import a_server, load, truth

import tripwire
from tripwire.verifying import Truth


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


@pytest.fixture(scope="session")
def loaded() -> Iterator[str]:
    """The address of a real server with the schema that the tests of verifying share."""
    with a_server() as address:
        loop = asyncio.new_event_loop()  # `asyncio.run` would put away the one that pytest-asyncio has made
        loop.run_until_complete(load(address))
        loop.close()
        yield address


@pytest.fixture(scope="module")
def judge(loaded: str) -> Iterator[Truth]:
    """The truth that this server tells."""
    judge = truth(loaded)
    yield judge
    judge.close()


@pytest.fixture
def a_judge() -> Iterator[Callable[..., Truth]]:
    """Makes a truth for one test, and closes it."""
    with contextlib.ExitStack() as made:

        def make(*args: Any) -> Truth:
            judge = truth(*args)
            made.callback(judge.close)
            return judge

        yield make

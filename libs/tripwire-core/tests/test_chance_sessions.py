"""Sessions against a naive model: random state machines, random scripts, random calls.

Run longer with TRIPWIRE_CHANCE=20, which multiplies the number of examples.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tripwire

LONGER = int(os.environ.get("TRIPWIRE_CHANCE", "1"))

STATES = ("down", "up", "busy")
METHODS = ("dial", "say", "hang_up")

MOVES = st.fixed_dictionaries(
    {name: st.dictionaries(st.sampled_from(STATES), st.sampled_from(STATES)) for name in METHODS}
)
SCRIPTS = st.lists(st.lists(st.tuples(st.sampled_from(METHODS), st.booleans()), max_size=6), max_size=3)
CALLS = st.lists(st.tuples(st.sampled_from(["begin", "take", "peek"]), st.sampled_from(METHODS)), max_size=20)


class Model:
    """One session: the steps that are left, and the state it is in."""

    def __init__(self, moves: dict[str, dict[str, str]], script: list[tuple[str, bool]]) -> None:
        self.moves, self.state = moves, "down"
        self.left = [(number, method, required) for number, (method, required) in enumerate(script)]

    def allowed(self, method: str) -> bool:
        return self.state in self.moves[method]

    def take(self, method: str) -> int | None:
        """The number of the step: the first of that method, with only optional steps of others before it."""
        first = next((step for step in self.left if step[1] == method), None)
        if first is None or not self.allowed(method):
            return None
        before = self.left[: self.left.index(first)]
        if any(required for *_, required in before):
            return None
        self.left = self.left[len(before) + 1 :]
        self.state = self.moves[method][self.state]
        return first[0]

    def peek(self, method: str) -> int | None:
        for number, name, required in self.left:
            if name == method and self.allowed(method):
                return number
            if required:
                return None
        return None

    def refusal(self) -> str:
        """Which of the three ways a call that has no step is explained."""
        if not self.left:
            return "no steps left"
        return "next step" if self.allowed(self.left[0][1]) else "out of its state"


def refusal_of(unmatched: tripwire.Unmatched) -> str:
    if unmatched.error is not None:
        assert isinstance(unmatched.error, tripwire.InvalidStateError)
        return "out of its state" if "is out of its state" in str(unmatched.error) else "?"
    return "next step" if unmatched.candidates else unmatched.explanation[-13:]


def expect(session: tripwire.SessionHandle, number: int, method: str, required: bool) -> None:
    session.expect(method, returns=number, required=required)


def step_or_refusal(call: Any) -> tuple[int | None, str]:
    try:
        return call().returns, ""
    except tripwire.Unmatched as unmatched:
        return None, refusal_of(unmatched)


@settings(
    max_examples=150 * LONGER,
    deadline=None,
    database=None,
    derandomize=LONGER == 1,
    suppress_health_check=list(HealthCheck),
)
@given(moves=MOVES, scripts=SCRIPTS, calls=CALLS)
def test_sessions(
    moves: dict[str, dict[str, str]], scripts: list[list[tuple[str, bool]]], calls: list[tuple[str, str]]
) -> None:
    queue = tripwire.SessionQueue("toy", tripwire.StateMachine("down", moves))
    sessions = [queue.new() for _ in scripts]
    models = [Model(moves, script) for script in scripts]
    for session, model in zip(sessions, models, strict=True):
        for number, method, required in model.left:
            expect(session, number, method, required)
    begun = 0
    for how, method in calls:
        if how == "begin" and begun == len(models):
            assert queue.upcoming() is None
            with pytest.raises(tripwire.Unmatched) as caught:
                queue.begin(method)
            assert "scripted" in caught.value.explanation
            assert caught.value.error is None
        elif how == "begin":
            assert queue.upcoming() is sessions[begun]
            before = models[begun].refusal()
            taken = models[begun].take(method)
            found, refusal = step_or_refusal(lambda method=method: queue.begin(method)[1])
            assert (found, refusal) == (taken, "" if taken is not None else before)
            begun += taken is not None
        elif begun and how == "take":
            session, model = sessions[begun - 1], models[begun - 1]
            before, taken = model.refusal(), model.take(method)
            found, refusal = step_or_refusal(lambda session=session, method=method: session.take(method))
            assert (found, refusal) == (taken, "" if taken is not None else before)
        elif begun:
            step = sessions[begun - 1].peek(method)
            assert (None if step is None else step.returns) == models[begun - 1].peek(method)
        for session, model in zip(sessions, models, strict=True):
            assert session.state == model.state
            assert [(s.returns, s.method, s.required) for s in session.remaining] == model.left
    assert len(list(queue.unused())) == sum(required for model in models for *_, required in model.left)

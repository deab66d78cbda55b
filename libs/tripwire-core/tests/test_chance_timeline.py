"""The timeline and its assertions against a naive model: random records, random assertions.

Run longer with TRIPWIRE_CHANCE=20, which multiplies the number of examples.
"""

from __future__ import annotations

import os
from typing import Any
from unittest import mock as std

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import tripwire

LONGER = int(os.environ.get("TRIPWIRE_CHANCE", "1"))

SETTINGS = settings(
    max_examples=40 * LONGER,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=LONGER == 1,
    suppress_health_check=list(HealthCheck),
)


class Recorder(tripwire.Plugin):
    """Records whatever it is told to."""

    name = "recorder"

    def decide(self, call: tripwire.Call) -> tripwire.Answer:
        return tripwire.Answer()


class PickyError(Exception):
    """Raised by a matcher that is shown something else than a number."""


class Picky:
    """A matcher for numbers above a limit; it refuses to be compared with anything else."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __eq__(self, other: object) -> bool:
        if type(other) is not int:
            raise PickyError
        return other > self.limit

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"above {self.limit}"


NAMES = ("a", "b", "c")
RECORDED = st.one_of(
    st.integers(0, 3),
    st.sampled_from(["x", "y"]),
    st.lists(st.integers(0, 2), max_size=2),
    st.dictionaries(st.sampled_from("kl"), st.integers(0, 1), max_size=1),
    st.sampled_from([ValueError("v"), KeyError(1)]),
)
EXPECTED = st.one_of(
    RECORDED,
    st.just(std.ANY),
    st.integers(0, 3).map(Picky),
    st.sampled_from([ValueError, ValueError("v"), KeyError(2), int]),
)


def is_equal(expected: Any, actual: Any) -> bool:
    """The rule of the design, said once more and otherwise."""
    if expected is std.ANY:
        return True
    if isinstance(expected, Picky):
        return type(actual) is int and actual > expected.limit
    if isinstance(actual, Exception):
        if isinstance(expected, type):
            return isinstance(actual, expected)
        return type(expected) is type(actual) and repr(expected) == repr(actual)
    return type(expected) is type(actual) and bool(expected == actual)


class Model:
    """What was recorded and is not asserted, in order."""

    def __init__(self) -> None:
        self.open: list[tuple[int, int, dict[str, Any]]] = []

    def find(self, source: int, expected: dict[str, Any], any_order: bool) -> tuple[int, int, Any] | None:
        """The record that is meant, or the one an error is about."""
        if not any_order:
            return self.open[0] if self.open else None
        of_source = [one for one in self.open if one[1] == source]
        fitting = [one for one in of_source if not self.differing(expected, one[2])]
        return next(iter(fitting or of_source), None)

    @staticmethod
    def differing(expected: dict[str, Any], fields: dict[str, Any]) -> list[str]:
        return [n for n, v in expected.items() if n not in fields or not is_equal(v, fields[n])]


class Assertions(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.verifier = tripwire.StrictVerifier()
        self.plugin = Recorder(self.verifier)
        self.sources = [tripwire.Source(f"source.{n}") for n in range(3)]
        self.model = Model()
        self.recorded = 0

    @rule(
        source=st.integers(0, 2),
        fields=st.dictionaries(st.sampled_from(NAMES), RECORDED, max_size=3),
        times=st.integers(1, 4),
    )
    def record(self, source: int, fields: dict[str, Any], times: int) -> None:
        for _ in range(times):
            with self.verifier.sandbox():
                answer = self.plugin.intercept(tripwire.Call(self.sources[source], dict(fields), "call"))
            assert answer.interaction.sequence == self.recorded
            self.model.open.append((self.recorded, source, fields))
            self.recorded += 1

    @rule(
        source=st.integers(0, 2),
        expected=st.dictionaries(st.sampled_from((*NAMES, "other")), EXPECTED, max_size=2),
        required=st.lists(st.sampled_from(NAMES), max_size=1),
        any_order=st.booleans(),
    )
    def check(self, source: int, expected: dict[str, Any], required: list[str], any_order: bool) -> None:
        self._check(source, expected, required, any_order)

    @precondition(lambda self: self.model.open)
    @rule(data=st.data(), any_order=st.booleans())
    def check_what_is_there(self, data: st.DataObject, any_order: bool) -> None:
        number = data.draw(st.integers(0, len(self.model.open) - 1)) if any_order else 0
        _, source, fields = self.model.open[number]
        names = data.draw(st.lists(st.sampled_from(sorted(fields)), unique=True)) if fields else []
        self._check(source, {name: fields[name] for name in names}, names[:1], any_order)

    def _check(self, source: int, expected: dict[str, Any], required: list[str], any_order: bool) -> None:
        found = self.model.find(source, expected, any_order)
        relaxed = self.verifier.in_any_order() if any_order else None
        if relaxed is not None:
            relaxed.__enter__()
        try:
            taken = self.verifier.take(self.sources[source], expected, required=lambda *_: required)
        except tripwire.InteractionMismatchError as error:
            self._mismatches(error, source, expected, found)
        except tripwire.MissingAssertionFieldsError as error:
            self._misses(error, expected, required, found)
        else:
            assert found is not None
            assert (taken.sequence, taken.source) == (found[0], self.sources[source])
            assert not self.model.differing(expected, found[2])
            assert set(required) <= set(expected)
            self.model.open.remove(found)
        finally:
            if relaxed is not None:
                relaxed.__exit__(None, None, None)

    def _mismatches(
        self, error: tripwire.InteractionMismatchError, source: int, expected: dict[str, Any], found: Any
    ) -> None:
        message = str(error)
        if found is None:
            assert error.actual is None
            assert ("none of that source is left" in message) == bool(self.model.open)
            return
        assert error.actual is not None
        assert error.actual.sequence == found[0]
        if found[1] != source:
            assert "but the next interaction is another" in message
            return
        differing = self.model.differing(expected, found[2])
        assert differing
        named = [n for n in (*NAMES, "other") if f"\n  {n}:" in message]
        assert sorted(named) == sorted(differing)
        picky = any(isinstance(expected[n], Picky) and type(found[2].get(n, 0)) is not int for n in differing)
        assert ("comparing them raises PickyError()" in message) == picky

    def _misses(
        self,
        error: tripwire.MissingAssertionFieldsError,
        expected: dict[str, Any],
        required: list[str],
        found: Any,
    ) -> None:
        assert not self.model.differing(expected, found[2])
        assert list(error.missing) == [name for name in required if name not in expected]
        assert error.missing
        assert error.interaction.sequence == found[0]

    @rule()
    def verify(self) -> None:
        """What is reported counts as asserted: it is not reported again."""
        waiting, self.model.open = self.model.open, []
        if not waiting:
            self.verifier.verify_all()
            return
        with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
            self.verifier.verify_all()
        assert [i.sequence for i in caught.value.interactions] == [number for number, *_ in waiting]

    @invariant()
    def agrees(self) -> None:
        timeline = self.verifier.timeline
        assert [i.sequence for i in timeline.open()] == [number for number, *_ in self.model.open]
        assert len(timeline) == self.recorded
        for number, source in enumerate(self.sources):
            mine = [i.sequence for i in timeline.open_of(source)]
            assert mine == [one[0] for one in self.model.open if one[1] == number]


def test_assertions() -> None:
    run_state_machine_as_test(Assertions, settings=SETTINGS)

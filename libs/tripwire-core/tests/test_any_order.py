"""Assertions in any order: the earliest that fits is found, whatever the values are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import tripwire


class Loud(str):
    """Equal to what is the same but for its case."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    __hash__ = None  # type: ignore[assignment]


class Matcher:
    """Equal to one number, and of no use as a key."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __eq__(self, other: object) -> bool:
        return self._number == other

    __hash__ = None  # type: ignore[assignment]


class Point(NamedTuple):
    x: int
    y: int


KINDS: dict[str, Callable[[int], Any]] = {
    "str": lambda number: f"{number}",
    "float for int": float,
    "list": lambda number: ["git", number],
    "dict": lambda number: {"id": number, "tags": [number]},
    "nested": lambda number: (number, [{"deep": {"deeper": (number,)}}]),
    "named tuple": lambda number: Point(number, number),
    "set": lambda number: {number},
    "str with an equality of its own": lambda number: Loud(f"name {number}"),
    "matcher": lambda number: Matcher(number),
}


@pytest.mark.parametrize("kind", KINDS)
def test_in_reverse(kind: str) -> None:
    make, repo = KINDS[kind], tripwire.mock("repo")
    for number in range(7):
        repo.returns(number)
    with tripwire.sandbox() as verifier:
        for number in range(7):
            repo(make(number) if kind != "matcher" else number)
    with tripwire.in_any_order():
        for number in reversed(range(7)):
            repo.assert_call((make(number),))
    assert [one.asserted for one in verifier.timeline] == [True] * 7


def test_what_is_expected_may_be_plain_where_what_happened_is_not() -> None:
    repo = tripwire.mock("repo")
    called: list[Any] = ["first", Loud("NAME"), Point(1, 2), "name"]
    for _ in called:
        repo.returns(None)
    with tripwire.sandbox() as verifier:
        for value in called:
            repo(value)
    with tripwire.in_any_order():
        repo.assert_call(("name",))
        assert [one.asserted for one in verifier.timeline] == [False, True, False, False]
        repo.assert_call(((1, 2),))
        repo.assert_call(("name",))
        repo.assert_call(("first",))


def test_the_earliest_of_several_is_taken_and_what_comes_later_is_found() -> None:
    repo = tripwire.mock("repo")
    verifier = tripwire.current_verifier()
    for _ in range(2):
        for number in range(6):
            repo.returns(number)
        with tripwire.sandbox():
            for number in range(6):
                repo(number % 3)
        with tripwire.in_any_order():
            for value in (2, 2, 1, 1, 0, 0):
                before = [one.asserted for one in verifier.timeline]
                repo.assert_call((value,))
                open_before = [
                    n
                    for n, one in enumerate(verifier.timeline)
                    if not before[n] and one.fields["args"] == (value,)
                ]
                assert verifier.timeline._all[open_before[0]].asserted


def test_a_field_that_is_completed_later_is_found() -> None:
    repo = tripwire.mock("repo").returns(1).returns(2)
    with tripwire.sandbox() as verifier:
        repo("a"), repo("b")
    with tripwire.in_any_order():
        with pytest.raises(tripwire.InteractionMismatchError):
            tripwire.assert_interaction(repo, note="late")
        [*verifier.timeline][1].complete(note="late")
        tripwire.assert_interaction(repo, note="late")
    assert [one.asserted for one in verifier.timeline] == [False, True]
    repo.assert_call(("a",))

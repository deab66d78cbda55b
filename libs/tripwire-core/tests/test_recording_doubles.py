"""Calls of doubles that a recording lets through, and what is written of them."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest

import tripwire
from tripwire import StrictVerifier
from tripwire._double import Double, MockPlugin, receivers
from tripwire._writing._policy import Policy
from tripwire._writing._render import Masks, call
from tripwire._writing._scribe import Scribe
from tripwire._writing._statement import Statement

HERE = sys.modules[__name__]


def shout(text: str) -> str:
    return text.upper()


def fail(text: str) -> None:
    raise ValueError(text)


async def whisper(text: str) -> str:
    await asyncio.sleep(0)
    return text.lower()


def outer(text: str) -> str:
    return f"{HERE.shout(text)}!"


class Broken:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    @property
    def send(self) -> Callable[[], None]:
        raise self._error


class Mailer:
    def __init__(self, sender: str) -> None:
        self.sender = sender
        self.box: Box = Box(sender)

    def send(self, to: str) -> str:
        return f"{self.sender} to {to}"

    async def poll(self) -> str:
        return self.sender

    @classmethod
    def of(cls, sender: str) -> str:
        return f"{cls.__name__} of {sender}"

    @staticmethod
    def version() -> int:
        return 3


class Box:
    def __init__(self, owner: str) -> None:
        self._owner = owner

    def count(self) -> int:
        return len(self._owner)


mailer = Mailer("me")


class Case(NamedTuple):
    make: Callable[[], Double]
    program: Callable[[], Any]
    mocks: list[str]
    assertions: list[str]


def at(path: str) -> Callable[[], Double]:
    return lambda: tripwire.mock(f"{__name__}:{path}")


def outer_and_spy() -> Double:
    tripwire.spy(f"{__name__}:shout")
    return tripwire.mock(f"{__name__}:outer")


def failing() -> str:
    with pytest.raises(ValueError, match=r"^no$") as caught:
        HERE.fail("no")
    return str(caught.value)


def asserted(args: str, outcome: str, on: str = "double") -> str:
    return f"{on}.assert_call(args={args}, kwargs={{}}, {outcome})"


CASES = {
    "function": Case(
        at("shout"),
        lambda: [HERE.shout("a"), HERE.shout(text="b")],
        ["double.returns('A')", "double.returns('B')"],
        [
            asserted("('a',)", "returned='A'"),
            "double.assert_call(args=(), kwargs={'text': 'b'}, returned='B')",
        ],
    ),
    "error": Case(
        at("fail"),
        failing,
        ["double.raises(ValueError('no'))"],
        [asserted("('no',)", "raised=ValueError('no')")],
    ),
    "coroutine": Case(
        at("whisper"),
        lambda: asyncio.run(HERE.whisper("A")),
        ["double.returns('a')"],
        [asserted("('A',)", "returned='a'")],
    ),
    "method": Case(
        at("Mailer.send"),
        lambda: [Mailer("x").send("you"), mailer.send("her")],
        ["double.returns('x to you')", "double.returns('me to her')"],
        [asserted("('you',)", "returned='x to you'"), asserted("('her',)", "returned='me to her'")],
    ),
    "async method": Case(
        at("Mailer.poll"),
        lambda: asyncio.run(mailer.poll()),
        ["double.returns('me')"],
        [asserted("()", "returned='me'")],
    ),
    "class method": Case(
        at("Mailer.of"),
        lambda: Mailer.of("me"),
        ["double.returns('Mailer of me')"],
        [asserted("('me',)", "returned='Mailer of me'")],
    ),
    "static method": Case(
        at("Mailer.version"),
        lambda: mailer.version(),
        ["double.returns(3)"],
        [asserted("()", "returned=3")],
    ),
    "method of an object": Case(
        lambda: tripwire.mock.object(mailer, "send"),
        lambda: mailer.send("you"),
        ["double.returns('me to you')"],
        [asserted("('you',)", "returned='me to you'")],
    ),
    "attributes of an object": Case(
        at("mailer"),
        lambda: [HERE.mailer.send("you"), HERE.mailer.box.count()],
        ["double.send.returns('me to you')", "double.box.count.returns(2)"],
        [
            asserted("('you',)", "returned='me to you'", "double.send"),
            asserted("()", "returned=2", "double.box.count"),
        ],
    ),
    "functions of a module": Case(
        lambda: tripwire.mock.object(HERE, "json"),
        lambda: json.loads("[1]"),
        ["double.loads.returns([1])"],
        [asserted("('[1]',)", "returned=[1]", "double.loads")],
    ),
    "what is called inside is no business of the test": Case(
        outer_and_spy,
        lambda: HERE.outer("a"),
        ["double.returns('A!')"],
        [asserted("('a',)", "returned='A!'")],
    ),
}


def lines(double: Double, statements: Iterable[Statement], *, is_assertion: bool) -> list[str]:
    """The lines of statements, where the test has one double, as `double`."""
    return [
        call(
            one,
            f"double{dict(receivers(cast('Double', one.on)))[double]}",
            Masks(),
            is_assertion=is_assertion,
        ).text
        for one in statements
    ]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_written_answers_as_the_real_thing_did(case: Case) -> None:
    verifier = StrictVerifier()
    verifier.scribe = Scribe(Policy(["mock"]))
    with verifier.sandbox():
        recorded = case.make()
        result = case.program()
    plugin = verifier.plugin(MockPlugin)
    seen = verifier.scribe.periods[-1].seen
    assert all(one.is_real for one in seen)
    made = [one.interaction for one in seen]
    assert made == list(verifier.timeline.open())
    mocks = lines(recorded, plugin.mocks(made), is_assertion=False)
    assertions = lines(recorded, map(plugin.assertion, made), is_assertion=True)
    assert (mocks, assertions) == (case.mocks, case.assertions)

    double = case.make()
    exec("\n".join(mocks), {"double": double})
    with tripwire.sandbox():
        assert case.program() == result
    exec("\n".join(assertions), {"double": double})


def test_a_mock_with_nothing_behind_it_trips() -> None:
    verifier = StrictVerifier()
    verifier.scribe = Scribe(Policy(["mock"]))
    with verifier.sandbox():
        repo = tripwire.mock("Repo")
        with pytest.raises(tripwire.UnmockedInteractionError):
            repo.find_by_id(1)
        with pytest.raises(tripwire.UnmockedInteractionError):
            tripwire.mock.object(HERE, "mailer")()
    assert verifier.scribe.periods[-1].seen == []


def test_what_cannot_be_had_cannot_be_called() -> None:
    verifier = StrictVerifier()
    verifier.scribe = Scribe(Policy(["mock"]))
    broken, interrupting = Broken(KeyError("no")), Broken(KeyboardInterrupt())
    with verifier.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError):
            tripwire.mock.object(SimpleNamespace(held=broken), "held").send()
        with pytest.raises(KeyboardInterrupt):
            tripwire.mock.object(SimpleNamespace(held=interrupting), "held").send()


def test_the_outcomes_a_test_has_come_first() -> None:
    verifier = StrictVerifier()
    verifier.scribe = Scribe(Policy(["mock"]))
    with verifier.sandbox():
        tripwire.mock(f"{__name__}:shout").returns("mocked")
        assert [HERE.shout("a"), HERE.shout("b")] == ["mocked", "B"]
    assert [one.is_real for one in verifier.scribe.periods[-1].seen] == [False, True]


def test_what_is_written_of_a_spy() -> None:
    spy = tripwire.spy.object(HERE, "mailer")
    with tripwire.sandbox():
        HERE.mailer.send("you")
    (made,) = tripwire.current_verifier().timeline
    assert lines(spy, [made.plugin.assertion(made)], is_assertion=True) == [
        asserted("('you',)", "returned='me to you'", "double.send")
    ]
    spy.send.assert_call(("you",))


def test_the_doubles_by_which_a_test_may_know_one() -> None:
    repo = tripwire.mock("Repo")
    find = repo.users.find
    assert list(receivers(find)) == [(find, ""), (repo.users, ".find"), (repo, ".users.find")]

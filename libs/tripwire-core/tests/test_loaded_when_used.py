"""What is put off until somebody asks: tripwire itself, and the fields of a record."""

from __future__ import annotations

import threading
from typing import Any, cast
from unittest import mock

import pytest

import tripwire

LOADED = """
    import sys

    def loaded():
        return "tripwire._verifier" in sys.modules

    def pytest_runtestloop():
        print("before the tests:", loaded())

    def pytest_unconfigure():
        print("after them:", loaded())
"""


UNUSED = """
import pytest

def test_passes():
    with pytest.raises(OSError):
        raise OSError

def test_skips():
    pytest.skip()
"""


@pytest.mark.parametrize(
    ("test", "project", "before", "after"),
    [
        (UNUSED, "[project]\nname = 'app'", False, False),
        (UNUSED, "[tool.tripwire]", False, False),
        ("import tripwire\n\ndef test_it(): pass", "", True, True),
        ("def test_it():\n    import tripwire\n    tripwire.mock('send')", "", False, True),
    ],
)
def test_a_run_loads_what_it_uses(
    pytester: pytest.Pytester, test: str, project: str, before: bool, after: bool
) -> None:
    pytester.makefile(".toml", pyproject=project)
    pytester.makeconftest(LOADED)
    pytester.makepyfile(test)
    result = pytester.runpytest_subprocess("-sq", "-p", "no:asyncio")
    result.stdout.fnmatch_lines([f"*before the tests: {before}", f"*after them: {after}"])


def test_a_trip_is_expected_by_what_was_entered_before_tripwire_was_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import unittest

        class Test(unittest.TestCase):
            def test_it(self):
                with self.assertRaises(LookupError):
                    import tripwire

                    send = tripwire.mock("send")
                    with tripwire:
                        try:
                            send()
                        except tripwire.UnmockedInteractionError as trip:
                            raise LookupError from trip
        """
    )
    pytester.runpytest_subprocess("-p", "no:asyncio").assert_outcomes(passed=1)


def test_everything_that_is_offered_is_there() -> None:
    names: dict[str, Any] = {}
    exec("from tripwire import *", names)
    offered = cast("Any", tripwire).__all__
    assert {name: getattr(tripwire, name) for name in offered}.items() <= names.items()


class Post(tripwire.Plugin):
    """Its fields are made when somebody asks for them."""

    name = "post"
    sent = tripwire.Source("post.sent")

    def __init__(self, verifier: tripwire.StrictVerifier) -> None:
        super().__init__(verifier)
        self.made: list[str] = []
        self.more: dict[str, Any] = {}

    def send(self, text: str) -> tripwire.Interaction:
        def fields() -> dict[str, Any]:
            self.made.append(text)
            return {"text": text}

        return self.intercept(tripwire.Call(self.sent, fields, f"send({text!r})")).interaction

    def decide(self, call: tripwire.Call) -> tripwire.Answer:
        return tripwire.Answer(fields=self.more)


def test_fields_are_made_once_and_only_if_asked_for() -> None:
    verifier = tripwire.StrictVerifier()
    post = Post(verifier)
    with verifier.sandbox():
        one, other = post.send("one"), post.send("other")
    assert post.made == []
    verifier.assert_interaction(post.sent, text="one")
    one.complete(stamp="red")
    assert (one.fields, post.made) == ({"text": "one", "stamp": "red"}, ["one"])
    assert post.describe(other) == "tripwire.post.sent(text='other')"
    assert post.made == ["one", "other"]
    verifier.assert_interaction(post.sent, text="other")


def test_the_fields_of_the_answer_join_them() -> None:
    verifier = tripwire.StrictVerifier()
    post = Post(verifier)
    post.more = {"text": "from the answer", "stamp": "red"}
    with verifier.sandbox():
        post.send("one")
    assert post.made == []
    verifier.assert_interaction(post.sent, text="from the answer", stamp="red")


def test_threads_that_ask_at_once_are_given_the_same_fields() -> None:
    verifier = tripwire.StrictVerifier()
    post = Post(verifier)
    with verifier.sandbox():
        interactions = [post.send(f"{number}") for number in range(50)]
    barrier = threading.Barrier(4)
    found: list[list[int]] = []

    def ask() -> None:
        barrier.wait()
        found.append([id(one.fields) for one in interactions])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 4
    assert post.made == [f"{number}" for number in range(50)]
    for interaction in interactions:
        interaction.asserted = True


class Equal:
    """Equal to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(send)


def send(text: str) -> str:
    return text


@pytest.mark.parametrize("value", [mock.ANY, Equal()])
@pytest.mark.parametrize("when", ["at entry", "at exit"])
def test_a_patch_that_is_equal_to_everything_is_noticed_in_a_later_sandbox(
    toy: Any, by_hand: Any, value: object, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, _ = by_hand
    for _ in range(5):
        with verifier.sandbox():
            pass
    if when == "at entry":
        monkeypatch.setattr(toy.Client, "send", value)
    with pytest.raises(tripwire.ConflictError), verifier.sandbox():
        monkeypatch.setattr(toy.Client, "send", value)
    monkeypatch.undo()
    with verifier.sandbox():
        pass

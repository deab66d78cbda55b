"""A small library that talks to the outside, and a plugin that catches it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tripwire

TOY_LIBRARY = """
import contextlib

@contextlib.contextmanager
def line():
    yield

class Client:
    def send(self, text):
        return f"really sent {text}"

def send(text):
    return Client().send(text)
"""

MACHINE = tripwire.StateMachine(
    "down", {"dial": {"down": "up"}, "say": {"up": "up"}, "hang_up": {"up": "down"}}
)


class ToyPlugin(tripwire.Plugin):
    """Answers `toy.Client.send` from a queue."""

    name = "toy"
    public_names = ("toy:send", "toy:Client.send", "toy:line", "toy:moved_away")
    sent = tripwire.Source("toy.sent")

    def __init__(self, verifier: tripwire.StrictVerifier) -> None:
        super().__init__(verifier)
        self.replies: list[Any] = []
        self.phone = tripwire.SessionQueue("tripwire.toy", MACHINE)

    @classmethod
    def targets(cls) -> Iterable[tripwire.Target]:
        return (tripwire.Target("toy:Client", "send", _send),)

    def reply(self, *values: Any) -> None:
        self.replies += values

    def decide(self, call: tripwire.Call) -> tripwire.Answer:
        if not self.replies:
            raise tripwire.Unmatched(paste="plugin.reply(...)")
        return tripwire.Answer(self.replies.pop(0))

    def unused(self) -> Iterable[tripwire.UnusedMock]:
        return [tripwire.UnusedMock(f"reply({value!r})", None) for value in self.replies]


def _send(genuine: Any) -> Any:
    def send(self: Any, text: str) -> Any:
        plugin = ToyPlugin.serving(ToyPlugin.sent, f"send({text!r})")
        if plugin is None:
            return genuine(self, text)
        call = tripwire.Call(ToyPlugin.sent, {"text": text}, f"send({text!r})")
        return plugin.intercept(call).value

    return send


def load_toy() -> Any:
    module = ModuleType("toy")
    module.__file__ = "/nowhere/toy.py"
    exec(compile(TOY_LIBRARY, "/nowhere/toy.py", "exec"), vars(module))
    sys.modules["toy"] = module
    return module


@pytest.fixture
def toy_source() -> str:
    """The library's code."""
    return TOY_LIBRARY


@pytest.fixture
def toy() -> Iterator[Any]:
    """The library, imported before the sandbox."""
    yield load_toy()
    del sys.modules["toy"]


@pytest.fixture
def plugin(tripwire_verifier: tripwire.StrictVerifier) -> ToyPlugin:
    """The plugin of this test."""
    return ToyPlugin(tripwire_verifier)


@pytest.fixture
def by_hand(toy: Any) -> tuple[tripwire.StrictVerifier, ToyPlugin]:
    """A verifier outside pytest's care, and its plugin."""
    verifier = tripwire.StrictVerifier()
    return verifier, ToyPlugin(verifier)


INNER_HEAD = (
    "import pytest, tripwire, unittest\nimport program\n\nerror = tripwire.UnmockedInteractionError\n"
)


@pytest.fixture
def ini(pytester: pytest.Pytester) -> None:
    """Lets inner runs find async tests by themselves."""
    pytester.makeini("[pytest]\nasyncio_mode=auto\nasyncio_default_fixture_loop_scope=function\n")


@pytest.fixture
def inner(pytester: pytest.Pytester, ini: None) -> Callable[..., pytest.RunResult]:
    """Runs a test module, with `hiding.py` beside it as the program under test."""
    pytester.syspathinsert()
    pytester.makepyfile(program=Path(__file__).with_name("hiding.py").read_text())

    def run(code: str, *arguments: str, **files: str) -> pytest.RunResult:
        pytester.makepyfile(test_inner=INNER_HEAD + code, **files)
        return pytester.runpytest_inprocess(*arguments)

    return run

"""Calls and registrations that no line of Python has made: a thread may begin with them."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import tripwire


def from_nowhere(call: Callable[[], Any], has_happened: Callable[[], bool]) -> None:
    """Have a thread begin with a call, and wait until it has done what it does."""
    _thread.start_new_thread(call, ())
    for _ in range(10_000):
        if has_happened():
            return
        threading.Event().wait(0.001)
    raise AssertionError("nothing has happened")


def test_a_call() -> None:
    verifier = tripwire.current_verifier()
    repo = tripwire.mock("repo").returns(1)
    with tripwire.sandbox():
        from_nowhere(repo, lambda: len(verifier.timeline) > 0)
    (interaction,) = verifier.timeline
    assert interaction.place is None
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    assert str(caught.value) == (
        "1 interaction was not asserted:\n"
        "  - repo() returned 1\n"
        "put this after the sandbox:\n"
        "    repo.assert_call(args=(), kwargs={}, returned=1)"
    )


def test_a_sandbox(by_hand: Any) -> None:
    verifier, _ = by_hand
    from_nowhere(verifier.sandbox().__enter__, lambda: verifier.is_open)
    assert verifier.innermost_open().place is None
    assert not verifier.test_files
    verifier.close()


def test_a_step(plugin: Any) -> None:
    session = plugin.phone.new()
    from_nowhere(partial(session.expect, "say", returns=1), lambda: any(plugin.phone.unused()))
    with pytest.raises(tripwire.Unmatched) as caught:
        plugin.phone.begin("dial")
    assert str(caught.value.error) == (
        "tripwire.toy session 1: the scripted step 'say' is out of its state: it is 'down', and 'say' needs 'up'"
    )

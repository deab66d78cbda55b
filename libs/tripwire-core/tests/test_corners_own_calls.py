"""Doubles in the place of what tripwire itself calls on the road of a call: its own calls are real."""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import Any

import pytest

import tripwire

PLACES: list[tuple[str, tuple[Any, ...]]] = [
    ("asyncio:current_task", ()),
    ("builtins:open", ("nothing-there",)),
    ("functools:partial", (len,)),
    ("inspect:iscoroutinefunction", (len,)),
    ("inspect:isfunction", (len,)),
    ("inspect:signature", (len,)),
    ("os:getcwd", ()),
    ("os:getpid", ()),
    ("os:stat", ("nothing-there",)),
    ("os.path:abspath", ("here",)),
    ("sys:_getframe", ()),
    ("threading:current_thread", ()),
    ("threading:enumerate", ()),
    ("threading:get_ident", ()),
]


def called(path: str, args: tuple[Any, ...]) -> Any:
    """The call a program makes; what the genuine function raises does not matter."""
    module, _, name = path.partition(":")
    with suppress(OSError, RuntimeError):
        return getattr(importlib.import_module(module), name)(*args)


in_each_place = pytest.mark.parametrize(("path", "args"), PLACES, ids=[path for path, _ in PLACES])


@in_each_place
def test_a_mock_answers_the_program_alone(path: str, args: tuple[Any, ...]) -> None:
    double = tripwire.mock(path).returns(7)
    with tripwire.sandbox() as verifier:
        answer = called(path, args)
    assert answer == 7
    assert len(verifier.timeline) == 1
    double.assert_call(args=args)


@in_each_place
def test_a_spy_sees_the_program_alone(path: str, args: tuple[Any, ...]) -> None:
    tripwire.spy(path)
    with tripwire.sandbox() as verifier:
        called(path, args)
    (interaction,) = verifier.timeline
    assert interaction.fields["args"] == args
    interaction.asserted = True


@in_each_place
def test_the_program_alone_trips(path: str, args: tuple[Any, ...]) -> None:
    double = tripwire.mock(path)
    with tripwire.sandbox() as verifier, pytest.raises(tripwire.UnmockedInteractionError) as caught:
        called(path, args)
    assert [trip.error for trip in verifier.trips] == [caught.value]
    assert str(caught.value).startswith(f"nothing answers this call: {double!r}(")

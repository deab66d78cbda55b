"""Trips that test code expects by means whose traceback does not show it.

`pytest.raises` catches an exception that holds a trip (its cause, its context, a member of a group), and
unittest's `assertRaises` removes tracebacks. Both are seen where they catch. What an example of a doctest
raises is caught, and compared with what the docstring expects, by `doctest` itself.
"""

from __future__ import annotations

import functools
import unittest
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tripwire import _routing
from tripwire._errors import TripError
from tripwire._patching import PATCHER, Patch, Target
from tripwire._trips import Trip, chain


def _catchers() -> list[type]:
    """The context managers, found by what is public."""
    case = unittest.TestCase()
    managers: list[Any] = [pytest.raises(OSError), case.assertRaises(OSError)]  # noqa: PT011, PT027
    managers.append(case.assertRaisesRegex(OSError, ""))  # noqa: PT027
    if hasattr(pytest, "RaisesGroup"):
        managers.append(pytest.RaisesGroup(OSError))
    return list(dict.fromkeys(type(manager) for manager in managers))


def _exit(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(genuine)
    def __exit__(self: Any, kind: Any, error: Any, traceback: Any) -> Any:  # noqa: N807
        __tracebackhide__ = True
        caught = genuine(self, kind, error, traceback)
        if caught:
            for one in chain(error):
                if isinstance(one, TripError):
                    one.expected = True
            for verifier in list(_routing.alive):
                verifier.settle(error)
        return caught

    return __exit__


def watch() -> list[Patch]:
    """Begin to look; to be undone by `unwatch`."""
    owners = [next(c for c in kind.__mro__ if "__exit__" in vars(c)) for kind in _catchers()]
    return [PATCHER.apply(Target(owner, "__exit__", _exit)) for owner in dict.fromkeys(owners)]


def unwatch(patches: list[Patch]) -> None:
    """Put the genuine methods back."""
    while patches:
        PATCHER.restore(patches.pop())


def settle_in_doctests(trips: Iterable[Trip]) -> None:
    """Settle the trips that went through an example of a doctest to `doctest`, which reports them."""
    for trip in trips:
        traceback = trip.error.__traceback__
        if traceback is None or traceback.tb_next is None:
            continue
        example = traceback.tb_next.tb_frame.f_code.co_filename
        if traceback.tb_frame.f_globals.get("__name__") == "doctest" and example.startswith("<doctest "):
            trip.error.expected = True

"""Trips that test code expects by means whose traceback does not show it.

`pytest.raises` catches an exception that holds a trip (its cause, its context, a member of a group), and
unittest's `assertRaises` removes tracebacks. Both are seen where they catch. What an example of a doctest
raises is caught, and compared with what the docstring expects, by `doctest` itself.
"""

from __future__ import annotations

import functools
import unittest
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tripwire import _context

if TYPE_CHECKING:
    from tripwire._trips import Trip


class Watched(NamedTuple):
    """A context manager's `__exit__`, and what stands in its place."""

    owner: Any
    genuine: Any
    replacement: Any


def _catchers() -> list[type]:
    """The context managers, found by what is public."""
    case = unittest.TestCase()
    managers: list[Any] = [pytest.raises(OSError), case.assertRaises(OSError)]  # noqa: PT011, PT027
    managers.append(case.assertRaisesRegex(OSError, ""))  # noqa: PT027
    if hasattr(pytest, "RaisesGroup"):  # pragma: no branch - pytest has it from 8.4
        managers.append(pytest.RaisesGroup(OSError))
    return list(dict.fromkeys(type(manager) for manager in managers))


def _exit(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(genuine)
    def __exit__(self: Any, kind: Any, error: Any, traceback: Any) -> Any:  # noqa: N807
        __tracebackhide__ = True
        caught = genuine(self, kind, error, traceback)
        if caught and _context.is_loaded():
            _settle(error)
        return caught

    return __exit__


def _settle(error: BaseException | None) -> None:
    from tripwire import _routing
    from tripwire._errors import TripError
    from tripwire._trips import chain

    for one in chain(error):
        if isinstance(one, TripError):
            one.expected = True
    for verifier in list(_routing.alive):
        verifier.settle(error)


def watch() -> list[Watched]:
    """Begin to look; to be undone by `unwatch`."""
    owners = [next(c for c in kind.__mro__ if "__exit__" in vars(c)) for kind in _catchers()]
    watched = []
    for owner in dict.fromkeys(owners):
        genuine = vars(owner)["__exit__"]
        watched.append(Watched(owner, genuine, _exit(genuine)))
        setattr(owner, "__exit__", watched[-1].replacement)  # noqa: B010 - mypy knows of no such owner
    return watched


def unwatch(watched: list[Watched]) -> None:
    """Put the genuine methods back."""
    while watched:
        owner, genuine, replacement = watched.pop()
        if vars(owner)["__exit__"] is replacement:
            setattr(owner, "__exit__", genuine)  # noqa: B010


def settle_in_doctests(trips: Iterable[Trip]) -> None:
    """Settle the trips that went through an example of a doctest to `doctest`, which reports them."""
    for trip in trips:
        traceback = trip.error.__traceback__
        if traceback is None or traceback.tb_next is None:
            continue
        example = traceback.tb_next.tb_frame.f_code.co_filename
        if traceback.tb_frame.f_globals.get("__name__") == "doctest" and example.startswith("<doctest "):
            trip.error.expected = True

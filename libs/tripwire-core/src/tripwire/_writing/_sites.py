"""Which call expressions of the user's code are at work, and by which names that code knows its doubles."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from types import FrameType
from typing import Any, NamedTuple

from tripwire import _frames
from tripwire._double import Double


class Site(NamedTuple):
    """A line of user code at work: where it is, and which part of it, where Python knows.

    `lineno` is from 1. `span` is the expression at work: its first and last line, and the columns in UTF-8 bytes
    where it begins and ends; None before Python 3.11. `first` is the first line of the function, decorators included.
    `callee` is the name of the function that the line has called. `names` tells, by the id of a double, how the
    function calls it.
    """

    filename: str
    lineno: int
    span: tuple[int, int, int, int] | None
    function: str
    first: int
    callee: str
    names: Mapping[int, str]


def sites() -> tuple[Site, ...]:
    """All lines of user code on the stack, innermost first."""
    found = []
    frame: FrameType | None = sys._getframe(1)
    callee = ""
    while frame is not None:
        code = frame.f_code
        if str(frame.f_globals.get("__name__")).startswith("_pytest."):
            break  # what lies below has started pytest, and is no test
        if _frames.is_user_file(code.co_filename):
            names = {id(value): name for name, value in _doubles(frame)}
            first, name = code.co_firstlineno, code.co_name
            found.append(Site(code.co_filename, frame.f_lineno, _span(frame), name, first, callee, names))
        callee = code.co_name
        frame = frame.f_back
    return tuple(found)


def _span(frame: FrameType) -> tuple[int, int, int, int] | None:
    if sys.version_info < (3, 11):
        return None  # pragma: no cover - Python 3.10
    positions = frame.f_code.co_positions()
    first, last, begin, end = next(islice(positions, frame.f_lasti // 2, None), (None,) * 4)
    if first is None or last is None or begin is None or end is None:
        return None  # pragma: no cover - Python has been started with -X no_debug_ranges
    return first, last, begin, end


def _doubles(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """The doubles that a function can name, and how: as a variable, or as an attribute of its `self`."""
    variables = frame.f_locals
    yield from _among(frame.f_globals)
    test = variables.get("self")
    for name, value in _among(getattr(test, "__dict__", {})):
        yield f"self.{name}", value
    yield from _among(variables)


def _among(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in list(variables.items()) if issubclass(type(value), Double))

"""The help lines of a pytest report: each once, under the last message it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import CodeType, TracebackType
from typing import Any

import pytest

from tripwire import _project
from tripwire._doubles import MockFactory, SpyFactory
from tripwire._errors import TripwireError, with_help
from tripwire._frames import is_tripwire_file, is_user_file
from tripwire._messages import HELP
from tripwire._mock import OWN_NAMES, Mock
from tripwire._module import TripwireModule
from tripwire._plugin import Plugin
from tripwire._proxies import PluginProxy
from tripwire._session import SessionHandle
from tripwire._trips import members
from tripwire._verifier import StrictVerifier

_MISUSES = (TypeError, ValueError, AttributeError, ImportError)
_FRONT = (MockFactory, SpyFactory, PluginProxy, TripwireModule, Plugin, SessionHandle, StrictVerifier)


@contextmanager
def once_each(error: BaseException, *, hide: bool) -> Iterator[list[str]]:
    """Let the exceptions that are shown with an error name each code once, or none; gives the lines that are left."""
    if _is_misuse(error):
        with_help(error, "wrong-use")
    left: list[str] = []
    changed: list[tuple[BaseException, list[str]]] = []
    for one in _shown(error):
        notes = getattr(one, "__notes__", None)
        if not isinstance(notes, list):
            continue
        ours = [note for note in notes if isinstance(note, str) and note.startswith(HELP)]
        told = ours if hide else [note for note in ours if note in left]
        left += [note for note in ours if note not in told]
        if told:
            changed.append((one, notes))
            one.__notes__ = [note for note in notes if note not in told]  # type: ignore[attr-defined, unused-ignore]
    try:
        yield left
    finally:
        for one, notes in changed:
            one.__notes__ = notes  # type: ignore[attr-defined, unused-ignore]


def add_missing(report: pytest.TestReport, lines: list[str]) -> None:
    """Add the lines that pytest has not shown: on Python 3.10 it knows notes only by a backport."""
    if any(line not in report.longreprtext for line in lines):
        shown: Any = report.longrepr
        with suppress(AttributeError, IndexError):  # no traceback
            shown.reprtraceback.reprentries[-1].lines += [f"E   {line}" for line in lines]


def _shown(error: BaseException) -> Iterator[BaseException]:
    """An exception and what is shown with it: the members of a group, and what is shown before it."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += members(one)
        if (below := shown_below(one)) is not None:
            waiting.append(below)


def shown_below(error: BaseException) -> BaseException | None:
    """The exception that a traceback shows before this one."""
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _is_misuse(error: BaseException) -> bool:
    """Whether a function of tripwire, called by the user's code, refused what it was given."""
    if not isinstance(error, _MISUSES) or isinstance(error, TripwireError):
        return False
    if any(str(note).startswith(HELP) for note in getattr(error, "__notes__", ())):
        return False
    caller, traceback = False, error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if caller and is_tripwire_file(filename):
            return _is_front(traceback)
        caller, traceback = is_user_file(filename), traceback.tb_next
    return False


def _is_front(traceback: TracebackType) -> bool:
    code, me = traceback.tb_frame.f_code, traceback.tb_frame.f_locals.get("self")
    if type(me) is Mock:
        return code.co_name in (*OWN_NAMES, "__getattr__")
    if code.co_name.startswith("_") and not code.co_name.startswith("__"):
        return False
    return code in _functions() if me is None else isinstance(me, _FRONT)


def _functions() -> Iterator[CodeType]:
    """The functions that users call, and that have no `self`: those of the module and of the plugins' classes."""
    import tripwire

    held = [vars(tripwire), *(vars(one) for kind in _project.active() for one in kind.__mro__)]
    for value in (value for names in held for value in names.values()):
        function = getattr(value, "__func__", value)  # of a static method or class method
        if (code := getattr(function, "__code__", None)) is not None:
            yield code

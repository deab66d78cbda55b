"""Trips are remembered where they are raised; here is how one is found to be settled.

A trip is settled if test code caught it. Where an exception was caught shows in its traceback: the
first entry is the outermost frame it travelled through. That frame either handled the exception and
went on, or let it through to a caller that leaves no entry (a task's step, written in C). The two
differ in the frame's last instruction.
"""

from __future__ import annotations

import ast
import contextlib
import dis
import linecache
import os
import threading
from collections.abc import Collection, Iterator
from functools import lru_cache
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from tripwire._aside import aside
from tripwire._errors import TripError
from tripwire._frames import Place, is_user_file, place_of

if TYPE_CHECKING:
    from types import TracebackType


class Trip:
    """One violation: its `error`, the `thread` it was raised in, and whether it is `settled`."""

    __slots__ = ("error", "settled", "thread")

    def __init__(self, error: TripError) -> None:
        self.error: TripError = error
        self.thread: str = _thread_name()
        self.settled: bool = False

    def caught_at(self) -> Place | None:
        """Where it was caught, as far as its traceback tells."""
        traceback = self.error.__traceback__
        return None if traceback is None else _place_in(traceback)

    def was_handled(self) -> bool:
        """Whether it is sure that the frame at `caught_at` handled it, and not a task or Python itself, its caller."""
        return self.error.__traceback__ is not None and _handled(self.error.__traceback__)

    def let_through_at(self) -> Place | None:
        """Where it last left the user's code, if it was caught in a library."""
        traceback = self.error.__traceback__
        if traceback is None or is_user_file(traceback.tb_frame.f_code.co_filename):
            return None
        while (traceback := traceback.tb_next) is not None:
            if is_user_file(traceback.tb_frame.f_code.co_filename):
                return _place_in(traceback)
        return None

    def was_caught_in(self, frames: Collection[int]) -> bool:
        """Whether the frame that caught it is among these, by id."""
        traceback = self.error.__traceback__
        return traceback is not None and id(traceback.tb_frame) in frames

    def is_in_test_code(self, test_files: Collection[str]) -> bool:
        """Whether it came as far as test code, by itself and not in an exception that holds it."""
        traceback = self.error.__traceback__
        return traceback is not None and _is_test_code(traceback.tb_frame, test_files)

    def reached(self, test_files: Collection[str]) -> bool:
        """Whether test code caught the trip itself."""
        return self.is_in_test_code(test_files) and self.was_handled()

    def settle(self, test_files: Collection[str]) -> bool:
        """Whether test code caught it; looks again each time, until it is settled."""
        self.settled = self.settled or self.error.expected or self.reached(test_files)
        return self.settled


@aside
def _thread_name() -> str:
    """This thread's name. Asking `current_thread()` would register threads that are not of `threading` for good."""
    ident = threading.get_ident()
    return next((thread.name for thread in threading.enumerate() if thread.ident == ident), f"{ident}")


def _place_in(traceback: TracebackType) -> Place:
    return place_of(traceback.tb_frame)._replace(lineno=traceback.tb_lineno)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all it holds: causes, contexts and members of groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += (one.__cause__, one.__context__, *members(one))


def frames_of(error: BaseException | None) -> set[int]:
    """The ids of the frames an exception went through, and what it holds."""
    frames = set()
    for one in chain(error):
        traceback = one.__traceback__
        while traceback is not None:
            frames.add(id(traceback.tb_frame))
            traceback = traceback.tb_next
    return frames


def members(error: BaseException) -> list[BaseException]:
    """The members of a group, also of a home-made one. Other exceptions have all kinds of `exceptions`."""
    members: object = ()
    with contextlib.suppress(Exception):
        members = getattr(error, "exceptions", ())
    if not isinstance(members, (list, tuple)):
        return []
    return [member for member in members if isinstance(member, BaseException)]


def _is_test_code(frame: FrameType, test_files: Collection[str]) -> bool:
    filename = frame.f_code.co_filename
    return is_user_file(filename) and (
        "@pytest_ar" in frame.f_globals  # put there by pytest's assertion rewriting
        or os.path.basename(filename) == "conftest.py"
        or filename in test_files
    )


def _handled(traceback: TracebackType) -> bool:
    """Whether the frame went on after the exception instead of letting it through."""
    frame, last = traceback.tb_frame, traceback.tb_frame.f_lasti
    if last == traceback.tb_lasti:
        return False
    code = frame.f_code.co_code  # two bytes an instruction: what it is, and its argument
    name, argument = dis.opname[code[last]], code[last + 1]
    if name == "RERAISE" or (name, argument) == ("RAISE_VARARGS", 0):
        return False
    return name != "RAISE_VARARGS" or not _is_in_handler(frame.f_code, traceback.tb_lineno, frame.f_lineno)


@aside
@lru_cache(maxsize=1000)
def _is_in_handler(code: CodeType, raised_at: int, left_at: int) -> bool:
    """Whether the one line is in the `except` of a `try` around the other: there, one exception became another."""
    with contextlib.suppress(Exception):  # no source, or another one by now
        for node in ast.walk(ast.parse("".join(linecache.getlines(code.co_filename)))):
            if isinstance(node, ast.Try) and _spans(node.body, raised_at):
                return any(_spans(handler.body, left_at) for handler in node.handlers)
    return False


def _spans(body: list[ast.stmt], line: int) -> bool:
    return body[0].lineno <= line <= (body[-1].end_lineno or 0)

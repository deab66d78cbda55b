"""Trips are remembered where they are raised; here is how one is found to be settled.

A trip is settled if test code caught it. Where an exception was caught shows in its traceback: the
first entry is the outermost frame it travelled through. That frame either handled the exception and
went on, or let it through to a caller that leaves no entry (a task's step, written in C). The two
differ in the frame's last instruction.
"""

from __future__ import annotations

import dis
import os
import threading
from collections.abc import Collection, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from tripwire._errors import TripError
from tripwire._frames import Place, is_user_file, place_of

if TYPE_CHECKING:
    from types import TracebackType


class Trip:
    """One violation: its `error`, the `thread` it was raised in, and whether it is `settled`."""

    __slots__ = ("error", "settled", "thread")

    def __init__(self, error: TripError) -> None:
        self.error = error
        self.thread = threading.current_thread().name
        self.settled = False

    def caught_at(self) -> Place | None:
        """Where it was caught, as far as its traceback tells."""
        traceback = self.error.__traceback__
        if traceback is None:
            return None
        return place_of(traceback.tb_frame)._replace(lineno=traceback.tb_lineno)

    def settle(self, test_files: Collection[str]) -> bool:
        """Whether test code caught it; looks again each time, until it is settled."""
        if not self.settled:
            traceback = self.error.__traceback__
            self.settled = self.error.expected or (
                traceback is not None
                and _is_test_code(traceback.tb_frame, test_files)
                and _handled(traceback)
            )
        return self.settled


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all it holds: causes, contexts and members of groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += (one.__cause__, one.__context__, *getattr(one, "exceptions", ()))


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
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset == last:
            bare_raise = instruction.opname == "RAISE_VARARGS" and instruction.arg == 0
            return not (bare_raise or instruction.opname == "RERAISE")
    return True

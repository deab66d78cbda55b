"""Programs that start processes, run twice: with real children, and with those that a test has scripted.

    def test_a_commit(children: Children) -> None:
        tripwire.subprocess.mock_run(["git", "rev-parse", "HEAD"], stdout="c0ffee\\n")
        assert children.use(lambda: git.Git(repository).rev_parse("HEAD")) == "c0ffee"

`use` runs a program without a sandbox, and again in one. What it returns or raises must be equal, and neither may leave
a descriptor open or a thread at work.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import tripwire

from .api import hidden_trips

E = TypeVar("E", bound=BaseException)
Program = Callable[[], Any]
"""What a user of the package writes; an async one runs in an event loop of its own."""


def python(source: str) -> list[str]:
    """The command of a real child."""
    return [sys.executable, "-S", "-c", source]


class Children:
    """The children of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop

    def program(self, name: str, source: str) -> str:
        """The path of a real program, in Python."""
        path = self.folder / name
        path.write_text(f"#!{sys.executable} -S\n{source}")
        path.chmod(0o755)
        return str(path)

    def use(self, program: Program) -> Any:
        """What the program returns."""
        result = self._use(program)
        if isinstance(result, BaseException):
            raise result
        return result

    def error(self, kind: type[E], program: Program) -> E:
        """What the program raises."""
        error = self._use(program)
        assert isinstance(error, kind), repr(error)
        return error

    def hidden_trips(self, program: Program, asserted: Callable[[], object] = lambda: None) -> list[str]:
        """What the report says of trips; see `api.hidden_trips`."""
        return hidden_trips(partial(self._run, program), asserted)

    def _use(self, program: Program) -> Any:
        before = _open()
        real = self._outcome(program)
        assert _left(before) == (0, set()), "left by the real children"
        with tripwire.sandbox():
            scripted = self._outcome(program)
        if isinstance(scripted, tripwire.TripError):
            raise scripted  # it tells what the script lacks
        assert _shape(scripted) == _shape(real), "the outcome with a script, and the real one"
        assert _left(before) == (0, set()), "left by the scripted children"
        return scripted

    def _outcome(self, program: Program) -> Any:
        try:
            return self._run(program)
        except Exception as error:  # noqa: BLE001 - whatever a package raises is to be compared
            traceback.clear_frames(error.__traceback__)  # which may hold what is open
            return error

    def _run(self, program: Program) -> Any:
        result = program()
        if not inspect.iscoroutine(result):
            return result
        loop = self.new_loop()
        try:
            return loop.run_until_complete(result)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


def _open() -> tuple[int, set[threading.Thread]]:
    """How many descriptors are open, and which threads run."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), set(threading.enumerate())


def _left(before: tuple[int, set[threading.Thread]]) -> tuple[int, set[threading.Thread]]:
    """What is open beside that; what other tests have left idle may end meanwhile."""
    for thread in set(threading.enumerate()) - before[1]:
        thread.join(1)  # asyncio's, which has waited for a child, is at its end
    descriptors, threads = _open()
    return max(0, descriptors - before[0]), threads - before[1]


def _shape(outcome: Any) -> Any:
    """What of an outcome can be compared."""
    return _error(outcome) if isinstance(outcome, BaseException) else (type(outcome), outcome)


def _error(error: BaseException | None) -> Any:
    if error is None:
        return None
    inner = [_error(one) for one in getattr(error, "exceptions", ())]
    return (type(error), str(error), inner, _error(error.__cause__ or error.__context__))

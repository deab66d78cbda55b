"""Threads and tasks that were started inside a sandbox and are still at work when the test is over."""

from __future__ import annotations

import asyncio
import threading
from asyncio import events
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

from tripwire._frames import runs_user_code


class Work:
    """What was started inside the sandboxes of one verifier, held weakly."""

    def __init__(self) -> None:
        self._threads: WeakSet[threading.Thread] = WeakSet()
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    def add_thread(self, thread: threading.Thread) -> None:
        """Remember a thread."""
        self._threads.add(thread)

    def add_tasks(self, before: frozenset[asyncio.Task[Any]]) -> None:
        """Remember the tasks of the running loop that were not there before the sandbox."""
        self._tasks.update(tasks_here() - before)

    def unfinished(self) -> Iterator[str]:
        """What is still at work, in words. An idle worker of a pool is not."""
        for thread in self._threads:
            if thread.is_alive() and runs_user_code(thread.ident):
                yield f"the thread {thread.name!r}"
        for task in self._tasks:
            if not task.done() and not task.get_loop().is_closed():
                coroutine = task.get_coro()
                yield f"the task {task.get_name()!r} ({getattr(coroutine, '__qualname__', coroutine)})"


def tasks_here() -> frozenset[asyncio.Task[Any]]:
    """The unfinished tasks of the loop that runs in this thread, if one does."""
    loop = events._get_running_loop()
    return frozenset(asyncio.all_tasks(loop)) if loop is not None else frozenset()

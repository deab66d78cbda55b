"""Threads and tasks that were started inside a sandbox and are still at work when the test is over."""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio import events
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from tripwire._frames import Place, runs_user_code


class Work:
    """What was started inside the sandboxes of one verifier, held weakly."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a finaliser may start a thread while this one holds the lock
        self._threads: WeakKeyDictionary[threading.Thread, None] = WeakKeyDictionary()  # a set in order
        self._futures: WeakKeyDictionary[Future[Any], Place | None] = WeakKeyDictionary()
        self._tasks: WeakSet[Any] = WeakSet()

    def add_thread(self, thread: threading.Thread) -> None:
        """Remember a thread."""
        with self._lock:
            self._threads[thread] = None

    def add_future(self, future: Future[Any], place: Place | None) -> None:
        """Remember what an executor was given to do, and where."""
        with self._lock:
            self._futures[future] = place

    def add_tasks(self, before: frozenset[Any]) -> None:
        """Remember the tasks of the running loop that were not there before the sandbox."""
        with self._lock:
            self._tasks.update(tasks_here() - before)

    def unfinished(self) -> Iterator[str]:
        """What is still at work, in words. An idle worker of a pool is not."""
        with self._lock:
            threads, futures, tasks = list(self._threads), list(self._futures.items()), list(self._tasks)
        for thread in threads:
            if thread.is_alive() and (_is_waiting(thread) or runs_user_code(thread.ident)):
                yield f"the thread {thread.name!r}"
        for future, place in futures:
            if future.running():
                yield f"work of a thread pool, submitted at {place},"
        current = _current_task()
        for task in tasks:
            if hasattr(task, "child_nurseries"):
                if getattr(task.coro, "cr_frame", None) is not None:  # a task of trio
                    yield f"the task {task.name!r}"
            elif task is not current and not task.done() and not task.get_loop().is_closed():
                coroutine = task.get_coro()
                yield f"the task {task.get_name()!r} ({getattr(coroutine, '__qualname__', coroutine)})"


def _is_waiting(thread: threading.Thread) -> bool:
    """Whether it is a timer that has not fired, so that user code is to come."""
    return isinstance(thread, threading.Timer) and not thread.finished.is_set()


def tasks_here() -> frozenset[Any]:
    """The unfinished tasks of the asyncio loop or the trio run of this thread, if there is one."""
    loop = events._get_running_loop()
    found: Iterable[Any] = asyncio.all_tasks(loop) if loop is not None else _trio_tasks()
    return frozenset(found)


def _trio_tasks() -> Iterator[Any]:
    try:
        waiting = [sys.modules["trio"].lowlevel.current_root_task()]
    except (KeyError, AttributeError, RuntimeError):  # not imported, or not yet all of it, or not running
        return
    while waiting:
        task = waiting.pop()
        yield task
        for nursery in task.child_nurseries:
            waiting += nursery.child_tasks


def _current_task() -> asyncio.Task[Any] | None:
    return asyncio.current_task() if events._get_running_loop() is not None else None

"""Threads and tasks that were started inside a sandbox and are still at work when the test is over."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from tripwire._frames import Place, runs_user_code

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future


class Work:
    """What was started inside the sandboxes of one verifier, held weakly."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a finaliser may start a thread while this one holds the lock
        self._threads: WeakKeyDictionary[threading.Thread, None] = WeakKeyDictionary()  # a set in order
        self._futures: WeakKeyDictionary[Future[Any], Place | None] = WeakKeyDictionary()
        self._tasks: WeakSet[Any] = WeakSet()
        self._loops: dict[Any, tuple[int, frozenset[Any]]] = {}

    def add_thread(self, thread: threading.Thread) -> None:
        """Remember a thread."""
        with self._lock:
            self._threads[thread] = None

    def add_future(self, future: Future[Any], place: Place | None) -> None:
        """Remember what an executor was given to do, and where."""
        with self._lock:
            self._futures[future] = place

    def enter_loop(self) -> Any:
        """Note the tasks that are there before the first of the sandboxes on the running loop; gives that loop."""
        loop = _loop_here()
        if loop is not None:
            with self._lock:
                sandboxes, older = self._loops.get(loop) or (0, _tasks_of(loop))
                self._loops[loop] = sandboxes + 1, older
        return loop

    def leave_loop(self, entered: Any) -> None:
        """Remember the tasks that have come since, when the last of the sandboxes on the loop closes."""
        with self._lock:
            loop = _loop_here() if entered is None else entered
            sandboxes, older = self._loops.pop(loop, (1, frozenset()))
            if sandboxes > 1:
                self._loops[loop] = sandboxes - 1, older
            elif loop is not None:
                self._tasks.update(_tasks_of(loop) - older)

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


def _loop_here() -> Any:
    """The asyncio loop that runs in this thread, or the root task of trio's run; None if there is neither."""
    loop = _running_loop()
    if loop is not None or "trio" not in sys.modules:
        return loop
    try:
        return sys.modules["trio"].lowlevel.current_root_task()
    except (AttributeError, RuntimeError):  # not yet all imported, or not running
        return None


def _running_loop() -> Any:
    """The loop of asyncio, which is not imported for this: it takes a third of pytest's own start."""
    events = sys.modules.get("asyncio.events")
    get = getattr(events, "_get_running_loop", None)
    return get() if get is not None else None


def _tasks_of(loop: Any) -> frozenset[Any]:
    """The unfinished tasks. asyncio looks at all there are, so this is not for every sandbox."""
    if hasattr(loop, "child_nurseries"):
        return frozenset(_below(loop))
    import asyncio

    return frozenset(asyncio.all_tasks(loop))


def _below(root: Any) -> Iterator[Any]:
    waiting = [root]
    while waiting:
        task = waiting.pop()
        yield task
        for nursery in task.child_nurseries:
            waiting += nursery.child_tasks


def _current_task() -> asyncio.Task[Any] | None:
    if _running_loop() is None:
        return None
    import asyncio

    return asyncio.current_task()

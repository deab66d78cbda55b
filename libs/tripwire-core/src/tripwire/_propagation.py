"""Threads and executors started inside a sandbox inherit it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any

from tripwire import _held
from tripwire._frames import started, user_place
from tripwire._patching import Target
from tripwire._plugin import Plugin

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


class Propagation(Plugin):
    """Carries the sandbox, and nothing else, into threads and executors.

    `run_in_executor` copies the whole context, as the async guide says it does.
    """

    name = "propagation"

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """What starts work in another thread."""
        return (
            Target(threading.Thread, "start", _thread_start),
            Target("concurrent.futures.thread:ThreadPoolExecutor", "submit", _executor_submit),
            Target("asyncio.base_events:BaseEventLoop", "run_in_executor", _run_in_executor),
        )


def _thread_start(genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def start(self: threading.Thread) -> None:
        sandbox = _held.current()
        if sandbox is None:
            genuine(self)
            return
        run, place = self.run, user_place()

        def run_inside(self: threading.Thread) -> None:
            del self.run  # the instance attribute set below
            _held.hold(sandbox)
            started.at = place
            run()

        self.run = MethodType(run_inside, self)  # type: ignore[method-assign] # others look for its __func__
        try:
            genuine(self)
        except BaseException:
            self.__dict__.pop("run", None)
            raise
        sandbox.verifier.work.add_thread(self)

    return start


def _executor_submit(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(genuine)
    def submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        sandbox = _held.current()
        if sandbox is None:
            return genuine(self, fn, *args, **kwargs)
        place = user_place()

        def run_inside(*args: Any, **kwargs: Any) -> Any:
            held, before = _held.current(), started.at
            _held.hold(sandbox)
            started.at = place
            try:
                return fn(*args, **kwargs)
            finally:
                started.at = before
                _held.hold(held)

        # A worker thread outlives the work: it must not inherit the sandbox itself.
        _held.hold(None)
        try:
            future = genuine(self, run_inside, *args, **kwargs)
        finally:
            _held.hold(sandbox)
        sandbox.verifier.work.add_future(future, place)
        return future

    return submit


def _run_in_executor(genuine: Callable[..., Any]) -> Callable[..., Any]:
    from concurrent.futures import ThreadPoolExecutor

    @wraps(genuine)
    def run_in_executor(self: Any, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        in_process = executor is None or isinstance(executor, ThreadPoolExecutor)
        if _held.current() is not None and in_process:
            return genuine(self, executor, copy_context().run, func, *args)
        return genuine(self, executor, func, *args)

    return run_in_executor

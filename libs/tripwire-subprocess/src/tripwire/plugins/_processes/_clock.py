"""Time for scripted children: it passes as everybody's does, and jumps where a program would only wait.

A sync caller waits in a call of ours, which knows how long. Under an event loop nobody tells how long he waits;
so the timers of the loop are noted, and once the loop has nothing left to do but to wait for time, the clock
jumps to what comes first: a timer, or what a child does next.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread
import contextlib
import contextvars
import heapq
import itertools
import math
import os
import socket
import stat
import sys
import threading
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, partial, wraps
from types import FrameType
from typing import Any

from tripwire import Target

_QUIET_ROUNDS = 4  # of an event loop, in which nothing was scheduled
_A_MOMENT = 0.001  # seconds
_PATIENCE = 1.0  # seconds that somebody at the other end of a connection has to answer

Loop = asyncio.AbstractEventLoop


class Clock(ABC):
    """Tells the time, in seconds, and can be moved on."""

    @abstractmethod
    def now(self) -> float:
        """The time."""

    @abstractmethod
    def skip_to(self, moment: float) -> None:
        """Let it be as late as this, if it is not yet."""


class WallClock(Clock):
    """The clock of sync callers."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        """The time since the machine was started, and what was skipped."""
        return time.monotonic() + self._skipped

    def skip_to(self, moment: float) -> None:
        """Let it be as late as this."""
        self._skipped += max(0.0, moment - self.now())


class Timer:
    """A timer of a loop: its own when its time has come, and ours when the clock jumps."""

    __slots__ = ("args", "callback", "context", "done", "handle", "when")

    def __init__(
        self, when: float, callback: Callable[..., Any], args: Any, context: contextvars.Context
    ) -> None:
        self.when, self.callback, self.args, self.context = when, callback, args, context
        self.done = False
        self.handle: Any = None

    @property
    def lives(self) -> bool:
        """Whether it has yet to come."""
        return not self.done and not self.handle.cancelled()

    def run(self) -> None:
        """Its time has come."""
        if self.lives:
            self.done = True
            self.callback(*self.args)


class LoopClock(Clock):
    """The clock of one event loop."""

    def __init__(self, loop: Loop) -> None:
        self._loop = weakref.ref(loop)
        self.skipped = 0.0
        self._timers: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._sleepers: dict[asyncio.Future[None], float] = {}
        self._when_quiet: dict[Callable[[], object], contextvars.Context] = {}
        self._watching = self._goes_round = False
        self._events = self._seen = self._rounds = 0
        self._patience = _PATIENCE
        self._quiet_since: float | None = None

    def now(self) -> float:
        """The loop's time."""
        loop = self._loop()
        return 0.0 if loop is None else type(loop).time(loop) + self.skipped

    def skip_to(self, moment: float) -> None:
        """Let it be as late as this, for all who ask the loop."""
        loop = self._loop()
        ahead = moment - self.now()
        if loop is not None and 0 < ahead < math.inf:
            self.skipped += ahead
            vars(loop)["time"] = self._told

    def _told(self) -> float:
        """The time for whoever asks the loop; the loop itself runs its timers by the genuine one."""
        loop = self._loop()
        if loop is not None and sys._getframe(1).f_code is _RUN_ONCE:
            return type(loop).time(loop)
        return self.now()

    def note(self, timer: Timer) -> None:
        """A timer was set."""
        timers = self._timers
        if len(timers) > 100 and len(timers) > 4 * sum(one.lives for _, _, one in timers):
            timers[:] = [entry for entry in timers if entry[2].lives]
            heapq.heapify(timers)
        heapq.heappush(timers, (timer.when, next(self._numbers), timer))

    def has_no_timers(self) -> bool:
        """Whether no timer is to come."""
        return not any(timer.lives for _, _, timer in self._timers)

    def until(self, moment: float) -> asyncio.Future[None]:
        """A future that is done at a time; for ever undone if it is never."""
        loop = self._loop()
        assert loop is not None
        sleeper: asyncio.Future[None] = loop.create_future()
        self._sleepers[sleeper] = moment
        sleeper.add_done_callback(self._wakes)
        self._watch(loop)
        return sleeper

    def when_quiet(self, call: Callable[[], object]) -> None:
        """Make a call when the loop has nothing left to do."""
        self._when_quiet.setdefault(call, contextvars.copy_context())
        loop = self._loop()
        assert loop is not None
        self._watch(loop)

    def stop(self) -> None:
        """Leave the loop as it was."""
        loop = self._loop()
        for name in ("time", "call_soon") if loop is not None else ():
            vars(loop).pop(name, None)
        self._watching = self._goes_round = False
        self._when_quiet.clear()
        for sleeper in list(self._sleepers):
            if loop is not None and not loop.is_closed():
                with contextlib.suppress(RuntimeError):  # closed meanwhile, by another thread
                    loop.call_soon_threadsafe(_wake, sleeper)
        self._sleepers.clear()

    def _wakes(self, sleeper: asyncio.Future[None]) -> None:
        self._sleepers.pop(sleeper, None)

    def _watch(self, loop: Loop) -> None:
        if self._watching:
            return
        self._watching = True
        genuine = loop.call_soon

        def call_soon(callback: Any, *args: Any, context: Any = None) -> Any:
            self._events += 1
            self._go_round(loop)
            return genuine(callback, *args, context=context)

        vars(loop)["call_soon"] = call_soon
        self._go_round(loop)

    def _go_round(self, loop: Loop) -> None:
        if not self._goes_round and self._watching:
            self._goes_round = True
            type(loop).call_soon(loop, self._round, context=contextvars.Context())

    def _round(self) -> None:
        """Once in a round of the loop: see whether it is quiet."""
        loop = asyncio.get_running_loop()
        self._goes_round = False
        if not (self._sleepers or self._when_quiet):
            self._watching = False
            vars(loop).pop("call_soon", None)
            return
        self._rounds = self._rounds + 1 if self._events == self._seen else 0
        self._seen = self._events
        if not self._rounds and self._quiet_since is not None:
            self._quiet_since, self._patience = None, _PATIENCE
        if self._rounds < _QUIET_ROUNDS:
            self._go_round(loop)
        elif _executors_work() or self._may_be_answered(loop):
            self._look_again(loop)
        elif self._jump(loop):
            self._go_round(loop)  # else nothing is left to come but what others do, and that is seen

    def _may_be_answered(self, loop: Loop) -> bool:
        """Whether to wait for real: somebody real may have something to say.

        Whoever lets the patience run out finds half of it the next time, so that a silent connection costs no
        more than twice the patience, however often the clock jumps.
        """
        if not _has_connections(loop):
            return False
        now = time.monotonic()
        if self._quiet_since is None:
            self._quiet_since = now
        if now - self._quiet_since < self._patience:
            return True
        self._quiet_since, self._patience = None, self._patience / 2
        return False

    def _look_again(self, loop: Loop) -> None:
        """Time does not jump while a thread works for the loop; its end is not seen here."""
        self._goes_round = True
        again = partial(type(loop).call_soon, loop, self._round, context=contextvars.Context())
        genuine = getattr(type(loop).call_later, "__wrapped__", type(loop).call_later)
        genuine(loop, _A_MOMENT, again)

    def _jump(self, loop: Loop) -> bool:
        """Nothing is left to do: let the next thing happen; whether there is one."""
        self._rounds = 0
        if self._when_quiet:
            calls, self._when_quiet = self._when_quiet, {}
            for call, context in calls.items():
                context.run(call)
            return True
        timers = self._timers
        while timers and not timers[0][2].lives:
            heapq.heappop(timers)
        timer = timers[0][2] if timers else None
        due = min(self._sleepers.values(), default=math.inf)
        moment = due if timer is None else min(due, timer.when)
        if moment == math.inf:
            return False
        self.skip_to(moment)
        if timer is not None and timer.when < due:
            heapq.heappop(timers)
            loop.call_soon(timer.run, context=timer.context)
        for sleeper, wakes in list(self._sleepers.items()):
            if wakes <= due == moment:
                _wake(sleeper)
        return True


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


def _executors_work() -> bool:
    """Whether a thread of an executor is at work."""
    for thread, innermost in sys._current_frames().items():
        frame: FrameType | None = innermost if thread != threading.get_ident() else None
        while frame is not None:
            if frame.f_code is _WORK:
                return True
            frame = frame.f_back
    return False


def _has_connections(loop: Loop) -> bool:
    """Whether a loop watches a descriptor that somebody else speaks through. uvloop does not tell."""
    selector, own = getattr(loop, "_selector", None), getattr(loop, "_ssock", None)
    if selector is None or own is None:
        return False
    return any(key.fd != own.fileno() and not _listens(key.fd) for key in list(selector.get_map().values()))


def _listens(descriptor: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as one:
            return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:  # pragma: no cover - another thread has just closed it
        return False


_WORK = getattr(concurrent.futures.thread, "_WorkItem").run.__code__  # noqa: B009 - private names
_RUN_ONCE = getattr(asyncio.BaseEventLoop, "_run_once").__code__  # noqa: B009

_clocks: weakref.WeakKeyDictionary[Loop, LoopClock] = weakref.WeakKeyDictionary()


def clock_of(loop: Loop) -> LoopClock:
    """The clock of a loop."""
    clock = _clocks.get(loop)
    if clock is None:
        clock = _clocks[loop] = LoopClock(loop)
    return clock


def stop_all() -> None:
    """Leave every loop as it was."""
    for clock in list(_clocks.values()):
        clock.stop()
    _clocks.clear()


@cache
def targets() -> tuple[Target, ...]:
    """What sets timers: all else of asyncio and of libraries comes down to these."""
    return (
        Target(asyncio.BaseEventLoop, "call_at", _call_at),
        Target("uvloop:Loop", "call_later", _call_later),
    )


def _call_at(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(genuine)
    def call_at(self: Any, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        clock = clock_of(self)
        timer = Timer(when, callback, args, context or contextvars.copy_context())
        timer.handle = genuine(self, when - clock.skipped, timer.run, context=timer.context)
        clock.note(timer)
        return timer.handle

    return call_at


def _call_later(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(genuine)
    def call_later(self: Any, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        timer = Timer(self.time() + delay, callback, args, context or contextvars.copy_context())
        timer.handle = genuine(self, delay, timer.run, context=timer.context)
        clock_of(self).note(timer)
        return timer.handle

    return call_later

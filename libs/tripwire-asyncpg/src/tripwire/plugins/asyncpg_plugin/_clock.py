"""The time a scripted server takes: nobody waits for it, and the timeouts of asyncpg strike all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class Timer:
    """One call of `call_later`: what asyncpg gets as its handle."""

    def __init__(
        self, clock: Clock, delay: float, callback: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        self._clock, self._callback, self._args = clock, callback, args
        self.when: float = clock.now + delay
        clock.timers.append(self)

    def cancel(self) -> None:
        """The call is no longer wanted."""
        if self in self._clock.timers:
            self._clock.timers.remove(self)

    def strike(self) -> None:
        """Make the call now; asyncpg itself sees whether it is too late."""
        self.cancel()
        self._callback(*self._args)


class Clock:
    """The event loop as the protocol of one connection sees it, whose time only the script lets pass.

    A scripted server answers at once: a slow machine must not decide that it has not.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.now: float = 0.0
        self.timers: list[Timer] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loop, name)

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any) -> Timer:
        """Call when scripted delays have taken so many seconds."""
        return Timer(self, delay, callback, args)

    def pass_by(self, delay: float) -> bool:
        """Let this time pass, unless a timeout is over before: then it strikes, and this gives False."""
        first = min(self.timers, key=lambda timer: timer.when, default=None)
        if first is not None and first.when <= self.now + delay:
            self.now = first.when
            self.loop.call_soon(first.strike)
            return False
        if delay == float("inf"):
            return False
        self.now += delay
        return True

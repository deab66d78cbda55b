"""The scripted child: it has a pid and an end, and a script that says what it does."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tripwire._frames import runs_user_code
from tripwire.plugins._processes._pids import given_to
from tripwire.plugins._processes._script import NEVER, NOW, Result, Script, Sink
from tripwire.plugins._processes._spawn import Handles

if TYPE_CHECKING:
    from tripwire.plugins._processes._clock import Clock

_KILL = 9

_PATIENCE = 10
"""Seconds of real time in which another thread is to do something: a test that waits for ever tells nobody why."""


class Outlasts(Exception):  # noqa: N818 - no error: the caller's own timeout is made of it
    """The child goes on for longer than its caller wants to wait."""


class Child:
    """One process that is none."""

    script: Script
    handles: Handles
    clock: Clock

    def __init__(self, script: Script, handles: Handles, clock: Clock, lock: Any) -> None:
        self.pid: int = given_to(self)
        self.script, self.handles, self.clock = script, handles, clock
        script.clock = clock
        self.returncode: int | None = None
        self.result: Result | None = None
        self.ended: Callable[[], object] = _nothing
        self.shut: Callable[[], object] = _nothing
        self.changes: list[Callable[[], Callable[[], object] | None]] = []
        self.unwaited = False
        self.own_session = self.is_waitable = False
        self.sink: Sink | None = None
        self._lock = lock
        self._changed: threading.Condition | None = None  # made by whoever waits for it, under the lock
        self._written = bytearray()
        self._is_fed = False  # `communicate` writes what the child has been given already
        self._ends_output = self._ends_input = False
        self._looked_at = self._cut_off = self._has_expired = False
        self._decided: int | None = None
        self._owes: tuple[object] | None = None

    @property
    def merges(self) -> bool:
        """Whether stderr goes where stdout goes."""
        return bool(self.handles.stderr == subprocess.STDOUT)

    # -- what it does

    def begin(self, sink: Sink) -> None:
        """Start."""
        with self._lock:
            self.sink = sink
            self._go_on()

    def _go_on(self) -> None:
        if self.sink is None or self._ends_output:
            return
        for descriptor, data in self.script.outputs(self.sink.encoding):
            self.sink.write(1 if self.merges else descriptor, data)
        self.script.due()  # its time is counted from here
        if not self.script.holds_back():
            self._end_output()

    def _end_output(self) -> None:
        if not self._ends_output and self.sink is not None:
            self._ends_output = True
            self.sink.end()

    def _react(self) -> None:
        self._go_on()
        self._tell_changes()

    def _tell_changes(self) -> None:
        if self._changed is not None:
            self._changed.notify_all()
        for held in list(self.changes):
            if (call := held()) is not None:
                call()

    def hear(self, data: bytes) -> None:
        """Something was written to stdin."""
        with self._lock:
            if self._is_fed:
                return
            self._written += data
            self.script.heard(bytes(data))
            if self.returncode is not None:
                self.tell_written()
            self._react()

    def hung_up(self) -> None:
        """Stdin was closed."""
        with self._lock:
            if not self._ends_input:
                self._ends_input = True
                self.script.hung_up()
                self._react()

    def tell_written(self) -> None:
        """Let the script know what was written by hand."""
        if self.sink is not None:
            self.sink.settle()
        if self._written:
            self.script.written(bytes(self._written))

    # -- what the program asks of it

    def due(self) -> float:
        """When it ends; as for scripts."""
        with self._lock:
            return NOW if self.returncode is not None or self._decided is not None else self.script.due()

    def goes_on(self) -> bool:
        """Whether its end is yet to come."""
        with self._lock:
            return self.returncode is None and self._decided is None and self.script.goes_on()

    def look(self) -> int | None:
        """A look at the return code, as by `poll()`.

        Right after it was started a child is found running: programs look once to see that it has
        started well. Whoever looks again finds it ended, if its time has come.
        """
        with self._lock:
            if self.returncode is None:
                if self._looked_at and not self.goes_on():
                    code = self.script.look() if self._decided is None else self._decided
                    if code is not None:
                        self.end(code)
                self._looked_at = True
            elif self._has_expired:
                self.script.code_known()
            return self.returncode

    def expire(self) -> None:
        """Its time has come, under an event loop, which is told of it."""
        with self._lock:
            code = self.script.expired() if self.returncode is None else None
            if code is not None:
                self._has_expired = True
                self.end(code)

    def communicate(self, given: object, data: bytes | None, timeout: float | None = None) -> None:
        """A call of `communicate(given)`, which writes `data` to stdin; `result` is what its step says.

        The library then calls `wait`, which ends the child.

        Raises:
            Outlasts: it would take longer than the timeout.
        """
        with self._lock:
            self._feed(data)
            if not self._has_ended():
                self._pass_time(timeout, "communicate", given)
            self._answer(given)

    def communicate_later(self, given: object, data: bytes | None) -> None:
        """A call of `communicate` under an event loop: it may have to wait."""
        with self._lock:
            self._feed(data)
            if self.asks("communicate", given):
                self._owes = (given,)
            else:
                self._answer(given)

    def _feed(self, data: bytes | None) -> None:
        self.tell_written()
        if self._has_ended():
            return
        if data:
            self.script.heard(bytes(data))
        self._is_fed = True
        self.hung_up()
        if data and self.due() == NEVER:  # it goes on, and no call of `communicate` is recorded
            self._written += data

    def _answer(self, given: object) -> None:
        self._owes = None
        self.result = self.script.communicate(given, ended=self._has_ended()) or self.result
        if self.result is not None:
            self._decided = self.result.returncode
        self._react()

    def wait(self, timeout: float | None = None) -> int:
        """A call of `wait`; gives the return code.

        Raises:
            Outlasts: it would take longer than the timeout.
        """
        with self._lock:
            self.tell_written()
            if not self._has_ended():
                self._pass_time(timeout, "wait")
            if self._owes is not None and not self._has_ended():
                self._answer(*self._owes)
            code = self._decided
            if self._has_ended() or code is None:
                code = self.script.wait(ended=self._has_ended())
            if code is not None:
                self.end(code)
            assert self.returncode is not None
            return self.returncode

    def asks(self, method: str, given: object = None) -> bool:
        """A call under an event loop; whether it has to wait for the end."""
        with self._lock:
            self.tell_written()
            waits = not self._has_ended() and self.goes_on()
            if waits:
                self.script.consulted(method, given)
            return waits

    def _pass_time(self, timeout: float | None, method: str, given: object = None) -> None:
        """Let the time pass that a sync caller is ready to wait."""
        if not self.goes_on():
            return
        until = NEVER if timeout is None else self.clock.now() + max(0.0, timeout)
        while (due := self.due()) > self.clock.now():
            self.script.consulted(method, given)
            if due > until:
                self.clock.skip_to(until)
                raise Outlasts
            if due == NEVER:
                if not self._others_may_act() or not self._changes():
                    return
            else:
                self.clock.skip_to(due)

    def _changes(self) -> bool:
        """Whether something happens to it in time; the lock is let go of meanwhile."""
        self._changed = self._changed or threading.Condition(self._lock)
        return self._changed.wait(_PATIENCE)

    def _others_may_act(self) -> bool:
        """Whether another thread is at work on the user's code, and may write to the child or send it a signal."""
        here = threading.get_ident()
        return any(
            thread.ident != here
            and not thread.name.startswith("tripwire ")
            and (isinstance(thread, threading.Timer) or runs_user_code(thread.ident))
            for thread in threading.enumerate()
        )

    def _has_ended(self) -> bool:
        # A child that its sandbox has cut off still owes what its script says.
        return self.returncode is not None and not self._cut_off

    def signal(self, number: int, *, by_library: bool = False) -> None:
        """A signal that somebody sends, or the library of itself, where nobody is to know."""
        with self._lock:
            if self.returncode is not None or number == 0:
                return
            self.tell_written()
            if by_library:
                self.script.killed(int(number))
                self._kill(number)
                return
            code = self.script.signal(int(number))
            if code is not None and self._decided is not None:
                code = self._decided
            if self.unwaited and code is not None and self.script.exit_code() is not None:
                self.exit_unasked()
            elif code is not None:
                self.end(code)
            self._react()

    # -- the end

    def exit_unasked(self) -> None:
        """End where nobody can wait for it."""
        with self._lock:
            if self.returncode is None:  # pragma: no branch - else another thread has just ended it
                code = self.script.unasked(bytes(self._written))
                if code is not None:
                    self.end(code)

    def abandon(self) -> None:
        """End because the program has let go of the child, or cannot reach it any more."""
        with self._lock:
            if self.returncode is None:
                if not self._cut_off:
                    self.script.killed(_KILL)
                self._kill(_KILL)

    def _kill(self, number: int) -> None:
        code = self._decided
        if code is None and not self.script.goes_on():
            code = self.script.exit_code()
        self.end(-int(number) if code is None else code)

    def cut_off(self) -> None:
        """End because the sandbox does. No step of the script; calls that need one still do."""
        with self._lock:
            self._cut_off = self.returncode is None
            self.tell_written()
            self.shut()
            self.abandon()

    def end(self, code: int) -> int:
        """End the child, unless it has ended before; gives its return code."""
        if self.returncode is None:
            self.tell_written()
            self._go_on()
            self.returncode = code
            self.script.finished(code)
            self._end_output()
            if self.sink is not None:
                self.sink.closed()
            tell, self.ended = self.ended, _nothing
            tell()
            self._tell_changes()
        return self.returncode


def _nothing() -> None:
    """Nobody wants to know."""

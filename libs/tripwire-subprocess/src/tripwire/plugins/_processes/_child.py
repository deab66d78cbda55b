"""The scripted child: it has a pid and an end, and a script that says what it does."""

from __future__ import annotations

import contextlib
import itertools
import math
import signal
import subprocess
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire.plugins._processes._spawn import Handles

if TYPE_CHECKING:
    from tripwire.plugins._processes._clock import Clock

# No kernel gives out pids above 2**22: a signal that slips past us finds nobody.
_pids = itertools.count(2**22 + 1)

_KILL = 9

HARMLESS = {
    getattr(signal, name)
    for name in ("SIGCONT", "SIGCHLD", "SIGURG", "SIGWINCH", "SIGSTOP", "SIGTSTP")
    if hasattr(signal, name)
}
"""The signals that end nobody who does not handle them."""

NOW, NEVER = -math.inf, math.inf


class Result(NamedTuple):
    """What a finished child leaves: its output and its return code."""

    stdout: bytes
    stderr: bytes
    returncode: int


class Outlasts(Exception):  # noqa: N818 - no error: the caller's own timeout is made of it
    """The child goes on for longer than its caller wants to wait."""


class Script(ABC):
    """What one child does. Made by a plugin; a child asks it, and it records on the timeline."""

    fills_in = False
    """Whether `communicate` gives the output also where the caller asked for no pipe."""

    exits_by_itself = False
    """Whether the child ends as soon as it can, without anybody waiting for it."""

    clock: Clock

    @abstractmethod
    def outputs(self, encoding: str) -> Iterable[tuple[int, bytes]]:
        """What it writes now, as descriptors and data; text is encoded as the caller will decode it."""

    def holds_back(self) -> bool:
        """Whether it may write more, when it has heard something, or a signal has come."""
        return False

    def heard(self, data: bytes) -> None:  # noqa: B027 - most do not listen
        """Something was written to its stdin."""

    def hung_up(self) -> None:  # noqa: B027
        """Its stdin was closed."""

    def due(self) -> float:
        """When it ends, by its clock: `NOW` if it has; `NEVER` while it waits for somebody."""
        return NOW

    def consulted(self, method: str, given: object) -> None:  # noqa: B027
        """A call has to wait for the end."""

    @abstractmethod
    def exit_code(self) -> int | None:
        """The code the child would end with now, or None if it goes on running."""

    def look(self) -> int | None:
        """The program looks whether the child has ended, and not for the first time; the code as above.

        Raises:
            UnmockedInteractionError: nothing in the script will ever end it.
        """
        return self.exit_code()

    def expired(self) -> int | None:
        """Its time has come, and nobody waits for it; the code it ends with."""
        return None

    def code_known(self) -> None:  # noqa: B027
        """The program knows the code of a child whose time has come."""

    @abstractmethod
    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """A call of `communicate(given)`; None if the child has ended and the call needs no step."""

    @abstractmethod
    def wait(self, *, ended: bool) -> int | None:
        """A call of `wait()`; None as above."""

    @abstractmethod
    def signal(self, number: int) -> int | None:
        """A signal comes; the code the child ends with, or None if it goes on.

        Raises:
            UnmockedInteractionError: the script has no signal now.
        """

    def killed(self, number: int) -> None:  # noqa: B027
        """A signal that the library sends by itself ends it."""

    def unasked(self, written: bytes) -> int | None:  # noqa: ARG002 - for those who record it
        """The child is to end where nobody can wait for it; the code, or None if it goes on running."""
        return self.exit_code()

    def written(self, data: bytes) -> None:  # noqa: B027 - most scripts need not know
        """What the program has written to stdin by hand: all of it, and more than the last time."""

    def finished(self, code: int) -> None:  # noqa: B027
        """The child has ended."""


class Sink(ABC):
    """What a child's output goes to, and its input comes from. Made by a seam."""

    encoding = "utf-8"

    @abstractmethod
    def write(self, descriptor: int, data: bytes) -> None:
        """Something comes out at stdout (1) or stderr (2)."""

    @abstractmethod
    def end(self) -> None:
        """Nothing more will come out."""

    def settle(self) -> None:  # noqa: B027 - most hear at once
        """Let the child hear what was written to its stdin until now."""

    def closed(self) -> None:  # noqa: B027
        """The child has ended: nobody reads its stdin any more."""


class Child:
    """One process that is none."""

    def __init__(self, script: Script, handles: Handles, clock: Clock, lock: Any) -> None:
        self.pid = next(_pids)
        self.script, self.handles, self.clock = script, handles, clock
        script.clock = clock
        self.returncode: int | None = None
        self.result: Result | None = None
        self.ended: Callable[[], object] = _nothing
        self.shut: Callable[[], object] = _nothing
        self.changes: list[Callable[[], Callable[[], object] | None]] = []
        self.changed = threading.Condition(lock)
        self.unwaited = False
        self.own_session = False
        self.sink: Sink | None = None
        self._lock = lock
        self._written = bytearray()
        self._is_fed = False  # `communicate` writes what the child has been given already
        self._ends_output = self._ends_input = False
        self._looked_at = self._cut_off = self._has_expired = False
        self._decided: int | None = None
        self._owes: tuple[object] | None = None
        _living[self.pid] = self

    @property
    def merges(self) -> bool:
        """Whether stderr goes where stdout goes."""
        return bool(self.handles.stderr == subprocess.STDOUT)

    @property
    def cut_short(self) -> bool:
        """Whether its sandbox has ended it."""
        return self._cut_off

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
        self.changed.notify_all()
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

    def look(self) -> int | None:
        """A look at the return code, as by `poll()`.

        Right after it was started a child is found running: programs look once to see that it has
        started well. Whoever looks again finds it ended, if its time has come.
        """
        with self._lock:
            if self.returncode is None:
                if self._looked_at and self.due() <= self.clock.now():
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

    def wait(self, timeout: float | None = None) -> int | None:
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
            return self.returncode if code is None else self.end(code)

    def asks(self, method: str, given: object = None) -> bool:
        """A call under an event loop; whether it has to wait for the end."""
        with self._lock:
            self.tell_written()
            waits = not self._has_ended() and self.due() > self.clock.now()
            if waits:
                self.script.consulted(method, given)
            return waits

    def _pass_time(self, timeout: float | None, method: str, given: object = None) -> None:
        """Let the time pass that a sync caller is ready to wait."""
        until = NEVER if timeout is None else self.clock.now() + max(0.0, timeout)
        while (due := self.due()) > self.clock.now():
            self.script.consulted(method, given)
            if due > until:
                self.clock.skip_to(until)
                raise Outlasts
            if due == NEVER:
                if not self._others_may_act():
                    return
                self.changed.wait()
            else:
                self.clock.skip_to(due)

    def _others_may_act(self) -> bool:
        """Whether there is another thread, which may write to the child or send it a signal."""
        return sum(not thread.name.startswith("tripwire ") for thread in threading.enumerate()) > 1

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
            if self.returncode is None:
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
        if code is None and self.script.due() <= self.clock.now():
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
            _living.pop(self.pid, None)
            self.script.finished(code)
            self._end_output()
            if self.sink is not None:
                self.sink.closed()
            tell, self.ended = self.ended, _nothing
            tell()
            self._tell_changes()
        return self.returncode


_living: weakref.WeakValueDictionary[int, Child] = weakref.WeakValueDictionary()


def living(pid: object) -> Child | None:
    """The scripted child that has this pid and has not ended."""
    with contextlib.suppress(TypeError):
        return _living.get(pid)  # type: ignore[call-overload, no-any-return]
    return None


def _nothing() -> None:
    """Nobody wants to know."""

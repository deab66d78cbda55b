"""The scripted child: it has a pid and an end, and a script that says what it does."""

from __future__ import annotations

import itertools
import signal
import subprocess
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

from tripwire.plugins._processes._spawn import Handles

# No kernel gives out pids above 2**22: a signal that slips past us finds nobody.
_pids = itertools.count(2**22 + 1)

_KILL = 9

_QUIET_SIGNALS = {
    0,
    *(
        getattr(signal, name)
        for name in ("SIGCONT", "SIGCHLD", "SIGURG", "SIGWINCH", "SIGSTOP", "SIGTSTP")
        if hasattr(signal, name)
    ),
}


class Result(NamedTuple):
    """What a finished child leaves: its output and its return code."""

    stdout: bytes
    stderr: bytes
    returncode: int


class Script(ABC):
    """What one child does. Made by a plugin; a child asks it, and it records on the timeline."""

    fills_in = False
    """Whether `communicate` gives the output also where the caller asked for no pipe."""

    exits_by_itself = False
    """Whether the child ends as soon as it can, without anybody waiting for it."""

    @abstractmethod
    def output(self, encoding: str) -> tuple[bytes, bytes]:
        """What the child writes to stdout and stderr; text is encoded as the caller will decode it."""

    @abstractmethod
    def exit_code(self) -> int | None:
        """The code the child would end with now, or None if it goes on running."""

    def look(self) -> int | None:
        """The program looks whether the child has ended, and not for the first time; the code as above.

        Raises:
            UnmockedInteractionError: nothing in the script will ever end it.
        """
        return self.exit_code()

    @abstractmethod
    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """A call of `communicate(given)`; None if the child has ended and the call needs no step."""

    @abstractmethod
    def wait(self, *, ended: bool) -> int | None:
        """A call of `wait()`; None as above."""

    def unasked(self, written: bytes) -> int | None:  # noqa: ARG002 - for those who record it
        """The child is to end where nobody can wait for it; the code, or None if it goes on running."""
        return self.exit_code()

    def finished(self, written: bytes) -> None:  # noqa: B027 - most scripts need not know
        """The child has ended, and this is what was written to its stdin; again, if more is written."""


class Child:
    """One scripted process.

    Attributes: `pid`; `returncode`, None while it runs; `ended`, called once when it ends; `written`,
    which gives what the program has written to its stdin; `shut`, which takes away what the library keeps
    for the child; `unwaited`, whether the program is told of the end, and has no call that waits for it.
    """

    def __init__(self, script: Script, handles: Handles) -> None:
        self.pid = next(_pids)
        self.script, self.handles = script, handles
        self.returncode: int | None = None
        self.ended: Callable[[], object] = _nothing
        self.written: Callable[[], bytes] = bytes
        self.shut: Callable[[], object] = _nothing
        self.unwaited = False
        self._looked_at = False
        self._cut_off = False
        self._decided: int | None = None
        _living[self.pid] = self

    @property
    def merges(self) -> bool:
        """Whether stderr goes where stdout goes."""
        return bool(self.handles.stderr == subprocess.STDOUT)

    def streams(self, encoding: str) -> tuple[bytes, bytes]:
        """What comes out at stdout and stderr."""
        stdout, stderr = self.script.output(encoding)
        return (stdout + stderr, b"") if self.merges else (stdout, stderr)

    def look(self) -> int | None:
        """A look at the return code, as by `poll()`.

        Right after it was started a child is found running: programs look once to see that it has
        started well. Whoever looks again finds it ended, if its script has an end.
        """
        if self.returncode is None:
            if self._looked_at:
                code = self.script.look() if self._decided is None else self._decided
                if code is not None:
                    self.end(code)
            self._looked_at = True
        return self.returncode

    def communicate(self, given: object) -> Result | None:
        """A call of `communicate`; gives what its step says, or None if it needs none.

        The library then calls `wait`, which ends the child.
        """
        result = self.script.communicate(given, ended=self._has_ended())
        if result is not None:
            self._decided = result.returncode
        return result

    def wait(self) -> int | None:
        """A call of `wait`; gives the return code."""
        code = self._decided
        if self._has_ended() or code is None:
            code = self.script.wait(ended=self._has_ended())
        return self.returncode if code is None else self.end(code)

    def _has_ended(self) -> bool:
        # A child that its sandbox has cut off still owes what its script says.
        return self.returncode is not None and not self._cut_off

    def exit_unasked(self) -> None:
        """End where nobody can wait for it."""
        if self.returncode is None and (code := self.script.unasked(self.written())) is not None:
            self.end(code)

    def written_more(self) -> None:
        """The program goes on writing to stdin after the end."""
        self.script.finished(self.written())

    def signal(self, number: int) -> None:
        """A signal. It ends the child, with the scripted code if there is one."""
        if self.returncode is not None or number in _QUIET_SIGNALS:
            return
        if self.unwaited and self.script.exit_code() is not None:
            self.exit_unasked()
        else:
            self._kill(number)

    def abandon(self) -> None:
        """End because nobody can reach the child any more."""
        if self.returncode is None:
            self._kill(_KILL)

    def _kill(self, number: int) -> None:
        code = self._coming()
        self.end(-int(number) if code is None else code)

    def cut_off(self) -> None:
        """End because the sandbox does. No step of the script; calls that need one still do."""
        self._cut_off = self.returncode is None
        self.shut()
        self.abandon()

    def _coming(self) -> int | None:
        return self.script.exit_code() if self._decided is None else self._decided

    def end(self, code: int) -> int:
        """End the child, unless it has ended before; gives its return code."""
        if self.returncode is None:
            self.returncode = code
            _living.pop(self.pid, None)
            self.script.finished(self.written())
            tell, self.ended = self.ended, _nothing
            tell()
        return self.returncode


_living: weakref.WeakValueDictionary[int, Child] = weakref.WeakValueDictionary()


def living(pid: int) -> Child | None:
    """The scripted child that has this pid and has not ended."""
    return _living.get(pid)


def _nothing() -> None:
    """Nobody wants to know."""

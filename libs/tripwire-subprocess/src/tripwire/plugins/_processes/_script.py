"""What one child does, and what its output goes to: the two sides of a child, which a plugin and a seam make."""

from __future__ import annotations

import math
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tripwire.plugins._processes._clock import Clock

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

    @abstractmethod
    def holds_back(self) -> bool:
        """Whether it may write more, when it has heard something, or a signal has come."""

    @abstractmethod
    def listens(self) -> bool:
        """Whether what it does depends on its input."""

    def gets_no_input(self) -> None:  # noqa: B027 - most do not listen
        """Its stdin is none that anybody could write to."""

    def heard(self, data: bytes) -> None:  # noqa: B027 - most do not listen
        """Something was written to its stdin."""

    def hung_up(self) -> None:  # noqa: B027
        """Its stdin was closed."""

    @abstractmethod
    def due(self) -> float:
        """When it ends, by its clock: `NOW` if it has; `NEVER` while it waits for somebody."""

    def goes_on(self) -> bool:
        """Whether its end is yet to come."""
        due = self.due()
        return due > NOW and due > self.clock.now()  # mostly no clock need be asked

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

"""Real processes that a test lets through: what really happened is recorded."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from tripwire import Interaction
from tripwire.plugins._processes._command import value_of

running: weakref.WeakValueDictionary[int, RealRun] = weakref.WeakValueDictionary()
"""The records of real processes, by their pids."""


class RealRun:
    """The record of one real process, filled in as it becomes known."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self.code: Callable[[], int | None] = _unknown

    def failed(self, error: BaseException) -> None:
        """It could not be started."""
        self._interaction.complete(raises=error)

    def has_pipes(self, stdin: int, stdout: int, stderr: int) -> None:
        """It runs, and these are the program's ends of its pipes; -1 where there is none."""

    def has_protocol(self, protocol: Any) -> None:
        """It is about to run, and what comes out of it will come to this protocol."""

    def has_transport(self, transport: Any, protocol: Any) -> None:
        """It runs, behind this transport."""

    def communicated(self, given: object, output: tuple[Any, Any]) -> None:
        """A `communicate` has come back."""
        found = dict(zip(("stdout", "stderr"), output, strict=True))
        self._interaction.complete(input=value_of(given), **found)
        self.finish()

    def outlasted(self, error: BaseException) -> None:
        """Somebody who waited for it has given up."""

    def signalled(self, number: int, *, by_library: bool) -> None:
        """It gets a signal, of which the program does not know that it comes too late."""

    def finish(self) -> None:
        """Note how it ended, if it has."""
        code = self.code()
        if code is not None:
            self._interaction.complete(returncode=code)

    def closed(self) -> None:
        """The sandbox is closing."""
        self.finish()


def _unknown() -> int | None:
    return None

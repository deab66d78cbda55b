"""Real processes that a test lets through: what really happened is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tripwire import Interaction
from tripwire.plugins._processes._command import value_of


class RealRun:
    """The record of one real process, filled in as it becomes known."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self.code: Callable[[], int | None] = _unknown

    def failed(self, error: BaseException) -> None:
        """It could not be started."""
        self._interaction.complete(raises=error)

    def communicated(self, given: object, output: tuple[Any, Any]) -> None:
        """A `communicate` has come back."""
        found = dict(zip(("stdout", "stderr"), output, strict=True))
        self._interaction.complete(input=value_of(given), **found)
        self.finish()

    def finish(self) -> None:
        """Note how it ended, if it has."""
        code = self.code()
        if code is not None:
            self._interaction.complete(returncode=code)


def _unknown() -> int | None:
    return None

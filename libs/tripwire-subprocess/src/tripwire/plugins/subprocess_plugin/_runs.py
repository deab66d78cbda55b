"""Mocked commands: what `mock_run` registers, and the child it describes."""

from __future__ import annotations

import difflib
import subprocess
from typing import Any

from tripwire import Interaction
from tripwire._frames import Place
from tripwire._values import LONGEST_VALUE, short
from tripwire.plugins._processes import (
    Result,
    Script,
    common,
    fits,
    meanings,
    quoted,
    value_of,
    where_they_part,
)
from tripwire.plugins.subprocess_plugin._queue import Registered

Text = str | bytes


class Run(Registered):
    """One mocked command: what it fits, and what comes of it."""

    def __init__(
        self,
        command: Any,
        result: tuple[Text, Text, int],
        raises: BaseException | None,
        required: bool,
        place: Place | None,
    ) -> None:
        super().__init__(meanings(command), required, place)
        self.command, self.raises = command, raises
        self.stdout, self.stderr, self.returncode = result

    def __str__(self) -> str:
        return f"mock_run({short(self.command)})"

    @property
    def start_raises(self) -> BaseException | None:
        """What the start itself raises. A timeout, or a bad return code, is found only later."""
        return None if isinstance(self.raises, subprocess.SubprocessError) else self.raises

    def fits(self, given: object) -> bool:
        """Whether it serves a command."""
        return fits(self.command, given)

    def why_not(self, given: object) -> str:
        """The first argument that differs."""
        return where_they_part(self.command, given)

    def nearness(self, given: object) -> tuple[int, float]:
        """The number of arguments in common from the start, and then how alike they look."""
        mine, theirs = quoted(self.command)[:LONGEST_VALUE], quoted(given)[:LONGEST_VALUE]
        alike = difflib.SequenceMatcher(None, mine, theirs).ratio()
        return common(self.command, given), alike


class RunScript(Script):
    """A child that does what a mocked command says, and then ends."""

    exits_by_itself = True

    def __init__(self, run: Run, interaction: Interaction) -> None:
        self._run, self._interaction = run, interaction
        self._given = False

    def output(self, encoding: str) -> tuple[bytes, bytes]:
        """The mocked output."""
        return _bytes(self._run.stdout, encoding), _bytes(self._run.stderr, encoding)

    def exit_code(self) -> int | None:
        """The mocked code; a command that times out does not end by itself."""
        return None if self._run.raises else self._run.returncode

    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """Keep the input, which the interaction records."""
        if given is not None:
            self._given = True
            self._interaction.complete(input=value_of(given))
        if ended:
            return None
        self._raise()
        return Result(b"", b"", self._run.returncode)

    def wait(self, *, ended: bool) -> int | None:
        """The mocked code."""
        if ended:
            return None
        self._raise()
        return self._run.returncode

    def finished(self, written: bytes) -> None:
        """Record what was written to stdin, unless `communicate` was given it."""
        if written and not self._given:
            self._interaction.complete(input=written)

    def _raise(self) -> None:
        if self._run.raises is not None:
            raise self._run.raises


def _bytes(output: Text, encoding: str) -> bytes:
    return output.encode(encoding) if isinstance(output, str) else output

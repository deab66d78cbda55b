"""Mocked commands: what `mock_run` registers, and the child it describes."""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Iterator
from typing import Any

from tripwire import Candidate, Interaction, UnusedMock
from tripwire._frames import Place
from tripwire._messages import short
from tripwire.plugins._processes import Result, Script, common, fits, quoted, where_they_part

Text = str | bytes


class Run:
    """One mocked command: what it fits, and what comes of it."""

    def __init__(
        self,
        command: Any,
        result: tuple[Text, Text, int],
        raises: BaseException | None,
        required: bool,
        place: Place | None,
    ) -> None:
        self.command, self.raises, self.required, self.place = command, raises, required, place
        self.stdout, self.stderr, self.returncode = result
        self.used = False

    def __str__(self) -> str:
        return f"mock_run({short(self.command)})"

    @property
    def start_raises(self) -> BaseException | None:
        """What the start itself raises. A timeout, or a bad return code, is found only later."""
        return None if isinstance(self.raises, subprocess.SubprocessError) else self.raises


class Runs:
    """The mocked commands of one verifier; each serves once, those that fit alike in their order."""

    def __init__(self) -> None:
        self._all: list[Run] = []

    def add(self, run: Run) -> None:
        """Register one."""
        self._all.append(run)

    def take(self, command: object) -> Run | None:
        """Use up the first that fits."""
        for run in self._all:
            if not run.used and fits(run.command, command):
                run.used = True
                return run
        return None

    def unused(self) -> Iterator[UnusedMock]:
        """Those that are required and not used."""
        return (UnusedMock(str(run), run.place) for run in self._all if run.required and not run.used)

    def nearest(self, command: object) -> list[Candidate]:
        """Three of them, the nearest first, and why each does not fit."""
        words = quoted(command)

        def nearness(run: Run) -> tuple[int, float]:
            alike = difflib.SequenceMatcher(None, quoted(run.command), words).ratio()
            return common(run.command, command), alike

        near = sorted(self._all, key=nearness, reverse=True)[:3]
        return [Candidate(str(run), _why_not(run, command), run.place) for run in near]


def _why_not(run: Run, command: object) -> str:
    return "it is used up" if fits(run.command, command) else where_they_part(run.command, command)


class RunScript(Script):
    """A child that does what a mocked command says, and then ends."""

    exits_by_itself = True

    def __init__(self, run: Run, interaction: Interaction) -> None:
        self._run, self._interaction = run, interaction

    def output(self, encoding: str) -> tuple[bytes, bytes]:
        """The mocked output."""
        return _bytes(self._run.stdout, encoding), _bytes(self._run.stderr, encoding)

    def exit_code(self) -> int | None:
        """The mocked code; a command that times out does not end by itself."""
        return None if self._run.raises else self._run.returncode

    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """Keep the input, which the interaction records."""
        if given is not None:
            self._interaction.complete(input=given)
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
        if written and self._interaction.fields["input"] is None:
            self._interaction.complete(input=written)

    def _raise(self) -> None:
        if self._run.raises is not None:
            raise self._run.raises


def _bytes(output: Text, encoding: str) -> bytes:
    return output.encode(encoding) if isinstance(output, str) else output

"""Real processes that a recording lets through: recorded as the mock that is written of them would record them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

from tripwire import Interaction
from tripwire.plugins._processes._command import as_text, value_of
from tripwire.plugins._processes._real import RealRun
from tripwire.plugins._processes._tee import Tee

_LONG = 60  # seconds: a child that runs until somebody ends it


class Recorded(RealRun):
    """The record of one such process.

    Attributes: `returncode` and `after`, as its mock needs them; they stand once the sandbox is closed.
    """

    def __init__(self, interaction: Interaction, record_signal: Callable[[int], object]) -> None:
        super().__init__(interaction)
        self._record_signal = record_signal
        self._tee = Tee()
        self._begun = time.monotonic()
        self._code: int | None = None
        self._ended = 0.0
        self._given: object = None
        self._gave_up: BaseException | None = None
        self._signal: int | None = None
        self.returncode: int = 0
        self.after: float = 0

    def failed(self, error: BaseException) -> None:
        """It could not be started: there is nothing else to tell."""
        self._leave_out("returncode", "stdout", "stderr")
        super().failed(error)

    def _leave_out(self, *names: str) -> None:
        for name in names:
            self._interaction.fields.pop(name, None)

    def has_pipes(self, stdin: int, stdout: int, stderr: int) -> None:
        """Note what goes through them."""
        self._tee.into_pipes(stdin, stdout, stderr)

    def has_protocol(self, protocol: Any) -> None:
        """Note what it hears."""
        self._tee.into_protocol(protocol)

    def has_transport(self, transport: Any, protocol: Any) -> None:
        """Note what is written to it."""
        self._tee.into_transport(transport, protocol)

    def communicated(self, given: object, output: tuple[Any, Any]) -> None:  # noqa: ARG002 - the pipes tell it
        """Note the input as it was given."""
        self._given = value_of(given)
        self.finish()

    def outlasted(self, error: BaseException) -> None:
        """Note that it took too long."""
        self._gave_up = error

    def signalled(self, number: int, *, by_library: bool) -> None:
        """Record the signal, if it is the program's."""
        if number == 0 or self._code is not None:
            return
        self._signal = number
        if not by_library:
            self._record_signal(number)

    def finish(self) -> None:
        """Note how and when it ended."""
        if self._code is None and (code := self.code()) is not None:
            self._code, self._ended = code, time.monotonic() - self._begun

    def closed(self) -> None:
        """Complete the record."""
        fields = self._interaction.fields
        if "raises" in fields:
            return
        self.finish()
        if self._code is not None:
            self._tee.settle()
        given, stdout, stderr = (as_text(bytes(data)) for data in self._tee.data.values())
        # A child of which nobody learns how it ended, ends well: so would a mocked one.
        code = self._code or 0
        fields.update(returncode=code, stdout=stdout, stderr=stderr)
        fields["input"] = (given or None) if self._given is None else self._given
        self.returncode = code
        self._tell_of_its_time(code)

    def _tell_of_its_time(self, code: int) -> None:
        if self._signal is None:
            self.after = round(self._ended, 3) if self._gave_up is not None else 0
        elif isinstance(self._gave_up, subprocess.TimeoutExpired):
            self._leave_out("stdout", "stderr")
            self._interaction.complete(raises=self._gave_up)
        elif code == -self._signal:
            self.returncode, self.after = 0, max(_LONG, round(2 * self._ended))

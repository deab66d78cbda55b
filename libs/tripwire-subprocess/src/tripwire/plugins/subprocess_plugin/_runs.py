"""Mocked commands: what `mock_run` registers, and the child it describes."""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire import Interaction
from tripwire._frames import Place
from tripwire._unset import UNSET
from tripwire._values import LONGEST_VALUE, equal, short
from tripwire.plugins._processes import (
    HARMLESS,
    NOW,
    Output,
    Result,
    Script,
    Spawn,
    common,
    environment,
    fits,
    meanings,
    path_of,
    quoted,
    value_of,
    where_they_part,
)
from tripwire.plugins._processes._environment import without_secrets
from tripwire.plugins.subprocess_plugin._queue import Registered

if TYPE_CHECKING:
    from tripwire.verifying import Claim

Text = str | bytes


class Start(NamedTuple):
    """What a mocked command must fit: a start; and what the program gives as input, where that is known."""

    spawn: Spawn
    input: Any = UNSET


class Conditions(NamedTuple):
    """What else than its command a mock looks at."""

    input: Any = UNSET
    cwd: Any = UNSET
    env: Any = UNSET

    def why_not(self, start: Start) -> str:
        """What differs, or an empty text."""
        spawn = start.spawn
        if self.cwd is not UNSET and not equal(path_of(self.cwd), path_of(spawn.cwd)):
            return f"it is for cwd={short(path_of(self.cwd))}, and the call has {short(path_of(spawn.cwd))}"
        if self.env is not UNSET and not environment.fits(self.env, spawn.env):
            wanted = environment.masked(self.env) if isinstance(self.env, dict) else self.env
            return f"it is for an environment with {short(wanted)}"
        known = self.input is not UNSET and start.input is not UNSET
        if known and Output(self.input) != start.input:
            return f"it is for input={short(self.input)}, and the call gives {short(start.input)}"
        return ""

    def __str__(self) -> str:
        given = {"input": self.input, "cwd": self.cwd, "env": self.env}
        if isinstance(self.env, dict):
            given["env"] = environment.masked(self.env)
        return "".join(f", {name}={short(value)}" for name, value in given.items() if value is not UNSET)


ANY = Conditions()


class Run(Registered):
    """One mocked command: what it fits, and what comes of it; or that the real process is to run."""

    __slots__ = ("after", "command", "conditions", "is_real", "raises", "returncode", "stderr", "stdout")

    def __init__(
        self,
        command: Any,
        result: tuple[Text, Text, int] | None,
        raises: BaseException | None,
        required: bool,
        place: Place | None,
        *,
        conditions: Conditions = ANY,
        times: int | None = 1,
        after: float = 0,
    ) -> None:
        super().__init__(meanings(command), required, place, times)
        self.command, self.raises, self.conditions, self.after = command, raises, conditions, after
        self.is_real = result is None
        self.stdout, self.stderr, self.returncode = result or ("", "", 0)

    def __str__(self) -> str:
        name = "pass_through" if self.is_real else "mock_run"
        return (
            f"tripwire.subprocess.{name}({short(environment.without_secrets(self.command))}{self.conditions})"
        )

    @property
    def start_raises(self) -> BaseException | None:
        """What the start itself raises. A timeout, or a bad return code, is found only later."""
        return None if isinstance(self.raises, subprocess.SubprocessError) else self.raises

    def fits(self, given: Start) -> bool:
        """Whether it serves a start."""
        return fits(self.command, given.spawn.command) and not self.conditions.why_not(given)

    def suits(self, given: Start) -> bool:
        """Whether it serves a start of its command."""
        return self.conditions is ANY or not self.conditions.why_not(given)

    def why_not(self, given: Start) -> str:
        """The first argument that differs, or what else does."""
        if fits(self.command, given.spawn.command):
            return self.conditions.why_not(given)
        return where_they_part(self.command, given.spawn.command)

    def nearness(self, given: Start) -> tuple[int, float]:
        """The number of arguments in common from the start, and then how alike they look."""
        mine, theirs = (
            quoted(self.command)[:LONGEST_VALUE],
            quoted(given.spawn.command)[:LONGEST_VALUE],
        )
        alike = difflib.SequenceMatcher(None, mine, theirs).ratio()
        return common(self.command, given.spawn.command), alike

    def fields(self) -> dict[str, Any]:
        """What is recorded of its outcome, as far as it is known at the start."""
        if self.is_real:
            return {"returncode": None, "stdout": None, "stderr": None}
        if self.raises is not None:
            return {"raises": self.raises}
        return {"returncode": self.returncode, "stdout": self.stdout, "stderr": self.stderr}


class Served:
    """What answers a start: a mock, or the choice that its input makes; `run` is the chosen one from then on."""

    def __init__(self, run: Run, choose: Callable[[Any], Run] | None) -> None:
        self.run = run
        self.choose: Callable[[Any], Run] | None = None if choose is None else self._choose
        self._chosen_by = choose

    def _choose(self, given: Any) -> Run:
        assert self._chosen_by is not None
        self.run = self._chosen_by(given)
        return self.run

    def claims(self, spawn: Spawn, interaction: Interaction) -> Iterable[Claim]:
        """What the mock says of a program."""
        from tripwire.plugins.subprocess_plugin import _verifying

        return _verifying.of_run(self.run, spawn, interaction)


RECORDED = object()
"""Answers a start that is only recorded."""


class Use(NamedTuple):
    """What a program calls on a child; its `str()` is the call in words."""

    method: str
    command: object

    def __str__(self) -> str:
        return f"{self.method}() of the child {short(without_secrets(self.command))}"


class RunScript(Script):
    """A child that does what a mocked command says, and then ends."""

    exits_by_itself = True

    def __init__(
        self,
        run: Run,
        interaction: Interaction,
        choose: Callable[[Any], Run] | None,
        record_signal: Callable[[int], object],
        require_sandbox: Callable[[object], object],
    ) -> None:
        self._run, self._interaction = run, interaction
        self._command = interaction.fields["command"]
        self._record_signal, self._require_sandbox = record_signal, require_sandbox
        self._choose = choose  # by the input, where the mocks that fit look at it
        self._heard = b""
        self._is_told = False
        self._started: float | None = None

    def outputs(self, encoding: str) -> Iterable[tuple[int, bytes]]:
        """The mocked output, once."""
        if self._started is None:
            self._started = self.clock.now()
        if self._is_told or self._choose is not None:
            return []
        self._is_told = True
        return [(1, _bytes(self._run.stdout, encoding)), (2, _bytes(self._run.stderr, encoding))]

    def holds_back(self) -> bool:
        """Whether it has to see its input first."""
        return self._choose is not None

    listens = holds_back

    def heard(self, data: bytes) -> None:
        """Keep it."""
        self._heard += data

    def hung_up(self) -> None:
        """The whole input is known."""
        self._decide(self._heard or None)

    def _decide(self, given: Any) -> None:
        choose, self._choose = self._choose, None
        if choose is not None:
            self._run = choose(given)
            self._interaction.complete(**self._run.fields())

    def due(self) -> float:
        """When it ends, counted from its start; never, if it raises that it takes too long."""
        if self._run.raises is not None or not self._run.after or self._started is None:
            return NOW
        return self._started + self._run.after

    def exit_code(self) -> int | None:
        """The mocked code; a command that times out does not end by itself."""
        if self._run.raises is not None or self.goes_on():
            return None
        self._decide(self._heard or None)
        return self._run.returncode

    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """Keep the input, which the interaction records."""
        if given is not None:
            self._interaction.complete(input=value_of(given))
        if ended:
            return None
        self._require_sandbox(Use("communicate", self._command))
        self._raise()
        return Result(b"", b"", self._run.returncode)

    def wait(self, *, ended: bool) -> int | None:
        """The mocked code."""
        if ended:
            return None
        self._require_sandbox(Use("wait", self._command))
        self._decide(self._heard or None)
        self._raise()
        return self._run.returncode

    def consulted(self, method: str, given: object) -> None:
        """The input counts, though the call comes back with nothing."""
        if method == "communicate" and given is not None:
            self._interaction.complete(input=value_of(given))

    def signal(self, number: int) -> int | None:
        """Record it. A child that takes its time is ended by it; another one has ended by itself."""
        self._record_signal(number)
        if number in HARMLESS:
            return None
        return -number if self._run.raises is not None or self.goes_on() else self.exit_code()

    def written(self, data: bytes) -> None:
        """Record what was written to stdin by hand."""
        self._interaction.complete(input=data)

    def finished(self, code: int) -> None:
        """Record how it ended, if that is not as it was mocked."""
        if code != self._interaction.fields.get("returncode"):
            self._interaction.complete(returncode=code)

    def _raise(self) -> None:
        if self._run.raises is not None:
            raise self._run.raises


def _bytes(output: Text, encoding: str) -> bytes:
    return output.encode(encoding) if isinstance(output, str) else output

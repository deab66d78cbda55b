"""One harness for all scenarios: each runs against a real child and a scripted one, and sees the same."""

from __future__ import annotations

import gc
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import tripwire


@dataclass(frozen=True)
class Program:
    """A child: what it writes, what it ends with, and whether it reads its stdin first or never ends."""

    out: bytes = b""
    err: bytes = b""
    code: int = 0
    reads: bool = False
    sleeps: bool = False

    @property
    def command(self) -> list[str]:
        """The genuine child."""
        return [sys.executable, "-S", "-c", "\n".join(self._lines())]

    @property
    def shell(self) -> str:
        """The same for a shell."""
        return shlex.join(self.command)

    def _lines(self) -> Iterator[str]:
        yield "import os, sys, time"
        if self.reads:
            yield "sys.stdin.buffer.read()"
        yield f"out, err = {_source(self.out)}, {_source(self.err)}"
        yield "sys.stdout.buffer.write(out); sys.stdout.flush(); sys.stderr.buffer.write(err); sys.stderr.flush()"
        if self.sleeps:
            yield "time.sleep(60)"
        yield f"os._exit({self.code})"


def _source(data: bytes) -> str:
    if len(data) > 1000:
        assert data == data[:1] * len(data)
        return f"{data[:1]!r} * {len(data)}"
    return repr(data)


class See:
    """What a scenario has seen, in comparable values."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, *values: object) -> None:
        self.seen += values

    @contextmanager
    def error(self) -> Iterator[None]:
        """See the exception that the block raises."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, both must raise it
            attributes = {name: value for name, value in vars(error).items() if not name.startswith("_")}
            attributes.pop("partial", None)
            self(type(error), error.args, str(error), attributes)
        else:
            self("no error")


@dataclass
class Scenario:
    """A function that uses a program, and how its children are scripted."""

    run: Callable[..., Any]
    program: Program
    steps: tuple[Any, ...] = ()
    mocks: tuple[dict[str, Any], ...] = field(default=({},))

    def __str__(self) -> str:
        return self.run.__name__


def script_mocks(scenario: Scenario) -> None:
    """Script the children by their commands."""
    program = scenario.program
    for mock in scenario.mocks:
        given = {"stdout": program.out, "stderr": program.err, "returncode": program.code, **mock}
        tripwire.subprocess.mock_run(program.command, **given)


def script_sessions(scenario: Scenario, plugin: Any) -> None:
    """Script the children by sessions; `steps` are the last steps of each, in `Program`'s words if not given."""
    program = scenario.program
    output = (program.out, program.err, program.code)
    for step in scenario.steps or (("communicate", output),):
        session = plugin.new_session()
        if isinstance(step, BaseException):
            session.expect("spawn", returns=None, raises=step)
            continue
        session.expect("spawn", returns=None)
        if step is not None:
            session.expect(step[0], returns=step[1])


def assert_all() -> None:
    """Assert whatever was recorded: what it is, other tests look at."""
    verifier = tripwire.current_verifier()
    for interaction in list(verifier.timeline.open()):
        verifier.take(interaction.source, dict(interaction.fields))


def descriptors(expected: int | None = None) -> int:
    """How many descriptors are open; what is garbage counts as closed."""
    gc.collect(1)  # a full collection takes as long as a test
    found = len(os.listdir("/proc/self/fd"))
    if expected not in (None, found):
        gc.collect()
        found = len(os.listdir("/proc/self/fd"))
    return found

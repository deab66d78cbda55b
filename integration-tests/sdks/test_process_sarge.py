"""sarge: a shell of its own on a subclass of `Popen`, whose pipelines and captures are threads."""

from __future__ import annotations

import os
import shlex
import sys
from subprocess import PIPE, TimeoutExpired
from typing import Any

import pytest
import sarge

import tripwire

from .children import Children, python

SAYS = python("import sys; print('b'); print('a'); print('careful', file=sys.stderr)")
SORTS = python("import sys; print(*sorted(sys.stdin.read().split()))")
FAILS = python("import sys; sys.exit(3)")


def line(*parts: list[str] | str) -> str:
    """A line of shell."""
    return " ".join(part if isinstance(part, str) else shlex.join(part) for part in parts)


def test_a_command_and_its_input(children: Children) -> None:
    tripwire.subprocess.mock_run(SAYS, stdout="b\na\n", stderr="careful\n")
    tripwire.subprocess.mock_run(SORTS, input="d c", stdout="c d\n")

    def program() -> Any:
        said = sarge.capture_both(line(SAYS))
        return said.stdout.text, said.stderr.text, said.returncode, sarge.get_stdout(SORTS, input="d c")

    assert children.use(program) == ("b\na\n", "careful\n", 0, "c d\n")
    tripwire.subprocess.assert_run(SAYS, stdin=None, shell=False)
    tripwire.subprocess.assert_run(SORTS, stdin=PIPE, input="d c")


@pytest.mark.parametrize(("between", "outcome"), [("&&", ("", [3])), ("||", ("b\na\n", [3, 0]))])
def test_conditions(children: Children, between: str, outcome: Any) -> None:
    tripwire.subprocess.mock_run(FAILS, returncode=3)
    if outcome[0]:
        tripwire.subprocess.mock_run(SAYS, stdout="b\na\n", stderr="careful\n")

    def program() -> Any:
        done = sarge.capture_both(line(FAILS, between, SAYS))
        return done.stdout.text, done.returncodes

    assert children.use(program) == outcome
    tripwire.subprocess.assert_run(FAILS, returncode=3)
    if outcome[0]:
        tripwire.subprocess.assert_run(SAYS, returncode=0)


def test_a_talk(children: Children) -> None:
    asks = python(
        "print('ready', flush=True); name = input(); print('hello', name, flush=True); input(); print('end')"
    )
    tripwire.popen.new_session().expect("spawn", returns=None).expect("stdout", returns=b"ready\n").expect(
        "reply", to=b"Ada\n", returns=b"hello Ada\n"
    ).expect("reply", to=b"\n", returns=b"end\n").expect("wait", returns=0)

    def program() -> Any:
        seen = []
        with sarge.Capture(buffer_size=-1) as capture:
            command = sarge.Command(asks, stdout=capture)
            command.run(input="Ada\n\n", async_=True)  # a thread of sarge's writes it
            for pattern in ("ready\n", "hello .*\n", "end\n"):
                seen.append(capture.expect(pattern, timeout=10).group())
            return [*seen, command.wait()]

    assert children.use(program) == [b"ready\n", b"hello Ada\n", b"end\n", 0]
    tripwire.popen.assert_spawn(command=asks, stdin=PIPE)
    tripwire.popen.assert_stdin(data="Ada\n\n")
    tripwire.popen.assert_wait()


def test_errors(children: Children) -> None:
    slow = python("import time; time.sleep(60)")
    tripwire.subprocess.mock_run(
        ["/nowhere/tool"], raises=FileNotFoundError(2, os.strerror(2), "/nowhere/tool")
    )
    tripwire.subprocess.mock_run(slow, after=60)
    error = children.error(ValueError, lambda: sarge.run("/nowhere/tool"))
    assert str(error) == "Command not found: /nowhere/tool"

    def program() -> Any:
        command = sarge.Command(slow)
        command.run(async_=True)
        with pytest.raises(TimeoutExpired) as late:
            command.wait(0.05)
        command.kill()
        return late.value.timeout, command.wait()

    assert children.use(program) == (0.05, -9)
    tripwire.subprocess.assert_run(["/nowhere/tool"], raises=FileNotFoundError)
    tripwire.subprocess.assert_run(slow, returncode=-9)
    tripwire.subprocess.assert_signal(signal=9)


def test_trips_of_its_threads_cannot_be_hidden(children: Children) -> None:
    tripwire.subprocess.mock_run(SAYS)
    program = line(SAYS, "|", [sys.executable, "deploy.py"])
    assert children.hidden_trips(
        lambda: sarge.capture_stdout(program), lambda: tripwire.subprocess.assert_run(SAYS)
    ) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: subprocess.Popen: {sys.executable} deploy.py",
    ]

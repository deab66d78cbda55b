"""invoke: a shell's commands, read by threads, with somebody who answers what they ask."""

from __future__ import annotations

import gc
import io
import os
import signal
from collections.abc import Iterator
from subprocess import PIPE
from typing import Any

import pytest
from invoke.context import Context
from invoke.exceptions import CommandTimedOut, UnexpectedExit
from invoke.watchers import Responder

import tripwire

from .children import Children

FAILS = "echo one; echo two >&2; exit 3"

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture(autouse=True)
def _left_open() -> Iterator[None]:
    """Collect the pipes that invoke does not close, while the warning of it is ignored."""
    yield
    gc.collect()


def run(command: str, **options: Any) -> Any:
    """All that is to be seen of a command's result."""
    result = Context().run(command, in_stream=False, hide=True, **options)
    assert result is not None
    return result.stdout, result.stderr, result.exited, result.ok


def test_a_command(children: Children) -> None:
    tripwire.subprocess.mock_run(FAILS, returncode=3, stdout="one\n", stderr="two\n")
    assert children.use(lambda: run(FAILS, warn=True)) == ("one\n", "two\n", 3, False)
    tripwire.subprocess.assert_run(FAILS, returncode=3, shell=True, stdin=PIPE, env={})


def test_output_and_prefixes(children: Children, tmp_path: Any) -> None:
    command = f"cd {tmp_path} && export MODE=test && printf $MODE"
    tripwire.subprocess.mock_run(command, stdout="test")

    def program() -> Any:
        output, context = io.StringIO(), Context()
        with context.cd(str(tmp_path)), context.prefix("export MODE=test"):
            context.run("printf $MODE", in_stream=False, out_stream=output, env={"LEVEL": "1"})
        return output.getvalue()

    assert children.use(program) == "test"
    tripwire.subprocess.assert_run(command, shell=True, env={"LEVEL": "1"}, stdout="test")


def test_questions_are_answered(children: Children) -> None:
    command = "printf 'Name: '; read name; printf 'Age: '; read age; echo \"$name is $age\""
    tripwire.popen.new_session().expect("spawn", returns=None).expect("stdout", returns=b"Name: ").expect(
        "reply", to=b"Ada\n", returns=b"Age: "
    ).expect("reply", to=b"36\n", returns=b"Ada is 36\n").expect("wait", returns=0)
    answers = [Responder("Name: ", "Ada\n"), Responder("Age: ", "36\n")]
    found = children.use(lambda: run(command, watchers=answers))
    assert found == ("Name: Age: Ada is 36\n", "", 0, True)
    tripwire.popen.assert_spawn(command=command, stdin=PIPE, shell=True)
    tripwire.popen.assert_stdin(data="Ada\n36\n")


def test_errors_are_translated(children: Children) -> None:
    tripwire.subprocess.mock_run(FAILS, returncode=3, stdout="one\n", stderr="two\n")
    error = children.error(UnexpectedExit, lambda: run(FAILS))
    assert (error.result.exited, error.result.stderr) == (3, "two\n")
    tripwire.subprocess.assert_run(FAILS, returncode=3)

    tripwire.subprocess.mock_run("true", raises=FileNotFoundError(2, os.strerror(2), "/nowhere/sh"))
    missing = children.error(FileNotFoundError, lambda: run("true", shell="/nowhere/sh"))
    assert missing.filename == "/nowhere/sh"
    tripwire.subprocess.assert_run("true", raises=FileNotFoundError)


def test_a_command_that_takes_too_long_is_killed_by_a_thread(children: Children) -> None:
    command = "echo begun; exec sleep 60"
    session = tripwire.popen.new_session().expect("spawn", returns=None)
    session.expect("stdout", returns=b"begun\n").expect("signal", returns=None)
    error = children.error(CommandTimedOut, lambda: run(command, timeout=0.2))
    assert (error.timeout, error.result.stdout, error.result.exited) == (0.2, "begun\n", -signal.SIGKILL)
    tripwire.popen.assert_spawn(command=command, stdin=PIPE)
    tripwire.popen.assert_signal(signal=signal.SIGKILL)


@pytest.mark.parametrize("warn", [False, True])
def test_trips_cannot_be_hidden(children: Children, warn: bool) -> None:
    assert children.hidden_trips(lambda: run("deploy --now", warn=warn)) == [
        "1 trip never reached the test:",
        "  - UnmockedInteractionError: subprocess.Popen: deploy --now",
    ]

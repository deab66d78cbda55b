"""What a recording lets run, and how it is written, whatever the command."""

from __future__ import annotations

import subprocess
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, run
from typing import Any
from unittest import mock

import pytest
from recording import Recording, assert_run, mock_run, nothing_but

import tripwire
from tripwire import StrictVerifier
from tripwire._writing._policy import Policy
from tripwire._writing._scribe import Scribe


def test_only_what_is_recorded_runs() -> None:
    with pytest.raises(
        tripwire.UnmockedInteractionError, match=r"^nothing answers this call: subprocess\.run: true\n"
    ):
        Recording(lambda: run(["true"], check=True), "http")


def test_a_session_that_is_left_serves_before_the_real_thing() -> None:
    def program() -> Any:
        return [Popen(["echo", "real"], stdout=PIPE).communicate()[0] for _ in range(2)]

    recording = Recording(program, session=(b"scripted", b"", 0))
    assert recording.result == [b"scripted", b"real\n"]
    assert recording.mocks == [mock_run("['echo', 'real']", r"stdout='real\n'")]


def test_more_than_a_pipe_holds() -> None:
    verifier = StrictVerifier()
    verifier.scribe = Scribe(Policy(["subprocess"]))
    given = "x" * 300_000
    with verifier.sandbox():
        assert run(["cat"], input=given, stdout=PIPE, text=True, check=True).stdout == given
    (made,) = verifier.timeline
    assert (made.fields["input"], made.fields["stdout"]) == (given, given)


def test_a_process_that_outlives_the_sandbox_goes_on() -> None:
    processes: list[Popen[bytes]] = []

    def program() -> bytes:
        process = Popen(["cat"], stdin=PIPE, stdout=PIPE, bufsize=0)
        processes.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"a\n")
        return process.stdout.readline()

    recording = Recording(program)
    assert recording.mocks == [mock_run("['cat']", r"stdout='a\n'")]
    assert recording.assertions == [assert_run("['cat']", nothing_but(stdout=r"'a\n'", input=r"'a\n'"))]
    assert processes[0].communicate(b"b\n")[0] == b"b\n"


def test_secrets_and_temporary_paths_keep_no_mock_from_fitting(tmp_path: Path) -> None:
    root = tmp_path

    def program() -> Any:
        return run(["echo", "--token", "s3cret", str(root / "a")], stdout=DEVNULL, check=True).returncode

    recording = Recording(program)
    path = f"IsStr(regex='.+/{tmp_path.name}/a')"
    assert recording.mocks == [mock_run(f"['echo', '--token', mock.ANY, {path}]")]
    root = Path("/tmp/pytest-of-somebody/pytest-7") / tmp_path.name
    with recording.replayed():
        assert program() == 0


def test_arguments_that_an_assertion_has_beside_those_it_would_get() -> None:
    verifier = tripwire.current_verifier()
    tripwire.subprocess.mock_run("x")
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)
    with tripwire.sandbox():
        run("x", shell=True, check=True)
        with Popen(["y", "--password=s3cret"], stdin=PIPE):
            pass
    lines = [
        one.plugin.assertion(one, also=("shell", "stdin", "cwd")).in_a_line(repr) for one in verifier.timeline
    ]
    assert lines == [
        assert_run("'x'", "stdin=None, shell=True, cwd=None", nothing_but()),
        "tripwire.popen.assert_spawn(command=['y', mock.ANY], stdin=subprocess.PIPE, shell=False, cwd=None)",
        "tripwire.popen.assert_wait()",
    ]
    for line in lines:
        exec(line, {"tripwire": tripwire, "subprocess": subprocess, "mock": mock})

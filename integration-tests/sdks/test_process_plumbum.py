"""plumbum: commands as objects, pipelines of them, and output as it comes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

from dirty_equals import IsPartialDict
from plumbum import BG, RETCODE, local
from plumbum.commands.processes import ProcessExecutionError

import tripwire

from .children import Children, python

SAYS = python("print('b'); print('a')")
SORTS = python("import sys; print(*sorted(sys.stdin.read().split()))")
FAILS = python("import sys; print('some'); sys.exit('no such host')")


def command(argv: list[str]) -> Any:
    return local[argv[0]][argv[1:]]


def test_commands_in_foreground_and_background(children: Children, tmp_path: Path) -> None:
    tripwire.subprocess.mock_run(SAYS, stdout="b\na\n", times=4)
    tripwire.subprocess.mock_run(FAILS, stdout="some\n", stderr="no such host\n", returncode=1)

    def program() -> Any:
        says = command(SAYS)
        with local.cwd(tmp_path), local.env(MODE="test"):
            first = says()
        later = says & BG
        later.wait()
        (says > str(tmp_path / "said.txt"))()
        said = (tmp_path / "said.txt").read_text()
        return first, later.stdout, later.returncode, said, says.run(), command(FAILS) & RETCODE

    assert children.use(program) == ("b\na\n", "b\na\n", 0, "b\na\n", (0, "b\na\n", ""), 1)
    tripwire.subprocess.assert_run(
        SAYS, cwd=tmp_path, env=IsPartialDict(MODE="test"), stdin=PIPE, shell=False
    )
    for _ in range(3):
        tripwire.subprocess.assert_run(SAYS, stdout="b\na\n")
    tripwire.subprocess.assert_run(FAILS, returncode=1)


def test_a_pipeline(children: Children) -> None:
    tripwire.subprocess.mock_run(SAYS, stdout="b\na\n")
    tripwire.subprocess.mock_run(SORTS, stdout="a b\n", times=2)

    def program() -> Any:
        return (command(SAYS) | command(SORTS))(), (command(SORTS) << "b a")()

    assert children.use(program) == ("a b\n", "a b\n")
    tripwire.subprocess.assert_run(SAYS)
    tripwire.subprocess.assert_run(SORTS, stdout="a b\n")
    tripwire.subprocess.assert_run(SORTS, input=None)  # plumbum puts it into a file


def test_lines_as_they_come(children: Children) -> None:
    asks = python(
        "import sys; print('ready', flush=True)\n"
        "for line in sys.stdin: print(line.upper(), end='', flush=True)\n"
        "sys.exit(4)"
    )
    tripwire.popen.new_session().expect("spawn", returns=None).expect("stdout", returns=b"ready\n").expect(
        "reply", to=b"one\n", returns=b"ONE\n"
    ).expect("reply", to=b"two\n", returns=b"TWO\n").expect("wait", returns=4)

    def program() -> Any:
        process = command(asks).popen()
        seen = []
        for line in (b"one\n", b"two\n"):
            seen.append(process.stdout.readline())
            process.stdin.write(line)
            process.stdin.flush()
        process.stdin.close()
        seen += [out for out, _ in process.iter_lines(retcode=4)]
        return seen, process.returncode

    assert children.use(program) == ([b"ready\n", b"ONE\n", "TWO"], 4)
    tripwire.popen.assert_spawn(command=asks, stdin=PIPE)
    tripwire.popen.assert_stdin(data="one\ntwo\n")
    tripwire.popen.assert_wait()


def test_errors_are_translated(children: Children) -> None:
    tripwire.subprocess.mock_run(FAILS, stdout="some\n", stderr="no such host\n", returncode=1, times=2)
    for program in (command(FAILS), lambda: (command(FAILS) & BG).wait()):
        error = children.error(ProcessExecutionError, program)
        assert (error.retcode, error.stdout, error.stderr) == (1, "some\n", "no such host\n")
        tripwire.subprocess.assert_run(FAILS, returncode=1)

    missing = FileNotFoundError(2, os.strerror(2), "/nowhere/tool")
    tripwire.subprocess.mock_run(["/nowhere/tool"], raises=missing)
    error_of_start = children.error(FileNotFoundError, local["/nowhere/tool"])
    assert error_of_start.filename == "/nowhere/tool"
    tripwire.subprocess.assert_run(["/nowhere/tool"], raises=FileNotFoundError)


def test_trips_cannot_be_hidden(children: Children) -> None:
    tripwire.subprocess.mock_run(SAYS)
    deploy = command([sys.executable, "deploy.py"])
    program = command(SAYS) | deploy
    assert children.hidden_trips(program, lambda: tripwire.subprocess.assert_run(SAYS)) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: subprocess.Popen: {sys.executable} deploy.py (in {os.getcwd()})",
    ]

"""Commands that a recording lets run: what is written of them, and that it answers as they did."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from shutil import which
from subprocess import PIPE, STDOUT, Popen, run
from typing import Any

import pytest
from recording import ECHO, NO_FILE, NOT_THERE, Case, Recording, assert_run, both, mock_run, nothing_but

SPEAK = ["sh", "-c", "echo out; echo err >&2; exit 3"]
MARKED = ["test", "-e", "marker"]
SAID = "returncode=3, stdout='out\\n', stderr='err\\n'"
SLOW = ["sh", "-c", "echo early; exec sleep 9"]
TRAPPING = ["sh", "-c", "trap 'exit 3' TERM; echo ready; read line"]
EXPIRED = f"raises=TimeoutExpired({SLOW!r}, 0.1, output=b'early\\n')"


@pytest.fixture(autouse=True)
def elsewhere_than_in_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


# -- programs


def captured() -> Any:
    done = run(SPEAK, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def unreadable() -> Any:
    return subprocess.check_output(["printf", r"\377\n"])


def with_input() -> Any:
    return run(ECHO, input="in\n", stdout=PIPE, text=True, check=True).stdout


def read_by_hand() -> Any:
    with Popen(SPEAK, stdout=PIPE, stderr=STDOUT, text=True) as process:
        assert process.stdout is not None
        return process.stdout.readline(), list(process.stdout), process.wait()


def read_by_descriptor() -> Any:
    with Popen(SPEAK, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        found = os.read(process.stdout.fileno(), 10), os.read(process.stderr.fileno(), 10)
        return found, process.wait()


def written_by_hand() -> Any:
    with Popen(ECHO, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"one ")
        process.stdin.write(b"two ")
        process.stdin.close()
        return process.stdout.read(), process.wait()


def looked_at() -> Any:
    process = Popen(["true"])
    while process.poll() is None:
        pass
    return process.returncode


def forgotten() -> Any:
    os.spawnlp(os.P_NOWAIT, "true", "true")


def piped() -> Any:
    first = Popen(["echo", "a"], stdout=PIPE)
    second = Popen(["cat"], stdin=first.stdout, stdout=PIPE)
    assert first.stdout is not None
    first.stdout.close()
    return second.communicate()[0], first.wait()


def of_os() -> Any:
    pid = os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", "exit 5")
    posix = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 6"], {})
    with os.popen("echo popen") as stream:
        read = stream.read()
    return (
        os.waitstatus_to_exitcode(os.system("exit 3")),
        os.spawnlp(os.P_WAIT, "sh", "sh", "-c", "exit 4"),
        *(os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in (pid, posix)),
        read,
        subprocess.getstatusoutput("echo shell; exit 2"),
    )


def not_there() -> Any:
    with pytest.raises(FileNotFoundError) as caught:
        run(["nowhere-to-be-found", "1"], check=False)
    return str(caught.value)


def too_slow() -> Any:
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        run(["sh", "-c", "echo early; exec sleep 9"], timeout=0.1, stdout=PIPE, check=False)
    return str(caught.value), caught.value.output


def slow() -> Any:
    with Popen(["sleep", "0.2"]) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
        return process.wait()


def ended() -> Any:
    with Popen(["sleep", "9"]) as process:
        first = process.poll()
        process.terminate()
        return first, process.wait()


def ended_by_pid() -> Any:
    with Popen(["sleep", "9"]) as process:
        os.kill(process.pid, 15)
        first = process.wait()
    with Popen(["sleep", "9"], start_new_session=True) as process:
        os.killpg(os.getpgid(process.pid), 15)
        second = process.wait()
    pid = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "9")
    os.kill(pid, 15)
    return first, second, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def asked_whether_it_lives() -> Any:
    with Popen(["cat"], stdin=PIPE) as process:
        os.kill(process.pid, 0)
    return process.returncode


def ended_as_it_likes() -> Any:
    with Popen(TRAPPING, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        return line, process.wait()


def not_there_for_os() -> Any:
    with pytest.raises(FileNotFoundError) as caught:
        os.posix_spawn("nowhere-to-be-found", ["nowhere-to-be-found", "1"], os.environ)
    return str(caught.value)


def by_a_shell_and_without() -> Any:
    return [run("echo b", shell=True, stdout=PIPE, check=True).stdout, subprocess.check_output(["echo", "b"])]


def repeated() -> Any:
    return [run(["echo", "a"], stdout=PIPE, check=True).stdout for _ in range(3)]


def elsewhere() -> Any:
    return [run(["pwd"], cwd=cwd, stdout=PIPE, text=True, check=True).stdout for cwd in ("/", "/usr")]


def told_apart_by_input() -> Any:
    return [subprocess.check_output(["cat"], input=given) for given in (b"a", b"b")]


def told_apart_by_variables() -> Any:
    variables = [{**os.environ, "COLOUR": colour} for colour in ("red", "blue")]
    return [subprocess.check_output("echo $COLOUR", env=env, shell=True, text=True) for env in variables]


def told_apart_by_nothing() -> Any:
    marker, codes = Path("marker"), []
    for exists in (False, False, True, False):
        marker.touch() if exists else marker.unlink(missing_ok=True)
        codes.append(run(MARKED, check=False).returncode)
    return codes


def looked_up() -> Any:
    return which("sh"), which("nowhere-to-be-found")


# -- what is written of them


CASES = [
    Case(captured, *both(SPEAK, SAID, f"{SAID}, input=None")),
    Case(
        unreadable,
        *both(["printf", r"\377\n"], r"stdout=b'\xff\n'", nothing_but(stdout=r"b'\xff\n'")),
    ),
    Case(
        with_input,
        *both(ECHO, r"stdout='in\nend\n'", nothing_but(stdout=r"'in\nend\n'", input=r"'in\n'")),
    ),
    Case(
        read_by_hand,
        *both(
            SPEAK, r"returncode=3, stdout='out\nerr\n'", nothing_but(returncode="3", stdout=r"'out\nerr\n'")
        ),
    ),
    Case(read_by_descriptor, *both(SPEAK, SAID, f"{SAID}, input=None")),
    Case(
        written_by_hand,
        *both(ECHO, r"stdout='one two end\n'", nothing_but(stdout=r"'one two end\n'", input="'one two '")),
    ),
    Case(looked_at, *both(["true"])),
    Case(forgotten, *both(["true"])),
    Case(
        piped,
        [mock_run("['echo', 'a']", r"stdout='a\n'"), mock_run("['cat']", r"stdout='a\n'")],
        [assert_run(one, nothing_but(stdout=r"'a\n'")) for one in ("['echo', 'a']", "['cat']")],
    ),
    Case(
        of_os,
        [
            mock_run("['sh', '-c', 'exit 5']", "returncode=5"),
            mock_run("['/bin/sh', '-c', 'exit 6']", "returncode=6"),
            mock_run("'echo popen'", r"stdout='popen\n'"),
            mock_run("'exit 3'", "returncode=3"),
            mock_run("['sh', '-c', 'exit 4']", "returncode=4"),
            mock_run("'echo shell; exit 2'", "returncode=2", r"stdout='shell\n'"),
        ],
        [
            assert_run("['sh', '-c', 'exit 5']", nothing_but(returncode="5")),
            assert_run("['/bin/sh', '-c', 'exit 6']", "env={}", nothing_but(returncode="6")),
            assert_run("'echo popen'", nothing_but(stdout=r"'popen\n'")),
            assert_run("'exit 3'", nothing_but(returncode="3")),
            assert_run("['sh', '-c', 'exit 4']", nothing_but(returncode="4")),
            assert_run("'echo shell; exit 2'", nothing_but(returncode="2", stdout=r"'shell\n'")),
        ],
    ),
    Case(not_there, *both(NOT_THERE, NO_FILE, f"input=None, {NO_FILE}")),
    Case(too_slow, *both(SLOW, EXPIRED, f"returncode=-9, input=None, {EXPIRED}")),
    Case(
        ended,
        [mock_run("['sleep', '9']", "after=60")],
        [
            assert_run("['sleep', '9']", nothing_but(returncode="-15")),
            "tripwire.subprocess.assert_signal(signal=15)",
        ],
    ),
    Case(
        ended_by_pid,
        [mock_run("['sleep', '9']", "after=60", "times=3")],
        [
            assert_run("['sleep', '9']", nothing_but(returncode="-15")),
            "tripwire.subprocess.assert_signal(signal=15)",
        ]
        * 3,
    ),
    Case(asked_whether_it_lives, *both(["cat"])),
    Case(
        ended_as_it_likes,
        [mock_run(repr(TRAPPING), r"returncode=3, stdout='ready\n'")],
        [
            assert_run(repr(TRAPPING), nothing_but(returncode="3", stdout=r"'ready\n'")),
            "tripwire.subprocess.assert_signal(signal=15)",
        ],
    ),
    Case(not_there_for_os, *both(NOT_THERE, NO_FILE, f"env={{}}, input=None, {NO_FILE}")),
    Case(
        by_a_shell_and_without,
        [mock_run(one, r"stdout='b\n'") for one in ("'echo b'", "['echo', 'b']")],
        [assert_run(one, nothing_but(stdout=r"'b\n'")) for one in ("'echo b'", "['echo', 'b']")],
    ),
    Case(
        repeated,
        [
            mock_run("['echo', 'a']", r"stdout='a\n'", "times=3"),
        ],
        [assert_run("['echo', 'a']", nothing_but(stdout=r"'a\n'"))] * 3,
    ),
    Case(
        elsewhere,
        [mock_run("['pwd']", f"stdout='{one}\\n'", f"cwd='{one}'") for one in ("/", "/usr")],
        [assert_run("['pwd']", f"cwd='{one}'", nothing_but(stdout=f"'{one}\\n'")) for one in ("/", "/usr")],
    ),
    Case(
        told_apart_by_input,
        [mock_run("['cat']", f"stdout='{one}'", f"input='{one}'") for one in "ab"],
        [assert_run("['cat']", nothing_but(stdout=f"'{one}'", input=f"b'{one}'")) for one in "ab"],
    ),
    Case(
        told_apart_by_variables,
        [
            mock_run("'echo $COLOUR'", f"stdout='{one}\\n'", f"env={{'COLOUR': '{one}'}}")
            for one in ("red", "blue")
        ],
        [
            assert_run("'echo $COLOUR'", f"env={{'COLOUR': '{one}'}}", nothing_but(stdout=f"'{one}\\n'"))
            for one in ("red", "blue")
        ],
    ),
    Case(
        told_apart_by_nothing,
        [
            mock_run(repr(MARKED), "returncode=1", "times=2"),
            mock_run(repr(MARKED)),
            mock_run(repr(MARKED), "returncode=1"),
        ],
        [assert_run(repr(MARKED), nothing_but(returncode=code)) for code in "1101"],
    ),
    Case(
        looked_up,
        [
            f"tripwire.subprocess.mock_which('sh', returns={which('sh')!r})",
            "tripwire.subprocess.mock_which('nowhere-to-be-found')",
        ],
        [
            f"tripwire.subprocess.assert_which('sh', returns={which('sh')!r})",
            "tripwire.subprocess.assert_which('nowhere-to-be-found', returns=None)",
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.program.__name__)
def test_what_is_written_answers_as_the_real_ones_did(case: Case) -> None:
    recording = Recording(case.program)
    assert (recording.mocks, recording.assertions) == (case.mocks, case.assertions)
    with recording.replayed():
        assert case.program() == recording.result


def test_the_time_a_command_took_is_written_where_somebody_gave_up_waiting() -> None:
    recording = Recording(slow)
    assert [re.sub(r"after=0\.[23]\d*", "after=...", line) for line in recording.mocks] == [
        mock_run("['sleep', '0.2']", "after=...")
    ]
    assert recording.assertions == [assert_run("['sleep', '0.2']", nothing_but())]
    with recording.replayed():
        assert slow() == recording.result

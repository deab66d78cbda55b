"""What `os` starts without `subprocess`, and what it says of scripted pids."""

from __future__ import annotations

import _osx_support
import os
import subprocess
import sys
from collections.abc import Callable
from os import spawnl, spawnlp, spawnv
from typing import Any

import pytest

import tripwire

mocks = tripwire.subprocess
ENV = {"A": "1"}

STARTS: dict[str, Callable[[], Any]] = {
    "os.system": lambda: os.system("git log"),
    "os.spawnv": lambda: spawnv(os.P_WAIT, "git", ["git", "log"]),
    "os.spawnve": lambda: os.spawnve(os.P_WAIT, "git", ["git", "log"], ENV),
    "os.spawnvp": lambda: os.spawnvp(os.P_WAIT, "git", ("git", "log")),
    "os.spawnvpe": lambda: os.spawnvpe(os.P_WAIT, "git", ["git", "log"], ENV),
    "os.spawnl": lambda: spawnl(os.P_WAIT, "git", "git", "log"),
    "os.spawnle": lambda: os.spawnle(os.P_WAIT, "git", "git", "log", ENV),
    "os.spawnlp": lambda: spawnlp(os.P_WAIT, "git", "git", "log"),
    "os.spawnlpe": lambda: os.spawnlpe(os.P_WAIT, "git", "git", "log", ENV),
    "os.posix_spawn": lambda: waited(os.posix_spawn("git", ["git", "log"], ENV)),
    "os.posix_spawnp": lambda: waited(os.posix_spawnp("git", ["git", "log"], ENV)),
}


def waited(pid: int) -> int:
    assert pid > 2**22
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    found, status = os.waitpid(pid, 0)
    assert found == pid
    return os.waitstatus_to_exitcode(status)


@pytest.mark.parametrize("how", STARTS)
def test_it_is_caught_and_explained(how: str) -> None:
    tripwire.popen.new_session().expect("spawn", returns=None, required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        STARTS[how]()
    lines = str(caught.value).splitlines()
    assert lines[0] == f"nothing answers this call: {how}: git log"
    assert (
        lines[2]
        == f"{how} does not go through subprocess: no session serves it, a mock_run does, and none fits"
    )
    command = "'git log'" if how == "os.system" else "['git', 'log']"
    assert lines[-1] == f'    tripwire.subprocess.mock_run({command}, returncode=0, stdout="", stderr="")'
    assert caught.value.source is mocks.run


@pytest.mark.parametrize("code", [0, 3, -9])
@pytest.mark.parametrize("how", STARTS)
def test_it_can_be_mocked(how: str, code: int) -> None:
    mocks.mock_run("git log", returncode=code)
    with tripwire.sandbox():
        result = STARTS[how]()
    assert (os.waitstatus_to_exitcode(result) if how == "os.system" else result) == code
    environment = ENV if how.endswith(("e", "posix_spawn", "posix_spawnp")) else None
    mocks.assert_run("git log", returncode=code, env=environment, shell=how == "os.system")


def test_a_start_that_fails() -> None:
    mocks.mock_run("x", raises=PermissionError(13, "no"))
    with tripwire.sandbox(), pytest.raises(PermissionError):
        os.system("x")
    mocks.assert_run("x", raises=PermissionError)


def test_a_child_nobody_waited_for() -> None:
    mocks.mock_run("x", after=60)
    with tripwire.sandbox():
        pid = os.spawnl(os.P_NOWAIT, "x", "x")
        assert os.waitpid(pid, os.WNOHANG) == (0, 0)
        os.kill(pid, 15)
        assert os.waitpid(pid, 0) == (pid, 15)
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, 0)
    mocks.assert_run("x", returncode=-15)
    mocks.assert_signal(signal=15)


def test_a_pid_is_of_no_use_after_the_sandbox() -> None:
    mocks.mock_run("x")
    with tripwire.sandbox():
        pid = os.spawnl(os.P_NOWAIT, "x", "x")
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)
    mocks.assert_run("x")


@pytest.mark.parametrize("name", ["waitpid", "kill", "killpg", "getpgid"])
def test_what_is_no_pid(name: str) -> None:
    given: list[Any] = [[]] if name == "getpgid" else [[], 0]
    genuine = getattr(os, name)
    with pytest.raises(TypeError) as refused:
        genuine(*given)
    with tripwire.sandbox():
        caught_one = getattr(os, name)
        assert caught_one is not genuine
        with pytest.raises(TypeError) as caught:
            caught_one(*given)
    assert str(caught.value) == str(refused.value)


REFUSED: list[Callable[[], Any]] = [
    *(
        lambda env=env: os.posix_spawn("/bin/true", ["true"], env)
        for env in ({"NUMBER": 5}, {"A=B": "c"}, {"": "c"}, {"A": "\0"}, 5)
    ),
    *(lambda argv=argv: os.posix_spawn("/bin/true", argv, {}) for argv in ([], [""], "true", ["true", "\0"])),
    *(
        lambda env=env: os.spawnve(os.P_WAIT, "/bin/true", ["true"], env)
        for env in ({5: "c"}, {"A=B": "c"}, 5)
    ),
    lambda: os.spawnv(os.P_WAIT, "/bin/true", ["true", "\0"]),
    lambda: os.spawnv(7, "/bin/true", ["true"]),
    lambda: os.system("x\0y"),
]


def came(start: Callable[[], Any]) -> Any:
    """What a call gives, or how it fails."""
    try:
        return start()
    except Exception as error:  # noqa: BLE001 - it is what is compared
        return type(error), str(error)


@pytest.mark.parametrize("start", REFUSED)
def test_what_the_operating_system_does_not_take(start: Callable[[], Any]) -> None:
    genuine = came(start)
    mocks.mock_run(lambda command: True, required=False)
    with tripwire.sandbox() as verifier:
        assert came(start) == genuine
    assert list(verifier.timeline) == []


def test_what_it_takes_all_the_same() -> None:
    mocks.mock_run("x y")
    with tripwire.sandbox():
        pid = os.posix_spawn("x", ("x", "y"), {"=A": "c"})
        assert os.waitpid(pid, 0) == (pid, 0)
    mocks.assert_run("x y", env={"=A": "c"})


def test_what_the_standard_library_asks_for_itself() -> None:
    ask = getattr(_osx_support, "_read_output")  # noqa: B009 - what finds compilers on a Mac
    with tripwire.sandbox() as verifier:
        assert ask("echo found") == "found"
    assert list(verifier.timeline) == []


def test_real_ones() -> None:
    command = f"{sys.executable} -S -c 'raise SystemExit(3)'"
    mocks.pass_through(command, times=2)
    mocks.pass_through(["/bin/sh", "-c", "exit 4"], times=2)
    with tripwire.sandbox():
        assert os.waitstatus_to_exitcode(os.system(command)) == 3
        with pytest.raises(TypeError):
            os.system(None)  # type: ignore[arg-type]
        assert spawnl(os.P_WAIT, "/bin/sh", "sh", "-c", "exit 4") == 4
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 4"], {})
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 4
        with pytest.raises(ValueError, match="cannot be empty"):
            os.spawnv(os.P_WAIT, "x", [""])
        assert subprocess.call(command, shell=True, close_fds=False) == 3
    mocks.assert_run(command, returncode=3)
    mocks.assert_run(["/bin/sh", "-c", "exit 4"], returncode=4)
    mocks.assert_run(["/bin/sh", "-c", "exit 4"])
    mocks.assert_run(command, returncode=3)


@pytest.mark.parametrize("own", [True, False])
def test_groups_and_sessions_of_scripted_pids(own: bool) -> None:
    mocks.mock_run("x", times=2)
    with tripwire.sandbox():
        process = subprocess.Popen("x", start_new_session=own)
        assert os.getpgid(process.pid) == (process.pid if own else os.getpgrp())
        assert os.getsid(process.pid) == (process.pid if own else os.getsid(0))
        assert os.getpgid(0) == os.getpgrp()
        process.wait()
        with pytest.raises(ProcessLookupError):
            os.getpgid(process.pid)
        if sys.version_info >= (3, 11):
            other = subprocess.Popen("x", process_group=0)
            assert os.getpgid(other.pid) == other.pid
            other.wait()
        else:
            subprocess.call("x")
    mocks.assert_run("x")
    mocks.assert_run("x")


def test_only_the_leader_of_a_group_is_reached_by_it() -> None:
    mocks.mock_run("x", after=60, times=3)
    with tripwire.sandbox():
        with subprocess.Popen("x", start_new_session=True) as process:
            os.kill(-process.pid, 15)
        with subprocess.Popen("x", preexec_fn=os.setsid) as process:
            os.killpg(os.getpgid(process.pid), 15)
        with subprocess.Popen("x") as process:
            with pytest.raises(ProcessLookupError):
                os.killpg(process.pid, 15)
            with pytest.raises(ProcessLookupError):
                os.kill(-process.pid, 15)
            process.kill()
    for number in (15, 15, 9):
        mocks.assert_run("x", returncode=-number)
        mocks.assert_signal(signal=number)

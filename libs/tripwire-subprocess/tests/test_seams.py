"""What is caught, what is let through, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import ctypes.util
import gc
import os
import platform
import signal
import subprocess
import sys
import uuid
import warnings
import webbrowser
from asyncio import create_subprocess_exec, create_subprocess_shell
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen, check_output, run
from typing import Any
from unittest import mock

import pytest

import tripwire

PIPE = subprocess.PIPE

SYNC: dict[str, Callable[[], Any]] = {
    "subprocess.run": lambda: run(["git", "log"], check=False),
    "subprocess.check_output": lambda: check_output(["git", "log"]),
    "subprocess.call": lambda: subprocess.call(["git", "log"]),
    "subprocess.check_call": lambda: subprocess.check_call(["git", "log"]),
    "subprocess.getoutput": lambda: subprocess.getoutput("git log"),
    "subprocess.getstatusoutput": lambda: subprocess.getstatusoutput("git log"),
    "subprocess.Popen": lambda: Popen(["git", "log"]),
    "os.popen": lambda: os.popen("git log"),
}

ASYNC: dict[str, Callable[[], Any]] = {
    "asyncio.create_subprocess_exec": lambda: create_subprocess_exec("git", "log"),
    "asyncio.create_subprocess_shell": lambda: create_subprocess_shell("git log"),
    "loop.subprocess_exec": lambda: loop().subprocess_exec(asyncio.SubprocessProtocol, "git", "log"),
    "loop.subprocess_shell": lambda: loop().subprocess_shell(asyncio.SubprocessProtocol, "git log"),
}


def loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def session_paste(name: str) -> str:
    return (
        f"    (tripwire.{name}\n"
        "        .new_session()\n"
        '        .expect("spawn", returns=None)\n'
        '        .expect("communicate", returns=(b"", b"", 0)))'
    )


@pytest.mark.parametrize("how", SYNC)
def test_every_sync_start_is_caught(how: str) -> None:
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        SYNC[how]()
    lines = str(caught.value).splitlines()
    assert lines[0] == f"nothing answers this call: {how}: git log"
    assert lines[2] == "no mock_run fits, and for tripwire.popen no session is scripted"
    command = "'git log'" if "get" in how else "['git', 'log']"
    paste = f'    tripwire.subprocess.mock_run({command}, returncode=0, stdout="", stderr="")'
    assert "\n".join(lines[4:]) == (session_paste("popen") if "open" in how else paste)
    assert caught.value.source is tripwire.popen.spawn


@pytest.mark.parametrize("how", ASYNC)
async def test_every_async_start_is_caught(how: str) -> None:
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        await ASYNC[how]()
    lines = str(caught.value).splitlines()
    assert lines[0] == f"nothing answers this call: {how}: git log"
    assert lines[2] == "no mock_run fits, and for tripwire.async_subprocess no session is scripted"
    assert "\n".join(lines[4:]) == session_paste("async_subprocess")
    assert caught.value.source is tripwire.async_subprocess.spawn


@pytest.mark.parametrize(
    ("mine", "others", "serve"),
    [("popen", "async_subprocess", "asyncio"), ("async_subprocess", "popen", "sync callers")],
)
def test_a_session_of_the_other_kind_is_named(mine: str, others: str, serve: str) -> None:
    getattr(tripwire, others).new_session().expect("spawn", returns=None)

    async def start() -> None:
        await create_subprocess_exec("git", cwd=Path("/x"))

    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        asyncio.run(start()) if mine == "async_subprocess" else Popen(["git"], cwd="/x")
    assert "git (in /x)\n" in str(caught.value)
    assert f"  - tripwire.{others}: its sessions serve {serve}  (" in str(caught.value)
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


class LoudPopen(Popen):  # type: ignore[type-arg]
    """A subclass made before any sandbox."""


def test_subclasses_are_caught_and_are_themselves() -> None:
    tripwire.subprocess.mock_run(["x"], stdout="out")
    with tripwire.sandbox(), LoudPopen(["x"], stdout=PIPE) as process:
        assert type(process) is LoudPopen
        assert process.stdout is not None
        assert process.stdout.read() == b"out"
    tripwire.subprocess.assert_run(["x"])


class OwnPipes(Popen):  # type: ignore[type-arg]
    """A subclass that makes its pipes itself."""

    def _get_handles(self, stdin: Any, stdout: Any, stderr: Any) -> Any:
        read_end, write_end = os.pipe()
        merged = write_end if stderr == subprocess.STDOUT else -1
        return (stdin.fileno() if stdin else -1), -1, read_end, write_end, -1, merged


@pytest.mark.parametrize(
    ("stderr", "expected"), [(None, (b"out", b"err")), (subprocess.STDOUT, (b"outerr", None))]
)
def test_subclasses_that_make_their_own_pipes(stderr: Any, expected: Any, tmp_path: Path) -> None:
    tripwire.popen.new_session().expect("spawn", returns=None).expect(
        "communicate", returns=(b"out", b"err", 0)
    )
    with tripwire.sandbox(), open(os.devnull) as given:
        number = given.fileno()
        assert OwnPipes(["x"], stdin=given, stdout=PIPE, stderr=stderr).communicate() == expected
    tripwire.popen.assert_spawn(command=["x"], stdin=number)
    tripwire.popen.assert_communicate(input=None)


def test_outside_a_sandbox_all_is_real(tmp_path: Path) -> None:
    with tripwire.sandbox():
        pass
    assert check_output([sys.executable, "-S", "-c", "print(3)"]) == b"3\n"

    async def real() -> Any:
        process = await create_subprocess_exec(sys.executable, "-S", "-c", "print(3)", stdout=PIPE)
        return await process.communicate(), process.returncode

    assert asyncio.run(real()) == ((b"3\n", None), 0)
    with Popen([sys.executable, "-S", "-c", "input()"], stdin=PIPE) as process:
        process.kill()
        assert process.wait() == -9
    with pytest.raises(ProcessLookupError):
        os.kill(2**22 + 1, 0)


LOOK_UPS: dict[str, Callable[[], Any]] = {
    "ctypes.util": lambda: ctypes.util.find_library("c"),
    "platform": lambda: platform.architecture("/bin/sh"),
    "uuid": lambda: uuid._get_command_stdout("ls", "/"),  # type: ignore[attr-defined]
    "webbrowser": lambda: webbrowser.register_standard_browsers(),
}


@pytest.mark.parametrize("name", LOOK_UPS)
def test_what_the_standard_library_looks_up_for_itself_is_let_through(name: str) -> None:
    with tripwire.sandbox() as verifier, mock.patch.dict(os.environ, {"DISPLAY": ":7"}):
        LOOK_UPS[name]()
    gc.collect()
    assert (verifier.trips, list(verifier.timeline)) == ([], [])


def test_a_browser_that_is_opened_is_no_look_up() -> None:
    browser = webbrowser.GenericBrowser("no-such-browser")
    tripwire.subprocess.mock_run(["no-such-browser", "https://example.com"])
    with tripwire.sandbox():
        assert browser.open("https://example.com")
    tripwire.subprocess.assert_run(["no-such-browser", "https://example.com"])


@pytest.mark.parametrize("name", ["kill", "killpg"])
def test_signals_to_a_scripted_pid(name: str) -> None:
    def send(pid: Any, number: int) -> None:
        getattr(os, name)(pid, number)

    for _ in range(2):
        tripwire.popen.new_session().expect("spawn", returns=None)
    with tripwire.sandbox():
        child, untouched = Popen(["a"], start_new_session=name == "killpg"), Popen(["b"])
        assert min(child.pid, untouched.pid) > 2**22
        for quiet in (0, signal.SIGCONT, signal.SIGSTOP, signal.SIGWINCH):
            send(child.pid, quiet)
        assert child.poll() is None
        send(child.pid, signal.SIGTERM)
        assert child.wait() == -15
        with pytest.raises(ProcessLookupError):
            send(child.pid, 0)
        with pytest.raises(TypeError):
            send("1", 0)
        send(os.getpid() if name == "kill" else os.getpgid(0), 0)
        assert untouched.poll() is None
        untouched.kill()
        assert untouched.wait() == -9
    for command in "ab":
        tripwire.popen.assert_spawn(command=[command], stdin=None)


def test_a_file_that_cannot_be_written_to(tmp_path: Path) -> None:
    given = tmp_path / "file"
    given.write_text("kept")
    tripwire.subprocess.mock_run(["x"], stdout="lost")
    with tripwire.sandbox(), given.open() as read_only:
        assert run(["x"], stdout=read_only, check=True).returncode == 0
    assert given.read_text() == "kept"
    tripwire.subprocess.assert_run(["x"])


def test_files_and_descriptors(tmp_path: Path) -> None:
    tripwire.subprocess.mock_run(["x"], stdout="out", stderr="err")
    with tripwire.sandbox(), (tmp_path / "file").open("wb") as given:
        run(["x"], stdout=given, stderr=subprocess.STDOUT, check=True)
    assert (tmp_path / "file").read_bytes() == b"outerr"
    tripwire.subprocess.assert_run(["x"])


@pytest.mark.parametrize(
    ("args", "options", "error"),
    [
        (["x", 3], {}, TypeError("expected str, bytes or os.PathLike object, not int")),
        ([], {}, IndexError("list index out of range")),
        (["x", "a\0b"], {}, ValueError("embedded null byte")),
        (["x"], {"executable": "a\0b"}, ValueError("embedded null byte")),
        (["x"], {"env": {"a=b": "c"}}, ValueError("illegal environment variable name")),
        (["x"], {"env": {"a": 3}}, TypeError("expected str, bytes or os.PathLike object, not int")),
        (Path("x"), {"shell": True}, TypeError("path-like args is not allowed when shell is true")),
        (3, {}, TypeError("'int' object is not iterable")),
    ],
)
def test_what_the_system_would_refuse(args: Any, options: Any, error: Exception) -> None:
    with tripwire.sandbox() as verifier, pytest.raises(type(error)) as caught:
        Popen(args, **options)
    assert str(caught.value) == str(error)
    assert list(verifier.timeline) == []


def test_an_environment_is_taken() -> None:
    tripwire.subprocess.mock_run(["x"])
    with tripwire.sandbox():
        run(["x"], env={"A": "b"}, check=True)
    tripwire.subprocess.assert_run(["x"])


def test_a_session_that_does_not_begin_with_spawn() -> None:
    tripwire.popen.new_session().expect("wait", returns=0, required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.InvalidStateError) as caught:
        Popen(["x"])
    assert str(caught.value).splitlines()[0] == (
        "tripwire.popen session 1: the scripted step 'wait' is out of its state: "
        "it is 'created', and 'wait' needs 'running'"
    )


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("size", [0, 10, 1_000_000])
def test_no_descriptor_is_left(size: int, assert_all: Callable[[], None]) -> None:
    before = descriptors()
    everything: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
    for error in (None, FileNotFoundError(2, "gone")):
        tripwire.subprocess.mock_run(["x"], stdout="x" * size, stderr="y" * size, raises=error)
    with tripwire.sandbox():
        run(["x"], input=b"z" * size, capture_output=True, check=True)
        with pytest.raises(FileNotFoundError):
            Popen(["x"], **everything)
        with pytest.raises(tripwire.UnmockedInteractionError):
            Popen(["x"], **{**everything, "stderr": subprocess.DEVNULL})
    assert_all()
    assert descriptors() == before


def test_a_child_that_is_dropped_warns_as_a_real_one() -> None:
    before = descriptors()
    tripwire.popen.new_session().expect("spawn", returns=None)
    with tripwire.sandbox():
        children = [Popen(["x"], stdin=PIPE)]
        for child in children:
            assert child.stdin is not None
            child.stdin.close()
        del child
        with pytest.warns(ResourceWarning, match=r"subprocess 4\d{6} is still running"):
            children.clear()
    tripwire.popen.assert_spawn(command=["x"], stdin=PIPE)
    assert descriptors() == before


def test_children_that_are_dropped_while_their_input_ends() -> None:
    """Two threads close the same then: the one that serves it, and the one that drops the Popen."""
    before, interval = descriptors(), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with tripwire.sandbox(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # of a child that still runs
            for _ in range(300):
                tripwire.popen.new_session().expect("spawn", returns=None)
                child = Popen(["x"], stdin=PIPE)
                assert child.stdin is not None
                child.stdin.close()
                del child
    finally:
        sys.setswitchinterval(interval)
    for _ in range(300):
        tripwire.popen.assert_spawn(command=["x"], stdin=PIPE)
    assert descriptors() == before

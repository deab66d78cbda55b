"""Children of sync callers in unusual states: not begun, over, changed more than once, kept waiting."""

from __future__ import annotations

import os
import subprocess
import threading
from types import FrameType
from typing import Any

import pytest
from popen_children import assert_spawn, child

import tripwire

PIPE = subprocess.PIPE


def test_a_start_with_a_file_that_is_closed() -> None:
    tripwire.subprocess.mock_run(["x"], stdout="out")
    read_end, write_end = os.pipe()
    os.close(read_end)
    os.close(write_end)
    with tripwire.sandbox(), pytest.raises(OSError, match="Bad file descriptor") as caught:
        subprocess.Popen(["x"], stdout=write_end)
    assert caught.value.errno == 9
    tripwire.subprocess.assert_run(["x"])


def test_a_step_after_the_end() -> None:
    child().expect("communicate", returns=(b"", b"", 0)).expect("wait", returns=0)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        process.communicate()
        with pytest.raises(tripwire.InvalidStateError) as caught:
            process.wait()
    assert (caught.value.method, caught.value.state, caught.value.allowed) == (
        "wait",
        "terminated",
        ("running",),
    )
    assert_spawn()
    tripwire.popen.assert_communicate(input=None)
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


def test_the_thread_that_serves_pipes_waits_its_turn() -> None:
    """A matcher is asked under the lock of all children, and may take its time."""
    other: Any
    entered: list[str] = []
    again = threading.Event()

    def watch(frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and arg.__name__ == "acquire" and asked and frame.f_code.co_name == "_run":
            entered.append(arg.__name__)
            if len(entered) == 3:
                again.set()

    asked: list[bytes] = []

    def slow(data: bytes) -> bool:
        if not asked:
            asked.append(data)
            os.write(other.stdin.fileno(), b"line\n")
            assert again.wait(20)
        return True

    child().expect("reply", to=b"line\n", returns=b"answer\n").expect("wait", returns=0)
    child().expect("reply", to=slow, returns=b"").expect("wait", returns=0)
    before = threading.getprofile()
    threading.setprofile(watch)
    try:
        with tripwire.sandbox(), subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE) as other:
            assert subprocess.run(["x"], input=b"in", check=True).returncode == 0
            assert other.stdout.readline() == b"answer\n"
    finally:
        threading.setprofile(before)
    assert_spawn(PIPE)
    assert_spawn(PIPE)
    tripwire.popen.assert_communicate(input=b"in")
    tripwire.popen.assert_stdin(data=b"line\n")
    tripwire.popen.assert_wait()

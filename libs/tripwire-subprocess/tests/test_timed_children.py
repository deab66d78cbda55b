"""Children of sync callers that take their time and get signals."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import Any

import pytest
from popen_children import assert_spawn, child

import tripwire

pytestmark = pytest.mark.usefixtures("nobody_sleeps")

PIPE = subprocess.PIPE


# -- time


@pytest.mark.parametrize("step", [("wait", 7), ("communicate", (b"out", b"", 7))])
def test_wait_with_a_timeout(step: Any) -> None:
    child().expect(step[0], returns=step[1], after=10)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired) as caught:
            process.wait(timeout=6)
        assert (caught.value.cmd, caught.value.timeout, caught.value.output) == (["x"], 6, None)
        assert (process.poll(), process.poll(), process.returncode) == (None, None, None)
        assert process.wait(timeout=5) == 7
    assert_spawn()
    tripwire.popen.assert_wait()


def test_poll_follows_the_clock() -> None:
    child().expect("wait", returns=7, after=10)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        for expected in (None, None, 7):
            with pytest.raises(subprocess.TimeoutExpired) if expected is None else nothing():
                process.wait(timeout=4)
            assert process.poll() == expected
    assert_spawn()
    tripwire.popen.assert_wait()


def nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


def test_all_children_have_one_clock() -> None:
    for after in (10, 3):
        child().expect("wait", returns=int(after), after=after)
    with tripwire.sandbox():
        slow, quick = subprocess.Popen(["slow"]), subprocess.Popen(["quick"])
        assert (slow.poll(), quick.poll()) == (None, None)
        with pytest.raises(subprocess.TimeoutExpired):
            slow.wait(5)
        assert (quick.poll(), slow.poll()) == (3, None)
        assert slow.wait() == 10
    for name in ("slow", "quick"):
        assert_spawn(command=name)
    tripwire.popen.assert_wait()


STARTS: dict[str, Callable[[], Any]] = {
    "run": lambda: subprocess.run(["x"], timeout=5, capture_output=True, check=False),
    "check_output": lambda: subprocess.check_output(["x"], timeout=5, stderr=PIPE),
    "call": lambda: subprocess.call(["x"], timeout=5),
    "check_call": lambda: subprocess.check_call(["x"], timeout=5),
}


@pytest.mark.parametrize("stdin", [None, PIPE])
@pytest.mark.parametrize("served_by", ["session", "mock_run"])
def test_communicate_with_a_timeout_where_nothing_is_read(served_by: str, stdin: int | None) -> None:
    given = None if stdin is None else b"in"
    if served_by == "session":
        child().expect("communicate", returns=(b"", b"", 7), after=60)
    else:
        tripwire.subprocess.mock_run(["x"], 7, after=60)
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=stdin)
        with pytest.raises(subprocess.TimeoutExpired) as caught:
            process.communicate(given, timeout=6)
        assert (caught.value.timeout, caught.value.output, process.returncode) == (6, None, None)
        with pytest.raises(ValueError, match=r"^Cannot send input after starting communication$"):
            process.communicate(b"more", timeout=6)
        assert process.wait() == 7
    if served_by == "mock_run":
        tripwire.subprocess.assert_run(["x"], returncode=7, input=given)
        return
    assert_spawn(stdin)
    tripwire.popen.assert_communicate(input=given)


@pytest.mark.parametrize("served_by", ["wait", "communicate", "signal", "mock_run"])
@pytest.mark.parametrize("start", STARTS)
def test_whoever_outlasts_the_timeout_of_a_function_is_killed_by_it(start: str, served_by: str) -> None:
    if served_by == "mock_run":
        tripwire.subprocess.mock_run(["x"], stdout="begun", stderr="err", after=60)
    elif served_by == "communicate":
        child().expect("communicate", returns=(b"begun", b"err", 0), after=60)
    else:
        session = child().expect("stdout", returns=b"begun").expect("stderr", returns=b"err")
        options = {"after": 60} if served_by == "wait" else {}
        session.expect(served_by, returns=None if served_by == "signal" else 0, **options)
    with tripwire.sandbox(), pytest.raises(subprocess.TimeoutExpired) as caught:
        STARTS[start]()
    captured = (b"begun", b"err") if start in ("run", "check_output") else (None, None)
    assert (caught.value.timeout, caught.value.stdout, caught.value.stderr) == (5, *captured)
    if served_by == "mock_run":
        tripwire.subprocess.assert_run(["x"], returncode=-9)
        return
    assert_spawn()
    if served_by != "signal":
        called = tripwire.popen.assert_wait if captured[0] is None else None
        called() if called else tripwire.popen.assert_communicate(input=None)


@pytest.mark.parametrize("size", [10, 2_000_000])
def test_communicate_again_after_a_timeout(size: int) -> None:
    child().expect("stdout", returns=b"o" * size).expect("signal", returns=None)
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE)
        with pytest.raises(subprocess.TimeoutExpired) as caught:
            process.communicate(b"i" * size, timeout=3600)
        assert caught.value.output == b"o" * size
        process.kill()
        assert process.communicate() == (b"o" * size, None)
        assert process.returncode == -9
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data=b"i" * size)
    tripwire.popen.assert_signal(signal=9)


# -- signals


def test_a_signal_ends_the_child() -> None:
    child().expect("signal", returns=None)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        process.terminate()
        assert (process.returncode, process.wait(), process.poll()) == (None, -15, -15)
        process.kill()  # too late, as for a real one
    assert_spawn()
    tripwire.popen.assert_signal(signal=signal.SIGTERM)


@pytest.mark.parametrize("send", ["send_signal", "os.kill", "os.killpg"])
@pytest.mark.parametrize(("returns", "code"), [(None, -2), (130, 130)])
def test_every_way_to_send_a_signal(send: str, returns: Any, code: int) -> None:
    child().expect("signal", returns=returns, to=signal.SIGINT)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], start_new_session=True)
        if send == "send_signal":
            process.send_signal(signal.SIGINT)
        elif send == "os.kill":
            os.kill(process.pid, signal.SIGINT)
        else:
            os.killpg(os.getpgid(process.pid), signal.SIGINT)
        assert process.wait() == code
    assert_spawn()
    tripwire.popen.assert_signal(signal=2)


def test_a_child_that_shuts_down_slowly_and_one_that_has_to_be_killed() -> None:
    child().expect("signal", returns=None).expect("stdout", returns=b"bye").expect("wait", returns=0, after=5)
    child().expect("signal", returns=None, to=15).expect("signal", returns=None, to=9)

    def stop(process: Any) -> Any:
        process.terminate()
        try:
            return process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    with tripwire.sandbox():
        with subprocess.Popen(["a"], stdout=PIPE) as one:
            assert (stop(one), one.stdout.read()) == (0, b"bye")  # type: ignore[union-attr]
        assert stop(subprocess.Popen(["b"])) == -9
    assert_spawn(command="a")
    tripwire.popen.assert_signal(signal=15)
    tripwire.popen.assert_wait()
    assert_spawn(command="b")
    tripwire.popen.assert_signal(signal=15)
    tripwire.popen.assert_signal(signal=9)


def test_a_timed_child_can_be_killed_before_its_end() -> None:
    child().expect("wait", returns=0, after=60).expect("signal", returns=None)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        assert process.wait() == -9
    assert_spawn()
    tripwire.popen.assert_wait()
    tripwire.popen.assert_signal(signal=9)


def test_a_signal_before_the_end_that_is_scripted_after_it() -> None:
    child().expect("signal", returns=None).expect("wait", returns=5)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        process.terminate()
        assert process.wait() == 5
    assert_spawn()
    tripwire.popen.assert_signal(signal=15)
    tripwire.popen.assert_wait()


def test_a_signal_that_need_not_come() -> None:
    child().expect("signal", returns=None, required=False).expect("wait", returns=5)
    with tripwire.sandbox():
        assert subprocess.call(["x"]) == 5
    assert_spawn()
    tripwire.popen.assert_wait()


def test_a_signal_where_the_script_is_at_its_end() -> None:
    child().expect("stdout", returns=b"out")
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.terminate()
    lines = str(caught.value).splitlines()
    assert lines[0] == "nothing answers this call: signal(15) of the child ['x']"
    assert lines[-1] == '    .expect("signal", returns=None)'
    assert_spawn()


@pytest.mark.parametrize("number", [signal.SIGCONT, signal.SIGWINCH])
def test_a_signal_that_ends_nobody(number: int) -> None:
    tripwire.subprocess.mock_run(["x"], after=60)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        process.send_signal(number)
        assert (process.poll(), process.poll(), process.wait()) == (None, None, 0)
    tripwire.subprocess.assert_run(["x"], returncode=0)
    tripwire.subprocess.assert_signal(signal=number)


def test_a_signal_that_is_not_scripted(here: Callable[[int], str]) -> None:
    child().expect("stdout", returns=b"").expect("wait", returns=0)
    with tripwire.sandbox():
        process = subprocess.Popen(["x", "-v"])
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.send_signal(signal.SIGHUP)
        process.wait()
    belongs = "tripwire.popen session 1"
    lines = str(caught.value).splitlines()
    assert lines[0] == "nothing answers this call: signal(1) of the child ['x', '-v']"
    assert lines[1] == f"  called at {here(5)}"
    assert lines[2].startswith(f"the step below belongs to {belongs}  (")
    assert lines[4].startswith(
        "  - expect('wait', returns=0): it is the next step, and does not end the child  ("
    )
    assert lines[-1] == '    .expect("signal", returns=None)'
    tripwire.popen.assert_spawn(command=["x", "-v"], stdin=None)
    tripwire.popen.assert_wait()


def test_waiting_for_a_signal_that_nobody_can_send() -> None:
    child().expect("signal", returns=None)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.wait()
        process.kill()
        process.wait()
    assert "the child runs until a signal comes" in str(caught.value)
    assert str(caught.value).splitlines()[-1] == '    .expect("wait", returns=0)'
    assert_spawn()
    tripwire.popen.assert_signal(signal=9)


def test_a_signal_to_a_child_that_would_end_of_itself() -> None:
    child().expect("wait", returns=0, after=60)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.kill()
        process.wait()
    assert "expect('wait', returns=0, after=60): the child ends of itself after 60 seconds" in str(
        caught.value
    )
    assert str(caught.value).splitlines()[-1] == '    .expect("signal", returns=None)'
    assert_spawn()
    tripwire.popen.assert_wait()


def test_a_timer_sends_it() -> None:
    child().expect("signal", returns=None)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], stdout=PIPE)
        timer = threading.Timer(0.05, process.kill)
        timer.start()
        assert process.communicate() == (b"", None)  # type: ignore[comparison-overlap]
        timer.join()
    assert process.returncode == -9
    assert_spawn()
    tripwire.popen.assert_signal(signal=9)


def test_another_thread_sends_it() -> None:
    child().expect("stdout", returns=b"line\n").expect("signal", returns=None)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdout=PIPE) as process:
        assert process.stdout is not None
        codes: list[int] = []
        lines: list[bytes] = []
        read = threading.Event()
        thread = threading.Thread(target=lambda: codes.append(process.wait()))

        def follow() -> None:
            for line in process.stdout or ():
                lines.append(line)
                read.set()

        reader = threading.Thread(target=follow)
        thread.start()
        reader.start()
        assert read.wait(20)
        process.terminate()
        thread.join()
        reader.join()
        assert (codes, lines) == ([-15], [b"line\n"])
    assert_spawn()
    tripwire.popen.assert_signal(signal=15)

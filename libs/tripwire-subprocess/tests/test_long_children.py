"""Children of sync callers that write, listen, take their time and get signals."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dirty_equals import IsBytes

import tripwire

PIPE = subprocess.PIPE
EVERYTHING: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}


def child(**options: Any) -> Any:
    return tripwire.popen.new_session().expect("spawn", returns=None, **options)


def assert_spawn(stdin: Any = None, command: str = "x") -> None:
    tripwire.popen.assert_spawn(command=[command], stdin=stdin)


@pytest.fixture(autouse=True)
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of these may take the time it speaks of."""

    def sleep(seconds: float) -> None:
        raise AssertionError(f"time.sleep({seconds})")

    monkeypatch.setattr(time, "sleep", sleep)


# -- output


@pytest.mark.parametrize("size", [3, 60_000, 3_000_000])
def test_output_is_read_in_any_order_and_size(size: int) -> None:
    out, err = [b"o" * size, b"\n", b"last"], b"e" * size
    child().expect("stderr", returns=err).expect("stdout", returns=out).expect("wait", returns=4)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(2) == b"oo"
        assert process.stdout.readline() == b"o" * (size - 2) + b"\n"
        assert process.stderr.read() == err
        assert (process.stdout.read(), process.wait()) == (b"last", 4)
    assert_spawn()
    tripwire.popen.assert_wait()


@pytest.mark.parametrize("options", [{}, {"stdout": PIPE, "stderr": PIPE}, {"stderr": subprocess.STDOUT}])
def test_communicate_gives_what_was_said_before_the_end(options: Any) -> None:
    merged = options.get("stderr") == subprocess.STDOUT
    expected: Any = (b"one twoerr ", None) if merged else (b"one two", b"err ")
    child().expect("stdout", returns=b"one ").expect("stderr", returns=b"err ").expect(
        "stdout", returns=b"two"
    ).expect("wait", returns=3)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], **options)
        assert process.communicate() == expected
        assert process.returncode == 3
    assert_spawn()
    tripwire.popen.assert_communicate(input=None)


def test_output_through_a_selector() -> None:
    size = 1_000_000
    child().expect("stdout", returns=b"o" * size).expect("stderr", returns=b"e" * size).expect(
        "wait", returns=0
    )
    found: dict[Any, int] = {"out": 0, "err": 0}
    with (
        tripwire.sandbox(),
        subprocess.Popen(["x"], stdout=PIPE, stderr=PIPE) as process,
        selectors.DefaultSelector() as selector,
    ):
        selector.register(process.stdout, selectors.EVENT_READ, "out")  # type: ignore[arg-type]
        selector.register(process.stderr, selectors.EVENT_READ, "err")  # type: ignore[arg-type]
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, 100_000)
                found[key.data] += len(data)
                if not data:
                    selector.unregister(key.fileobj)
    assert found == {"out": size, "err": size}
    assert_spawn()
    tripwire.popen.assert_wait()


def test_output_nobody_reads_and_a_step_that_is_never_reached() -> None:
    child().expect("stdout", returns=b"unread").expect("reply", to=b"hello", returns=b"late").expect(
        "wait", returns=0, required=False
    )
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], **EVERYTHING)
    assert process.returncode == -9
    assert_spawn(PIPE)
    with pytest.raises(
        tripwire.UnusedMocksError, match=r"1 mock was .*\n.*expect\('reply', returns=b'late', to=b'hello'\)"
    ):
        tripwire.verify_all()


# -- an interactive child


@pytest.mark.parametrize(
    ("to", "written"),
    [
        (b"2+2\n", [b"2+2\n"]),
        (b"2+2\n", [b"2", b"+2\n"]),
        ("2+2\n", [b"2+2\n"]),
        (IsBytes(regex=rb"\d\+\d\n"), [b"2+2\n"]),
        (lambda data: data.startswith(b"2+"), [b"2+2\n"]),
    ],
)
def test_an_interactive_child(to: Any, written: list[bytes]) -> None:
    session = child().expect("stdout", returns=b"> ").expect("reply", to=to, returns=b"4\n> ")
    session.expect("reply", to=b"quit\n", returns=b"bye\n").expect("wait", returns=0)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(2) == b"> "
        for part in written:
            process.stdin.write(part)
        assert process.stdout.read(2) == b"4\n"
        process.stdin.write(b"quit\n")
        assert process.stdout.read() in (b"> bye\n", b"> ")
        assert process.wait() == 0
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data=b"2+2\nquit\n")
    tripwire.popen.assert_wait()


def test_all_is_written_at_once_and_answered_in_turn() -> None:
    session = child().expect("reply", to=b"a\n", returns=b"A")
    session.expect("reply", to=IsBytes(regex=rb".\n"), returns=[b"B", b"!"]).expect("wait", returns=0)
    with tripwire.sandbox():
        done = subprocess.run(["x"], input=b"a\nb\n", capture_output=True, check=True)
    assert done.stdout == b"AB!"
    assert_spawn(PIPE)
    tripwire.popen.assert_communicate(input=b"a\nb\n")


@pytest.mark.parametrize("to", [b"yes\n", IsBytes(regex=b"y.*\n")])
def test_what_no_reply_is_for(to: Any, here: Callable[[int], str]) -> None:
    child().expect("reply", to=to, returns=b"ok").expect("wait", returns=0, required=False)
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE)
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.communicate(b"no\n")
    assert str(caught.value).splitlines()[0] == (
        "nothing answers this call: the answer to b'no\\n' of the child ['x']"
    )
    assert f"the child waits for {to!r} at its stdin" in str(caught.value)
    assert str(caught.value).splitlines()[-1] == '    .expect("reply", to=b\'no\\n\', returns=b"")'
    assert_spawn(PIPE)
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


def test_a_wrong_line_ends_the_reading() -> None:
    child().expect("reply", to=b"yes\n", returns=b"ok")
    with tripwire.expect_trip(tripwire.UnmockedInteractionError), tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE, bufsize=0)
        process.stdin.write(b"no\n")
        assert process.stdout.read() == b""
        process.stdin.close()
        process.stdout.close()
        assert process.wait() == -9
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data=b"no\n")
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


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


@pytest.mark.parametrize("stdin", [None, subprocess.DEVNULL])
def test_an_answer_that_nobody_can_ask_for(stdin: int | None) -> None:
    child().expect("stdout", returns=b"first\n").expect("reply", to=b"a\n", returns=b"b\n")
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], stdin=stdin, stdout=PIPE)
        assert process.stdout is not None
        assert process.stdout.read() == b"first\n"  # and the end, for which it would wait for ever
        process.stdout.close()
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.wait()
    assert "the child waits for b'a\\n' at its stdin" in str(caught.value)
    tripwire.popen.assert_spawn(command=["x"], stdin=stdin)
    with pytest.raises(tripwire.UnusedMocksError, match="reply"):
        tripwire.verify_all()


def test_input_that_comes_from_a_file_or_another_child(tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"b\na\n")
    tripwire.subprocess.mock_run(["says"], stdout="b\na\n")
    tripwire.subprocess.mock_run(["sorts"], input="b\na\n", stdout="a b\n", times=2)
    with tripwire.sandbox():
        with (
            subprocess.Popen(["says"], stdout=PIPE) as says,
            subprocess.Popen(["sorts"], stdin=says.stdout, stdout=PIPE) as sorts,
        ):
            assert sorts.stdout is not None
            assert sorts.stdout.read() == b"a b\n"
        with (tmp_path / "input").open("rb") as file:
            assert subprocess.run(["sorts"], stdin=file, stdout=PIPE).stdout == b"a b\n"
    tripwire.subprocess.assert_run(["says"])
    for _ in range(2):
        tripwire.subprocess.assert_run(["sorts"], input="b\na\n")


def test_a_talk_over_a_pipe_of_the_program() -> None:
    child().expect("reply", to=b"a\n", returns=b"b\n").expect("wait", returns=0)
    read_end, write_end = os.pipe()
    with tripwire.sandbox(), subprocess.Popen(["x"], stdin=read_end, stdout=PIPE) as process:
        assert process.stdout is not None
        os.write(write_end, b"a\n")
        assert process.stdout.readline() == b"b\n"
        os.close(read_end)
        os.close(write_end)
        assert process.wait() == 0
    tripwire.popen.assert_spawn(command=["x"], stdin=read_end)
    tripwire.popen.assert_stdin(data=b"a\n")
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


# -- stdin


def test_stdin_is_one_interaction_before_the_next_call() -> None:
    child().expect("wait", returns=0)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdin=PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write("h\u00e9")
        process.stdin.write("llo" * 100_000)
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data="h\u00e9" + "llo" * 100_000)
    tripwire.popen.assert_wait()


def test_after_the_end_the_pipe_is_broken() -> None:
    child().expect("wait", returns=0)
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=PIPE, bufsize=0)
        assert process.stdin.write(b"early") == 5
        assert process.wait() == 0
        with pytest.raises(BrokenPipeError):
            process.stdin.write(b"late")
        process.stdin.close()
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data=b"early")
    tripwire.popen.assert_wait()


# -- what a script may say


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("stdout", None), TypeError, "'stdout' returns bytes, or a list of them, not None"),
        (("stderr", [b"", ""]), TypeError, "'stderr' returns bytes, or a list of them, not [b'', '']"),
        (
            ("signal", b""),
            TypeError,
            "'signal' returns None, or the return code of the child, an int, not b''",
        ),
        (("reply", b""), ValueError, "'reply' needs to=: what the program writes, as bytes or a matcher"),
        (("wait", 0, {"after": "1"}), TypeError, "after= must be a number of seconds, not '1'"),
        (
            ("wait", 0, {"after": -1}),
            ValueError,
            "after=-1 is no time to come; give seconds, 0 or more",
        ),
        (
            ("stdout", b"", {"after": 1}),
            ValueError,
            "after= is for the end of a child, 'wait' or 'communicate', not for 'stdout'",
        ),
        (("wait", 0, {"to": b""}), ValueError, "to= is for 'reply' and 'signal', not for 'wait'"),
        (
            ("signal", None, {"raises": OSError()}),
            ValueError,
            "'signal' is nothing that raises; 'spawn', 'communicate' and 'wait' do",
        ),
    ],
)
def test_steps_that_make_no_sense(arguments: Any, kind: type[Exception], message: str) -> None:
    method, returns, *options = arguments
    with pytest.raises(kind) as caught:
        tripwire.popen.new_session().expect(method, returns=returns, **(options[0] if options else {}))
    assert str(caught.value) == message

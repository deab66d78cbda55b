"""The subprocess module above a scripted child, compared with the same above a real one."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import tripwire

from .harness import Program, Scenario, See, assert_all, descriptors, script_mocks, script_sessions

PIPE, STDOUT, DEVNULL = subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL
SCENARIOS: list[Scenario] = []


def scenario(program: Program, **script: Any) -> Callable[..., Any]:
    def add(run: Callable[..., Any]) -> Callable[..., Any]:
        SCENARIOS.append(Scenario(run, program, **script))
        return run

    return add


HELLO = Program(b"hello\nworld\n", b"careful\n", 3)


@scenario(HELLO)
def run_captured(program: Program, see: See) -> None:
    done = subprocess.run(program.command, capture_output=True, check=False)
    see(type(done), done.args, done.returncode, done.stdout, done.stderr, repr(done))


@scenario(Program("h\u00e9llo\r\nx\ry\n".encode(), b"\xe9", 0))
def run_text(program: Program, see: See) -> None:
    done = subprocess.run(
        program.command, capture_output=True, text=True, encoding="utf-8", errors="replace", check=True
    )
    see(repr(done))
    see(done.stdout, done.stderr)


@scenario(Program("\u20ac\n".encode("utf-16")))
def run_another_encoding(program: Program, see: See) -> None:
    see(subprocess.run(program.command, stdout=PIPE, encoding="utf-16", check=True).stdout)


@scenario(Program(b"\xff"))
def run_text_that_is_none(program: Program, see: See) -> None:
    with see.error():
        subprocess.run(program.command, capture_output=True, encoding="utf-8", check=True)


@scenario(HELLO)
def run_checked(program: Program, see: See) -> None:
    with see.error():
        subprocess.run(program.command, capture_output=True, check=True)


@scenario(HELLO)
def check_output_merged(program: Program, see: See) -> None:
    with see.error():
        subprocess.check_output(program.command, stderr=STDOUT)


@scenario(Program(b"fine", b"quiet"))
def check_output(program: Program, see: See) -> None:
    see(subprocess.check_output(program.command, stderr=DEVNULL))


@scenario(Program(b"", b"", 4), steps=(("wait", 4),))
def call(program: Program, see: See) -> None:
    see(subprocess.call(program.command))


@scenario(Program(b"", b"", 4), steps=(("wait", 4),))
def check_call(program: Program, see: See) -> None:
    with see.error():
        subprocess.check_call(program.command)


@scenario(Program(b"x" * 3_000_000, b"y" * 1_000_000, 0, reads=True))
def big(program: Program, see: See) -> None:
    done = subprocess.run(program.command, capture_output=True, input=b"z" * 2_000_000, check=True)
    see(len(done.stdout), len(done.stderr))


@scenario(Program(b"x" * 3_000_000))
def big_from_one_pipe(program: Program, see: See) -> None:
    with subprocess.Popen(program.command, stdout=PIPE) as process:
        assert process.stdout is not None
        see(process.stdout.read(100_000), len(process.stdout.read()), process.stdout.read())


@scenario(Program(b"hello\nworld\n", b"careful\n", 3, reads=True))
def communicate_with_input(program: Program, see: See) -> None:
    process = subprocess.Popen(program.command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)
    see(process.returncode, type(process), type(process.stdin), type(process.stdout), process.args)
    see(process.communicate("some input\n"), process.returncode, repr(process))


@scenario(Program(b"out", b"", 0, reads=True))
def stdin_written_by_hand(program: Program, see: See) -> None:
    process = subprocess.Popen(program.command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    assert process.stdin is not None
    see(process.stdin.write(b"data"), process.stdin.flush())
    see(process.communicate(), process.stdin.closed, process.returncode)


@scenario(Program(b"a\nb\r\nc\n", b"", 7))
def iteration_in_a_context(program: Program, see: See) -> None:
    with subprocess.Popen(program.command, stdout=PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        see([line for line in process.stdout])  # noqa: C416 - iteration is what is tried
        see(process.returncode)
    see(process.returncode, process.stdout.closed)


@scenario(Program(b"one\ntwo\nthree", b"err"))
def reading_piece_by_piece(program: Program, see: See) -> None:
    with subprocess.Popen(program.command, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        see(process.stdout.readline(), process.stdout.read(2), process.stdout.readlines())
        see(process.stderr.read(), process.wait())


@scenario(Program(b"one\n"))
def raw_pipe(program: Program, see: See) -> None:
    with subprocess.Popen(program.command, stdout=PIPE, bufsize=0) as process:
        assert process.stdout is not None
        see(type(process.stdout), process.stdout.seekable(), os.fstat(process.stdout.fileno()).st_mode)
        see(process.stdout.read(100), process.stdout.read(100))


@scenario(Program(b"one\n"))
def selected(program: Program, see: See) -> None:
    with (
        subprocess.Popen(program.command, stdout=PIPE) as process,
        selectors.DefaultSelector() as selector,
    ):
        selector.register(process.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]
        ((key, events),) = selector.select()
        see(events, os.read(key.fd, 100), os.read(key.fd, 100))


@scenario(Program(b"to a file", b"err"), steps=(("communicate", (b"to a file", b"err", 0)),))
def files(program: Program, see: See) -> None:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(program.command, stdout=out, stderr=err.fileno())
        see(process.communicate(), process.stdout, process.stderr)
        see(os.pread(out.fileno(), 100, 0), os.pread(err.fileno(), 100, 0))


@scenario(Program(b"to a file", b"err"))
def merged_into_a_file(program: Program, see: See) -> None:
    with tempfile.TemporaryFile() as out:
        subprocess.run(program.command, stdout=out, stderr=STDOUT, check=True)
        see(os.pread(out.fileno(), 100, 0))


@scenario(Program(b"out", b"err"))
def merged(program: Program, see: See) -> None:
    process = subprocess.Popen(program.command, stdout=PIPE, stderr=STDOUT)
    see(process.stderr, process.communicate())


@scenario(Program(b"", b""), steps=(("communicate", (b"", b"", 0)),))
def stdin_from_a_file(program: Program, see: See) -> None:
    with tempfile.TemporaryFile() as given:
        process = subprocess.Popen(program.command, stdin=given, stdout=DEVNULL, stderr=DEVNULL)
        see(process.stdin, process.communicate(), process.returncode)


@scenario(HELLO)
def communicate_twice(program: Program, see: See) -> None:
    process = subprocess.Popen(program.command, stdout=PIPE, stderr=PIPE)
    see(process.communicate(), process.communicate(), process.wait(), process.poll(), process.wait(timeout=1))
    with see.error():
        process.communicate(b"more")


@scenario(HELLO)
def communicate_twice_with_one_pipe(program: Program, see: See) -> None:
    process = subprocess.Popen(program.command, stdout=PIPE, stderr=DEVNULL)
    see(process.communicate())
    with see.error():
        process.communicate()


@scenario(Program(b"", b"", 5), steps=(("wait", 5),))
def wait_and_poll(program: Program, see: See) -> None:
    process = subprocess.Popen(program.command)
    see(process.poll(), process.returncode)
    see(process.wait(timeout=30), process.wait(), process.poll(), process.returncode)


@scenario(Program(b"", b"", 5), steps=(("wait", 5),))
def polled_until_it_ends(program: Program, see: See) -> None:
    process = subprocess.Popen(program.command)
    while process.poll() is None:
        time.sleep(0.001)
    see(process.returncode, process.wait())


@scenario(
    Program(sleeps=True),
    steps=(None, None, None),
    mocks=({"returncode": -signal.SIGKILL}, {"returncode": -signal.SIGTERM}, {"returncode": -signal.SIGINT}),
)
def signals(program: Program, see: See) -> None:
    for send, number in (("kill", 9), ("terminate", 15), ("send_signal", 2)):
        process: Any = subprocess.Popen(program.command, stderr=DEVNULL, restore_signals=True)
        time.sleep(0 if process.pid > 2**22 else 0.3)
        see(process.poll(), process.send_signal(signal.SIGCONT))
        see(getattr(process, send)(*([signal.SIGINT] if send == "send_signal" else [])))
        see(process.wait() == -number, process.returncode, getattr(process, "kill")())  # noqa: B009
        with see.error():
            os.kill(process.pid, 0)


@scenario(Program(), steps=(FileNotFoundError(2, "No such file or directory", "no-such-program"),))
def missing(program: Program, see: Seen) -> None:
    command = ["no-such-program"] if see.real else program.command
    with see.error():
        subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)


SCENARIOS[-1].mocks = ({"raises": FileNotFoundError(2, "No such file or directory", "no-such-program")},)


@scenario(Program(), steps=("none",), mocks=())
def refused(program: Program, see: See) -> None:
    calls: tuple[tuple[Any, dict[str, Any]], ...] = (
        (["x", 3], {}),
        ([], {}),
        (["x\0"], {}),
        (3, {}),
        (["x"], {"bufsize": "x"}),
        (["x"], {"env": {"a=b": "c"}}),
        (["x"], {"env": {"a": 3}}),
        (["x"], {"executable": "a\0b"}),
        (["x"], {"text": True, "universal_newlines": False}),
        (["x"], {"nonsense": 1}),
        (["x"], {"stdout": PIPE, "stdin": "a string"}),
        (tempfile.gettempdir(), {"shell": 3, "pipesize": "x"}),
    )
    for args, options in calls:
        with see.error():
            subprocess.Popen(args, **options)


class Loud(subprocess.Popen):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.calls: list[str] = []
        super().__init__(*args, **kwargs)

    def communicate(self, *args: Any, **kwargs: Any) -> Any:
        self.calls.append("communicate")
        return super().communicate(*args, **kwargs)

    def wait(self, *args: Any, **kwargs: Any) -> int:
        self.calls.append("wait")
        return super().wait(*args, **kwargs)

    def poll(self) -> int | None:
        self.calls.append("poll")
        return super().poll()


@scenario(HELLO)
def subclass(program: Program, see: See) -> None:
    with Loud(program.command, stdout=PIPE, stderr=PIPE) as process:
        see(process.poll(), process.communicate())
    see(process.poll(), process.calls, isinstance(process, subprocess.Popen), repr(process))


@scenario(HELLO)
def in_a_thread(program: Program, see: See) -> None:
    def work() -> None:
        see(repr(subprocess.run(program.command, capture_output=True, check=False)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@scenario(Program(b"x"))
def given_a_descriptor(program: Program, see: See) -> None:
    read_end, write_end = os.pipe()
    process = subprocess.Popen(program.command, stdout=write_end)
    os.close(write_end)
    see(os.read(read_end, 100), os.read(read_end, 100), process.wait())
    os.close(read_end)


@scenario(Program(b"many"), steps=(("communicate", (b"many", b"", 0)),) * 20, mocks=({},) * 20)
def many(program: Program, see: See) -> None:
    processes = [subprocess.Popen(program.command, stdout=PIPE, stderr=PIPE) for _ in range(20)]
    see([process.communicate() for process in processes], len({process.pid for process in processes}))


class Seen(See):
    """What was seen, and whether it is the real thing."""

    def __init__(self, real: bool) -> None:
        super().__init__()
        self.real = real


@pytest.mark.parametrize("served_by", ["mock_run", "session"])
@pytest.mark.parametrize("one", SCENARIOS, ids=str)
def test_the_same_is_seen(one: Scenario, served_by: str) -> None:
    before = descriptors()
    real = Seen(real=True)
    one.run(one.program, real)
    if served_by == "mock_run":
        script_mocks(one)
    elif one.steps != ("none",):
        script_sessions(one, tripwire.popen)
    scripted = Seen(real=False)
    with tripwire.sandbox():
        one.run(one.program, scripted)
    assert scripted.seen == real.seen
    assert_all()
    assert descriptors(before) == before


@pytest.mark.parametrize("served_by", ["mock_run", "session"])
@pytest.mark.parametrize("start", ["getoutput", "getstatusoutput", "shell", "popen"])
def test_the_same_is_seen_through_a_shell(start: str, served_by: str) -> None:
    program = Program(b"hello\n", b"world\n", 1)

    def run(see: See) -> None:
        if start == "shell":
            see(repr(subprocess.run(program.shell, shell=True, capture_output=True, text=True, check=False)))
        elif start == "popen":
            stream = os.popen(program.shell + " 2>&1")
            see(stream.read(), stream.close())
        else:
            see(getattr(subprocess, start)(program.shell))

    real, scripted = See(), See()
    run(real)
    merged: dict[str, Any] = {"stdout": "hello\n", "stderr": b"world\n"}
    if start == "popen":
        merged = {"stdout": "hello\nworld\n"}
    command = program.shell + (" 2>&1" if start == "popen" else "")
    if served_by == "mock_run":
        tripwire.subprocess.mock_run(command, returncode=1, **merged)
    else:
        session = tripwire.popen.new_session().expect("spawn", returns=None)
        session.expect("communicate", returns=(merged["stdout"].encode(), merged.get("stderr", b""), 1))
    with tripwire.sandbox():
        run(scripted)
    assert scripted.seen == real.seen
    assert_all()


def test_a_timeout() -> None:
    program = Program(sleeps=True)

    def run(see: See) -> None:
        with see.error():
            subprocess.run(program.command, timeout=0.05, capture_output=True, check=False)

    real, scripted = See(), See()
    run(real)
    error = subprocess.TimeoutExpired(program.command, 0.05)
    tripwire.subprocess.mock_run(program.command, raises=error)
    with tripwire.sandbox():
        run(scripted)
    assert scripted.seen == real.seen
    assert_all()

"""What the subprocess module shows besides, of real and scripted children: their pids, subclasses, options, files."""

# mypy: disable-error-code="func-returns-value, comparison-overlap, no-untyped-call, call-overload, type-var, arg-type"
# What comes back from a call is seen, also where it is nothing.

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from subprocess import DEVNULL, PIPE, STDOUT, Popen
from typing import Any

import pytest

import tripwire

from .plays import SLEEP, Play, Plays, Seen, compare, ends, runs, says

play = Plays()


@pytest.mark.parametrize("one", play, ids=str)
def test_the_same_is_seen(one: Play) -> None:
    scripted, real = compare(one, "popen", lambda see: one.run(one.command, see))
    assert scripted == real


@play(SLEEP, runs())
def a_session_of_its_own(command: Any, see: Seen) -> None:
    process = Popen(command, start_new_session=True)
    group = os.getpgid(process.pid)
    see(group == process.pid, os.getsid(process.pid) == process.pid, os.killpg(group, 9), process.wait())


@play("exit 3", ends(3))
def waited_for_by_its_pid(command: Any, see: Seen) -> None:
    process = Popen(command)
    see(os.waitpid(process.pid, 0)[1], process.poll(), process.wait(), process.kill())
    for options in (0, os.WNOHANG):
        with see.error():
            os.waitpid(process.pid, options)


@play("exit 3", ends(3))
def looked_at_by_its_pid(command: Any, see: Seen) -> None:
    process = Popen(command)
    while (found := os.waitpid(process.pid, os.WNOHANG)) == (0, 0):
        pass
    see(found == (process.pid, 3 << 8), process.wait())


@play("exit 3", ends(3))
def waited_for_twice(command: Any, see: Seen) -> None:
    process = Popen(command)
    see(process.wait())
    with see.error():
        os.waitpid(process.pid, 0)


@play(SLEEP, runs())
def killed_and_waited_for_by_its_pid(command: Any, see: Seen) -> None:
    process = Popen(command)
    process.kill()
    see(os.waitpid(process.pid, 0)[1], process.returncode, process.wait())


@play(SLEEP, runs())
def the_group_of_its_parent(command: Any, see: Seen) -> None:
    process = Popen(command)
    see(os.getpgid(process.pid) == os.getpgrp(), os.kill(process.pid, 0), os.kill(process.pid, 15))
    see(process.wait())
    for ask in (lambda: os.getpgid(process.pid), lambda: os.kill(process.pid, 0)):
        with see.error():
            ask()


@play("exit 0", ends())
def passed_descriptors(command: Any, see: Seen) -> None:
    read_end, write_end = os.pipe()
    process = Popen(command, pass_fds=[write_end])
    see(os.get_inheritable(write_end), process.wait(), os.write(write_end, b"x"), os.read(read_end, 10))
    os.close(write_end)
    see(os.read(read_end, 10), os.close(read_end))


@play("exit 0", ends())
def preexec_fn(command: Any, see: Seen) -> None:
    calls: list[int] = []
    process = Popen(command, preexec_fn=lambda: calls.append(1))
    see(process.wait(), calls)


class Loud(Popen):  # type: ignore[type-arg]
    """A base class whose methods are overridden."""

    log: list[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.log = ["init"]
        super().__init__(*args, **kwargs)
        self.log.append("started")

    def wait(self, timeout: float | None = None) -> int:
        self.log.append("wait")
        return super().wait(timeout)

    def poll(self) -> int | None:
        self.log.append("poll")
        return super().poll()

    def send_signal(self, sig: int) -> None:
        self.log.append("send_signal")
        super().send_signal(sig)

    def communicate(self, *args: Any, **kwargs: Any) -> Any:
        self.log.append("communicate")
        return super().communicate(*args, **kwargs)

    def __exit__(self, *args: Any) -> None:
        self.log.append("exit")
        super().__exit__(*args)


@play(SLEEP, runs())
def a_base_class_with_a_signal(command: Any, see: Seen) -> None:
    with Loud(command, stdout=PIPE) as process:
        process.terminate()
    see(type(process), [one for one in process.log if one != "poll"], process.returncode)


@play("echo out", says(b"out\n"))
def a_base_class_with_output(command: Any, see: Seen) -> None:
    with Loud(command, stdout=PIPE, stderr=PIPE) as process:
        see(process.communicate())
    see(process.log, process.returncode)


@play("exit 3", ends(3))
def an_exception_in_a_context(command: Any, see: Seen) -> None:
    with see.error(), Popen(command, stdin=PIPE, stdout=PIPE) as process:
        raise KeyError("mine")
    see(process.returncode, process.stdin.closed, process.stdout.closed)


@play("printf 'a\\r\\nb\\rc\\n'", says(b"a\r\nb\rc\n"))
def universal_newlines(command: Any, see: Seen) -> None:
    with Popen(command, stdout=PIPE, universal_newlines=True) as process:
        see(process.universal_newlines, list(process.stdout or ()), process.stdout.newlines)  # type: ignore[union-attr]


@play("printf '\\377a'", says(b"\xffa"), children=3)
def errors_of_an_encoding(command: Any, see: Seen) -> None:
    for errors in ("ignore", "replace", "surrogateescape"):
        see(subprocess.run(command, stdout=PIPE, encoding="utf-8", errors=errors, check=True).stdout)


@play("kill -9 $$", runs())
def killed_by_itself(command: Any, see: Seen) -> None:
    process = Popen(command, stdout=PIPE)
    if not see.real:
        process.kill()
    see(process.communicate(), process.returncode)
    with see.error():
        subprocess.CompletedProcess(process.args, process.returncode).check_returncode()


@play("exit 255", says(code=255))
def the_highest_code(command: Any, see: Seen) -> None:
    with see.error():
        subprocess.run(command, capture_output=True, check=True)


@play("echo out", says(b"out\n"))
def what_a_popen_tells_of_itself(command: Any, see: Seen) -> None:
    process: Any = Popen(command, stdout=PIPE, encoding="ascii", errors="ignore", bufsize=-1)
    names = ("args", "encoding", "errors", "text_mode", "pipesize", "returncode", "stdin", "stderr")
    see(*(getattr(process, name) for name in names), type(process.pid), type(process.stdout.buffer))
    see(process.communicate()[0], process.stdout.closed)


@play("echo out; exit 1", says(b"out\n", code=1))
def buffering_of_one(command: Any, see: Seen) -> None:
    with see.warned():
        process = Popen(command, stdout=PIPE, stderr=PIPE, bufsize=1)
        see(process.communicate())


@play("cat", lambda s: s.expect("signal", returns=None))
def input_of_the_wrong_kind(command: Any, see: Seen) -> None:
    process: Any = Popen(command, stdin=PIPE)
    for given in ("text", 3):
        try:
            process.stdin.write(given)
        except TypeError as error:
            see(str(error))
    process.kill()
    see(process.wait(), process.stdin.close())


@play("cat >/dev/null; echo done", says(b"done\n"), children=4)
def empty_input(command: Any, see: Seen) -> None:
    for given in (b"", None, bytearray(b"x"), memoryview(b"y")):
        process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        see(process.communicate(given), process.stdin.closed)  # type: ignore[union-attr]


@play("exit 0", lambda _: None, children=0)
def arguments_that_exclude_each_other(command: Any, see: Seen) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: subprocess.run(command, input=b"", stdin=PIPE, check=False),
        lambda: subprocess.run(command, capture_output=True, stderr=PIPE, check=False),
        lambda: subprocess.check_output(command, stdout=PIPE),
        lambda: subprocess.check_output(command, input=b"", stdin=PIPE),
        lambda: Popen(command, bufsize="x"),
    ]
    for call in calls:
        with see.error():
            call()


@play("sort", says(b"a\nb\n"), children=2)
def piped_into_another(command: Any, see: Seen) -> None:
    first = Popen(["/bin/sh", "-c", "printf 'a\\nb\\n'"], stdout=PIPE)
    second = Popen(command, stdin=first.stdout, stdout=PIPE, stderr=DEVNULL)
    see(first.stdout.close(), second.communicate(), first.wait(), second.stdin)  # type: ignore[union-attr]


@play("echo out; echo err >&2", says(b"out\n", err=b"err\n"))
def output_to_one_file_by_two_names(command: Any, see: Seen) -> None:
    with tempfile.TemporaryFile() as out:
        see(subprocess.call(command, stdout=out, stderr=out.fileno()), os.pread(out.fileno(), 100, 0))


@play("echo out", says(b"out\n"), children=2)
def nowhere(command: Any, see: Seen) -> None:
    see(Popen(command, stdout=DEVNULL, stderr=STDOUT).communicate())
    see(repr(subprocess.run(command, stdout=DEVNULL, stderr=DEVNULL, check=True)))


@play("exit 4", ends(4))
def communicate_after_wait(command: Any, see: Seen) -> None:
    process = Popen(command, stdin=PIPE, stdout=PIPE)
    see(process.wait(), process.communicate(), process.poll())


@play("echo out; exit 4", says(b"out\n", code=4))
def wait_twice_and_read_late(command: Any, see: Seen) -> None:
    with Popen(command, stdout=PIPE) as process:
        see(process.wait(), process.wait(timeout=0), process.stdout.read())  # type: ignore[union-attr]


@play("exit 0", ends())
def signals_that_come_too_late(command: Any, see: Seen) -> None:
    process = Popen(command)
    see(process.wait(), process.kill(), process.terminate(), process.send_signal(1), process.returncode)


@play("exit 0", ends(), children=1000)
def a_thousand_at_once(command: Any, see: Seen) -> None:
    program = ["/bin/true"] if see.real else command
    children = [Popen(program, stdin=DEVNULL) for _ in range(1000)]
    see(len({child.pid for child in children}), {child.wait() for child in children})


@play("echo out; exit 3", says(b"out\n", code=3))
def a_pipe_of_os_popen(command: Any, see: Seen) -> None:
    with see.error():
        pipe = os.popen("echo out; exit 3")
        see(list(pipe), pipe.close())


@play("cat >/dev/null; exit 2", ends(2))
def a_pipe_of_os_popen_to_write(command: Any, see: Seen) -> None:
    pipe = os.popen("cat >/dev/null; exit 2", "w")
    see(pipe.write("text"), pipe.close())


def test_a_thousand_children_with_pipes() -> None:
    tripwire.subprocess.mock_run("x", stdout="out", times=1000)
    with tripwire.sandbox():
        children = [Popen("x", stdout=PIPE) for _ in range(1000)]
        assert {child.communicate() for child in children} == {(b"out", None)}
    with tripwire.in_any_order():
        for _ in children:
            tripwire.subprocess.assert_run("x")

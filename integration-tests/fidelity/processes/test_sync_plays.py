"""The subprocess module above children that talk, take their time and get signals: real ones and scripted ones."""

# mypy: disable-error-code="func-returns-value, comparison-overlap, no-untyped-call, call-overload, type-var, arg-type"
# What comes back from a call is seen, also where it is nothing.

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from subprocess import PIPE, Popen
from typing import Any

import pytest

from .plays import ECHO, SLEEP, TRAP, Play, Plays, Seen, compare, echoes, ends, runs, says, shuts_down

play = Plays()


@pytest.mark.parametrize("one", play, ids=str)
def test_the_same_is_seen(one: Play) -> None:
    scripted, real = compare(one, "popen", lambda see: one.run(one.command, see))
    assert scripted == real


@play(ECHO, echoes)
def a_conversation(command: Any, see: Seen) -> None:
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True, bufsize=1) as process:
        see(process.poll())
        for word in ("one", "two"):
            see(process.stdin.write(f"{word}\n"), process.stdout.readline())  # type: ignore[union-attr]
        see(process.stdin.close(), process.stdout.read())  # type: ignore[union-attr]
    see(process.returncode)


@play(ECHO, echoes)
def a_conversation_in_one_go(command: Any, see: Seen) -> None:
    see(repr(subprocess.run(command, input=b"one\ntwo\n", capture_output=True, check=True)))


@play(ECHO, echoes)
def a_silent_pipe(command: Any, see: Seen) -> None:
    with Popen(command, stdin=PIPE, stdout=PIPE, bufsize=0) as process:
        out: Any = process.stdout
        see(select.select([out], [process.stdin], [], 0)[0])
        os.set_blocking(out.fileno(), False)
        see(out.read(), out.read(10))
        see(process.stdin.write(b"one\ntwo\n"), process.stdin.close())  # type: ignore[union-attr]
        os.set_blocking(out.fileno(), True)
        data = b""
        while chunk := out.read(7):
            data += chunk
        see(data, select.select([out], [], [], 0)[0] == [out], process.wait())


@play(f"echo begun; {SLEEP}", runs(b"begun\n"))
def communicate_times_out(command: Any, see: Seen) -> None:
    process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    with see.error():
        process.communicate(timeout=0.2)
    see(process.poll(), process.kill(), process.communicate(), process.returncode)


@play(f"echo begun; {SLEEP}", runs(b"begun\n"))
def communicate_times_out_in_text_mode(command: Any, see: Seen) -> None:
    process = Popen(command, stdout=PIPE, text=True)
    for _ in range(2):
        with see.error():
            process.communicate(timeout=0.2)
    see(process.terminate(), process.communicate(), process.returncode)


@play(f"echo begun; echo no >&2; {SLEEP}", runs(b"begun\n", err=b"no\n"))
def run_times_out(command: Any, see: Seen) -> None:
    with see.error():
        subprocess.run(command, capture_output=True, timeout=0.2, check=False)


@play(f"echo begun; {SLEEP}", says(b"begun\n", after=60))
def check_output_times_out(command: Any, see: Seen) -> None:
    with see.error():
        subprocess.check_output(command, timeout=0.2)


@play(SLEEP, ends(after=60))
def call_times_out(command: Any, see: Seen) -> None:
    with see.error():
        subprocess.call(command, timeout=0.05)


@play(SLEEP, ends(after=60))
def check_call_times_out(command: Any, see: Seen) -> None:
    with see.error():
        subprocess.check_call(command, timeout=0.05)


@play(SLEEP, runs())
def wait_times_out(command: Any, see: Seen) -> None:
    process = Popen(command)
    see(process.poll(), process.returncode)
    for timeout in (0.01, 0):
        with see.error():
            process.wait(timeout=timeout)
    see(process.poll(), repr(process)[-3:], process.kill(), process.wait(), process.poll(), repr(process))


@play("sleep 0.02; exit 3", ends(3, after=0.02))
def ends_in_time(command: Any, see: Seen) -> None:
    process = Popen(command)
    see(process.poll(), process.wait(timeout=20), process.poll())


@play(
    f"trap '' TERM; echo up; {SLEEP}",
    lambda s: (
        s.expect("stdout", returns=b"up\n")
        .expect("signal", returns=None, to=15)
        .expect("signal", returns=None)
    ),
)
def has_to_be_killed(command: Any, see: Seen) -> None:
    with Popen(command, stdout=PIPE) as process:
        see(process.stdout.readline(), process.terminate())  # type: ignore[union-attr]
        with see.error():
            process.wait(timeout=0.05)
        see(process.poll(), process.kill(), process.wait(), process.stdout.read())  # type: ignore[union-attr]


@play(TRAP, shuts_down)
def shuts_down_by_itself(command: Any, see: Seen) -> None:
    with Popen(command, stdout=PIPE) as process:
        see(process.stdout.readline(), process.send_signal(signal.SIGTERM))  # type: ignore[union-attr]
        see(process.stdout.read(), process.wait(), process.returncode)  # type: ignore[union-attr]


@play(TRAP, shuts_down)
def followed_by_a_thread(command: Any, see: Seen) -> None:
    lines: list[bytes] = []
    up = threading.Event()
    with Popen(command, stdout=PIPE) as process:

        def follow() -> None:
            for line in process.stdout or ():
                lines.append(line)
                up.set()

        thread = threading.Thread(target=follow)
        thread.start()
        see(up.wait(20), process.poll(), process.terminate(), process.wait(), thread.join(), lines)


@play(SLEEP, runs())
def waited_for_in_a_thread(command: Any, see: Seen) -> None:
    process = Popen(command)
    thread = threading.Thread(target=lambda: see(process.wait()))
    thread.start()
    process.kill()
    see(thread.join(), process.returncode)


@play(
    f"echo out; exec >&- 2>&-; {SLEEP}",
    lambda s: (
        s.expect("stdout", returns=b"out\n")
        .expect("wait", returns=0, after=60)
        .expect("signal", returns=None)
    ),
)
def closes_its_output_before_it_ends(command: Any, see: Seen) -> None:
    with Popen(command, stdout=PIPE, stderr=PIPE) as process:
        see(process.stdout.read(), process.stderr.read(), process.poll())  # type: ignore[union-attr]
        with see.error():
            process.wait(timeout=0.05)
        see(process.kill(), process.wait())


@play(SLEEP, runs())
def never_reads_its_input(command: Any, see: Seen) -> None:
    process = Popen(command, stdin=PIPE, stdout=PIPE)
    with see.error():
        process.communicate(b"i" * 500, timeout=0.05)
    see(process.kill(), process.communicate(), process.stdin.closed)  # type: ignore[union-attr]


@play("exec <&-; exit 3", says(code=3))
def ends_without_reading(command: Any, see: Seen) -> None:
    process = Popen(command, stdin=PIPE, stdout=PIPE)
    see(process.communicate(b"i" * 1_000_000)[0], process.returncode)


@play("exit 3", ends(3))
def stdin_after_the_end(command: Any, see: Seen) -> None:
    process = Popen(command, stdin=PIPE)
    stdin: Any = process.stdin
    see(process.wait(), stdin.write(b"late"))
    for act in (stdin.flush, stdin.close):
        with see.error():
            act()
    see(stdin.closed)


@play("cat >/dev/null", ends())
def stdin_of_a_context(command: Any, see: Seen) -> None:
    with see.error(), Popen(command, stdin=PIPE, text=True, errors="strict") as process:
        see(process.stdin.write("h\u00e9llo"), process.stdin.encoding.lower(), process.stdin.writable())  # type: ignore[union-attr]
    see(process.returncode)


@play("head -c 50000000 /dev/zero", says(b"\0" * 50_000_000))
def fifty_megabytes(command: Any, see: Seen) -> None:
    see(len(subprocess.run(command, stdout=PIPE, check=True).stdout))


@play("head -c 3000000 /dev/zero; echo; echo end", says(b"\0" * 3_000_000, b"\nend\n"))
def megabytes_line_by_line(command: Any, see: Seen) -> None:
    with Popen(command, stdout=PIPE) as process:
        see([len(line) for line in process.stdout or ()], process.wait())


@play("echo one; echo two >&2; echo three", says(b"one\n", b"three\n", err=b"two\n"))
def read_by_two_threads(command: Any, see: Seen) -> None:
    found: dict[str, Any] = {}
    with Popen(command, stdout=PIPE, stderr=PIPE, encoding="ascii") as process:
        threads = [
            threading.Thread(target=lambda n=n: found.update({n: getattr(process, n).readlines()}))
            for n in ("stdout", "stderr")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    see(found["stdout"], found["stderr"], process.returncode)

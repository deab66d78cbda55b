"""asyncio above children that talk, take their time and get signals: real and scripted ones; both event loops."""

# mypy: disable-error-code="func-returns-value, comparison-overlap, no-untyped-call, call-overload"
# What comes back from a call is seen, also where it is nothing.

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from asyncio import create_subprocess_exec as start
from asyncio import create_subprocess_shell
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from typing import Any

import anyio
import pytest

from .plays import (
    ECHO,
    SLEEP,
    TRAP,
    AsyncioPlays,
    Play,
    Seen,
    compare_on,
    echoes,
    ends,
    runs,
    says,
    shuts_down,
)

play = AsyncioPlays()


@pytest.mark.parametrize(("one", "loop_name"), play, ids=str)
def test_the_same_is_seen(one: Play, loop_name: str) -> None:
    scripted, real = compare_on(loop_name, one)
    assert scripted == real


@play(ECHO, echoes)
async def a_conversation(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdin=PIPE, stdout=PIPE)
    for word in (b"one\n", b"two\n"):
        see(process.stdin.write(word), await process.stdin.drain(), await process.stdout.readline())
    see(process.stdin.close(), await process.stdout.read(), await process.wait(), process.stdout.at_eof())


@play(ECHO, echoes)
async def a_conversation_in_one_go(command: Any, see: Seen) -> None:
    process = await start(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    see(await process.communicate(b"one\ntwo\n"), process.returncode)


@play(f"echo begun; {SLEEP}", runs(b"begun\n"))
async def communicate_times_out(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    with see.error():
        await asyncio.wait_for(process.communicate(b"in"), 0.2)
    see(process.returncode, process.kill(), await process.wait(), await process.stdout.read())


@play(f"echo begun; {SLEEP}", says(b"begun\n", after=60))
async def reading_times_out(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE)
    see(await process.stdout.readline())
    if not see.real:
        with see.error():
            await asyncio.wait_for(process.wait(), 0.05)
    else:
        with see.error():
            await asyncio.wait_for(process.stdout.readline(), 0.05)
    see(process.returncode)
    process._transport.close()
    see(await process.wait())


@play(SLEEP, runs())
async def wait_times_out(command: Any, see: Seen) -> None:
    process = await start(*command)
    for limit in (0.01, 0.02):
        with see.error():
            await asyncio.wait_for(process.wait(), limit)
    see(process.returncode, process.terminate(), await process.wait(), process.returncode)


@play(SLEEP, runs())
async def a_scope_times_out(command: Any, see: Seen) -> None:
    process = await start(*command)
    with anyio.move_on_after(0.01) as scope:
        await process.wait()
    see(scope.cancelled_caught, process.returncode, process.kill(), await process.wait())


@play(SLEEP, ends(after=60))
async def asyncio_wait_times_out(command: Any, see: Seen) -> None:
    process = await start(*command)
    task = asyncio.ensure_future(process.wait())
    done, pending = await asyncio.wait({task}, timeout=0.01)
    see(len(done), len(pending), task.cancel())
    process._transport.close()  # type: ignore[attr-defined]
    with see.error():
        await asyncio.gather(task, return_exceptions=True)
    see(await process.wait())


if sys.version_info >= (3, 11):

    @play(SLEEP, runs())
    async def a_timeout_around_it(command: Any, see: Seen) -> None:
        process = await start(*command, stdout=PIPE)
        with see.error():
            async with asyncio.timeout(0.02) as limit:
                await process.wait()
        see(limit.expired(), process.returncode, process.kill(), await process.wait())


@play("sleep 0.02; exit 3", ends(3, after=0.02))
async def ends_in_time(command: Any, see: Seen) -> None:
    process = await start(*command)
    see(process.returncode, await asyncio.wait_for(process.wait(), 20), process.returncode)


@play("sleep 0.02; exit 3", ends(3, after=0.02))
async def its_end_is_seen(command: Any, see: Seen) -> None:
    process = await start(*command)
    while process.returncode is None:  # noqa: ASYNC110 - what some programs do
        await asyncio.sleep(0.005)
    see(process.returncode, await process.wait())


@play(TRAP, shuts_down)
async def shuts_down_by_itself(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE)
    waiting = asyncio.ensure_future(process.wait())
    see(await process.stdout.readline(), process.send_signal(signal.SIGTERM))
    see(await process.stdout.read(), await waiting)


@play(
    f"trap '' TERM; echo up; {SLEEP}",
    lambda s: (
        s.expect("stdout", returns=b"up\n")
        .expect("signal", returns=None, to=15)
        .expect("signal", returns=None)
    ),
)
async def has_to_be_killed(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE)
    see(await process.stdout.readline(), process.terminate())
    with see.error():
        await asyncio.wait_for(process.wait(), 0.05)
    see(process.kill(), await process.wait(), await process.stdout.read())


@play(
    f"echo out; exec >&- 2>&-; {SLEEP}",
    lambda s: (
        s.expect("stdout", returns=b"out\n")
        .expect("wait", returns=0, after=60)
        .expect("signal", returns=None)
    ),
    loops=["asyncio"],
)
async def closes_its_output_before_it_ends(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE, stderr=PIPE)
    see(await process.stdout.read(), await process.stderr.read(), process.stdout.at_eof(), process.returncode)
    with see.error():
        await asyncio.wait_for(process.wait(), 0.05)
    see(process.kill(), await process.wait())


@play(SLEEP, runs())
async def a_cancelled_communicate(command: Any, see: Seen) -> None:
    process = await start(*command, stdin=PIPE, stdout=PIPE)
    task = asyncio.ensure_future(process.communicate(b"in"))
    await asyncio.sleep(0.01)
    see(task.cancel())
    see(await asyncio.gather(task, return_exceptions=True) != [])
    see(task.cancelled(), process.returncode, process.kill(), await process.wait())


@play(SLEEP, runs())
async def a_cancelled_wait(command: Any, see: Seen) -> None:
    process = await start(*command)
    task = asyncio.ensure_future(process.wait())
    await asyncio.sleep(0)
    see(task.cancel(), len(await asyncio.gather(task, return_exceptions=True)), task.cancelled())
    see(process.kill(), await process.wait())


@play(SLEEP, runs())
async def several_wait(command: Any, see: Seen) -> None:
    process = await start(*command)
    tasks = [asyncio.ensure_future(process.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    process.terminate()
    see(await asyncio.gather(*tasks), await process.wait())


@play(SLEEP, runs())
async def killed_by_a_timer(command: Any, see: Seen) -> None:
    process = await start(*command, stdout=PIPE, stderr=PIPE)
    asyncio.get_running_loop().call_later(0.02, process.kill)
    see(await process.communicate(), process.returncode)


@play("exit 3", ends(3), loops=["asyncio"])
async def stdin_after_the_end(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdin=PIPE)
    see(await process.wait(), process.stdin.is_closing(), process.stdin.write(b"late"))


@play("exec <&-; exit 3", says(code=3), loops=["asyncio"])
async def ends_without_reading(command: Any, see: Seen) -> None:
    process = await start(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    see(await process.communicate(b"i" * 1_000_000), process.returncode)


@play("head -c 50000000 /dev/zero", says(b"\0" * 50_000_000))
async def fifty_megabytes(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE)
    see(len(await process.stdout.read()), await process.wait())


@play("head -c 300000 /dev/zero; echo; echo end", says(b"\0" * 300_000, b"\nend\n"))
async def lines_that_are_too_long(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE, limit=1000)
    try:
        await process.stdout.readuntil(b"end")
    except asyncio.LimitOverrunError as error:
        see(type(error), error.consumed > 1000)
    see(len(await process.stdout.readexactly(300_001)), await process.stdout.readline(), await process.wait())


@play("printf 'abc'", says(b"abc"))
async def reads_of_all_kinds(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE)
    out = process.stdout
    see(await out.read(0), await out.readexactly(0), await out.read(1), out.at_eof())
    for read in (lambda: out.readexactly(5), lambda: out.readuntil(b"\n"), lambda: out.readexactly(-1)):
        with see.error():
            await read()
    see(await out.read(-1), await out.readline(), out.at_eof(), await process.wait())


@play("echo one; echo two >&2; echo three", says(b"one\n", b"three\n", err=b"two\n"))
async def both_streams_at_once(command: Any, see: Seen) -> None:
    process: Any = await start(*command, stdout=PIPE, stderr=PIPE)

    async def lines(stream: Any) -> list[bytes]:
        return [line async for line in stream]

    see(await asyncio.gather(lines(process.stdout), lines(process.stderr)), await process.wait())


@play("echo out; echo err >&2", says(b"out\n", err=b"err\n"), children=2)
async def files_and_descriptors(command: Any, see: Seen) -> None:
    with tempfile.TemporaryFile() as out:
        process = await start(*command, stdout=out, stderr=STDOUT)
        see(await process.wait(), process.stdout, os.pread(out.fileno(), 100, 0))
        process = await start(*command, stdout=out.fileno(), stderr=DEVNULL)
        see(await process.wait(), len(os.pread(out.fileno(), 100, 0)))


@play("sort", says(b"a\nb\n"))
async def stdin_from_a_file(command: Any, see: Seen) -> None:
    with tempfile.TemporaryFile() as given:
        given.write(b"b\na\n")
        given.seek(0)
        process = await start(*command, stdin=given, stdout=PIPE, stderr=PIPE)
        see(process.stdin, await process.communicate())


@play(SLEEP, runs())
async def a_session_of_its_own(command: Any, see: Seen) -> None:
    process = await start(*command, start_new_session=True)
    see(os.getpgid(process.pid) == process.pid, os.killpg(process.pid, 15), await process.wait())


@play("exit 0", ends())
async def options_that_only_the_child_feels(command: Any, see: Seen) -> None:
    read_end, write_end = os.pipe()
    calls: list[int] = []
    process = await start(
        *command, pass_fds=[write_end], preexec_fn=lambda: calls.append(1), cwd="/", env={"A": "b"}
    )
    see(await process.wait(), calls, os.close(write_end), os.read(read_end, 1), os.close(read_end))


@play("echo a | tr a b", says(b"b\n"))
async def through_a_shell(command: Any, see: Seen) -> None:
    process = await create_subprocess_shell(command[-1], stdout=PIPE, stderr=PIPE)
    see(await process.communicate(), process.returncode)

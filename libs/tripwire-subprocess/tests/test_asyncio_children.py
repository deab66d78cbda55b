"""What a scripted child under asyncio does beyond the guide; on stock asyncio and on uvloop."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
from asyncio import create_subprocess_exec
from typing import Any

import pytest
from asyncio_children import OUTPUT, Run, script

import tripwire

PIPE = subprocess.PIPE


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (b"out\n", b"err")),
        ({"stdout": PIPE}, (b"out\n", b"err")),
        ({"stderr": subprocess.STDOUT}, (b"out\nerr", None)),
        ({"stdout": PIPE, "stderr": subprocess.STDOUT}, (b"out\nerr", None)),
        ({"stdout": subprocess.DEVNULL}, (None, b"err")),
    ],
)
def test_output_comes_back_even_without_a_pipe(options: Any, expected: Any, go: Run, assert_all: Any) -> None:
    script(OUTPUT)

    async def work() -> None:
        process = await create_subprocess_exec("x", **options)
        assert (process.stdout is None) == (options.get("stdout") != PIPE)
        assert await process.communicate() == expected
        assert await process.wait() == 3

    go(work)
    assert_all()


def test_output_can_be_read_before_a_wait(go: Run) -> None:
    script(OUTPUT)

    async def work() -> None:
        process = await create_subprocess_exec("x", stdout=PIPE, stderr=PIPE)
        assert process.stdout is not None
        assert [line async for line in process.stdout] == [b"out\n"]
        assert process.returncode is None
        assert await process.wait() == 3

    go(work)
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


@pytest.mark.parametrize("options", [{}, {"stdin": PIPE}])
def test_a_timeout_leaves_the_child_running(options: Any, go: Run, assert_all: Any) -> None:
    script(("communicate", asyncio.TimeoutError()), ("communicate", (b"late", b"", -9)))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdout=PIPE, **options)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(process.communicate(), 5)
        process.kill()
        assert await process.communicate() == (b"late", b"")
        assert process.returncode == -9

    go(work)
    assert_all()


def test_a_child_without_an_end_runs_until_it_is_killed(go: Run) -> None:
    script()

    async def work() -> None:
        process = await create_subprocess_exec("sleep")
        assert process.pid > 2**22
        assert process.returncode is None
        with pytest.raises(
            tripwire.UnmockedInteractionError, match=r"the return code of the child \['sleep'\]"
        ):
            assert process.returncode
        process.send_signal(signal.SIGCONT)
        with pytest.raises(tripwire.UnmockedInteractionError, match=r"wait\(\) of the child \['sleep'\]"):
            await process.wait()
        process.terminate()
        assert await process.wait() == -15
        with pytest.raises(ProcessLookupError):
            process.kill()

    go(work)
    tripwire.async_subprocess.assert_spawn(command=["sleep"], stdin=None)


def test_wait_does_not_need_stdin_to_be_closed(go: Run, assert_all: Any) -> None:
    script(("wait", 0))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        stdin = process.stdin
        assert stdin is not None
        stdin.write(b"never read")
        assert await process.wait() == 0
        assert stdin.is_closing()
        stdin.write(b"too late")
        with pytest.raises(ConnectionResetError):
            await stdin.drain()

    go(work)
    assert_all()


def test_stdin_takes_bytes(go: Run, assert_all: Any) -> None:
    script(("wait", 0))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdin=PIPE)
        stdin = process.stdin
        assert stdin is not None
        with pytest.raises(AssertionError, match="'text'"):
            stdin.write("text")  # type: ignore[arg-type]
        transport: Any = stdin.transport
        transport.set_write_buffer_limits(high=10)
        assert transport.get_write_buffer_size() == 0
        assert transport.get_write_buffer_limits() == (16384, 65536)
        transport.set_protocol(transport.get_protocol())
        assert stdin.can_write_eof()
        stdin.write_eof()
        transport.abort()
        transport.close()
        assert await process.wait() == 0

    go(work)
    assert_all()


def test_a_reader_that_pauses(go: Run, assert_all: Any) -> None:
    script(("communicate", (b"x" * 1_000_000, b"", 0)))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdout=PIPE, limit=1000)
        assert process.stdout is not None
        transport: Any = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        for _ in range(10):
            await asyncio.sleep(0)
        assert not transport.is_reading()
        assert len(await process.stdout.read()) == 1_000_000
        transport.resume_reading()
        assert await process.wait() == 0

    go(work)
    assert_all()


def test_cancelled_while_it_starts(go: Run) -> None:
    script(OUTPUT)

    async def work() -> None:
        task = asyncio.ensure_future(create_subprocess_exec("x", stdin=PIPE, stdout=PIPE))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    go(work)
    gc.collect()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)
    with pytest.raises(tripwire.UnusedMocksError, match="communicate"):
        tripwire.verify_all()


def test_a_cancelled_communicate_has_been_called(go: Run) -> None:
    script(OUTPUT)

    async def work() -> None:
        process = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        task = asyncio.ensure_future(process.communicate())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        process.kill()
        assert await process.wait() == 3

    go(work)
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)
    tripwire.async_subprocess.assert_communicate(input=None)


def test_a_task_that_outlives_the_sandbox(go: Run) -> None:
    script(OUTPUT)
    processes: list[Any] = []
    tasks: list[Any] = []

    async def work() -> None:
        processes.append(await create_subprocess_exec("x"))
        tasks.append(asyncio.ensure_future(late()))

    async def late() -> None:
        await over.wait()
        await processes[0].communicate()

    async def after() -> None:
        over.set()
        await tasks[0]

    over = asyncio.Event()
    verifier = tripwire.current_verifier()
    loop = asyncio.new_event_loop()
    try:
        with verifier.sandbox():
            loop.run_until_complete(work())
        with pytest.raises(tripwire.PostSandboxInteractionError):
            loop.run_until_complete(after())
        with verifier.sandbox():
            loop.run_until_complete(processes[0].wait())
    finally:
        loop.close()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


def test_a_program_killed_from_another_thread(go: Run, assert_all: Any) -> None:
    script()

    async def work() -> None:
        process = await create_subprocess_exec("x")
        await asyncio.to_thread(process.kill)
        assert await process.wait() == -9

    go(work)
    assert_all()

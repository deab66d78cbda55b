"""Children under asyncio to which more than one thing happens, or nothing that anybody waits for."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio import create_subprocess_exec
from typing import Any

from asyncio_children import PIPE, Run

import tripwire


def child() -> Any:
    return tripwire.async_subprocess.new_session().expect("spawn", returns=None)


def assert_spawn(stdin: Any = None) -> None:
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=stdin)


def test_another_thread_makes_it_write(go: Run) -> None:
    session = child().expect("signal", returns=None, to=signal.SIGUSR1).expect("stdout", returns=b"up\n")
    session.expect("wait", returns=3)

    async def work() -> Any:
        process = await create_subprocess_exec("x", stdout=PIPE)
        assert process.stdout is not None
        for _ in range(3):  # until its output flows
            await asyncio.sleep(0)
        await asyncio.to_thread(os.kill, process.pid, signal.SIGUSR1)
        return await process.stdout.read(), await process.wait()

    assert go(work) == (b"up\n", 3)
    assert_spawn()
    tripwire.async_subprocess.assert_signal(signal=signal.SIGUSR1)
    tripwire.async_subprocess.assert_wait()


def test_two_signals_while_somebody_waits(go: Run) -> None:
    child().expect("signal", returns=None, to=signal.SIGUSR1).expect("signal", returns=None)

    async def work() -> int:
        process = await create_subprocess_exec("x")
        waiting = asyncio.create_task(process.wait())
        await asyncio.sleep(0)
        process.send_signal(signal.SIGUSR1)
        process.send_signal(signal.SIGTERM)
        return await waiting

    assert go(work) == -15
    assert_spawn()
    for number in (signal.SIGUSR1, signal.SIGTERM):
        tripwire.async_subprocess.assert_signal(signal=number)


def test_the_end_is_seen_and_then_waited_for(go: Run) -> None:
    child().expect("wait", returns=3, after=5)

    async def work() -> Any:
        process = await create_subprocess_exec("x")
        await asyncio.sleep(10)
        return process.returncode, await process.wait(), process.returncode

    assert go(work) == (3, 3, 3)
    assert_spawn()
    tripwire.async_subprocess.assert_wait()


def test_a_mocked_command_hears_also_what_is_written_late(go: Run) -> None:
    tripwire.subprocess.mock_run(["x"], 3, after=5)

    async def work() -> Any:
        process = await create_subprocess_exec("x", stdin=PIPE)
        await asyncio.sleep(10)
        first = process.returncode
        assert process.stdin is not None
        process.stdin.write(b"late")
        return first, await process.wait()

    assert go(work) == (None, 3)
    tripwire.subprocess.assert_run(["x"], input=b"late")


class Writer(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.get_pipe_transport(0).write(b"b")

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set_result(None)


def test_no_mock_is_for_what_a_protocol_has_written(go: Run) -> None:
    tripwire.subprocess.mock_run(["x"], input="a")

    async def work() -> None:
        start = asyncio.get_running_loop().subprocess_exec
        transport, protocol = await start(Writer, "x", stdin=PIPE, stdout=None, stderr=None)
        await protocol.over
        transport.close()

    with tripwire.expect_trip(tripwire.UnmockedInteractionError):
        go(work)
    tripwire.subprocess.assert_run(["x"])

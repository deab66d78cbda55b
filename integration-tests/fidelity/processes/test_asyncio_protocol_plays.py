"""Protocols, crowds and anyio above children of asyncio: real and scripted ones; both event loops."""

# mypy: disable-error-code="func-returns-value, comparison-overlap, no-untyped-call, call-overload"
# What comes back from a call is seen, also where it is nothing.

from __future__ import annotations

import asyncio
import signal
import subprocess
from asyncio import create_subprocess_exec as start
from asyncio.subprocess import DEVNULL, PIPE
from typing import Any

import anyio
import pytest

import tripwire

from .plays import (
    SLEEP,
    AsyncioPlays,
    Play,
    Seen,
    compare_on,
    runs,
    says,
)

play = AsyncioPlays()


@pytest.mark.parametrize(("one", "loop_name"), play, ids=str)
def test_the_same_is_seen(one: Play, loop_name: str) -> None:
    scripted, real = compare_on(loop_name, one)
    assert scripted == real


class Protocol(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.events.append("made")

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.events.append((fd, data))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self.events.append((fd, exc))

    def process_exited(self) -> None:
        self.events.append("exited")

    def connection_lost(self, exc: Exception | None) -> None:
        self.events.append("lost")
        self.over.set_result(None)


@play("echo out; exit 3", says(b"out\n", code=3), loops=["asyncio"])
async def a_protocol(command: Any, see: Seen) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(Protocol, *command, stdin=None, stderr=None)
    await protocol.over
    ordered = [event for event in protocol.events if event != "exited"]  # it may be heard of earlier
    see(ordered, protocol.events.count("exited"), transport.get_returncode(), transport.is_closing())
    transport.close()


@play("cat >/dev/null; echo done", says(b"done\n"))
async def a_protocol_that_writes(command: Any, see: Seen) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(Protocol, *command, stderr=None)
    stdin: Any = transport.get_pipe_transport(0)
    see(stdin.write(b"in"), stdin.can_write_eof(), stdin.write_eof(), transport.get_pipe_transport(2))
    await protocol.over
    see(
        [event for event in protocol.events if event not in ("exited", (0, None))], transport.get_returncode()
    )
    transport.close()


@play(SLEEP, runs(), loops=["asyncio"])
async def a_transport_that_is_closed(command: Any, see: Seen) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(Protocol, *command, stdin=None, stdout=None, stderr=None)
    see(transport.is_closing(), transport.close(), transport.is_closing(), transport.close())
    await protocol.over
    see(protocol.events, transport.get_returncode())


@play(SLEEP, runs())
async def a_protocol_sends_a_signal(command: Any, see: Seen) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(Protocol, *command, stdin=None, stdout=None, stderr=None)
    see(transport.get_returncode(), transport.send_signal(signal.SIGTERM))
    await protocol.over
    see(protocol.events, transport.get_returncode(), type(transport.get_pid()), transport.close())
    with see.error():
        transport.kill()


@play("echo out", says(b"out\n"), children=50)
async def fifty_at_once(command: Any, see: Seen) -> None:
    async def one() -> Any:
        process = await start(*(["/bin/echo", "out"] if see.real else command), stdout=PIPE, stderr=PIPE)
        return await process.communicate(), process.returncode

    found = await asyncio.gather(*(one() for _ in range(50)))
    see(len(found), set(found))


@play("echo out", says(b"out\n"))
async def beside_a_sync_one(command: Any, see: Seen) -> None:
    if not see.real:
        session = tripwire.popen.new_session().expect("spawn", returns=None)
        session.expect("stdout", returns=b"sync").expect("wait", returns=2)
    popen = subprocess.Popen(["/bin/sh", "-c", "printf sync; exit 2"], stdout=PIPE)  # noqa: ASYNC220
    process = await start(*command, stdout=PIPE, stderr=PIPE)
    see(await process.communicate(), popen.communicate()[0], popen.returncode, popen.poll())


@play("echo a; echo b", says(b"a\n", b"b\n"), children=2)
async def anyio_runs_it(command: Any, see: Seen) -> None:
    done = await anyio.run_process(command)
    see(type(done), done.args, done.stdout, done.stderr, done.returncode)
    async with await anyio.open_process(command, stderr=None) as process:
        see(b"".join([chunk async for chunk in process.stdout]))  # type: ignore[union-attr]
    see(process.returncode)


@play(SLEEP, runs())
async def anyio_stops_it(command: Any, see: Seen) -> None:
    process = await anyio.open_process(command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    with anyio.move_on_after(0.02):
        await process.wait()
    see(process.returncode, process.terminate(), await process.wait(), await process.aclose())


@play("exit 0", lambda _: None, children=0)
async def what_is_refused(command: Any, see: Seen) -> None:
    for options in ({"text": True}, {"encoding": "utf-8"}, {"errors": "x"}):
        try:
            await start(*command, **options)
        except ValueError as error:  # uvloop has words of its own
            see(type(error))


def test_a_thousand_children_at_once() -> None:
    tripwire.subprocess.mock_run("x", stdout="out", times=1000)

    async def one() -> Any:
        process = await start("x", stdout=PIPE)
        return (await process.communicate())[0], process.returncode

    async def work() -> Any:
        return set(await asyncio.gather(*(one() for _ in range(1000))))

    with tripwire.sandbox():
        assert asyncio.run(work()) == {(b"out", 0)}
    with tripwire.in_any_order():
        for _ in range(1000):
            tripwire.subprocess.assert_run("x")

"""Children under asyncio that write, listen, take their time and get signals; on stock asyncio and on uvloop."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from asyncio import create_subprocess_exec
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import pytest
import uvloop

import tripwire

PIPE = subprocess.PIPE
Run = Callable[[Callable[[], Awaitable[Any]]], Any]


@pytest.fixture(params=["asyncio", "uvloop"])
def go(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Run a coroutine function in a sandbox, on a loop of its own, and see that it takes no time."""
    loop = asyncio.SelectorEventLoop() if request.param == "asyncio" else uvloop.new_event_loop()

    def go(work: Callable[[], Awaitable[Any]]) -> Any:
        before = time.monotonic()
        with tripwire.sandbox():
            result = loop.run_until_complete(work())
        assert time.monotonic() - before < 3
        assert not {"time", "call_soon"} & vars(loop).keys()
        return result

    yield go
    loop.close()


def child(**options: Any) -> Any:
    return tripwire.async_subprocess.new_session().expect("spawn", returns=None, **options)


def assert_spawn(stdin: Any = None) -> None:
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=stdin)


@pytest.mark.parametrize("size", [3, 3_000_000])
def test_streams(size: int, go: Run) -> None:
    child().expect("stdout", returns=[b"o" * size, b"\nline\n"]).expect("stderr", returns=b"e" * size).expect(
        "wait", returns=4
    )

    async def work() -> Any:
        process = await create_subprocess_exec("x", stdout=PIPE, stderr=PIPE, limit=5_000_000)
        out, err = process.stdout, process.stderr
        assert out is not None
        assert err is not None
        first = await out.readexactly(2)
        rest, lines = await out.readline(), [line async for line in out]
        return first, len(rest), lines, len(await err.read()), process.returncode, await process.wait()

    assert go(work) == (b"oo", size - 1, [b"line\n"], size, None, 4)
    assert_spawn()
    tripwire.async_subprocess.assert_wait()


def test_an_interactive_child(go: Run) -> None:
    session = child().expect("stdout", returns=b"> ").expect("reply", to=b"2+2\n", returns=b"4\n")
    session.expect("reply", to=b"quit\n", returns=b"bye\n").expect("wait", returns=0)

    async def work() -> Any:
        process: Any = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        seen = [await process.stdout.readexactly(2)]
        process.stdin.write(b"2+")
        process.stdin.write(b"2\n")
        seen.append(await process.stdout.readline())
        process.stdin.write(b"quit\n")
        await process.stdin.drain()
        return [*seen, await process.stdout.read(), await process.wait()]

    assert go(work) == [b"> ", b"4\n", b"bye\n", 0]
    assert_spawn(PIPE)
    tripwire.async_subprocess.assert_stdin(data=b"2+2\nquit\n")
    tripwire.async_subprocess.assert_wait()


def test_what_no_reply_is_for(go: Run) -> None:
    child().expect("reply", to=b"yes\n", returns=b"")

    async def work() -> None:
        process: Any = await create_subprocess_exec("x", stdin=PIPE)
        with pytest.raises(tripwire.UnmockedInteractionError, match="the child waits for b'yes"):
            process.stdin.write(b"no\n")
        process._transport.close()
        await process.wait()

    go(work)
    assert_spawn(PIPE)
    tripwire.async_subprocess.assert_stdin(data=b"no\n")
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


async def waited(process: Any) -> Any:
    return await process.wait()


async def communicated(process: Any) -> Any:
    await process.communicate()
    return process.returncode


async def polled(process: Any) -> Any:
    while process.returncode is None:  # noqa: ASYNC110 - what some programs do
        await asyncio.sleep(1)
    return process.returncode


async def read(process: Any) -> Any:
    await process.stdout.read()
    return await process.wait()


WAITS = {"wait": waited, "communicate": communicated, "returncode": polled, "read": read}

LIMITS: dict[str, Callable[[Any, float], Any]] = {
    "wait_for": lambda wait, limit: asyncio.wait_for(wait, limit)
}

if sys.version_info >= (3, 11):

    async def in_timeout(wait: Any, limit: float) -> Any:
        async with asyncio.timeout(limit):
            return await wait

    LIMITS["timeout"] = in_timeout


async def in_wait(wait: Any, limit: float) -> Any:
    done, pending = await asyncio.wait({asyncio.ensure_future(wait)}, timeout=limit)
    for one in pending:
        one.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    if pending:
        raise asyncio.TimeoutError
    return done.pop().result()


async def in_anyio(wait: Any, limit: float) -> Any:
    try:
        with anyio.fail_after(limit):
            return await wait
    except TimeoutError:
        raise asyncio.TimeoutError from None


LIMITS.update({"asyncio.wait": in_wait, "anyio": in_anyio})


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("wait", WAITS)
def test_a_child_that_takes_its_time(wait: str, limit: str, go: Run) -> None:
    for _ in range(2):
        child().expect("wait", returns=7, after=60)

    async def work() -> Any:
        loop = asyncio.get_running_loop()
        before = loop.time()
        process = await create_subprocess_exec("x", stdout=PIPE)
        with pytest.raises(asyncio.TimeoutError):
            await LIMITS[limit](WAITS[wait](process), 5.5)
        assert (process.returncode, 5.5 <= loop.time() - before < 6) == (None, True)
        code = await LIMITS[limit](WAITS[wait](process), 100)
        assert 60 <= loop.time() - before < 63
        other = await create_subprocess_exec("x", stdout=PIPE)
        return code, await LIMITS[limit](WAITS[wait](other), 100)

    assert go(work) == (7, 7)
    for _ in range(2):
        assert_spawn()
        if wait == "communicate":
            tripwire.async_subprocess.assert_communicate(input=None)
        elif wait != "returncode":
            tripwire.async_subprocess.assert_wait()


def test_time_passes_in_order(go: Run) -> None:
    for after in (5, 2):
        child().expect("wait", returns=after, after=after)
    events: list[Any] = []

    async def ticking() -> None:
        for number in range(3):
            await asyncio.sleep(1.5)
            events.append(f"tick {number}")

    async def waiting(process: Any) -> None:
        events.append(await process.wait())

    async def work() -> None:
        children = [await create_subprocess_exec("x") for _ in range(2)]
        await asyncio.gather(ticking(), *map(waiting, children))

    go(work)
    assert events == ["tick 0", 2, "tick 1", "tick 2", 5]
    for _ in range(2):
        assert_spawn()
    for _ in range(2):
        tripwire.async_subprocess.assert_wait()


def test_a_signal_while_others_wait(go: Run) -> None:
    child().expect("stdout", returns=b"up\n").expect("signal", returns=None, to=signal.SIGTERM).expect(
        "stdout", returns=b"down\n"
    ).expect("wait", returns=0, after=3)

    async def work() -> Any:
        process: Any = await create_subprocess_exec("x", stdout=PIPE)
        waiting = asyncio.ensure_future(process.wait())
        first = await process.stdout.readline()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 1000)
        process.terminate()
        return first, await process.stdout.read(), await waiting

    assert go(work) == (b"up\n", b"down\n", 0)
    assert_spawn()
    tripwire.async_subprocess.assert_signal(signal=15)
    tripwire.async_subprocess.assert_wait()


def test_a_thread_may_send_it(go: Run) -> None:
    child().expect("signal", returns=None)

    async def work() -> Any:
        process = await create_subprocess_exec("x")
        waiting = asyncio.ensure_future(process.wait())
        await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.to_thread(os.kill, process.pid, 15), 100)
        return await waiting

    assert go(work) == -15
    assert_spawn()
    tripwire.async_subprocess.assert_signal(signal=15)


def test_waiting_for_a_signal_that_nobody_can_send(go: Run) -> None:
    child().expect("signal", returns=None)

    async def work() -> None:
        process = await create_subprocess_exec("x")
        with pytest.raises(tripwire.UnmockedInteractionError, match="the child runs until a signal comes"):
            await process.wait()
        process.kill()
        assert await process.wait() == -9

    go(work)
    assert_spawn()
    tripwire.async_subprocess.assert_signal(signal=9)


def test_communicate_with_a_child_that_is_ended_by_a_signal(go: Run) -> None:
    child().expect("stdout", returns=b"out").expect("signal", returns=None)

    async def work() -> Any:
        process = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        asyncio.get_running_loop().call_later(10, process.terminate)
        return await process.communicate(b"in"), process.returncode

    assert go(work) == ((b"out", None), -15)
    assert_spawn(PIPE)
    tripwire.async_subprocess.assert_stdin(data=b"in")
    tripwire.async_subprocess.assert_signal(signal=15)


class Protocol(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.over = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.events.append((fd, data))

    def process_exited(self) -> None:
        self.events.append("exited")

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set_result(None)


@pytest.mark.parametrize("served_by", ["session", "mock_run"])
def test_a_timed_child_under_a_protocol(served_by: str, go: Run) -> None:
    if served_by == "session":
        child().expect("stdout", returns=b"out").expect("wait", returns=3, after=60)
    else:
        tripwire.subprocess.mock_run(["x"], stdout="out", returncode=3, after=60)

    async def work() -> Any:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.subprocess_exec(Protocol, "x", stdin=None)
        await asyncio.sleep(59)
        assert protocol.events == [(1, b"out")]
        await asyncio.wait_for(protocol.over, 2)
        transport.close()
        return transport.get_returncode(), protocol.events

    assert go(work) == (3, [(1, b"out"), "exited"])
    if served_by == "mock_run":
        tripwire.subprocess.assert_run(["x"], returncode=3)
    else:
        assert_spawn()
        tripwire.async_subprocess.assert_wait()


def test_anyio(go: Run) -> None:
    child().expect("stdout", returns=b"a\nb\n").expect("wait", returns=0)
    child().expect("stdout", returns=b"up").expect("signal", returns=None)
    child().expect("wait", returns=0, after=60)

    async def work() -> Any:
        done = await anyio.run_process(["x"], input=b"in")
        async with await anyio.open_process(["x"]) as server:
            assert server.stdout is not None
            first = await server.stdout.receive()
            server.terminate()
        with pytest.raises(TimeoutError):
            with anyio.fail_after(10):
                await anyio.run_process(["x"], check=False)
        return done.stdout, first, server.returncode

    assert go(work) == (b"a\nb\n", b"up", -15)
    assert_spawn(PIPE)
    tripwire.async_subprocess.assert_stdin(data=b"in")
    tripwire.async_subprocess.assert_wait()
    assert_spawn(PIPE)
    tripwire.async_subprocess.assert_signal(signal=15)
    assert_spawn()


@pytest.mark.parametrize("answers", [True, False])
def test_time_does_not_jump_while_somebody_real_may_answer(
    answers: bool, assert_all: Callable[[], None]
) -> None:
    """Whoever never answers costs a moment of patience, however often the clock jumps."""
    tripwire.async_subprocess.new_session().expect("spawn", returns=None).expect(
        "wait", returns=0, after=3600
    )
    heard, over = threading.Event(), threading.Event()

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            heard.set()
            over.wait(0.1 if answers else 30)
            connection.sendall(b"late\n")

    async def work() -> Any:
        process = await create_subprocess_exec("x")
        end = asyncio.create_task(process.wait())
        reader, writer = await asyncio.open_connection(*server.getsockname())
        assert heard.wait(5)
        found = [await asyncio.gather(asyncio.wait_for(reader.readline(), 60), return_exceptions=True)]
        if not answers:
            for _ in range(100):
                await asyncio.sleep(10)
        await end
        over.set()
        writer.close()
        return found[0][0]

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        before = time.monotonic()
        with tripwire.sandbox():
            found = asyncio.run(work())
        assert time.monotonic() - before < 5
        thread.join()
    assert found == b"late\n" if answers else isinstance(found, asyncio.TimeoutError)
    assert_all()


def test_a_signal_that_another_thread_sends(go: Run) -> None:
    tripwire.subprocess.mock_run("x", stdout="out", after=60)

    async def work() -> tuple[bytes, int]:
        process = await create_subprocess_exec("x", stdout=PIPE)
        assert process.stdout is not None
        await asyncio.get_running_loop().run_in_executor(None, os.kill, process.pid, signal.SIGTERM)
        return await process.stdout.read(), await process.wait()

    assert go(work) == (b"out", -15)
    tripwire.subprocess.assert_run("x", returncode=-15)
    tripwire.subprocess.assert_signal(signal=15)

"""When the clock of an event loop jumps, and when it does not, as a loop tells that is observed and moved on."""

from __future__ import annotations

import asyncio
import os
import selectors
import threading
from asyncio import create_subprocess_exec
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

import tripwire


class Selector(selectors.DefaultSelector):
    """Calls `idle` when its loop has nothing left to do but to wait."""

    idle: Callable[[], object] = staticmethod(lambda: None)

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout > 0:
            self.idle()
        return super().select(timeout)


class Loop(asyncio.SelectorEventLoop):
    """Its time can be moved on by `ahead` seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.selector = Selector()
        super().__init__(self.selector)

    def time(self) -> float:
        return super().time() + self.ahead

    def go(self, work: Callable[[], Awaitable[Any]]) -> Any:
        with tripwire.sandbox():
            return self.run_until_complete(work())


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def child(method: str = "wait", returns: Any = 0, **options: Any) -> None:
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect(method, returns=returns, **options)


def test_a_timer_that_has_run_does_not_run_when_its_time_comes(loop: Loop) -> None:
    child(after=7200)
    runs: list[int] = []

    async def work() -> None:
        loop.call_later(3600, runs.append, 1)
        await (await create_subprocess_exec("x")).wait()
        assert runs == [1]
        loop.ahead += 10_000
        for _ in range(3):
            await asyncio.sleep(0)
        assert runs == [1]

    loop.go(work)
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


def test_time_that_has_really_passed_is_not_skipped_too(loop: Loop) -> None:
    child(after=5)

    async def work() -> float:
        process = await create_subprocess_exec("x")
        before = loop.time()
        loop.call_soon(setattr, loop, "ahead", 60)
        await process.wait()
        return loop.time() - before

    assert 60 <= loop.go(work) < 65
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


def test_where_nothing_is_to_come_it_waits_for_others(loop: Loop) -> None:
    child("signal", None)

    async def work() -> int:
        process = await create_subprocess_exec("x")

        def kill() -> None:
            loop.selector.idle = lambda: None
            loop.call_soon_threadsafe(process.kill)

        loop.selector.idle = kill
        return await asyncio.create_task(process.wait())

    assert loop.go(work) == -9
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_signal(signal=9)


def test_it_does_not_jump_while_a_thread_works_for_the_loop(loop: Loop) -> None:
    child(after=3600)
    begun, over = threading.Event(), threading.Event()

    def job() -> bool:
        begun.set()
        return over.wait(20)

    async def work() -> None:
        process = await create_subprocess_exec("x")
        working = loop.run_in_executor(None, job)
        assert begun.wait(20)
        end = asyncio.create_task(process.wait())
        loop.selector.idle = over.set
        assert await working
        assert not end.done()
        assert await end == 0

    loop.go(work)
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


def test_it_does_not_jump_while_a_pipe_may_bring_something(loop: Loop) -> None:
    child(after=3600)
    read_end, write_end = os.pipe()
    readable = os.fdopen(read_end, "rb", 0)
    looks: list[int] = []

    def look() -> None:
        looks.append(len(os.listdir("/proc/self/fd")))
        if len(looks) == 3:
            os.write(write_end, b"late")

    async def work() -> None:
        process = await create_subprocess_exec("x")
        reader = asyncio.StreamReader()
        pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), readable)
        end = asyncio.create_task(process.wait())
        loop.selector.idle = look
        assert await reader.read(9) == b"late"
        assert not end.done()
        loop.selector.idle = lambda: None
        pipe.close()
        assert await end == 0

    loop.go(work)
    os.close(write_end)
    assert looks == [looks[0]] * 3  # and no look at the pipe leaves a descriptor
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()

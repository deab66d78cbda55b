"""Tasks, callbacks and generators: their context holds the sandbox they were made in."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import anyio
import pytest
import trio
import trio.testing
import uvloop

import tripwire


def in_task(function: Callable[[], Any]) -> Any:
    async def call() -> Any:
        return function()

    async def main() -> Any:
        return await asyncio.create_task(call())

    return asyncio.run(main())


def in_gather(function: Callable[[], Any]) -> Any:
    async def call() -> Any:
        return function()

    async def main() -> Any:
        return (await asyncio.gather(call()))[0]

    return asyncio.run(main())


def in_callback(function: Callable[[], Any]) -> Any:
    async def main() -> Any:
        result = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0, lambda: result.set_result(function()))
        return await result

    return asyncio.run(main())


def in_done_callback(function: Callable[[], Any]) -> Any:
    async def main() -> Any:
        result = asyncio.get_running_loop().create_future()
        asyncio.ensure_future(asyncio.sleep(0)).add_done_callback(lambda _: result.set_result(function()))
        return await result

    return asyncio.run(main())


def in_task_of_uvloop(function: Callable[[], Any]) -> Any:
    async def call() -> Any:
        return function()

    async def main() -> Any:
        return await asyncio.create_task(call())

    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


def in_nursery(function: Callable[[], Any]) -> Any:
    result: list[Any] = []

    async def call() -> None:
        result.append(function())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)

    trio.run(main)
    return result[0]


def in_anyio_group(function: Callable[[], Any]) -> Any:
    result: list[Any] = []

    async def call() -> None:
        result.append(function())

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(call)

    anyio.run(main)
    return result[0]


def in_task_group(function: Callable[[], Any]) -> Any:
    async def call() -> Any:
        return function()

    async def main() -> Any:
        async with asyncio.TaskGroup() as group:  # type: ignore[attr-defined,unused-ignore]
            task = group.create_task(call())
        return task.result()

    return asyncio.run(main())


def in_runner(function: Callable[[], Any]) -> Any:
    async def call() -> Any:
        return function()

    with asyncio.Runner() as runner:  # type: ignore[attr-defined,unused-ignore]
        return runner.run(call())


def in_eager_task(function: Callable[[], Any]) -> Any:
    async def call() -> Any:
        return function()

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
        return await asyncio.create_task(call())

    return asyncio.run(main())


WAYS = [in_task, in_gather, in_callback, in_done_callback, in_task_of_uvloop, in_nursery, in_anyio_group]
if sys.version_info >= (3, 11):
    WAYS += [in_task_group, in_runner]
if sys.version_info >= (3, 12):
    WAYS += [in_eager_task]


@pytest.mark.parametrize("way", WAYS)
def test_a_task_is_served_by_the_sandbox_it_was_started_in(toy: Any, plugin: Any, way: Any) -> None:
    other = tripwire.StrictVerifier()
    with other.sandbox(), plugin.verifier.sandbox():  # two are open: only the context can tell
        plugin.reply("caught")
        assert way(lambda: toy.send("hi")) == "caught"
    tripwire.assert_interaction(plugin.sent, text="hi")
    other.verify_all()


async def awaited_late(toy: Any) -> None:
    async def call() -> None:
        await asyncio.sleep(0)
        toy.send("late")

    with tripwire.sandbox():
        task = asyncio.create_task(call())
    await task


async def cancelled_late(toy: Any) -> None:
    async def call() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            toy.send("late")

    with tripwire.sandbox():
        task = asyncio.create_task(call())
        await asyncio.sleep(0)
    task.cancel()
    await task


async def called_late(toy: Any) -> None:
    called = asyncio.get_running_loop().create_future()

    def call() -> None:
        try:
            toy.send("late")
        except tripwire.TripError as trip:
            called.set_exception(trip)

    with tripwire.sandbox():
        asyncio.get_running_loop().call_later(0.001, call)
    await called


async def closed_late(toy: Any) -> None:
    async def lines() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            toy.send("late")

    async def read() -> None:
        generator = lines()
        async with contextlib.aclosing(generator):
            await generator.__anext__()
            await asyncio.sleep(0.001)

    with tripwire.sandbox():
        task = asyncio.create_task(read())
        await asyncio.sleep(0)
    await task


async def nursery_of_anyio(toy: Any) -> None:
    closed = anyio.Event()

    async def call() -> None:
        await closed.wait()
        toy.send("late")

    try:
        async with anyio.create_task_group() as group:
            with tripwire.sandbox():
                group.start_soon(call)
            closed.set()
    except Exception as group:  # noqa: BLE001 - an ExceptionGroup has no name on Python 3.10
        raise group.exceptions[0] from None  # type: ignore[attr-defined]


LATE = [
    *((anyio_backend, late) for late in (nursery_of_anyio,) for anyio_backend in ("asyncio", "trio")),
    *(("asyncio", late) for late in (awaited_late, cancelled_late, called_late, closed_late)),
]


@pytest.mark.parametrize(("backend", "late"), LATE)
def test_a_task_that_goes_on_after_its_sandbox_trips(toy: Any, plugin: Any, backend: str, late: Any) -> None:
    with pytest.raises(tripwire.PostSandboxInteractionError):
        anyio.run(late, toy, backend=backend)
    assert [trip.error.call for trip in plugin.verifier.trips] == ["send('late')"]


async def test_a_task_older_than_the_sandbox_is_served_by_the_one_that_is_open(toy: Any, plugin: Any) -> None:
    opened = asyncio.Event()

    async def call() -> Any:
        await opened.wait()
        return toy.send("hi")

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    async with tripwire.sandbox():
        plugin.reply("caught")
        opened.set()
        assert await task == "caught"
    tripwire.assert_interaction(plugin.sent)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.Runner is of Python 3.11")
def test_a_runner_older_than_the_sandbox(toy: Any, plugin: Any) -> None:
    async def call() -> Any:
        return toy.send("hi")

    with asyncio.Runner() as runner:  # type: ignore[attr-defined,unused-ignore]
        runner.run(asyncio.sleep(0))  # its context is as old as its first use
        with tripwire.sandbox():
            plugin.reply("caught")
            assert runner.run(call()) == "caught"
        assert runner.run(call()) == "really sent hi"
    tripwire.assert_interaction(plugin.sent)


@pytest.mark.parametrize("inside", [True, False])
def test_an_async_generator_that_its_loop_closes(toy: Any, plugin: Any, inside: bool) -> None:
    """A generator has no context of its own: it runs in that of whoever closes it, here the loop's."""
    left: list[Any] = []
    closed: list[str] = []

    async def lines() -> AsyncIterator[None]:
        try:
            yield
        finally:
            closed.append(toy.send("closing"))

    async def main() -> None:
        with contextlib.nullcontext() if inside else tripwire.sandbox():
            left.append(lines())
            await left[0].__anext__()

    if inside:
        plugin.reply("caught")
        with tripwire.sandbox():
            asyncio.run(main())
        tripwire.assert_interaction(plugin.sent)
    else:
        asyncio.run(main())
    assert closed == ["caught" if inside else "really sent closing"]


def test_concurrent_sandboxes_of_one_verifier(toy: Any, plugin: Any) -> None:
    async def use(name: str, barrier: list[asyncio.Event], mine: int) -> None:
        async with tripwire as _:  # type: ignore[attr-defined]
            barrier[mine].set()
            await barrier[1 - mine].wait()
            toy.send(name)
            await asyncio.sleep(0)

    async def main() -> None:
        barrier = [asyncio.Event(), asyncio.Event()]
        await asyncio.gather(use("a", barrier, 0), use("b", barrier, 1))

    plugin.reply(1, 2)
    asyncio.run(main())
    with tripwire.in_any_order():
        tripwire.assert_interaction(plugin.sent, text="b")
        tripwire.assert_interaction(plugin.sent, text="a")


async def test_tasks_that_share_a_context_manager_leave_their_own_sandbox(toy: Any, plugin: Any) -> None:
    box = tripwire.sandbox()
    first_may_leave, first_has_left = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with box:
            await first_may_leave.wait()
        first_has_left.set()

    async def second() -> Any:
        async with box:
            first_may_leave.set()
            await first_has_left.wait()
            return toy.send("still inside")

    plugin.reply("caught")
    assert (await asyncio.gather(first(), second()))[1] == "caught"
    tripwire.assert_interaction(plugin.sent)


AT_WORK = """
import anyio

@pytest.fixture(scope="module")
def anyio_backend():
    return {backend!r}

@pytest.fixture(scope="module")
async def group(anyio_backend):
    async with anyio.create_task_group() as group:
        yield group
        group.cancel_scope.cancel()

async def poll():
    await anyio.sleep(60)

async def brief(done):
    done.set()

@pytest.mark.anyio
async def test_it(group):
    async with tripwire:
        group.start_soon(poll, name="poller")
        group.start_soon(brief, done := anyio.Event(), name="brief")
        await done.wait()

@pytest.mark.anyio
async def test_after(group):
    async with tripwire:
        pass
"""


@pytest.mark.parametrize(("backend", "words"), [("asyncio", "'poller' (*)"), ("trio", "'poller'")])
def test_tasks_still_at_work_are_named(inner: Any, backend: str, words: str) -> None:
    result = inner(AT_WORK.format(backend=backend), "--asyncio-mode=strict", "-W", "default")
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(
        [f"*TripwireWarning: the task {words} was started inside the sandbox and is still at work*"]
    )


def test_a_timer_that_has_not_fired_is_named(inner: Any) -> None:
    result = inner(
        """
import threading
timers = []
def test_it():
    with tripwire:
        for _ in range(2):
            timers.append(threading.Timer(60, int))
            timers[-1].name = f"timer {len(timers)}"
            timers[-1].start()
    timers[1].cancel()
def test_after():
    timers[0].cancel()
""",
        "-W",
        "default",
    )
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*TripwireWarning: the thread 'timer 1' was started inside the sandbox*"])

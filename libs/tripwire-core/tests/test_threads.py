"""Threads and executors that are started inside a sandbox inherit it."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.to_thread
import pytest
import trio
import uvloop

import tripwire

user_variable: contextvars.ContextVar[str] = contextvars.ContextVar("user_variable", default="unset")


def in_thread(function: Any) -> Any:
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def in_thread_subclass(function: Any) -> Any:
    class Worker(threading.Thread):
        def run(self) -> None:
            self.result = function()

    worker = Worker()
    worker.start()
    worker.join()
    assert "run" not in vars(worker)
    return worker.result


def in_executor(function: Any) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def in_mapped_executor(function: Any) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return next(pool.map(lambda _: function(), [1]))


def in_task(function: Any) -> Any:
    async def call() -> Any:
        return function()

    async def main() -> Any:
        return await asyncio.create_task(call())

    return asyncio.run(main())


def in_to_thread(function: Any) -> Any:
    async def main() -> Any:
        return await asyncio.to_thread(function)

    return asyncio.run(main())


def in_default_executor(function: Any) -> Any:
    async def main() -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, function)

    return asyncio.run(main())


def in_own_executor(function: Any) -> Any:
    async def main() -> Any:
        with ThreadPoolExecutor(1) as pool:
            return await asyncio.get_running_loop().run_in_executor(pool, function)

    return asyncio.run(main())


def in_timer(function: Any) -> Any:
    result: list[Any] = []
    timer = threading.Timer(0, lambda: result.append(function()))
    timer.start()
    timer.join()
    return result[0]


def in_thread_of_a_thread(function: Any) -> Any:
    return in_thread(lambda: in_thread(function))


def in_executor_of_an_executor(function: Any) -> Any:
    return in_executor(lambda: in_executor(function))


def in_anyio_thread(function: Any) -> Any:
    return anyio.run(anyio.to_thread.run_sync, function)


def in_trio_thread(function: Any) -> Any:
    return trio.run(trio.to_thread.run_sync, function)


def in_uvloop_executor(function: Any) -> Any:
    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(loop.run_in_executor(None, function))
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


WAYS = [
    in_timer,
    in_thread_of_a_thread,
    in_executor_of_an_executor,
    in_anyio_thread,
    in_trio_thread,
    in_uvloop_executor,
    in_thread,
    in_thread_subclass,
    in_executor,
    in_mapped_executor,
    in_task,
    in_to_thread,
    in_default_executor,
    in_own_executor,
]


@pytest.mark.parametrize("way", WAYS)
def test_work_started_inside_is_served_by_its_verifier(toy: Any, plugin: Any, way: Any) -> None:
    other = tripwire.StrictVerifier()
    with other.sandbox(), plugin.verifier.sandbox():  # two are open: only the context can tell
        plugin.reply("caught")
        assert way(lambda: toy.send("hi")) == "caught"
    tripwire.assert_interaction(plugin.sent, text="hi")
    other.verify_all()


def test_an_executor_older_than_the_sandbox(toy: Any, plugin: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with tripwire.sandbox():
            plugin.reply("caught")
            assert pool.submit(toy.send, "hi").result() == "caught"
        assert pool.submit(toy.send, "hi").result() == "really sent hi"
    tripwire.assert_interaction(plugin.sent)


def test_a_worker_started_inside_does_not_keep_the_sandbox(toy: Any, plugin: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        with tripwire.sandbox():
            pool.submit(int).result()
        assert pool.submit(toy.send, "hi").result() == "really sent hi"


def test_run_in_executor_copies_the_context_as_the_guide_says() -> None:
    user_variable.set("set")
    with tripwire.sandbox():
        assert in_default_executor(user_variable.get) == "set"
    assert in_default_executor(user_variable.get) == "unset"


def test_threads_inherit_the_sandbox_and_nothing_else() -> None:
    user_variable.set("set")
    with tripwire.sandbox():
        assert in_thread(user_variable.get) == "unset"
        assert in_executor(user_variable.get) == "unset"


def test_a_thread_that_cannot_start_is_left_as_it_was() -> None:
    with tripwire.sandbox():
        thread = threading.Thread(target=int)
        thread.start()
        with pytest.raises(RuntimeError, match="threads can only be started once"):
            thread.start()
        thread.join()
        broken = threading.Thread.__new__(threading.Thread)
        broken._ident = None  # type: ignore[attr-defined]
        broken._initialized = False  # type: ignore[attr-defined]
        with pytest.raises(RuntimeError):
            broken.start()
        assert "run" not in vars(broken)


def in_raw_thread(function: Any) -> Any:
    result: list[Any] = []
    done = threading.Event()

    def work() -> None:
        try:
            result.append(function())
        except tripwire.TripError as trip:
            result.append(trip)
        done.set()

    _thread.start_new_thread(work, ())
    assert done.wait(5)
    return result[0]


def test_a_raw_thread_holds_no_sandbox(toy: Any, plugin: Any) -> None:
    other = tripwire.StrictVerifier()
    with tripwire.sandbox():
        plugin.reply("caught")
        assert in_raw_thread(lambda: toy.send("hi")) == "caught"  # the one that is open serves
        with other.sandbox():
            trip = in_raw_thread(lambda: toy.send("hi"))
    assert isinstance(trip, tripwire.SandboxNotActiveError)
    assert in_raw_thread(lambda: toy.send("hi")) == "really sent hi"
    tripwire.assert_interaction(plugin.sent)
    assert plugin.verifier.unsettled_trips() == []  # `work` caught it, and is test code
    for verifier in (other, plugin.verifier):
        verifier.judge()


def test_a_trip_in_a_raw_thread_leaves_no_thread_behind(toy: Any, plugin: Any) -> None:
    with tripwire.sandbox():
        assert isinstance(in_raw_thread(lambda: toy.send("hi")), tripwire.UnmockedInteractionError)
    assert [thread for thread in threading.enumerate() if thread.name.startswith("Dummy")] == []
    assert plugin.verifier.trips[0].thread.isdigit()


def test_the_initializer_of_an_executor(toy: Any, plugin: Any) -> None:
    with tripwire.sandbox():
        plugin.reply("at start", "in work")
        with ThreadPoolExecutor(1, initializer=toy.send, initargs=("start",)) as pool:
            assert pool.submit(toy.send, "work").result() == "in work"
    tripwire.assert_interaction(plugin.sent, text="start")
    tripwire.assert_interaction(plugin.sent, text="work")


@pytest.mark.parametrize("in_pool", [False, True])
def test_a_thread_that_goes_on_after_its_sandbox(toy: Any, plugin: Any, in_pool: bool) -> None:
    closed = threading.Event()

    def work() -> Any:
        assert closed.wait(5)
        return toy.send("late")

    with ThreadPoolExecutor(1) as pool:
        with tripwire.sandbox():
            if in_pool:
                future = pool.submit(work)
            else:
                thread = threading.Thread(target=lambda: _ignore(work))
                thread.start()
        closed.set()
        if in_pool:
            with pytest.raises(tripwire.PostSandboxInteractionError):
                future.result()
        else:
            thread.join()
    assert [type(trip.error) for trip in plugin.verifier.trips] == [tripwire.PostSandboxInteractionError]


def _ignore(function: Any) -> None:
    with pytest.raises(tripwire.TripError):
        function()


def test_tripwire_may_be_used_while_it_is_at_work(toy: Any, plugin: Any) -> None:
    """As finalisers do, at any moment; here it is a method that tripwire calls."""
    plugin.reply("caught")

    class Hashed(threading.Thread):
        used = False

        def __hash__(self) -> int:
            by_starter = self.ident not in (None, threading.get_ident())
            if by_starter and not self.used:
                self.used = True
                toy.send("hi")
                in_thread(int)
            return id(self)

    def work() -> None:
        with plugin.verifier.sandbox():
            Hashed(target=int).start()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "a deadlock"
    tripwire.assert_interaction(plugin.sent, text="hi")


def test_many_threads_and_tasks_lose_nothing(toy: Any, plugin: Any) -> None:
    threads, calls = 16, 50
    plugin.reply(*range(threads * calls))
    with tripwire.sandbox() as verifier:
        workers = [
            threading.Thread(target=lambda n=n: [toy.send(f"{n}") for _ in range(calls)])
            for n in range(threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert [i.sequence for i in verifier.timeline] == list(range(threads * calls))
    for n in range(threads):
        with tripwire.in_any_order():
            for _ in range(calls):
                tripwire.assert_interaction(plugin.sent, text=f"{n}")


def by_thread(call: Any) -> None:
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def by_pool(call: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(call)


def by_to_thread(call: Any) -> None:
    with contextlib.suppress(tripwire.TripError):
        asyncio.run(asyncio.to_thread(call))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("start", [by_thread, by_pool, by_to_thread])
def test_a_call_without_user_code_is_placed_where_its_thread_was_started(start: Any) -> None:
    with tripwire.sandbox() as verifier, tripwire.expect_trip():
        start(tripwire.mock("mock"))
    (trip,) = verifier.trips
    assert trip.error.place is not None
    assert trip.error.place.filename == __file__
    assert trip.error.place.function == start.__name__


def test_a_daemon_thread_that_trips_during_teardown(inner: Any) -> None:
    result = inner(
        """
import threading
@pytest.fixture
def go():
    event = threading.Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name == "poller":
            thread.join()
def test_it(go):
    repo = tripwire.mock("repo")
    with tripwire:
        threading.Thread(target=lambda: (go.wait(5), program.suppressed(repo)), name="poller", daemon=True).start()
def test_after():
    pass
""",
        "-W",
        "error",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*1 trip never reached the test:",
            "*- PostSandboxInteractionError: repo.find(1)  (program.py:*), in thread 'poller'",
            "*swallowed at program.py:* in suppressed",
            "*| a task or thread went on after its sandbox had closed, and called: repo.find(1)",
        ]
    )

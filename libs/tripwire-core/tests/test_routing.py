"""The design's table: whose is a call that is made here and now?"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

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


WAYS = [
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


def test_a_closed_sandbox_trips(toy: Any, plugin: Any) -> None:
    async def late(closed: asyncio.Event) -> None:
        await closed.wait()
        toy.send("late")

    async def main() -> tripwire.PostSandboxInteractionError:
        closed = asyncio.Event()
        with tripwire.sandbox():
            task = asyncio.create_task(late(closed))
            await asyncio.sleep(0)
        closed.set()
        with pytest.raises(tripwire.PostSandboxInteractionError) as caught:
            await task
        return caught.value

    error = asyncio.run(main())
    assert error.source is plugin.sent
    assert str(error) == (
        "a task or thread went on after its sandbox had closed, and called: send('late')\n"
        f"  called at {error.place}\n"
        "await or join it before the sandbox ends, so that its calls are answered and can be asserted"
    )


def test_a_closed_inner_sandbox_within_an_open_one_is_served(toy: Any, plugin: Any) -> None:
    async def late(closed: asyncio.Event) -> Any:
        await closed.wait()
        return toy.send("late")

    async def main() -> Any:
        closed = asyncio.Event()
        with tripwire.sandbox():
            with tripwire.sandbox():
                task = asyncio.create_task(late(closed))
                await asyncio.sleep(0)
            closed.set()
            plugin.reply("caught")
            return await task

    assert asyncio.run(main()) == "caught"
    tripwire.assert_interaction(plugin.sent)


@pytest.fixture
def old_thread() -> Any:
    """A thread older than any sandbox of the test, with a way to give it work."""
    with ThreadPoolExecutor(1) as pool:
        genuine = ThreadPoolExecutor.submit
        pool.submit(int).result()
        yield lambda function: genuine(pool, function)


def test_without_a_sandbox_the_one_open_verifier_serves(toy: Any, plugin: Any, old_thread: Any) -> None:
    with tripwire.sandbox():
        plugin.reply("caught")
        assert old_thread(lambda: toy.send("hi")).result() == "caught"
    tripwire.assert_interaction(plugin.sent)


def test_without_a_sandbox_and_with_several_open(toy: Any, plugin: Any, old_thread: Any) -> None:
    other = tripwire.StrictVerifier()
    mine = plugin.verifier.sandbox()
    with other.sandbox(), mine, pytest.raises(tripwire.SandboxNotActiveError) as caught:
        old_thread(lambda: toy.send("hi")).result()
    assert str(caught.value).startswith(
        "several verifiers have a sandbox open, and this call belongs to none of them: send('hi')\n"
    )
    for verifier in (other, plugin.verifier):
        assert [trip.error for trip in verifier.trips] == [caught.value]


def test_without_any_open_sandbox_it_is_the_real_call(toy: Any, plugin: Any) -> None:
    with tripwire.sandbox():
        pass
    assert toy.send("hi") == "really sent hi"  # still patched: the test is not over


def test_a_free_standing_mock_outside_any_sandbox() -> None:
    repo = tripwire.mock("repo").returns(1).required(False)
    with pytest.raises(tripwire.SandboxNotActiveError) as caught:
        repo(1)
    assert str(caught.value) == (
        "nothing real stands behind this call, and no sandbox of its test is open: repo(1)\n"
        f"  called at {caught.value.place}\n"
        "make the call inside `with tripwire:`"
    )


def test_a_mock_is_served_by_its_own_verifier() -> None:
    repo = tripwire.mock("repo").returns(1)
    other = tripwire.StrictVerifier()
    with tripwire.sandbox(), other.sandbox():
        assert repo() == 1
    repo.assert_call()
    other.verify_all()


def test_module_level_functions_mean_the_sandbox_they_are_in() -> None:
    mine = tripwire.current_verifier()
    other = tripwire.StrictVerifier()
    with other.sandbox():
        assert tripwire.current_verifier() is other
        with tripwire as inner:  # type: ignore[attr-defined]
            assert inner is other
    assert tripwire.current_verifier() is mine


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


def test_a_sandbox_closed_in_another_context_is_forgotten(toy: Any, plugin: Any) -> None:
    box = tripwire.sandbox()
    box.__enter__()
    contextvars.copy_context().run(box.__exit__, None, None, None)
    with pytest.raises(tripwire.PostSandboxInteractionError):
        toy.send("this context still holds the closed sandbox")


@pytest.fixture
def cleaning_up(toy: Any, plugin: Any) -> Any:
    """A fixture whose clean-up makes a real call."""
    yield
    assert toy.send("hi") == "really sent hi"


@pytest.fixture
def elsewhere(cleaning_up: Any) -> Any:
    """A fixture that closes its sandbox in another context, as event loops do."""
    box = tripwire.sandbox()
    yield box.__enter__()
    contextvars.copy_context().run(box.__exit__, None, None, None)


def test_a_fixture_that_closes_its_sandbox_elsewhere(elsewhere: tripwire.StrictVerifier) -> None:
    assert elsewhere is tripwire.current_verifier()


def test_leaving_twice_is_harmless() -> None:
    tripwire.__exit__(None, None, None)  # type: ignore[attr-defined]
    with tripwire.sandbox():
        pass


def test_a_plugin_that_decides_nothing(tripwire_verifier: tripwire.StrictVerifier) -> None:
    class Undecided(tripwire.Plugin):
        name = "undecided"

    undecided = Undecided(tripwire_verifier)
    assert (*undecided.targets(), *undecided.unused()) == ()
    assert dict(undecided.config) == {}
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        undecided.intercept(tripwire.Call(tripwire.Source("x"), {}, "x"))
    assert isinstance(caught.value.__cause__, NotImplementedError)
    assert str(caught.value).endswith("\nthe plugin 'undecided' failed: NotImplementedError()")


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


def test_the_place_of_a_call_without_user_code(toy: Any, plugin: Any) -> None:
    with tripwire.sandbox(), ThreadPoolExecutor(1) as pool:
        future = pool.submit(tripwire.mock("mock"))
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            future.result()
    assert caught.value.place is not None
    assert caught.value.place.filename.endswith("thread.py")

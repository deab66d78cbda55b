"""Many threads and tasks at once, and very many sandboxes: nothing lost, nothing doubled, nothing left."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tripwire
from tripwire import _project
from tripwire._double import MockPlugin
from tripwire._mock import Mock
from tripwire._pasting import Named
from tripwire._spec import Spec

THREADS = 64
TASKS = 1_000
CALLS = 100_000


def mock_of(verifier: tripwire.StrictVerifier) -> Any:
    """A mock that belongs to a verifier made by hand."""
    return Mock(verifier.plugin(MockPlugin), "repo", Named("repo", None), Spec())


def in_threads(work: Callable[[int], None], count: int = THREADS) -> None:
    """Run work in so many threads that begin together."""
    barrier = threading.Barrier(count)

    def start(number: int) -> None:
        barrier.wait()
        work(number)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def assert_whole(verifier: tripwire.StrictVerifier, count: int, distinct: Any) -> None:
    """So many interactions, each once, and counted without a gap."""
    timeline = list(verifier.timeline)
    assert [one.sequence for one in timeline] == list(range(count))
    assert Counter(one.fields["args"] for one in timeline) == Counter(distinct)
    for one in timeline:
        one.asserted = True
    assert verifier.trips == []
    verifier.verify_all()


def test_threads_and_tasks_at_once() -> None:
    repo = tripwire.mock("repo")
    by_thread, by_task = CALLS * 9 // 10 // THREADS, CALLS // 10 // TASKS
    total = by_thread * THREADS + by_task * TASKS
    for _ in range(total):
        repo.find.returns(None)

    def sync(number: int) -> None:
        for call in range(by_thread):
            repo.find("thread", number, call)

    async def one_task(number: int) -> None:
        for call in range(by_task):
            repo.find("task", number, call)
            await asyncio.sleep(0)

    async def tasks() -> None:
        await asyncio.gather(*(one_task(number) for number in range(TASKS)))

    with tripwire.sandbox() as verifier:
        loop = threading.Thread(target=lambda: asyncio.run(tasks()))
        loop.start()
        in_threads(sync)
        loop.join()
    called = [("thread", n, c) for n in range(THREADS) for c in range(by_thread)]
    called += [("task", n, c) for n in range(TASKS) for c in range(by_task)]
    assert_whole(verifier, total, called)


def test_every_verifier_sees_only_its_own(toy: Any, plugin: Any) -> None:
    kind, calls, verifiers = type(plugin), 60, [tripwire.StrictVerifier() for _ in range(16)]
    mocks = [mock_of(verifier) for verifier in verifiers]
    plugins = [kind(verifier) for verifier in verifiers]
    answers: list[list[Any]] = [[] for _ in verifiers]

    def work(number: int) -> None:
        for call in range(calls):
            plugins[number].reply((number, call))
            mocks[number].returns(call)
            with verifiers[number].sandbox():
                answers[number] += [toy.send(f"{number}"), mocks[number](number, call)]

    in_threads(work, len(verifiers))
    for number, verifier in enumerate(verifiers):
        assert answers[number] == [value for call in range(calls) for value in ((number, call), call)]
        for call in range(calls):
            verifier.assert_interaction(plugins[number].sent, text=f"{number}")
            verifier.assert_interaction(mocks[number], args=(number, call), returned=call)
        verifier.verify_all()
    assert toy.send("hi") == "really sent hi"


def test_ten_thousand_mocks_in_one_sandbox() -> None:
    services = tripwire.mock("services")
    mocks = [getattr(services, f"service_{number}").returns(number) for number in range(10_000)]
    with tripwire.sandbox() as verifier, tripwire.expect_trip():
        assert [mock() for mock in mocks] == list(range(10_000))
        with pytest.raises(tripwire.UnmockedInteractionError):
            services.another()
    for number, mock in enumerate(mocks):
        mock.assert_call(returned=number)
    assert len(verifier.timeline) == 10_000


class CountsComparisons:
    """Equal to one number, and counts how often it is asked."""

    asked = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        CountsComparisons.asked += 1
        return other == self.number

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("relaxed", [False, True])
def test_an_assertion_costs_the_same_wherever_it_stands(relaxed: bool) -> None:
    repo = tripwire.mock("repo")
    for number in range(5_000):
        repo.returns(number)
    with tripwire.sandbox() as verifier:
        for _ in range(5_000):
            repo()
    CountsComparisons.asked = 0
    if relaxed:
        with verifier.in_any_order():
            for number in range(5_000):
                tripwire.assert_interaction(repo, returned=CountsComparisons(number))
    else:
        for number in range(5_000):
            tripwire.assert_interaction(repo, returned=CountsComparisons(number))
    assert CountsComparisons.asked == 5_000


def bare(verifier: tripwire.StrictVerifier) -> None:
    with verifier.sandbox():
        pass


def with_a_mock(verifier: tripwire.StrictVerifier) -> None:
    service = SimpleNamespace(send=len)
    double = mock_of(verifier)
    double.returns(1)
    with verifier.sandbox():
        double(service)
    double.assert_call((service,))


def with_a_thread(verifier: tripwire.StrictVerifier) -> None:
    with verifier.sandbox():
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()


LOOP = SimpleNamespace(loop=None)


def with_a_task(verifier: tripwire.StrictVerifier) -> None:
    async def main() -> None:
        async with verifier.sandbox():
            await asyncio.create_task(asyncio.sleep(0))

    LOOP.loop.run_until_complete(main())


def with_a_trip(verifier: tripwire.StrictVerifier) -> None:
    double = mock_of(verifier)
    with verifier.sandbox(), verifier.expect_trip(), pytest.raises(tripwire.UnmockedInteractionError):
        double()


def measured() -> dict[str, int]:
    """What may not grow."""
    gc.collect()
    return {
        "objects": len(gc.get_objects()),
        "blocks": sys.getallocatedblocks(),
        "threads": threading.active_count(),
        "context variables": len(contextvars.copy_context()),
        "files": len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0,
        "finders": len(sys.meta_path),
    }


def round_of(use: Callable[[tripwire.StrictVerifier], None], times: int) -> dict[str, int]:
    for _ in range(times):
        use(tripwire.StrictVerifier())
    return measured()


@pytest.fixture(autouse=True)
def untraced_threads() -> Iterator[None]:
    """Coverage keeps a tracer for each thread it has ever seen."""
    trace = threading.gettrace()
    threading.settrace(None)
    yield
    threading.settrace(trace)


@pytest.fixture
def core_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project without plugins: a sandbox is ten times as fast."""
    (tmp_path / "pyproject.toml").write_text("[tool.tripwire]\nenabled_plugins = []\n")
    monkeypatch.setattr(_project, "projects", [*_project.projects, _project.Project(tmp_path)])


USES = [
    (bare, 5_000),
    (with_a_mock, 2_500),
    (with_a_thread, 1_000),
    (with_a_task, 2_500),
    (with_a_trip, 2_500),
]


@pytest.mark.usefixtures("core_only")
@pytest.mark.parametrize(("use", "times"), USES)
def test_nothing_is_left_of_very_many_sandboxes(
    use: Callable[[tripwire.StrictVerifier], None], times: int
) -> None:
    nothing_is_left(use, times)


@pytest.mark.parametrize("use", [with_a_mock, with_a_task])
def test_nothing_is_left_of_sandboxes_with_every_plugin(
    use: Callable[[tripwire.StrictVerifier], None],
) -> None:
    nothing_is_left(use, 2_500)


def nothing_is_left(use: Callable[[tripwire.StrictVerifier], None], times: int) -> None:
    LOOP.loop = asyncio.new_event_loop()
    try:
        round_of(use, times // 5)  # caches fill
        before = round_of(use, times // 40)
        after = round_of(use, times * 3 // 4)
    finally:
        LOOP.loop.close()
    # A leak of one object in each sandbox would be ten times as much.
    assert after.pop("objects") - before.pop("objects") < times // 13
    # What is no object of the collector's may stay in Python's own caches: so much, however many sandboxes.
    assert after.pop("blocks") - before.pop("blocks") < times // 13 + 200
    assert after == before


def test_nothing_is_left_of_a_thousand_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import gc
        import pytest
        import tripwire

        OBJECTS = {}

        @pytest.mark.parametrize("number", range(1000))
        def test_it(number):
            double = tripwire.mock("double").returns(number)
            with tripwire:
                assert double(number) == number
            double.assert_call((number,))
            if number in (300, 950):
                gc.collect()
                homes = [str(getattr(type(one), "__module__", "")) for one in gc.get_objects()]
                kinds = [home.startswith("tripwire") for home in homes]
                OBJECTS[number] = (sum(kinds), len(kinds))

        def test_growth():
            (ours, all_of), (ours_later, all_later) = OBJECTS[300], OBJECTS[950]
            assert ours_later <= ours
            assert all_later - all_of < 650 * 60  # pytest keeps its reports, one for each phase
        """
    )
    result = pytester.runpytest("-q", "-p", "no:asyncio", "-p", "no:anyio")
    assert result.ret == 0

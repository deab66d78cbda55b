"""One trip does not settle another, and one exception is not taken for another."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tripwire

FIXTURE = """
import contextlib

@pytest.fixture
def repo():
    return tripwire.mock("repo")

def library(function):  # as a library would: no code of the test
    namespace = {}
    exec("def call(function):\\n try: function()\\n except Exception: pass", namespace)
    namespace["call"](function)
"""

SWALLOWED = {
    "alike, by another way through the program": """
def test_it(repo):
    with tripwire:
        program.swallow(repo)
        with pytest.raises(error):
            program.find(repo)
""",
    "turned into another by a fake of the test": """
def test_it(repo):
    def fake():
        try:
            repo.find(1)
        except Exception as trip:
            raise LookupError from trip
    with tripwire:
        library(fake)
""",
    "turned into another without telling": """
def test_it(repo):
    def fake():
        try:
            repo.find(1)
        except Exception:
            raise LookupError
    with tripwire:
        library(fake)
""",
}

SWALLOWED["turned into another by code that has no source"] = """
def test_it(repo):
    namespace = {}
    exec("def fake(call):\\n try: call(1)\\n except Exception: raise LookupError", namespace)
    with tripwire:
        library(lambda: namespace["fake"](repo.find))
"""

HANDLED = {
    "and another exception is raised after it": """
def test_it(repo):
    def helper():
        with contextlib.suppress(KeyError):
            try:
                repo.find(1)
            except error:
                pass
            raise KeyError
    with tripwire:
        helper()
""",
    "and the test's own exception follows, with clean-up": """
def test_it(repo):
    with tripwire, pytest.raises(KeyError):
        def helper(repo=repo):
            try:
                try:
                    repo.find(1)
                except error:
                    pass
                raise KeyError
            finally:
                repo = None
        helper()
""",
    "by a task that is cancelled at the same line later": """
import asyncio
async def test_it(repo):
    async def one(first):
        if first:
            repo.find(1)
        await asyncio.sleep(60)
    async def poll():
        first = True
        while True:
            try:
                await one(first)
            except error:
                first = False
    async with tripwire:
        task = asyncio.create_task(poll())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
""",
    "by pytest.raises, after the program had tried before": """
def test_it(repo):
    with tripwire, pytest.raises(error):
        program.retry(repo)
""",
}

PROGRAM = """
def find(repo):
    return repo.find(1)

def swallow(repo):
    try:
        find(repo)
    except Exception:
        pass

def retry(repo):
    for left in range(4, -1, -1):
        try:
            return find(repo)
        except Exception:
            if not left:
                raise
"""


@pytest.fixture
def run(pytester: pytest.Pytester, ini: None) -> Callable[[str], pytest.RunResult]:
    pytester.syspathinsert()

    def run(code: str, *arguments: str) -> pytest.RunResult:
        head = "import pytest, program, tripwire\nerror = tripwire.UnmockedInteractionError\n"
        pytester.makepyfile(program=PROGRAM, test_inner=head + FIXTURE + code)
        return pytester.runpytest_inprocess(*arguments)

    return run


@pytest.mark.parametrize("how", SWALLOWED)
def test_it_is_swallowed(run: Any, how: str) -> None:
    result = run(SWALLOWED[how])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *SwallowedTripError: 1 trip never reached the test:"])


@pytest.mark.parametrize("how", HANDLED)
def test_the_test_has_handled_it(run: Any, how: str) -> None:
    run(HANDLED[how]).assert_outcomes(passed=1)


def test_a_trip_the_test_handled_is_no_likely_cause(run: Any) -> None:
    result = run("""
def test_it(repo):
    try:
        with tripwire:
            try:
                repo.find(1)
            except error:
                pass
            assert 1 == 2
    finally:
        repo = None
""")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*SwallowedTripError*")


def test_the_cause_is_shown_and_taken_away_again(run: Any) -> None:
    result = run("""
shared = KeyError("of the program")
def test_it(repo):
    with tripwire:
        program.swallow(repo)
    raise shared
def test_after():
    assert shared.__cause__ is None and not shared.__suppress_context__
""")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["tripwire.SwallowedTripError: 1 trip never reached the test:"])


def test_an_exception_that_cannot_be_compared(run: Any) -> None:
    result = run("""
class Odd(Exception):
    def __eq__(self, other):
        raise RuntimeError("no comparison")
    __hash__ = None
def test_it(repo):
    with tripwire:
        pass
    repo.find.required(False).returns(1)
    raise Odd("mine")
def test_unasserted(repo):
    repo.returns(1)
    with tripwire:
        repo()
""")
    result.assert_outcomes(failed=1, passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *Odd: mine"])


def test_a_timeout_in_a_comparison_goes_through() -> None:
    class Slow:
        def __eq__(self, other: object) -> bool:
            pytest.fail("the test took too long")

    double = tripwire.mock("double").returns(1)
    with tripwire.sandbox():
        double(1)
    with pytest.raises(pytest.fail.Exception, match="too long"):
        double.assert_call((Slow(),))
    double.assert_call((1,))


def test_every_thread_that_is_left_is_named(run: Any) -> None:
    result = run(
        """
import threading
end = threading.Event()
def test_it():
    with tripwire:
        for name in ("one", "two"):
            threading.Thread(target=lambda: end.wait(), name=name, daemon=True).start()
def test_after():
    end.set()
""",
        "-W",
        "error",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["E *tripwire.TripwireWarning: the thread 'one' was *", "*the thread 'two' was *"]
    )


@pytest.fixture
def eager_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_switches")
@pytest.mark.parametrize("turn", range(20))
def test_the_threads_of_a_test_share_one_verifier(turn: int) -> None:
    ready, found = threading.Barrier(8), []

    def ask() -> None:
        ready.wait()
        found.append(tripwire.current_verifier())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {tripwire.current_verifier()}

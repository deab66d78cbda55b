"""Tests that expect a trip pass, by whatever means they expect it."""

from __future__ import annotations

from typing import Any

import pytest

FIXTURE = """
import asyncio, contextlib, sys
if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup

@pytest.fixture
def repo():
    return tripwire.mock("repo")

def caught(function):
    try:
        function()
    except BaseException as trip:
        return trip
"""

EXPECTING = {
    "in an exception chain": """
def test_it(repo):
    with tripwire, pytest.raises(LookupError):
        program.wrapped(repo)
""",
    "by assertRaises": """
class TestIt(unittest.TestCase):
    def test_it(self):
        repo = tripwire.mock("repo")
        with tripwire:
            with self.assertRaises(error):
                repo.find(1)
            with self.assertRaisesRegex(LookupError, "no such user"):
                program.wrapped(repo)
            self.assertRaises(error, repo.find, 1)
""",
    "in a group": """
class Group(Exception):
    def __init__(self, exceptions):
        self.exceptions = exceptions
def grouped(repo):
    caught = []
    for _ in range(2):
        try:
            program.reraise(repo)
        except error as one:
            caught.append(one)
    raise Group(caught)
def test_it(repo):
    with tripwire, pytest.raises(Group):
        grouped(repo)
""",
    "pytest.raises": """
def test_it(repo):
    with tripwire, pytest.raises(error):
        repo.find(1)
""",
    "pytest.raises around the sandbox": """
def test_it(repo):
    with pytest.raises(error), tripwire:
        repo.find(1)
""",
    "async": """
async def test_it(repo):
    async with tripwire:
        with pytest.raises(error):
            repo.find(1)
""",
    "through a task": """
import asyncio
async def call(repo):
    repo.find(1)
async def test_it(repo):
    async with tripwire:
        with pytest.raises(error):
            await asyncio.create_task(call(repo))
""",
    "through a future": """
from concurrent.futures import ThreadPoolExecutor
def test_it(repo):
    with tripwire, ThreadPoolExecutor(1) as pool:
        future = pool.submit(repo.find, 1)
        with pytest.raises(error):
            future.result()
""",
    "try and except": """
def test_it(repo):
    with tripwire:
        try:
            repo.find(1)
        except error as caught:
            assert caught.call == "repo.find(1)"
        else:
            pytest.fail("no trip")
""",
    "in a helper": """
def must_trip(function):
    with pytest.raises(error):
        function()
def test_it(repo):
    with tripwire:
        must_trip(lambda: repo.find(1))
""",
    "in a loop": """
def test_it(repo):
    with tripwire:
        for _ in range(3):
            with pytest.raises(error):
                repo.find(1)
""",
    "in a fixture": """
@pytest.fixture
def tripped(repo):
    with tripwire, pytest.raises(error):
        repo.find(1)
def test_it(tripped):
    pass
""",
    "expect_trip": """
def test_it(repo):
    with tripwire, tripwire.expect_trip(error):
        program.except_exception(repo)
""",
    "expect_trip of any kind, async": """
async def test_it(repo):
    async with tripwire, tripwire.expect_trip():
        program.except_exception(repo)
""",
    "by a function": """
def test_it(repo):
    with tripwire:
        pytest.raises(error, repo.find, 1)
""",
    "one kind of several": """
def test_it(repo):
    with tripwire, pytest.raises((KeyError, tripwire.TripError), match="nothing answers"):
        repo.find(1)
""",
    "in a contextmanager of the test": """
@contextlib.contextmanager
def tripping():
    try:
        yield
    except error:
        pass
def test_it(repo):
    with tripwire, tripping():
        program.reraise(repo)
""",
    "try and except, async": """
async def test_it(repo):
    async with tripwire:
        try:
            await asyncio.wait_for(asyncio.to_thread(program.reraise, repo), 5)
        except error:
            pass
""",
    "in an ExceptionGroup": """
import anyio
async def test_it(repo):
    async def call():
        program.reraise(repo)
    async with tripwire:
        with pytest.raises(ExceptionGroup):
            async with anyio.create_task_group() as group:
                group.start_soon(call)
                group.start_soon(call)
""",
    "in a BaseExceptionGroup": """
def test_it(repo):
    with tripwire, pytest.raises(BaseExceptionGroup):
        raise BaseExceptionGroup("both", [caught(lambda: program.reraise(repo)), KeyboardInterrupt()])
""",
    "in a group in a group": """
def test_it(repo):
    with tripwire, pytest.raises(ExceptionGroup):
        inside = ExceptionGroup("inside", [caught(lambda: program.wrapped(repo))])
        raise ExceptionGroup("outside", [KeyError(1), inside])
""",
    "by RaisesGroup": """
def test_it(repo):
    with tripwire, pytest.RaisesGroup(error, KeyError):
        raise ExceptionGroup("both", [caught(lambda: program.reraise(repo)), KeyError(1)])
""",
    "by assertRaises, async": """
class TestIt(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        repo = tripwire.mock("repo")
        async with tripwire:
            with self.assertRaises(error):
                await asyncio.create_task(asyncio.to_thread(repo.find, 1))
            with self.subTest(), self.assertRaises(LookupError):
                program.wrapped(repo)
""",
    "expect_trip, async, in a task": """
async def test_it(repo):
    async with tripwire, tripwire.expect_trip(error, tripwire.InvalidStateError):
        await asyncio.gather(asyncio.to_thread(repo.find, 1), return_exceptions=True)
""",
}

HELPER = """
import contextlib, pytest, tripwire
def by_raises(function):
    with pytest.raises(tripwire.TripError):
        function()
def by_except(function):
    try:
        function()
    except tripwire.TripError:
        pass
@contextlib.contextmanager
def by_context():
    try:
        yield
    except tripwire.TripError:
        pass
"""

USES_HELPER = """
from {module} import by_context, by_except, by_raises
def test_raises(repo):
    with tripwire:
        by_raises(lambda: repo.find(1))
def test_except(repo):
    with tripwire:
        by_except(lambda: repo.find(1))
def test_context(repo):
    with tripwire, by_context():
        repo.find(1)
"""


@pytest.mark.parametrize("how", EXPECTING)
def test_a_test_that_expects_the_trip_passes(inner: Any, how: str) -> None:
    inner(FIXTURE + EXPECTING[how], "-W", "error").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("module", "conftest", "outcomes"),
    [
        ("conftest", HELPER, {"passed": 3}),
        ("helper", "import pytest\npytest.register_assert_rewrite('helper')\n", {"passed": 3}),
        ("helper", "", {"passed": 1, "failed": 2}),  # that might be the program under test
    ],
)
def test_a_helper_that_expects_the_trip(
    inner: Any, module: str, conftest: str, outcomes: dict[str, int]
) -> None:
    result = inner(FIXTURE + USES_HELPER.format(module=module), conftest=conftest, helper=HELPER)
    result.assert_outcomes(**outcomes)


UNSEEN = {
    "the cause of what was caught": """
    try:
        program.wrapped(repo)
    except LookupError:
        pass
""",
    "a member of what was caught": """
    import anyio
    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(call, repo)
    try:
        asyncio.run(main())
    except ExceptionGroup:
        pass
""",
    "the result of gather": """
    async def main():
        (result,) = await asyncio.gather(call(repo), return_exceptions=True)
        assert isinstance(result, error)
    asyncio.run(main())
""",
    "the exception of a future": """
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.submit(program.reraise, repo).exception(), error)
""",
}

UNSEEN_HEAD = """
async def call(repo):
    repo.find(1)

def hide(repo):
"""


@pytest.mark.parametrize("how", UNSEEN)
def test_what_no_traceback_shows_needs_expect_trip(inner: Any, how: str) -> None:
    result = inner(
        FIXTURE
        + UNSEEN_HEAD
        + UNSEEN[how]
        + "def test_plain(repo):\n    with tripwire:\n        hide(repo)\n"
        + "def test_told(repo):\n    with tripwire, tripwire.expect_trip(error):\n        hide(repo)\n"
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*1 trip never reached the test:", "*with tripwire.expect_trip(tripwire.UnmockedInteractionError):"]
    )


@pytest.mark.parametrize("expected", ["InvalidStateError", "SandboxNotActiveError"])
def test_expect_trip_of_another_kind(inner: Any, expected: str) -> None:
    result = inner(
        f"""
def test_it():
    repo = tripwire.mock("repo")
    with tripwire, tripwire.expect_trip(tripwire.{expected}):
        program.except_exception(repo)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*AssertionError: expected a trip ({expected}), and there was none"])


@pytest.mark.parametrize("is_async", [False, True])
def test_expect_trip_without_any(inner: Any, is_async: bool) -> None:
    prefix = "async " if is_async else ""
    result = inner(
        f"{prefix}def test_it():\n    {prefix}with tripwire, tripwire.expect_trip():\n        pass\n"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: expected a trip (TripError), and there was none"])


@pytest.mark.parametrize("how", ["pytest.raises", "try and except", "in a helper", "through a task"])
def test_without_assertion_rewriting(inner: Any, how: str) -> None:
    inner(FIXTURE + EXPECTING[how], "--assert=plain").assert_outcomes(passed=1)


def test_expect_trip_does_not_hide_the_body_s_failure(inner: Any) -> None:
    result = inner("def test_it():\n    with tripwire.expect_trip():\n        raise KeyError('mine')\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*KeyError: 'mine'"])
    result.stdout.no_fnmatch_line("*expected a trip*")


def test_a_test_that_expects_something_else_fails_by_the_trip(inner: Any) -> None:
    result = inner(
        FIXTURE + "def test_it(repo):\n    with tripwire, pytest.raises(KeyError):\n        repo.find(1)\n"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UnmockedInteractionError: nothing answers this call: repo.find(1)"])
    result.stdout.no_fnmatch_line("*never reached the test*")


def test_expect_trip_covers_its_period_only(inner: Any) -> None:
    result = inner(
        FIXTURE
        + """
def test_it(repo):
    with tripwire:
        program.except_exception(repo)
        with tripwire.expect_trip():
            program.bare_except(repo)
        program.suppressed(repo)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*2 trips never reached the test:", "*in except_exception", "*in suppressed"]
    )
    result.stdout.no_fnmatch_line("*in bare_except")


ODD_EXCEPTIONS = """
class Odd(Exception):
    exceptions = {value}
class Failing(Exception):
    @property
    def exceptions(self):
        raise KeyError("exceptions")
def test_odd():
    with pytest.raises(Odd):
        raise Odd
def test_failing():
    with pytest.raises(Failing):
        raise Failing
"""


@pytest.mark.parametrize("value", ["None", "7", "'text'", "[1, None]", "staticmethod(list)", "iter(int, 1)"])
def test_an_attribute_exceptions_that_holds_no_exceptions(inner: Any, value: str) -> None:
    inner(ODD_EXCEPTIONS.format(value=value)).assert_outcomes(passed=2)

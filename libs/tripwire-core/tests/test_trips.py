"""A trip cannot be hidden: programs that try, and tests that expect it."""

from __future__ import annotations

from typing import Any

import pytest

PROGRAM = """
import asyncio, contextlib, threading
from concurrent.futures import ThreadPoolExecutor

def except_exception(repo):
    try:
        repo.find(1)
    except Exception:
        pass

def bare_except(repo):
    try:
        repo.find(1)
    except:
        pass

def suppressed(repo):
    with contextlib.suppress(BaseException):
        repo.find(1)

def finally_return(repo):
    try:
        repo.find(1)
    finally:
        return None

def gathered(repo):
    async def call():
        repo.find(1)
    async def main():
        await asyncio.gather(call(), return_exceptions=True)
    asyncio.run(main())

def forgotten_future(repo):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: repo.find(1))

def in_thread(repo):
    def work():
        with contextlib.suppress(Exception):
            repo.find(1)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

def forgotten_task(repo):
    async def call():
        repo.find(1)
    async def main():
        task = asyncio.create_task(call())
        await asyncio.sleep(0)
        task.exception()
    asyncio.run(main())

def wrapped(repo):
    try:
        repo.find(1)
    except Exception as error:
        raise LookupError("no such user") from error

def reraise(repo):
    try:
        repo.find(1)
    finally:
        pass

def in_a_library(repo):
    import anyio.from_thread
    with anyio.from_thread.start_blocking_portal() as portal:
        portal.start_task_soon(repo.find, 1)

def swallows_wrapped(repo):
    try:
        wrapped(repo)
    except LookupError:
        pass
"""

SWALLOWERS = [
    "except_exception",
    "bare_except",
    "suppressed",
    "finally_return",
    "gathered",
    "forgotten_future",
    "in_thread",
    "forgotten_task",
    "swallows_wrapped",
    "in_a_library",
]

HEAD = "import pytest, tripwire, unittest\nimport program\n\nerror = tripwire.UnmockedInteractionError\n"


@pytest.fixture
def inner(pytester: pytest.Pytester) -> Any:
    """Runs a test module beside the program."""
    pytester.syspathinsert()
    pytester.makeini("[pytest]\nasyncio_mode=auto\nasyncio_default_fixture_loop_scope=function\n")
    pytester.makepyfile(program=PROGRAM)

    def run(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(test_inner=HEAD + code)
        return pytester.runpytest_inprocess(*arguments)

    return run


@pytest.mark.parametrize("how", SWALLOWERS)
def test_a_program_that_swallows_fails_the_test(inner: Any, how: str) -> None:
    result = inner(
        f"""
def test_it():
    repo = tripwire.mock("repo")
    with tripwire:
        program.{how}(repo)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*SwallowedTripError: 1 trip never reached the test:",
            "*- UnmockedInteractionError: repo.find(1)  (*)*",
            "*swallowed at *",
            "*| nothing answers this call: repo.find(1)",
            "*with tripwire.expect_trip(tripwire.UnmockedInteractionError):",
        ]
    )


def test_repeated_trips_are_counted(inner: Any) -> None:
    result = inner(
        """
def test_it():
    repo = tripwire.mock("repo")
    with tripwire:
        for _ in range(10):
            program.except_exception(repo)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*10 trips never reached the test:", "*repo.find(1)  (program.py:*), 10 times*"]
    )


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
}


@pytest.mark.parametrize("how", EXPECTING)
def test_a_test_that_expects_the_trip_passes(inner: Any, how: str) -> None:
    fixture = "\n@pytest.fixture\ndef repo():\n    return tripwire.mock('repo')\n"
    inner(fixture + EXPECTING[how]).assert_outcomes(passed=1)


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


def test_expect_trip_does_not_hide_the_body_s_failure(inner: Any) -> None:
    result = inner("def test_it():\n    with tripwire.expect_trip():\n        raise KeyError('mine')\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*KeyError: 'mine'"])
    result.stdout.no_fnmatch_line("*expected a trip*")


def test_a_trip_that_fails_the_body_is_reported_once(inner: Any) -> None:
    result = inner(
        """
def test_it():
    repo = tripwire.mock("repo")
    with tripwire:
        program.wrapped(repo)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nothing answers this call: repo.find(1)", "*LookupError: no such user"])
    result.stdout.no_fnmatch_line("*never reached the test*")


def test_a_trip_before_another_failure_opens_the_report(inner: Any) -> None:
    result = inner(
        """
def test_it():
    repo = tripwire.mock("repo")
    with tripwire:
        program.except_exception(repo)
    try:
        assert 1 == 2
    except AssertionError:
        raise KeyError("other")
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*SwallowedTripError: 1 trip never reached the test:",
            "The above exception was the direct cause of the following exception:",
            "*assert 1 == 2",
            "*KeyError: 'other'",
            "FAILED test_inner.py::test_it - KeyError: 'other'",
        ]
    )


@pytest.mark.parametrize(
    ("mark", "end", "outcome"),
    [
        ("@pytest.mark.xfail", "", {"xfailed": 1}),
        ("@pytest.mark.xfail(strict=True)", "", {"xfailed": 1}),
        ("", "    pytest.skip('enough')\n", {"skipped": 1}),
    ],
)
def test_xfail_and_skip(inner: Any, mark: str, end: str, outcome: dict[str, int]) -> None:
    body = "    repo = tripwire.mock('repo')\n    with tripwire:\n        program.except_exception(repo)\n"
    inner(f"{mark}\ndef test_it():\n{body}{end}").assert_outcomes(**outcome)


def test_a_late_trip_in_a_fixture_s_teardown(inner: Any) -> None:
    result = inner(
        """
@pytest.fixture
def late():
    repo = tripwire.mock("repo")
    yield
    with tripwire:
        program.except_exception(repo)
def test_it(late):
    pass
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*SwallowedTripError: 1 trip never reached the test:"])


def test_unittest_test_cases(inner: Any) -> None:
    result = inner(
        """
class TestIt(unittest.TestCase):
    def test_swallowed(self):
        repo = tripwire.mock("repo")
        with tripwire:
            program.except_exception(repo)
    def test_failing(self):
        repo = tripwire.mock("repo").returns(1)
        with tripwire:
            repo()
        self.fail("mine")
    def test_passing(self):
        repo = tripwire.mock("repo").returns(1)
        with tripwire:
            repo()
        repo.assert_call()

class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def test_passing(self):
        repo = tripwire.mock("repo").returns(1)
        async with tripwire:
            repo()
        repo.assert_call()
"""
    )
    result.assert_outcomes(failed=2, passed=2)
    result.stdout.fnmatch_lines(
        ["*AssertionError: mine", "*tripwire, at teardown*", "*1 trip never reached the test:*"]
    )


def test_a_late_thread_of_an_earlier_test_fails_the_running_one(inner: Any) -> None:
    result = inner(
        """
import json, queue, threading
jobs, done = queue.Queue(), queue.Queue()

def work():
    while (key := jobs.get()) is not None:
        program.except_exception(Repository(key))
        done.put(None)

class Repository:
    def __init__(self, key):
        self.key = key
    def find(self, number):
        return json.dumps(self.key)

def use(key):
    jobs.put(key)
    done.get()

def test_one():
    tripwire.spy("json:dumps")
    with tripwire:
        threading.Thread(target=work, daemon=True).start()
        use(1)
    tripwire.assert_interaction(next(iter(tripwire.current_verifier().timeline)).source)

def test_two():
    import urllib.request
    json.dumps, genuine = lambda key: urllib.request.urlopen("http://127.0.0.1:9/"), json.dumps
    with tripwire:
        use(2)
    jobs.put(None)
    json.dumps = genuine
""",
        "-W",
        "ignore",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*PostSandboxInteractionError: GET http://127.0.0.1:9/*"])


def test_a_cycle_of_causes_does_not_hang_the_report(inner: Any) -> None:
    result = inner(
        """
def test_it():
    repo = tripwire.mock("repo")
    with tripwire:
        program.except_exception(repo)
    a, b = KeyError("a"), KeyError("b")
    a.__cause__, b.__cause__ = b, a
    raise a
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*1 trip never reached the test:*"])


def test_wrong_arguments_are_a_trip(inner: Any) -> None:
    result = inner(
        """
class Repository:
    def find(self, key, *, lock): ...
def test_it():
    repo = tripwire.mock("repo", spec=Repository)
    repo.find.returns(1).required(False)
    with tripwire:
        program.except_exception(repo)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*WrongArgumentsError: repo.find(1)  (program.py:*)",
            "*| the real thing would not take this call: repo.find(1)",
            "*| missing a required *argument: 'lock'",
        ]
    )

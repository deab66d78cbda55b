"""When trips are judged, and what a report makes of them beside other failures."""

from __future__ import annotations

from typing import Any

import pytest


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
            "*1 trip never reached the test:",
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
    result.stdout.fnmatch_lines(["*1 trip never reached the test:"])


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

def test_two(monkeypatch):
    import urllib.request
    monkeypatch.setattr(json, "dumps", lambda key: urllib.request.urlopen("http://127.0.0.1:9/"))
    with tripwire:
        use(2)
    jobs.put(None)
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

"""unittest's classes and doctest."""

from __future__ import annotations

from runners.conftest import Inner
from runners.suites import check, suite

UNITTEST = """
import json, sys, threading, unittest
import pytest, tripwire
import program

class Base:
    def setUp(self):
        self.repo = tripwire.mock("repo")
        self.repo.returns(1).required(False)

    def call(self):
        with tripwire:
            self.repo()
        self.repo.assert_call()

class TestSync(Base, unittest.TestCase):
    def test_fixture_methods(self):
        self.call()

    def test_clean_up(self):
        box = tripwire.sandbox()
        box.__enter__()
        self.addCleanup(self.repo.assert_call)
        self.addCleanup(box.__exit__, None, None, None)
        self.repo()

    def test_trip_is_reported_once(self):
        with tripwire:
            self.repo.find(1)

    def test_trip_before_a_failure(self):
        with tripwire:
            program.swallow(self.repo.find, 2)
        self.fail("mine")

    @unittest.expectedFailure
    def test_expected_failure(self):
        with tripwire:
            self.repo.find(3)

    def test_skipped(self):
        with tripwire:
            program.swallow(self.repo.find, 4)
            self.repo()
            self.skipTest("enough")

class TestTearDown(unittest.TestCase):
    def setUp(self):
        self.repo = tripwire.mock("repo").returns(1)
        self.box = tripwire.sandbox()
        self.box.__enter__()

    def tearDown(self):
        self.box.__exit__(None, None, None)
        self.repo.assert_call()

    def test_it(self):
        self.repo()

class TestAsync(Base, unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.async_repo = tripwire.mock("async_repo").returns(1)
        self.box = tripwire.sandbox()
        await self.box.__aenter__()
        self.addAsyncCleanup(self.after)

    async def after(self):
        self.async_repo.assert_call()

    async def asyncTearDown(self):
        await self.box.__aexit__(None, None, None)

    async def test_it(self):
        self.async_repo()

class TestNothingIsLeft(unittest.TestCase):
    def test_it(self):
        assert tripwire.current_verifier().innermost_open() is None
"""


def test_unittest_runs_the_suite(inner: Inner) -> None:
    check(inner(test_suite=suite("import unittest\n", owner="class TestIt(unittest.TestCase):")))


def test_unittest_runs_the_async_suite(inner: Inner) -> None:
    owner = "class TestIt(unittest.IsolatedAsyncioTestCase):"
    check(inner(test_suite=suite("import unittest\n", owner=owner, is_async=True)))


def test_unittest_fixture_methods_and_outcomes(inner: Inner) -> None:
    result = inner(test_unittest=UNITTEST)
    result.assert_outcomes(passed=5, failed=2, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ TestSync.test_trip_before_a_failure _*",
            "*SwallowedTripError: 1 trip never reached the test:",
            "*- UnmockedInteractionError: repo.find(2)  (program.py:6)",
            "The above exception was the direct cause of the following exception:",
            "E *AssertionError: mine",
            "*_ TestSync.test_trip_is_reported_once _*",
            "E *UnmockedInteractionError: nothing answers this call: repo.find(1)",
            "FAILED *::test_trip_before_a_failure - AssertionError: mine",
            "FAILED *::test_trip_is_reported_once - *UnmockedInteractionError: nothing answers this call: repo.find(1)",
        ]
    )
    assert result.stdout.str().count("never reached the test") == 1


SUBTESTS = """
import unittest
import tripwire
import program

class TestIt(unittest.TestCase):
    def test_each(self):
        repo = tripwire.mock("repo").returns(1)
        for number in range(3):
            with self.subTest(number=number), tripwire:
                if number == 0:
                    program.swallow(repo.find, number)
                if number == 1:
                    repo.find(number)
        with tripwire:
            repo()

    def test_swallowed(self):
        for number in range(3):
            with self.subTest(number=number), tripwire:
                program.swallow(tripwire.mock("repo").find, 10 + number)
"""


def test_unittest_subtests(inner: Inner) -> None:
    result = inner(test_unittest=SUBTESTS)
    result.stdout.fnmatch_lines(
        [
            "*_ TestIt.test_each *number=1* _*",
            "*1 trip never reached the test:",
            "*- UnmockedInteractionError: repo.find(0)  (program.py:6)",
            "The above exception was the direct cause of the following exception:",
            "E *UnmockedInteractionError: nothing answers this call: repo.find(1)",
            "*tripwire, at teardown*",
            "1 interaction was not asserted:",
            "*_ TestIt.test_swallowed _*",
            "*SwallowedTripError: 3 trips never reached the test:",
            "*- UnmockedInteractionError: repo.find(10)  (program.py:6)",
            "SUBFAILED*number=1*UnmockedInteractionError: nothing answers this call: repo.find(1)",
            "FAILED *::test_swallowed - *SwallowedTripError: 3 trips never reached the test:",
        ]
    )


DOCTEST = '''
"""
>>> import tripwire
>>> repo = tripwire.mock("repo").returns(1)
>>> with tripwire.sandbox() as verifier:
...     repo(5)
1
>>> repo.assert_call(args=(5,))
"""

import program

def expects_a_trip():
    """
    >>> import tripwire
    >>> repo = tripwire.mock("repo")
    >>> with tripwire:
    ...     repo.find(1)
    Traceback (most recent call last):
        ...
    tripwire.UnmockedInteractionError: nothing answers this call: repo.find(1)
    ...
    """

def trips():
    """
    >>> import tripwire
    >>> with tripwire:
    ...     tripwire.mock("repo").find(2)
    """

def swallows():
    """
    >>> import tripwire
    >>> with tripwire:
    ...     program.swallow(tripwire.mock("repo").find, 3)
    """

def unasserted():
    """
    >>> import tripwire
    >>> repo = tripwire.mock("repo").returns(1).returns(2)
    >>> with tripwire:
    ...     repo(5)
    1
    """

def nothing_is_left():
    """
    >>> import tripwire
    >>> tripwire.current_verifier().innermost_open()
    """
'''


def test_doctests(inner: Inner) -> None:
    ini = "doctest_optionflags = ELLIPSIS"
    result = inner("--doctest-modules", "--ignore=conftest.py", ini=ini, documented=DOCTEST)
    result.assert_outcomes(passed=4, failed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of [[]doctest] documented.unasserted _*",
            "E   tripwire.VerificationError: 1 interaction was not asserted:",
            "      - repo(5) returned 1  (*)",
            "*1 mock was never used:",
            "      - repo.returns(2)  (*)",
            "*_ [[]doctest] documented.swallows _*",
            "E   tripwire.SwallowedTripError: 1 trip never reached the test:",
            "      - UnmockedInteractionError: repo.find(3)  (program.py:6)",
            "*_ [[]doctest] documented.trips _*",
            "UNEXPECTED EXCEPTION: UnmockedInteractionError('nothing answers this call: repo.find(2)*",
            "FAILED documented.py::documented.swallows - tripwire.SwallowedTripError: 1 trip never reached the test:",
        ]
    )
    assert result.stdout.str().count("E   tripwire.SwallowedTripError") == 1

"""The tests every runner must run with the same outcome, and what that is."""

from __future__ import annotations

import textwrap

import pytest

STRICT = "asyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\n"
AUTO = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
"""pytest-asyncio's modes, as lines of pytest.ini."""

PROGRAM = """
import contextlib

def swallow(call, *args):
    with contextlib.suppress(Exception):
        call(*args)
"""

_HEAD = """
import json, pytest, threading, tripwire
import program
genuine = threading.Thread.start, json.dumps
"""

_TESTS = """
{d}def test_good({arguments}):
    tripwire.mock("json:dumps").returns("mocked")
    {w}with tripwire:
        assert json.dumps(1) == "mocked"
    (call,) = tripwire.current_verifier().timeline
    tripwire.assert_interaction(call.source, args=(1,))

{d}def test_swallowed({arguments}):
    repo = tripwire.mock("repo")
    {w}with tripwire:
        program.swallow(repo.find, 1)

{d}def test_unasserted({arguments}):
    tripwire.mock("json:dumps").returns("mocked")
    {w}with tripwire:
        json.dumps(2)

{d}def test_unused({arguments}):
    tripwire.mock("repo").returns(3)
    tripwire.sandbox().__enter__()  # and left open

{d}def test_next({arguments}):
    assert genuine == (threading.Thread.start, json.dumps)
    assert json.dumps(1) == "1"
    assert not tripwire.current_verifier().trips and not list(tripwire.current_verifier().timeline)
    assert tripwire.current_verifier().innermost_open() is None
"""


def suite(head: str = "", *, arguments: str = "", owner: str = "", is_async: bool = False) -> str:
    """The tests, sync or async, functions or methods of an owner (`class TestIt:`), below the head a runner needs."""
    prefix = "async " if is_async else ""
    names = ", ".join(filter(None, ["self" if owner else "", arguments]))
    tests = _TESTS.format(arguments=names, d=prefix, w=prefix)
    return _HEAD + head + (f"\n{owner}\n{textwrap.indent(tests, '    ')}" if owner else tests)


def check(result: pytest.RunResult, *files: str) -> None:
    """The outcome of suites: what is wrong fails by its name, where it is told, and nothing else does."""
    files = files or ("test_suite.py",)
    result.assert_outcomes(passed=4 * len(files), failed=len(files), errors=2 * len(files))
    for file in files:
        result.stdout.fnmatch_lines_random(
            [
                f"FAILED *{file}::*test_swallowed* - *SwallowedTripError: 1 trip never reached the test:",
                f"ERROR *{file}::*test_unasserted* - *UnassertedInteractionsError: 1 interaction was not asserted:",
                f"ERROR *{file}::*test_unused* - *UnusedMocksError: 1 mock was never used:",
                "*  - UnmockedInteractionError: repo.find(1)  (program.py:6)",
                f"*  - json:dumps(2) returned 'mocked'  (*{file}:*)",
                f"*  - repo.returns(3)  (*{file}:*)",
            ]
        )

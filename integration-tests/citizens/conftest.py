"""A small suite that trips in every way, run by inner sessions with the options of pytest."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

PROGRAM = """
import contextlib

def careless(call):
    with contextlib.suppress(Exception):
        call()
"""

SUITE = """
import pytest, tripwire
from program import careless

@pytest.fixture
def repo():
    return tripwire.mock("repo")

def test_good(repo):
    repo.find.returns("Ada")
    with tripwire:
        assert repo.find(1) == "Ada"
    repo.find.assert_call((1,))

def test_trip(repo):
    with tripwire:
        repo.drop()

def test_swallowed(repo):
    with tripwire:
        careless(repo.drop)

def test_unasserted(repo):
    repo.find.returns("Ada")
    with tripwire:
        repo.find(1)

def test_unused(repo):
    repo.find.returns("Ada")
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the suite, or other test modules, with these options, warnings being errors."""
    pytester.makeini(
        "[pytest]\nasyncio_mode=auto\nasyncio_default_fixture_loop_scope=function\nfilterwarnings=error\n"
    )
    pytester.syspathinsert()
    monkeypatch.setenv("COLUMNS", "80")

    def inner(*options: str, **files: str) -> pytest.RunResult:
        pytester.makepyfile(**{"program": PROGRAM, **(files or {"test_shop": SUITE})})
        return pytester.runpytest_inprocess("-p", "no:cov", *options)

    return inner


def told(result: pytest.RunResult) -> str:
    """What the run has printed, with rules of one sign, and without what differs from run to run."""
    text = re.sub(r"(?m)^([=_])\1{2,} ?(.*?) ?\1{2,}$", r"\1 \2 \1", result.stdout.str())
    text = re.sub(r"(?m)^(_ )+_?$", "- - -", text)
    return re.sub(r"\d+\.\d\ds", "0.00s", text).strip()

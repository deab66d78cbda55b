"""The oldest pytest that tripwire's dependency admits; the other tests here run on the newest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from environments import Environment

from runners.conftest import run_in
from runners.suites import check, suite
from runners.test_fixtures import FIXTURES, check_fixtures
from runners.test_outcomes import OUTCOMES, SUBTESTS, check_outcomes, check_subtests

AUTO = "asyncio_mode = auto\n"


@pytest.fixture(autouse=True)
def whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="module")
def oldest(make_environment: Callable[..., Environment]) -> Environment:
    return make_environment("python-tripwire", "pytest==8.0.*", "pytest-subtests<0.15")


def test_the_suites(oldest: Environment, tmp_path: Path) -> None:
    files = {
        "test_sync": suite(),
        "test_async": suite(is_async=True),
        "test_unittest": suite("import unittest\n", owner="class TestIt(unittest.TestCase):"),
    }
    check(run_in(oldest, tmp_path, (), (), AUTO, files), *(f"{name}.py" for name in files))


def test_outcomes_fixtures_and_subtests(oldest: Environment, tmp_path: Path) -> None:
    files = {"test_outcomes": OUTCOMES, "test_fixtures": FIXTURES, "test_subtests": SUBTESTS}
    result = run_in(oldest, tmp_path, (), (), AUTO, files)
    counts = {"passed": 16, "failed": 8, "errors": 10, "skipped": 5, "xfailed": 7, "xpassed": 2}
    assert counts.items() <= result.parseoutcomes().items()
    check_fixtures(result)
    check_outcomes(result)
    check_subtests(result)

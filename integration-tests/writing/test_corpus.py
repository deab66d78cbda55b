"""`--tripwire-fix` over many small files: they fail, are written, pass, and stay as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from writing.corpus import Case, Project, cases

CASES = cases()
Outcome = subprocess.CompletedProcess[str]


class Runs:
    """What the runs of pytest over all of the files have told, and what the files were after each."""

    def __init__(self, folder: Path) -> None:
        project = Project(folder, CASES)
        self.before = project.pytest()
        self.writing = project.pytest("--tripwire-fix", "-n", "2")
        self.written = {case.name: project.text(case) for case in CASES}
        self.after = project.pytest()
        self.again = project.pytest("--tripwire-fix")
        self.rewritten = {case.name: project.text(case) for case in CASES}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("corpus"))


def outcomes(case: Case, run: Outcome) -> set[str]:
    """How the tests of a file have ended, by pytest's summary."""
    lines = [line for line in run.stdout.splitlines() if f" test_{case.name}.py::" in line]
    return {line.partition(" ")[0] for line in lines} & {"PASSED", "FAILED", "ERROR"}


def test_there_are_enough() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_written_as_it_should_be(case: Case, runs: Runs) -> None:
    assert outcomes(case, runs.before) & {"FAILED", "ERROR"}, runs.before.stdout
    assert runs.written[case.name] == case.after
    ends = outcomes(case, runs.after)
    assert (ends == {"PASSED"}) is not case.is_refused, runs.after.stdout
    assert runs.rewritten[case.name] == case.after
    refusals = [line for line in runs.writing.stdout.splitlines() if line.startswith("not written")]
    assert any(f"test_{case.name}.py" in line for line in refusals) is case.is_refused


REFUSALS = {
    "assertion_after_one_that_returns": [
        "test_prices: {}:10: no line runs after the assertion that it would follow"
    ],
    "assertion_in_a_thread": ["test_prices: the assertion is not in a file of yours"],
    "sandbox_of_a_library": ["test_price: the sandbox is not in a file of yours"],
    "sandbox_with_nothing_after_it": ["test_price: {}:8: no line runs after this sandbox"],
    "too_many_calls": ["test_box: there are too many calls to compare"],
    "unused_mock_of_a_library": [
        "test_nothing: shop_testing.py:8: tripwire.http.mock_response('GET', 'https://shop.example.com/prices/green') "
        "is unused; other tests may need it where it stands"
    ],
    "unused_mock_for_a_sandbox_of_a_library": [
        "test_price: the sandbox is not in a file of yours",
        "test_unused: the sandbox is not in a file of yours",
    ],
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_is_told_once(name: str, runs: Runs) -> None:
    file = f"test_refused_{name}.py"
    lines = [line for line in runs.writing.stdout.splitlines() if line.startswith(f"not written: {file}")]
    assert sorted(lines) == [f"not written: {file}::{one.format(file)}" for one in REFUSALS[name]]


def test_the_run_fails_and_says_what_it_wrote_where(runs: Runs) -> None:
    assert runs.writing.returncode == 1
    assert "test_assertion_missing.py:6: 1 assertion" in runs.writing.stdout.splitlines()
    assert "read it, then run the tests again" in runs.writing.stdout.splitlines()
    assert "read it" not in runs.again.stdout

"""`--tripwire-verify`: which mocks are held against which truth, when, and what is told of it."""

from __future__ import annotations

import json
import re
import sys

import pytest
from priced_parcels import LIES, asked, courier, courier_only, run, summary

__all__ = ["courier_only"]

HELP = "help: python -m tripwire explain lying-mock"


def test_without_the_option_nothing_is_asked(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
def test_lie():
    send("small", 6)

def test_nothing_is_loaded():
    import sys
    assert not [name for name in sys.modules if "tripwire" in name and "verifying" in name]
    """,
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=2)
    assert summary(result) == []
    assert not (pytester.path / "asked").exists()


MESSAGE = """\
2 mocks say what is not true:
  - mock('small')  (test_parcels.py:4)
    it says: it costs 6
    true is: it costs 5
    ask the courier
  - mock('large')  (test_parcels.py:4)
    it says: it costs 1
    true is: it costs 9
    ask the courier"""


@pytest.mark.parametrize("workers", [[], ["-n", "2", "-p", "xdist"]], ids=["alone", "xdist"])
def test_a_lie_fails_its_test(pytester: pytest.Pytester, workers: list[str]) -> None:
    courier(pytester, LIES)
    result = run(pytester, "--tripwire-verify", *workers)
    result.assert_outcomes(passed=2, errors=1)
    said = re.search(r"E +tripwire\.LyingMockError: ([\s\S]*?)\n +help", "\n".join(result.outlines))
    assert said is not None
    assert [line.strip() for line in said[1].splitlines()] == [line.strip() for line in MESSAGE.splitlines()]
    assert result.stdout.str().count(HELP) == 1
    assert summary(result) == ["tripwire verify: 3 claims, lies in 1 test"]


@pytest.mark.parametrize("workers", [[], ["-n", "2", "-p", "xdist"]], ids=["alone", "xdist"])
def test_a_warning_is_told_once(pytester: pytest.Pytester, workers: list[str]) -> None:
    courier(pytester, LIES)
    result = run(pytester, "--tripwire-verify=warn", *workers)
    result.assert_outcomes(passed=2)
    assert result.stdout.str().count(MESSAGE) == 1
    assert result.ret == 0
    assert summary(result) == ["tripwire verify: 3 claims, lies in 1 test"]


def test_what_is_beside_a_failure_is_told(pytester: pytest.Pytester) -> None:
    courier(pytester, 'def test_lie():\n    send("small", 6)\n    assert 1 == 2\n')
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*assert 1 == 2", "*tripwire, at teardown*", "1 mock says what is not true:"]
    )


@pytest.mark.parametrize(("number", "left"), [(5, []), (7, ["and 2 more from the same line"])])
def test_a_line_that_makes_many_lies_is_told_some_times(
    pytester: pytest.Pytester, number: int, left: list[str]
) -> None:
    courier(
        pytester,
        f"""
def test_many():
    for number in range({number}):
        send(f"parcel {{number}}", 1)
""",
    )
    pytester.makefile(".json", prices=json.dumps({f"parcel {one}": 5 for one in range(number)}))
    said = run(pytester, "--tripwire-verify").stdout.str()
    assert f"{number} mocks say what is not true:" in said
    assert said.count("true is: it costs 5") == 5
    assert re.findall("and .* more from .*", said) == left


def test_what_no_failure_tells_is_in_the_summary(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
import pytest

def test_skipped():
    send("small", 6)
    pytest.skip("no parcels today")

@pytest.mark.xfail
def test_expected():
    send("small", 7)
    assert 1 == 2

def test_failed():
    send("small", 8)
""",
    )
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=1, errors=1, skipped=1, xfailed=1)
    told = re.findall(r"it says: it costs (\d)", result.stdout.str().partition("mocks that lie")[2])
    assert told == ["6", "7"]
    assert summary(result) == ["tripwire verify: 3 claims, lies in 3 tests"]


def test_a_run_that_only_collects_tells_nothing(pytester: pytest.Pytester) -> None:
    courier(pytester, LIES)
    assert summary(run(pytester, "--tripwire-verify", "--collect-only")) == []


def test_claims_of_one_key_are_checked_once_a_run(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
def test_one():
    send("small", 5, times=3)

def test_two():
    send("small", 5)

def test_without_a_key():
    send("large", 9, times=2, key=False)
    """,
    )
    result = run(pytester, "--tripwire-verify")
    assert summary(result) == ["tripwire verify: 6 claims, no lies"]
    assert asked(pytester) == ["small", "large", "large", "closed"]


def test_what_is_not_checked_is_counted_and_never_called_true(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
def test_unknown():
    send("huge", 5)
    send("vast", 5)

def test_left_open():
    tripwire.courier.mock("small", 6)
    tripwire.sandbox().__enter__()
    tripwire.courier.send("small")

def test_free():
    mock = tripwire.mock("mock").returns(1)
    with tripwire:
        mock()
    mock.assert_call()
    """,
    )
    result = run(pytester, "--tripwire-verify")
    assert summary(result) == [
        "tripwire verify: 4 claims, no lies, 4 unchecked",
        "tripwire verify: 2 unchecked: the price list does not name it",
        "tripwire verify: 1 unchecked: a sandbox was still open when the test was over",
        "tripwire verify: 1 unchecked: [tool.tripwire.verify] has no truth for 'mock'",
    ]


def test_a_truth_that_cannot_be_asked_fails_one_test(pytester: pytest.Pytester) -> None:
    tests = "\n".join(
        f"def test_{n}():\n    send('{name}', 5)\n" for n, name in enumerate(("gone", "small", "large"))
    )
    courier(pytester, tests)
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["E*TruthError: the price list is gone", "*explain truth-unreachable"])
    assert summary(result)[1] == "tripwire verify: 3 unchecked: the truth of 'courier' could not be asked"
    assert asked(pytester) == ["gone", "closed"]
    warned = run(pytester, "--tripwire-verify=warn")
    warned.assert_outcomes(passed=3)
    warned.stdout.fnmatch_lines(["*mocks that lie*", "*the price list is gone"])


def test_a_lie_does_not_hide_that_a_truth_is_gone(pytester: pytest.Pytester) -> None:
    courier(pytester, "def test_both():\n    send('small', 6)\n    send('gone', 5)\n")
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["E*LyingMockError: 1 mock says*", "*ask the courier", "*the price list is gone"]
    )


def test_a_truth_of_which_a_part_cannot_be_asked_is_asked_on(pytester: pytest.Pytester) -> None:
    courier(pytester, "def test_torn():\n    send('torn', 5)\n\ndef test_lie():\n    send('small', 6)\n")
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.fnmatch_lines(["E*TruthError: the price list is gone", "E*LyingMockError: 1 mock says*"])


def test_a_truth_that_fails_fails_each_test_that_it_does_not_know_of(pytester: pytest.Pytester) -> None:
    courier(pytester, "def test_broken():\n    send('broken', 5)\n\ndef test_fine():\n    send('small', 5)\n")
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["E*the truth of 'courier' failed*mock('broken')*test_parcels.py:4*ZeroDivisionError*"]
    )
    assert summary(result)[-1] == "tripwire verify: 1 unchecked: the truth of 'courier' failed"


def test_examples_of_hypothesis_are_checked_too(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
from hypothesis import given, settings, strategies

@settings(max_examples=5, database=None)
@given(strategies.integers())
def test_examples(number):
    send("small", 6)
""",
    )
    result = pytester.runpytest_subprocess(
        "--tripwire-verify"
    )  # hypothesis may be imported in another order here
    result.assert_outcomes(passed=1, errors=1)
    assert asked(pytester) == ["small", "closed"]


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [([], {"passed": 2, "errors": 1}), (["--warn", "-k", "lie"], {"passed": 1, "deselected": 1})],
)
def test_the_command(pytester: pytest.Pytester, arguments: list[str], outcome: dict[str, int]) -> None:
    courier(pytester, LIES)
    pytester.makefile(".sql", schema="create table t (id int)")
    result = pytester.run(sys.executable, "-m", "tripwire", "verify", *arguments)
    result.assert_outcomes(**outcome)
    assert result.ret == (1 if "errors" in outcome else 0)
    refused = pytester.run(sys.executable, "-m", "tripwire", "verify", "--schema", "schema.sql")
    refused.stderr.fnmatch_lines(
        ["ERROR: *verify.asyncpg: the plugin 'asyncpg' is not installed or not enabled*"]
    )


def test_other_commands_take_no_arguments_of_pytest(pytester: pytest.Pytester) -> None:
    result = pytester.run(sys.executable, "-m", "tripwire", "doctor", "-k", "lie")
    assert result.ret == 2
    result.stderr.fnmatch_lines(["*unrecognized arguments: -k lie"])

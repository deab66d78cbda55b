"""What reports say in seldom cases: misuse told once, whole tracebacks, examples that hypothesis forgets."""

from __future__ import annotations

import sys

import pytest

import tripwire

MISUSE = """
import pytest, tripwire
from tripwire import _doubles, _project

def test_of_a_verifier(tripwire_verifier):
    tripwire_verifier.expect_trip(5)

def test_with_a_line_already(monkeypatch):
    monkeypatch.setattr(_project, "_offered", {})
    tripwire.popen

def test_of_what_is_private():
    _doubles._check_name(5)

def test_of_one_error_twice():
    error = ValueError("mine")
    error.exceptions = [error, error]
    raise error
"""


def test_misuse_is_told_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MISUSE)
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:randomly")
    result.assert_outcomes(failed=4)
    told = [line for line in result.outlines if "python -m tripwire explain" in line]
    assert told == [
        "E       help: python -m tripwire explain wrong-use",
        "E       help: python -m tripwire explain missing-plugin",
        "E       help: python -m tripwire explain wrong-use",
    ]


@pytest.mark.parametrize("option", ["--full-trace", "--tb=native"])
def test_a_whole_traceback(pytester: pytest.Pytester, option: str) -> None:
    pytester.makepyfile(
        "import tripwire\ndef test_it():\n    with tripwire:\n        tripwire.mock('x').find()\n"
    )
    result = pytester.runpytest_inprocess("-p", "no:asyncio", option)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*tripwire*_mock.py*"])


def test_doubles_of_a_list_are_to_be_named_once(by_hand: object) -> None:
    doubles = [tripwire.mock("box").returns(1).returns(2)]
    with tripwire.sandbox():
        doubles[0]()
        doubles[0]()
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    assert str(caught.value).count("    # ") == 1
    assert str(caught.value).count("    box.assert_call(") == 2


def test_a_double_that_is_made_for_another_one() -> None:
    doubles = {"outer": tripwire.mock("outer").required(False)}
    same = doubles["outer"].returns(tripwire.mock("inner"))
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        same()()
    *_, remark, paste = str(caught.value).splitlines()
    assert remark.startswith("    # give it a name first (")
    assert remark.endswith("): inner = tripwire.mock('inner')")
    assert paste == "    inner.returns(...)"
    same.assert_call()


FORGOTTEN = """
import tripwire
from hypothesis import given
from forgetful import swallow

class UnsatisfiedAssumption(Exception):
    pass

@given(2, 1)
def test_it(number):
    repo = tripwire.mock("repo")
    with tripwire:
        if number == 1:
            swallow(repo.find)
    raise UnsatisfiedAssumption
"""
HYPOTHESIS = """
import functools, types

def given(*values):
    def decorate(inner):
        @functools.wraps(inner)
        def test():
            for value in values:
                try:
                    test.hypothesis.inner_test(value)
                except Exception as error:
                    if type(error).__name__ != "UnsatisfiedAssumption":
                        raise
        del test.__wrapped__
        test.is_hypothesis_test = True
        test.hypothesis = types.SimpleNamespace(inner_test=inner)
        return test
    return decorate
"""


def test_a_trip_in_an_example_that_is_forgotten(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "hypothesis", raising=False)
    pytester.syspathinsert()
    program = "def swallow(call):\n    try:\n        call()\n    except Exception:\n        pass\n"
    pytester.makepyfile(hypothesis=HYPOTHESIS, forgetful=program, test_examples=FORGOTTEN)
    result = pytester.runpytest_inprocess("-p", "no:asyncio")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *SwallowedTripError: 1 trip never reached the test:", "E *swallowed at forgetful.py:3 in swallow"]
    )


RUN_BY_ANOTHER = """
import pytest

def pytest_runtest_protocol(item):
    call = pytest.CallInfo.from_call(lambda: None, "call")
    report = item.ihook.pytest_runtest_makereport(item=item, call=call)
    item.ihook.pytest_runtest_logreport(report=report)
    return True
"""


def test_an_item_that_somebody_else_runs(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(RUN_BY_ANOTHER)
    pytester.makepyfile("def test_it():\n    raise RuntimeError\n")
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=1)


def test_arguments_after_a_double_hyphen(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_it="def test_it():\n    pass\n")
    pytester.runpytest_inprocess("-p", "no:asyncio", "--", "test_it.py").assert_outcomes(passed=1)

"""Property-based tests, whose examples are judged one by one, and subtests."""

from __future__ import annotations

from runners.conftest import Inner
from runners.suites import AUTO

HEAD = """
import asyncio, json, pytest, threading, tripwire
import program
from hypothesis import HealthCheck, Phase, assume, given, settings, strategies as st
genuine = threading.Thread.start, json.dumps
phases = [Phase.generate, Phase.shrink]
settings.register_profile("inner", database=None, max_examples=30, derandomize=True, deadline=None, phases=phases)
settings.load_profile("inner")
"""

EXAMPLES = (
    HEAD
    + """
seen = []

@given(st.integers())
def test_good(number):
    tripwire.mock("json:dumps").returns(str(number))
    with tripwire.sandbox() as verifier:
        assert json.dumps(number) == str(number)
    (call,) = verifier.timeline
    verifier.assert_interaction(call.source, args=(number,))

@given(st.integers())
async def test_good_async(number):
    repo = tripwire.mock("repo").returns(number)
    async with tripwire:
        assert repo() == number
    await asyncio.sleep(0)
    repo.assert_call()

@given(st.integers())
def test_discarded_examples_leave_nothing(number):
    repo = tripwire.mock("repo").returns(number)
    with tripwire:
        repo()
        if number % 2:
            assume(False)
    repo.assert_call()

class TestIt:
    @given(st.integers())
    @pytest.mark.parametrize("sign", [1, -1])
    def test_method(self, sign, number):
        repo = tripwire.mock("repo").returns(sign)
        with tripwire:
            assert repo() == sign
        repo.assert_call()

@given(st.integers())
def test_pytest_raises(number):
    repo = tripwire.mock("repo")
    with tripwire, pytest.raises(tripwire.UnmockedInteractionError):
        repo(number)

def test_nothing_is_left():
    assert genuine == (threading.Thread.start, json.dumps)
    assert tripwire.current_verifier().innermost_open() is None
"""
)


def test_each_example_begins_clean(inner: Inner) -> None:
    result = inner(plugins=("hypothesis", "asyncio"), ini=AUTO, test_examples=EXAMPLES)
    result.assert_outcomes(passed=7)


FALSIFIED = (
    HEAD
    + """
@given(st.integers(0, 100))
def test_wrong_answer(number):
    repo = tripwire.mock("repo").returns(number).returns(number)
    with tripwire:
        assert repo() < 17
        repo()
    repo.assert_call()
    repo.assert_call()

@given(st.integers(0, 100))
def test_swallowed(number):
    repo = tripwire.mock("repo")
    with tripwire:
        if number >= 17:
            program.swallow(repo.find, number)

@given(st.integers(0, 100))
def test_discarded(number):
    repo = tripwire.mock("repo")
    with tripwire:
        if number >= 17:
            program.swallow(repo.find, number)
            assume(False)

@given(st.integers(0, 100))
async def test_unasserted(number):
    repo = tripwire.mock("repo").returns(number)
    async with tripwire:
        repo()
    if number < 17:
        repo.assert_call()

@given(st.integers(0, 100))
def test_unused(number):
    repo = tripwire.mock("repo").returns(number)
    with tripwire:
        if number < 17:
            repo()
    if number < 17:
        repo.assert_call()

@given(st.integers(0, 100))
def test_trip_before_a_failure(number):
    repo = tripwire.mock("repo")
    with tripwire:
        if number >= 17:
            program.swallow(repo.find, number)
        assert number < 17

@given(st.integers(0, 100))
def test_left_open(number):
    tripwire.sandbox().__enter__()
    assert number < 17

def test_nothing_is_left():
    assert genuine == (threading.Thread.start, json.dumps)
    assert tripwire.current_verifier().innermost_open() is None
"""
)


def test_a_falsifying_example_is_found_and_shrunk(inner: Inner) -> None:
    result = inner(plugins=("hypothesis", "asyncio"), ini=AUTO, test_falsified=FALSIFIED)
    result.assert_outcomes(failed=7, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_wrong_answer _*",
            "E *assert 17 < 17",
            *falsified("test_wrong_answer"),
            "*tripwire, at teardown*",
            "1 interaction was not asserted:",
            "  - repo() returned 17  (test_falsified.py:*)",
            "1 mock was never used:",
            "  - repo.returns(17)  (test_falsified.py:*)",
            "*_ test_swallowed _*",
            "E *SwallowedTripError: 1 trip never reached the test:",
            "E *- UnmockedInteractionError: repo.find(17)  (program.py:6)",
            *falsified("test_swallowed"),
            "*_ test_discarded _*",
            "E *SwallowedTripError: 1 trip never reached the test:",
            "E *- UnmockedInteractionError: repo.find(17)  (program.py:6)",
            *falsified("test_discarded"),
            "*_ test_unasserted _*",
            "E *UnassertedInteractionsError: 1 interaction was not asserted:",
            "E *- repo() returned 17  (test_falsified.py:*)",
            *falsified("test_unasserted"),
            "*_ test_unused _*",
            "E *UnusedMocksError: 1 mock was never used:",
            "E *- repo.returns(17)  (test_falsified.py:*)",
            *falsified("test_unused"),
            "*_ test_trip_before_a_failure _*",
            "*SwallowedTripError: 1 trip never reached the test:",
            "*- UnmockedInteractionError: repo.find(17)  (program.py:6)",
            "The above exception was the direct cause of the following exception:",
            "E *assert 17 < 17",
            *falsified("test_trip_before_a_failure"),
            "*_ test_left_open _*",
            *falsified("test_left_open"),
        ]
    )
    result.stdout.no_fnmatch_line("*Flaky*")


def falsified(name: str) -> list[str]:
    """How hypothesis shows the smallest example; the words vary with its version."""
    return [f"E *: {name}(", "E *number=17,*"]


SHARED = (
    HEAD
    + """
@pytest.fixture(autouse=True)
def box():
    with tripwire:
        yield
    with tripwire.in_any_order():
        for call in tripwire.current_verifier().timeline:
            tripwire.assert_interaction(call.source)

@given(st.integers(0, 100))
def test_shared(number):
    tripwire.mock("repo").returns(number)()

@given(st.integers(0, 100))
def test_swallowed(number):
    if number >= 17:
        program.swallow(tripwire.mock("repo").find, number)

@given(st.integers(0, 100))
def test_the_fixture_by_name(tripwire_verifier, number):
    pass

@given(st.integers(0, 100))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_fixture_by_name_and_on_purpose(tripwire_verifier, number):
    assert tripwire.current_verifier() is tripwire_verifier
"""
)


def test_examples_share_what_a_fixture_has_opened(inner: Inner) -> None:
    result = inner(plugins=("hypothesis",), test_shared=SHARED)
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*_ test_swallowed _*",
            "E *SwallowedTripError: 1 trip never reached the test:",
            "E *- UnmockedInteractionError: repo.find(17)  (program.py:6)",
            *falsified("test_swallowed"),
            "*_ test_the_fixture_by_name _*",
            "E *FailedHealthCheck: * uses a function-scoped fixture 'tripwire_verifier'.*",
        ]
    )

"""What a test's outcome makes of trips, calls and mocks that were left."""

from __future__ import annotations

import pytest

from runners.conftest import Inner

OUTCOMES = """
import pytest, threading, tripwire
import program

@pytest.fixture
def repo():
    return tripwire.mock("repo").returns(1)

def trip(repo, number):
    with tripwire:
        program.swallow(repo.find, number)

# -- failing bodies: the failure is the body's

def test_assert(repo):
    trip(repo, 1)
    assert repo is None

def test_pytest_fail(repo):
    with tripwire:
        repo(2)
        pytest.fail("mine")

def test_error_inside_the_sandbox(repo):
    with tripwire:
        program.swallow(repo.find, 3)
        raise KeyError("mine")

def test_fixture_fails_after_the_body(late_failure, repo):
    assert 0, "body"

# -- failing set-up and teardown

@pytest.fixture
def failing(repo):
    trip(repo, 4)
    raise LookupError("set-up")

def test_set_up(failing):
    pass

@pytest.fixture
def late_failure(repo):
    yield
    raise LookupError("teardown")

def test_teardown_and_an_unused_mock(late_failure):
    pass

@pytest.fixture(scope="class")
def wide_failure():
    threads = []
    yield threads
    for go, thread in threads:
        go.set()
        thread.join()
    raise LookupError("wide teardown")

class TestWideTeardown:
    def test_late_trip_beside_a_failing_teardown(self, wide_failure, repo):
        inside, go = threading.Event(), threading.Event()

        def work():
            inside.set()
            go.wait()
            program.swallow(repo.find, 5)

        with tripwire:
            thread = threading.Thread(target=work)
            thread.start()
            inside.wait()
            repo()
        repo.assert_call()
        wide_failure.append((go, thread))

# -- skipped and expected to fail

@pytest.mark.skip
def test_marked(repo):
    pass

@pytest.mark.skipif(True, reason="no")
def test_marked_if(repo):
    pass

def test_skips_inside_the_sandbox(repo):
    with tripwire:
        program.swallow(repo.find, 6)
        repo()
        pytest.skip("enough")

def test_importorskip(repo):
    with tripwire:
        pytest.importorskip("no_such_module")

@pytest.fixture
def skipping(repo):
    with tripwire:
        repo()
    pytest.skip("fixture")

def test_skipped_by_a_fixture(skipping):
    pass

@pytest.mark.xfail
def test_xfail(repo):
    trip(repo, 7)

@pytest.mark.xfail(strict=True)
def test_xfail_strict(repo):
    trip(repo, 8)

@pytest.mark.xfail(raises=tripwire.SwallowedTripError)
def test_xfail_raises(repo):
    trip(repo, 9)

@pytest.mark.xfail(raises=KeyError)
def test_xfail_raises_the_body_s_error(repo):
    trip(repo, 10)
    raise KeyError

@pytest.mark.xfail(raises=KeyError)
def test_xfail_raises_something_else(repo):
    trip(repo, 11)

@pytest.mark.xfail(run=False)
def test_xfail_not_run(repo):
    pass

def test_xfail_in_the_body(repo):
    trip(repo, 12)
    pytest.xfail("known")

@pytest.mark.xfail
def test_xpass(repo):
    with tripwire:
        repo()
    repo.assert_call()

@pytest.mark.xfail(strict=True)
def test_xpass_strict(repo):
    with tripwire:
        repo()

@pytest.mark.xfail
def test_xpass_with_a_mock_left(repo):
    pass

def test_nothing_is_left():
    verifier = tripwire.current_verifier()
    assert not verifier.trips and not list(verifier.timeline) and verifier.innermost_open() is None
"""


def test_outcomes(inner: Inner) -> None:
    result = inner(test_outcomes=OUTCOMES)
    result.assert_outcomes(passed=3, failed=6, errors=4, skipped=5, xfailed=7, xpassed=2)
    check_outcomes(result)
    assert result.stdout.str().count("never reached the test:") == 6  # and one more in the summary


def check_outcomes(result: pytest.RunResult) -> None:
    """The reports of OUTCOMES."""
    cause = "The above exception was the direct cause of the following exception:"
    section = "*- tripwire, at teardown -*"
    unused = ["1 mock was never used:", "  - repo.returns(1)  (test_outcomes.py:7)"]
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of test_fixture_fails_after_the_body _*",
            "E *LookupError: teardown",
            *(section, *unused),
            "*_ ERROR at setup of test_set_up _*",
            *trip(4),
            cause,
            "E *LookupError: set-up",
            "*_ ERROR at teardown of test_teardown_and_an_unused_mock _*",
            "E *LookupError: teardown",
            *(section, *unused),
            "*_ ERROR at teardown of TestWideTeardown.test_late_trip_beside_a_failing_teardown _*",
            "E *LookupError: wide teardown",
            section,
            *trip(5, "PostSandboxInteractionError"),
            "*_ test_assert _*",
            *trip(1),
            cause,
            "E *assert repo is None",
            *(section, *unused),
            "*_ test_pytest_fail _*",
            "E *Failed: mine",
            section,
            "1 interaction was not asserted:",
            "  - repo(2) returned 1  (test_outcomes.py:*)",
            "*_ test_error_inside_the_sandbox _*",
            *trip(3),
            cause,
            "E *KeyError: 'mine'",
            "*_ test_fixture_fails_after_the_body _*",
            "E *AssertionError: body",
            "*_ test_xfail_raises_something_else _*",
            *trip(11),
            "*_ test_xpass_strict _*",
            "[[]XPASS(strict)[]]*",
            section,
            "1 interaction was not asserted:",
        ]
    )


def trip(number: int, kind: str = "UnmockedInteractionError") -> tuple[str, str]:
    """The report of a swallowed trip."""
    return "*1 trip never reached the test:", f"*- {kind}: repo.find({number})  (program.py:6)*"


SUBTESTS = """
import tripwire
import program

def test_each(subtests):
    repo = tripwire.mock("repo").returns(1)
    for number in range(3):
        with subtests.test(number=number), tripwire:
            if number == 1:
                repo.find(number)
            else:
                program.swallow(repo.find, number)
    with tripwire:
        repo()

def test_only_left_open(subtests):
    repo = tripwire.mock("repo").returns(1)
    with subtests.test(), tripwire:
        repo()

def test_good(subtests):
    for number in range(3):
        with subtests.test(number=number):
            repo = tripwire.mock("repo").returns(number)
            with tripwire:
                assert repo() == number
            repo.assert_call()
"""


def test_subtests(inner: Inner) -> None:
    result = inner(test_subtests=SUBTESTS)
    result.assert_outcomes(passed=2, failed=2, errors=1)
    check_subtests(result)


def check_subtests(result: pytest.RunResult) -> None:
    """The reports of SUBTESTS."""
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of test_only_left_open _*",
            "E *UnassertedInteractionsError: 1 interaction was not asserted:",
            "*_ test_each *number=1* _*",
            "*SwallowedTripError: 1 trip never reached the test:",
            "*- UnmockedInteractionError: repo.find(0)  (program.py:6)",
            "The above exception was the direct cause of the following exception:",
            "E *UnmockedInteractionError: nothing answers this call: repo.find(1)",
            "*tripwire, at teardown*",
            "1 interaction was not asserted:",
            "*_ test_each _*",
            "E *SwallowedTripError: 1 trip never reached the test:",
            "*- UnmockedInteractionError: repo.find(2)  (program.py:6)",
        ]
    )

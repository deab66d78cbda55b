"""When what is judged, and how it is reported."""

from __future__ import annotations

import pytest

MOCK = (
    "import pytest, tripwire\n\n@pytest.fixture\ndef repo():\n    return tripwire.mock('repo').returns(1)\n\n"
)


pytestmark = pytest.mark.usefixtures("ini")


def test_an_unasserted_interaction_fails_at_teardown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    with tripwire: repo(5)\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *UnassertedInteractionsError: 1 interaction was not asserted:",
            "*  - repo(5) returned 1  (test_an_unasserted_interaction_fails_at_teardown.py:8)",
            "*put this after the sandbox:",
            "*    repo.assert_call(args=(5,), kwargs={}, returned=1)",
        ]
    )


def test_an_unused_mock_fails_at_teardown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    with tripwire: pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *UnusedMocksError: 1 mock was never used:",
            "*  - repo.returns(1)  (test_an_unused_mock_fails_at_teardown.py:5)",
            "*make the call, take the mock away, or register it with required=False",
        ]
    )


def test_both_at_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    repo.returns(2)\n    with tripwire: repo(5)\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *VerificationError: 1 interaction was not asserted:",
            "*  - repo(5) returned 1*",
            "*1 mock was never used:",
            "*  - repo.returns(2)*",
        ]
    )


def test_a_failing_body_is_the_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    with tripwire: repo(5)\n    assert 1 == 2\n")
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*assert 1 == 2", "*tripwire, at teardown*", "1 interaction was not asserted:"]
    )


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("def test_it(repo):\n    pytest.skip('no')\n", {"skipped": 1}),
        (
            "@pytest.mark.xfail\ndef test_it(repo):\n    with tripwire: repo(1)\n    assert 0\n",
            {"xfailed": 1},
        ),
        ("@pytest.fixture\ndef bad(repo):\n    raise KeyError\ndef test_it(bad):\n    pass\n", {"errors": 1}),
    ],
)
def test_a_test_without_a_passing_body_is_not_judged(
    pytester: pytest.Pytester, code: str, outcome: dict[str, int]
) -> None:
    pytester.makepyfile(MOCK + code)
    pytester.runpytest().assert_outcomes(**outcome)


def test_each_test_has_a_verifier_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import tripwire
        seen = []
        def test_one(tripwire_verifier):
            seen.append(tripwire_verifier)
            assert tripwire.current_verifier() is tripwire_verifier
        def test_two(tripwire_verifier):
            assert tripwire_verifier is not seen[0]
        """
    )
    pytester.runpytest().assert_outcomes(passed=2)


def test_verify_all_in_the_body(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        MOCK
        + "def test_it(repo):\n    repo.returns(2)\n    with tripwire: repo(5)\n"
        + "    with pytest.raises(tripwire.VerificationError) as caught:\n        tripwire.verify_all()\n"
        + "    assert len(caught.value.interactions) == len(caught.value.mocks) == 1\n    tripwire.verify_all()\n"
    )
    pytester.runpytest().assert_outcomes(passed=1)

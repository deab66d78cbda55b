"""`tripwire.verify_all()` in the test's body, for those who want the failure inside of the test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

import tripwire
from tripwire import (
    StrictVerifier,
    SwallowedTripError,
    UnassertedInteractionsError,
    UnusedMocksError,
    VerificationError,
)


def swallow(function: Any) -> None:
    """Hide a trip from a test, by dropping where it was caught."""
    try:
        function()
    except tripwire.TripError as trip:
        trip.__traceback__ = None


def leave_interaction(repo: Any) -> None:
    repo.returns("x")
    repo("asked")


def leave_mock(repo: Any) -> None:
    repo.returns("unused")


def leave_trip(repo: Any) -> None:
    swallow(repo.find)


WAYS = {
    (leave_interaction,): UnassertedInteractionsError,
    (leave_mock,): UnusedMocksError,
    (leave_trip,): SwallowedTripError,
    (leave_trip, leave_interaction): VerificationError,
    (leave_interaction, leave_mock): VerificationError,
    (leave_trip, leave_interaction, leave_mock): VerificationError,
}


@pytest.mark.parametrize(("left", "kind"), WAYS.items())
@pytest.mark.parametrize("inside", [True, False])
def test_what_is_reported_once_is_not_reported_again(
    left: Any, kind: type[VerificationError], inside: bool
) -> None:
    repo = tripwire.mock("repo")
    with ExitStack() as open_sandbox:
        open_sandbox.enter_context(tripwire.sandbox())
        for leave in left:
            leave(repo)
        if not inside:
            open_sandbox.close()
        with pytest.raises(VerificationError) as caught:
            tripwire.verify_all()
        assert type(caught.value) is kind
        error = caught.value
        counts = [len(error.trips), len(error.interactions), len(error.mocks)]
        assert counts == [left.count(way) for way in (leave_trip, leave_interaction, leave_mock)]
        tripwire.verify_all()


def test_what_happens_after_it_is_judged_anew() -> None:
    repo = tripwire.mock("repo")
    with tripwire.sandbox():
        for number in range(2):
            repo.returns(number)
            repo(number)
            leave_trip(repo)
            with pytest.raises(VerificationError) as caught:
                tripwire.verify_all()
            assert [i.fields["args"] for i in caught.value.interactions] == [(number,)]
            assert len(caught.value.trips) == 1


def test_it_says_all_at_once() -> None:
    repo = tripwire.mock("repo")
    with tripwire.sandbox():
        for leave in (leave_trip, leave_interaction, leave_mock):
            leave(repo)
    with pytest.raises(VerificationError) as caught:
        tripwire.verify_all()
    place = caught.value.interactions[0].place
    trip = caught.value.trips[0].error
    mock = caught.value.mocks[0].place
    assert str(caught.value).splitlines() == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: repo.find()  ({trip.place})",
        "    swallowed at a place that is not known: its traceback is gone",
        "    | nothing answers this call: repo.find()",
        f"    |   called at {trip.place}",
        "    | to mock it, put this before the sandbox:",
        "    |     repo.find.returns(...)",
        "mock the call; or, where the test is about the program's reaction, expect it:",
        "    with tripwire.expect_trip(tripwire.UnmockedInteractionError):",
        "",
        "1 interaction was not asserted:",
        f"  - repo('asked') returned 'x'  ({place})",
        "put this after the sandbox:",
        "    repo.assert_call(args=('asked',), kwargs={}, returned='x')",
        "",
        "1 mock was never used:",
        f"  - repo.returns('unused')  ({mock})",
        "make the call, take the mock away, or register it with required=False",
    ]


def test_it_means_the_verifier_whose_sandbox_it_is_in() -> None:
    other = StrictVerifier()
    with other.sandbox():
        tripwire.mock("repo").returns(1)
        with pytest.raises(UnusedMocksError):
            tripwire.verify_all()
    other.verify_all()


@pytest.mark.parametrize(
    ("mark", "outcome"),
    [
        ("", {"failed": 1}),
        ("@pytest.mark.xfail(strict=True, raises=tripwire.UnassertedInteractionsError)\n", {"xfailed": 1}),
    ],
)
def test_a_body_that_fails_by_it_fails_once(inner: Any, mark: str, outcome: dict[str, int]) -> None:
    result = inner(
        mark
        + "def test_it():\n    repo = tripwire.mock('repo').returns(1)\n    with tripwire:\n        repo()\n"
        + "    tripwire.verify_all()\n",
        "-rfx",
    )
    result.assert_outcomes(**outcome)
    assert str(result.stdout).count("1 interaction was not asserted") == outcome.get("failed", 0)
    result.stdout.no_fnmatch_line("*at teardown*")

"""tenacity's retries: ten tries, reported once, with their number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from frameworks.conftest import Said, check

TESTS = """
import pytest, tenacity, tripwire
import retrying

@pytest.mark.parametrize("how", ["swallowed", "falling_back", "by_attempts", "stubborn", "reraising"])
def test_sync(how):
    with tripwire:
        getattr(retrying, how)()

async def test_async():
    async with tripwire:
        await retrying.swallowed_async()

def test_told():
    with tripwire, tripwire.expect_trip(), pytest.raises(tenacity.RetryError):
        retrying.stubborn()

def test_its_wrapper_expected():
    with tripwire, pytest.raises(tenacity.RetryError):
        retrying.stubborn()

def test_expected():
    with tripwire, pytest.raises(tripwire.UnmockedInteractionError):
        retrying.reraising()
"""

CALL = "GET https://users.example.com/1"
SWALLOWED = "SwallowedTripError"
TEN = ["10 trips never reached the test:", f"*- UnmockedInteractionError: {CALL}  (fetching.py:*), 10 times"]
BY_TENACITY = "*swallowed at *tenacity/__init__.py:* in __call__, let through at retrying.py:* in "


@pytest.fixture(scope="module")
def said(run: Callable[[str], Said]) -> Said:
    return run(TESTS)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("test_sync[swallowed]", SWALLOWED, [*TEN, BY_TENACITY + "stubborn"]),
        ("test_sync[falling_back]", SWALLOWED, [*TEN, BY_TENACITY + "falling_back"]),
        ("test_sync[by_attempts]", SWALLOWED, [*TEN, "*swallowed at retrying.py:* in by_attempts"]),
        ("test_sync[stubborn]", "RetryError", ["RetryError*UnmockedInteractionError*"]),
        ("test_sync[reraising]", "UnmockedInteractionError", [f"nothing answers this call: {CALL}"]),
        ("test_async", SWALLOWED, [*TEN, "*swallowed at *, let through at retrying.py:* in stubborn_async"]),
        ("test_told", "", []),
        # The test expects that the program gives up, not why: the nine before the last were swallowed.
        ("test_its_wrapper_expected", SWALLOWED, ["9 trips never reached the test:", "*, 9 times"]),
        # Here it expects the trip of this very call.
        ("test_expected", "", []),
    ],
)
def test_ten_tries_are_one_line(said: Said, name: str, kind: str, words: Any) -> None:
    check(said, name, kind, *words)

"""The demo shows a passing run and the message of each promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
TRIPS = EXAMPLES / "tripping_example" / "trips.py"

MESSAGES = {
    "test_a_call_nobody_mocked": [
        "SwallowedTripError: 1 trip never reached the test:",
        "UnmockedInteractionError: POST https://payments.example.com/receipts",
        "nothing answers this call: POST https://payments.example.com/receipts",
        "tripwire.http.mock_response(",
    ],
    "test_a_call_nobody_asserted": [
        "UnassertedInteractionsError: 1 interaction was not asserted:",
        "POST https://payments.example.com/receipts -> 201",
        "tripwire.http.assert_request('POST', 'https://payments.example.com/receipts', ",
    ],
    "test_a_mock_nobody_used": [
        "UnusedMocksError: 1 mock was never used:",
        "https://payments.example.com/receipts",
        "trips.py:",
    ],
}


@pytest.mark.parametrize("test", MESSAGES)
def test_the_trips_trip_with_their_message(test: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=short", f"{TRIPS}::{test}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    for line in MESSAGES[test]:
        assert line in result.stdout


def test_the_demo_explains_each_step_and_ends_well() -> None:
    result = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout
    shown = [line for line in result.stdout.splitlines() if line.startswith(">>> ")]
    assert [line.split(":")[0].split(".")[0] for line in shown] == [
        ">>> These example suites run under tripwire",
        ">>> First promise",
        ">>> Second promise",
        ">>> Third promise",
        ">>> All as promised",
    ]


def test_the_programs_know_nothing_of_tripwire() -> None:
    for app in EXAMPLES.glob("*/app.py"):
        assert "tripwire" not in app.read_text(), app

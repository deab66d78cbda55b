"""What a newcomer sees: test suites guarded by tripwire, and the messages of its promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent
TRIPS = EXAMPLES / "tripping_example" / "trips.py"
QUIET = [
    "-q",
    "--no-header",
    "--tb=short",
    "-p",
    "no:cacheprovider",
    "--color=yes" if sys.stdout.isatty() else "--color=no",
]

STEPS = [
    (
        "These example suites run under tripwire. Every call they make is mocked and asserted, so they pass.",
        str(EXAMPLES),
        0,
    ),
    (
        "First promise: a call nobody mocked fails at once. Here the program even swallows the error; "
        "the test fails all the same.",
        f"{TRIPS}::test_a_call_nobody_mocked",
        1,
    ),
    (
        "Second promise: a call nobody asserted fails the test at teardown. The message holds the line to paste.",
        f"{TRIPS}::test_a_call_nobody_asserted",
        1,
    ),
    (
        "Third promise: a mock nobody used fails the test at teardown, with the place where it was registered.",
        f"{TRIPS}::test_a_mock_nobody_used",
        1,
    ),
]


def main() -> int:
    """Run every step; 0 if each ended as it should."""
    as_promised = True
    for explanation, what, expected in STEPS:
        print(f"\n>>> {explanation}\n", flush=True)
        code = subprocess.run([sys.executable, "-m", "pytest", *QUIET, what], check=False).returncode
        as_promised = as_promised and code == expected
    print("\n>>> All as promised." if as_promised else "\n>>> This is not what was promised.")
    return 0 if as_promised else 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tripwire doctor [--json]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from tripwire._doctor import examine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 1 if the doctor found something wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tripwire", description="Test doubles that cannot lie quietly."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    doctor = commands.add_parser("doctor", help="what is installed and active, and what is in the way")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    chosen = parser.parse_args(arguments)
    found = examine()
    sys.stdout.write((json.dumps(found.as_dict(), indent=2) if chosen.json else found.as_text()) + "\n")
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main())

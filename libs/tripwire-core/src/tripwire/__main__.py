"""`python -m tripwire doctor [--json]` and `python -m tripwire explain [CODE ...]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from tripwire import _messages


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 1 if the doctor found something wrong, or there is nothing to explain."""
    parser = argparse.ArgumentParser(
        prog="python -m tripwire", description="Test doubles that cannot lie quietly."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    doctor = commands.add_parser("doctor", help="what is installed and active, and what is in the way")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    explain = commands.add_parser(
        "explain", help="cause and remedy of an error, by the code its message names"
    )
    explain.add_argument(
        "code", nargs="*", help="the code, such as unmocked-interaction; without one: a list"
    )
    chosen = parser.parse_args(arguments)
    return _explain(chosen.code) if chosen.command == "explain" else _examine(chosen)


def _explain(codes: Sequence[str]) -> int:
    try:
        sys.stdout.write(f"{_messages.explanation(codes)}\n")
    except KeyError as error:
        sys.stderr.write(f"{error.args[0]}\n")
        return 1
    return 0


def _examine(chosen: argparse.Namespace) -> int:
    from tripwire._doctor import examine

    found = examine()
    sys.stdout.write((json.dumps(found.as_dict(), indent=2) if chosen.json else found.as_text()) + "\n")
    return 1 if found.problems else 0


if __name__ == "__main__":
    sys.exit(main())

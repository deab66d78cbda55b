"""`python -m tripwire` with `doctor [--json]`, `explain [CODE ...]` or `verify [--schema FILE] [PYTEST ARGUMENTS]`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence

from tripwire import _messages


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 1 if the doctor found something wrong, or there is nothing to explain, or as pytest ends."""
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
    verify = commands.add_parser(
        "verify", help="run pytest, and hold every mock against the truth; takes what pytest takes"
    )
    verify.add_argument("--schema", metavar="FILE", help="of an embedded PostgreSQL server, in SQL")
    verify.add_argument("--warn", action="store_true", help="tell of mocks that lie in the summary only")
    chosen, others = parser.parse_known_args(arguments)
    if chosen.command == "verify":
        return _verify(chosen, others)
    if others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    return _explain(chosen.code) if chosen.command == "explain" else _examine(chosen)


def _verify(chosen: argparse.Namespace, others: Sequence[str]) -> int:
    # In a process of its own: this one has imported what pytest would rewrite.
    command = [sys.executable, "-m", "pytest", f"--tripwire-verify={'warn' if chosen.warn else 'fail'}"]
    if chosen.schema is not None:
        command.append(f"--tripwire-schema={chosen.schema}")
    return subprocess.call([*command, *others])


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

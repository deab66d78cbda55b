"""The options of `pytest` that are tripwire's."""

from __future__ import annotations

import pytest

_DEFAULTS = {
    "--tripwire-fix": "create,update,trim",
    "--tripwire-record": "every",
    "--tripwire-verify": "fail",
}
"""What an option means that is given without a value."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that show what failing tests have called, and those that write tests."""
    group = parser.getgroup("tripwire")
    group.addoption(
        "--tripwire-timeline",
        action="store_true",
        default=False,
        help="show what each failing test has called: when, what came of it, and which line has asserted it",
    )
    group.addoption(
        "--tripwire-record",
        nargs="?",
        const=_DEFAULTS["--tripwire-record"],
        metavar="PLUGINS",
        help="let calls that nobody mocked reach the real thing, on this machine, and write their mocks and "
        "assertions; of these plugins only, if any are named: --tripwire-record=http,asyncpg",
    )
    group.addoption(
        "--tripwire-fix",
        nargs="?",
        const=_DEFAULTS["--tripwire-fix"],
        metavar="KINDS",
        help="rewrite what tests assert as it has happened: =create adds what is missing, =update changes what "
        "differs, =trim removes what nothing uses; without a value, all of it",
    )
    group.addoption(
        "--tripwire-verify",
        nargs="?",
        const=_DEFAULTS["--tripwire-verify"],
        metavar="warn",
        help="hold what mocks say against the truth that [tool.tripwire.verify] names: a mock that lies fails its "
        "test; with =warn it is told in the summary only",
    )
    group.addoption(
        "--tripwire-schema",
        metavar="FILE",
        help="with --tripwire-verify: hold PostgreSQL's mocks against an embedded server with the schema of this file",
    )
    group.addoption(
        "--tripwire-diff",
        action="store_true",
        default=False,
        help="with one of these: print the patch, and write nothing",
    )
    group.addoption(
        "--tripwire-review",
        action="store_true",
        default=False,
        help="with one of these: show each change, and ask",
    )


def pytest_load_initial_conftests(args: list[str]) -> None:
    """Give options without a value their default: argparse would take the next argument for one."""
    for number, argument in enumerate(args):
        if argument == "--":
            break
        if argument in _DEFAULTS:
            args[number] = f"{argument}={_DEFAULTS[argument]}"

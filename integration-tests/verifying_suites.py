"""Suites for `--tripwire-verify`: many tests in one inner session, and what became of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

NOTES = '''
"""Notes what became of each test."""

import json

found = {}

def pytest_runtest_logreport(report):
    one = found.setdefault(report.nodeid.partition("::")[2], {"failed": [], "message": "", "verified": None})
    if report.failed:
        one["failed"].append(report.when)
        crash = getattr(report.longrepr, "reprcrash", None)
        one["message"] += crash.message if crash is not None else str(report.longrepr)
    if (told := getattr(report, "tripwire", None)) and told.get("verified"):
        one["verified"] = told["verified"]

def pytest_sessionfinish():
    with open("found.json", "w") as file:
        json.dump(found, file)
'''


class Case(NamedTuple):
    """One test: its name, its body, the lies that it tells (what is said, what is true, what to do), and what of it
    cannot be checked.
    """

    name: str
    body: str
    lies: str = ""
    unchecked: str = ""


def read(text: str) -> list[Case]:
    """The cases of a catalogue: of each its name after a #, its body, what is told of it, and what is unchecked."""
    cases = []
    for block in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        name, *lines = block.rstrip().splitlines()
        unchecked = [line for line in lines if line.startswith("    unchecked: ")]
        lines = [line for line in lines if line not in unchecked]
        end = next((n for n, line in enumerate(lines) if line.startswith("    it says: ")), len(lines))
        reasons = [line.removeprefix("    unchecked: ") for line in unchecked]
        cases.append(Case(name, "\n".join(lines[:end]), "\n".join(lines[end:]), "; ".join(reasons)))
    return cases


def run(pytester: pytest.Pytester, *options: str) -> dict[str, Any]:
    """What became of the tests of an inner session, by their names."""
    pytester.makepyfile(noting=NOTES)
    pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "noting", "--tb=line", *options
    )
    found: dict[str, Any] = json.loads((pytester.path / "found.json").read_text())
    return found


def write(
    pytester: pytest.Pytester, head: str, cases: Iterable[Case], plugins: str = "", settings: str = ""
) -> None:
    """An inner suite, with the plugins that are named and core's own."""
    tests = "\n".join(f"def test_{case.name}():\n{_indented(case.body)}" for case in cases)
    pytester.makepyfile(test_cases=f"{head}\n{tests}")
    enabled = f"[tool.tripwire]\nenabled_plugins = [{plugins}]\n[tool.tripwire.verify]\n"
    pytester.makepyprojecttoml(f"{enabled}{settings}\n")
    pytester.syspathinsert()


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in body.strip().splitlines())


def expected(cases: Iterable[Case]) -> dict[str, tuple[str, str]]:
    """What each test is to be told of."""
    return {f"test_{case.name}": (case.lies, case.unchecked) for case in cases}


def outcomes(pytester: pytest.Pytester) -> dict[str, tuple[str, str]]:
    """What each test is told of with the option: those with lies fail, and no other. Without it all of them pass."""
    assert {name: one["message"] for name, one in run(pytester).items() if one["failed"]} == {}
    return {name: told(one) for name, one in run(pytester, "--tripwire-verify").items()}


def told(one: dict[str, Any]) -> tuple[str, str]:
    """The lies of a test, without where and of whom, and what could not be checked."""
    verified = one["verified"]
    assert verified is not None, one
    unchecked = "; ".join(verified["unchecked"])
    if not verified["lies"]:
        assert not one["failed"], one["message"]
        return "", unchecked
    (message,) = verified["lies"]
    assert one["failed"] == ["teardown"]
    assert message in one["message"]
    blocks = re.split(r"^  - .*\n", message, flags=re.MULTILINE)[1:]
    text = "\n".join(block.rstrip() for block in blocks)
    return re.sub(r"0x[0-9a-f]+|id='\d+'", "0x", text), unchecked

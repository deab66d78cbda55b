"""The report in XML: what a CI server counts and shows."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from citizens.conftest import Run

BINARY = """
import tripwire

def test_control_characters():
    repo = tripwire.mock("repo")
    with tripwire:
        repo.find("\\x1b[31m\\x00\\x08\\ud800", b"\\x00\\xff", "<&'>]]>")
"""


def test_failures_and_errors_are_counted_and_say_what_happened(run: Run, pytester: pytest.Pytester) -> None:
    run("--junitxml=report.xml")
    (suite,) = ElementTree.parse(pytester.path / "report.xml").getroot()
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "2", "errors": "2", "skipped": "0"}
    told = [
        (case.get("name"), child.tag, str(child.get("message")).partition("\n")[0])
        for case in suite.iter("testcase")
        for child in case
    ]
    assert told == [
        (
            "test_trip",
            "failure",
            "tripwire.UnmockedInteractionError: nothing answers this call: repo.drop()",
        ),
        ("test_swallowed", "failure", "tripwire.SwallowedTripError: 1 trip never reached the test:"),
        (
            "test_unasserted",
            "error",
            'failed on teardown with "tripwire.UnassertedInteractionsError: 1 interaction was not asserted:',
        ),
        (
            "test_unused",
            "error",
            'failed on teardown with "tripwire.UnusedMocksError: 1 mock was never used:',
        ),
    ]


def test_no_value_breaks_the_xml(run: Run, pytester: pytest.Pytester) -> None:
    run("--junitxml=report.xml", test_binary=BINARY)
    written = (pytester.path / "report.xml").read_bytes().decode("utf-8")
    assert not re.search(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", written)
    (suite,) = ElementTree.fromstring(written)
    (failure,) = suite.iter("failure")
    words = r"""repo.find('\x1b[31m\x00\x08\ud800', b'\x00\xff', "<&'>]]>")"""
    said = f"tripwire.UnmockedInteractionError: nothing answers this call: {words}"
    assert str(failure.get("message")).partition("\n")[0] == said
    assert f"E           {said}\n" in str(failure.text)

"""`python -m tripwire explain`, and who names its codes."""

from __future__ import annotations

import re

import pytest

import tripwire
from tripwire.__main__ import main
from tripwire._messages import entries


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "unused-mocks", "no-trip"]) == 0
    printed = capsys.readouterr().out
    for code in ("unused-mocks", "no-trip"):
        entry = entries()[code]
        assert f"{code}: {entry.raised}\n\n{entry.what}\n\n" in printed
        for remedy in (entry.why, *entry.remedies):
            assert remedy in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80


def test_all_codes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    printed = capsys.readouterr().out
    assert re.findall(r"^([a-z-]+)  ", printed, re.MULTILINE) == [*entries()]


def test_the_nearest_code_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "unused-mock"]) == 1
    assert (
        capsys.readouterr().err
        == "there is no error with the code 'unused-mock'; did you mean 'unused-mocks'?\n"
    )


@pytest.mark.parametrize("kind", [tripwire.UnmockedInteractionError, tripwire.NoActiveVerifierError])
def test_an_error_names_its_code_in_a_note(kind: type[tripwire.TripwireError]) -> None:
    error = kind("it is so")
    assert (str(error), error.__notes__) == ("it is so", [f"help: python -m tripwire explain {kind.code}"])


HELP_AT_ALL = """
import pytest, tripwire

def test_wrong_function():
    tripwire.expect_trip(int)

def test_wrong_setting_of_a_mock():
    tripwire.mock("mock").required("no")

def test_misspelt_assertion():
    tripwire.mock("mock").assert_called_once

def test_own_error():
    def refuse():
        raise TypeError("not ours")
    tripwire.mock("mock").calls(refuse)
    with tripwire:
        try:
            tripwire.mock("other")()
        except tripwire.TripError:
            pass
        raise ValueError("the program's")

def test_no_traceback(request):
    request.getfixturevalue("there_is_none")
"""


@pytest.mark.parametrize("without_notes", [False, True])
def test_who_is_helped(
    without_notes: bool, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    if without_notes:  # as on Python 3.10, where something else than Python holds `sys.excepthook`
        monkeypatch.setattr(
            "_pytest._code.code.format_exception_only", lambda error: [f"{type(error).__name__}: {error}"]
        )
    pytester.makepyfile(HELP_AT_ALL)
    printed = pytester.runpytest_inprocess("-p", "no:asyncio").outlines
    assert [line.strip().removeprefix("E").strip() for line in printed if "help:" in line] == [
        *["help: python -m tripwire explain wrong-use"] * 3,
        "help: python -m tripwire explain unused-mocks",
    ]

"""Every message names its code once, is in the gallery, and its code to paste works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation.runs import SETTINGS, Pytest, warm

import tripwire
from messages import gallery, pasting, published
from tripwire._messages import entries
from tripwire.verifying import TruthError

LIBS = Path(__file__).parents[2] / "libs"
HELP = "help: python -m tripwire explain"
# What they say is no code: the remedy is to change the program, the mock or the configuration.
WITHOUT_PASTE = {
    "wrong-arguments",
    "invalid-state",
    "sandbox-not-active",
    "post-sandbox-interaction",
    "no-trip",
    "assertion-inside-sandbox",
    "unused-mocks",
    "verification",
    "no-active-verifier",
    "conflict",
    "wrong-use",
    "still-at-work",
    "unreleased-connection",
}
NOTHING_TO_PASTE = {"mismatch_with_nothing", "swallowed_trip_in_a_thread"}


@pytest.fixture(scope="module")
def run_pytest() -> Iterator[Pytest]:
    with warm() as run:
        yield run


@pytest.fixture(scope="module")
def said(run_pytest: Pytest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, gallery.Said]:
    """What every test of the gallery says."""
    return published.run(tmp_path_factory.mktemp("gallery"), run_pytest)


def test_the_gallery_is_what_the_run_gives(said: dict[str, gallery.Said]) -> None:
    assert (published.PAGES / "gallery.md").read_text() == published.gallery_of(said)


def test_only_base_classes_are_not_shown(said: dict[str, gallery.Said]) -> None:
    shown = {one.code for one in said.values()}
    assert [code for code in entries() if code not in shown] == ["trip", "tripwire"]


def test_the_page_of_errors_is_what_explain_prints() -> None:
    assert (published.PAGES / "errors.md").read_text() == published.errors()


def test_every_test_of_the_gallery_names_its_code_once(said: dict[str, gallery.Said]) -> None:
    for name, one in said.items():
        assert one.helps == [*dict.fromkeys(one.helps)] != [], name
        assert set(" ".join(one.helps).split()) <= entries().keys(), name


def test_no_message_of_the_gallery_shows_a_secret(said: dict[str, gallery.Said]) -> None:
    told = "\n".join(error for one in said.values() for error in one.errors)
    assert not re.findall("t-123456|k-123456|s3cret|4111-1111", told)
    assert told.count("***") > 5


def test_every_code_has_an_entry() -> None:
    classes = [vars(tripwire)[name] for name in tripwire.__all__ if name.endswith("Error")]
    sources = "\n".join(file.read_text() for file in LIBS.glob("*/src/**/*.py"))
    others = re.findall(r'code="([a-z-]+)"', sources) + re.findall(
        r'(?:with_help\([^\n]*|yield _messages\.\w+\([^\n]*\)), "([a-z-]+)"', sources
    )
    assert {*(kind.code for kind in (*classes, TruthError)), *others} == entries().keys()


def test_what_is_pasted_works(
    said: dict[str, gallery.Said], run_pytest: Pytest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A person pastes what each message says, and runs the test again, until there is nothing to paste."""
    sources = {
        name: gallery.SOURCES[name]
        for name, one in said.items()
        if one.code not in WITHOUT_PASTE and name not in {*NOTHING_TO_PASTE, *gallery.ALONE}
    }
    told = dict(said)
    for _ in range(4):
        for name in sources:
            sources[name] = pasting.mended(sources[name], f"test_{name}.py", told[name].text)
        told = gallery.run(sources, tmp_path_factory.mktemp("pasted"), run_pytest)
    unfinished = {name: (sources[name], one.text) for name, one in told.items() if one.text or not one.passed}
    if unfinished:
        pytest.fail("\n\n".join(f"{name}\n{source}\n{text}" for name, (source, text) in unfinished.items()))


STYLES = """
import asyncio, sys
import pytest, tripwire

class Group(Exception):
    def __init__(self, *exceptions):
        self.exceptions = exceptions

def trip(mock):
    with pytest.raises(tripwire.TripError) as caught:
        mock()
    return caught.value

def test_group():
    mock = tripwire.mock("mock")
    with tripwire:
        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup
        else:
            from builtins import ExceptionGroup
        raise ExceptionGroup("two", [trip(mock), trip(mock)])

def test_again():
    mock = tripwire.mock("mock")
    with tripwire:
        try:
            mock()
        except tripwire.TripError:
            mock()

def test_at_teardown():
    tripwire.mock("one").returns(1)
    tripwire.http.mock_response("GET", "https://shop.example.com")
    with tripwire:
        assert False
"""


@pytest.mark.parametrize(
    ("options", "times"),
    [
        ("--tb=long", 1),
        ("--tb=short", 1),
        ("--tb=native", 1),
        ("-n1", 1),
        ("--tb=line", 0),
        ("-pno_notes", 1),
    ],
)
def test_the_line_stands_once_in_a_report(
    options: str, times: int, tmp_path: Path, run_pytest: Pytest
) -> None:
    (tmp_path / "pyproject.toml").write_text(SETTINGS)
    (tmp_path / "test_styles.py").write_text(STYLES)
    (tmp_path / "no_notes.py").write_text(NO_NOTES)
    printed = run_pytest(
        tmp_path, ["-q", "-p", "no:cacheprovider", "--color=no", options, "test_styles.py"]
    ).stdout
    assert printed.count("3 failed") == 1
    for test in ("test_group", "test_again"):
        report = re.search(rf"_ {test} _[\s\S]*?(?=\n_{{5}}|\n={{5}})", printed)
        assert (0 if report is None else report[0].count(f"{HELP} unmocked-interaction")) == times
    assert printed.count(f"{HELP} unused-mocks") == times


# As where something else than Python holds `sys.excepthook` on Python 3.10: the backport then shows no notes.
NO_NOTES = """
from _pytest._code import code

genuine = code.format_exception_only

def format_exception_only(error):
    notes, error.__notes__ = getattr(error, "__notes__", []), []
    try:
        return genuine(error)
    finally:
        error.__notes__ = notes

code.format_exception_only = format_exception_only
"""

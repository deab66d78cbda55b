"""Runs the tests of the gallery, all in one session of pytest, and tells what each of them says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from documentation.runs import SETTINGS, Pytest


class Alone(NamedTuple):
    """A test that runs by itself, and what it has: a configuration, options of pytest, installed distributions."""

    title: str
    test: str = "branch"
    settings: str = ""
    options: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()


_FOR_TRIPWIRE = "courier-for-tripwire"
ALONE = {
    "broken_plugin": Alone(
        "An installed plugin that cannot be imported. The test does not even use it.",
        distributions=(_FOR_TRIPWIRE,),
    ),
    "configuration": Alone(
        "A setting that is misspelt.", settings='[tool.tripwire]\ndisabled_plugin = ["popen"]\n'
    ),
    "installation_conflict": Alone(
        "Two installed distributions that both offer a plugin for couriers.",
        distributions=(_FOR_TRIPWIRE, "parcels-for-tripwire"),
    ),
    "lying_mock": Alone(
        "A mock that gives what the real function never gives: that one is annotated with `-> str`.",
        "lying_mock",
        options=("--tripwire-verify",),
    ),
    "missing_plugin": Alone(
        "A plugin that is disabled.",
        "missing_plugin",
        '[tool.tripwire]\ndisabled_plugins = ["popen"]\n',
    ),
    "truth_unreachable": Alone(
        "A run that is to check mocks against a server, whose address a fixture gives that nobody has written.",
        "truth_unreachable",
        '[tool.tripwire.verify]\nasyncpg = "database"\n',
        ("--tripwire-verify",),
    ),
    "unmet_patcher": Alone(
        "The test passes. The configuration names a patcher that it has no need of.",
        settings='[tool.tripwire]\nallow_patchers = ["other-tool"]\n',
    ),
    "unsupported_version": Alone(
        "A plugin for a library whose new version has renamed the function where its calls are caught.",
        "unsupported_version",
        distributions=(_FOR_TRIPWIRE, "courier"),
    ),
    "untested_version": Alone(
        "The test passes. A library is installed in a version that is newer than its plugin, that of the test before.",
        distributions=(_FOR_TRIPWIRE, "courier"),
    ),
}
SHOWN = Path(__file__).with_name("shown")
PROGRAM = (SHOWN / "shop.py").read_text()
PLUGIN = SHOWN / "courier_for_tripwire.py"
TESTS = {
    file.stem: file.read_text()
    for file in sorted(SHOWN.glob("*.py"))
    if file.stem not in ("__init__", "shop", PLUGIN.stem)
}
SOURCES = {
    name: source for name, source in TESTS.items() if name not in {alone.test for alone in ALONE.values()}
}
ORDER = [
    "unmocked_request",
    "unmocked_request_with_a_mock_near",
    "unmocked_command",
    "unmocked_process",
    "unmocked_step_of_a_process",
    "unmocked_connection",
    "unmocked_query",
    "unmocked_call_of_a_mock",
    "unmocked_call_of_a_mock_without_a_name",
    "mismatch_of_a_request",
    "mismatch_of_a_process",
    "mismatch_of_a_query",
    "mismatch_of_a_mock",
    "unasserted_request",
    "unasserted_process",
    "unasserted_query",
    "unasserted_call_of_a_mock",
]
"""The cases that should be seen beside each other; the others follow by name."""

REPORTING = """
import json, pytest

def write(test, said, error=None, passed=False):
    with open("said.jsonl", "a") as file:
        print(json.dumps([test, said, error, passed]), file=file)

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    parts = [report.longreprtext, *(f"{name}:\\n{text}" for name, text in report.sections)] if report.failed else []
    if call.when == "call" and report.passed:
        write(item.path.stem, "", None, True)
    if any(parts):
        write(item.path.stem, "\\n".join(parts).rstrip(), call.excinfo and str(call.excinfo.value))
    return report

def pytest_collectreport(report):
    if report.failed:
        write(report.nodeid.removesuffix(".py"), report.longreprtext)

def pytest_warning_recorded(warning_message, nodeid):
    if nodeid:
        write(nodeid.partition(".py")[0], f"{warning_message.category.__name__}: {warning_message.message}")
"""
_OPTIONS = [
    "-q",
    "--continue-on-collection-errors",
    "--tb=short",
    "--color=no",
    "-p",
    "reporting",
    "-p",
    "no:cacheprovider",
]


class Said(NamedTuple):
    """What pytest printed of a test, and the messages of its errors."""

    text: str
    errors: list[str]
    passed: bool = False

    @property
    def helps(self) -> list[str]:
        """The help lines."""
        return re.findall(r"help: python -m tripwire explain (.+)", self.text)

    @property
    def code(self) -> str:
        """The error it shows."""
        codes = self.helps[-1:] or ["none"]
        return codes[0] if " " not in codes[0] else "verification"


def run(
    sources: Mapping[str, str], folder: Path, pytest: Pytest, alone: Alone | None = None
) -> dict[str, Said]:
    """Run tests, given by name, in a folder."""
    alone = alone or Alone("")
    (folder / "pyproject.toml").write_text(SETTINGS + alone.settings)
    (folder / "reporting.py").write_text(REPORTING)
    (folder / "shop.py").write_text(PROGRAM)
    for distribution in alone.distributions:
        _install(distribution, folder)
    for name, source in sources.items():
        (folder / f"test_{name}.py").write_text(source)
    (folder / "said.jsonl").write_text("")
    printed = pytest(folder, [*_OPTIONS, *alone.options, *(f"test_{name}.py" for name in sources)]).stdout
    said = {name: Said("", []) for name in sources}
    for line in (folder / "said.jsonl").read_text().splitlines():
        test, text, error, passed = json.loads(line)
        before = said[name := test.removeprefix("test_")]
        texts, errors = (
            filter(None, (before.text, _normal(text, folder))),
            filter(None, (*before.errors, error)),
        )
        said[name] = Said("\n".join(texts), [*errors], before.passed or passed)
    if not any(one.text for one in said.values()):  # pytest has not begun, or the summary says it
        told = re.findall(r"^(?:ERROR: |help: |tripwire: \D).+", _normal(printed, folder), re.MULTILINE)
        return {name: one._replace(text="\n".join(told)) for name, one in said.items()}
    return said


def _install(distribution: str, folder: Path) -> None:
    """As pip leaves it; what is for tripwire offers a plugin."""
    info = folder / f"{distribution.replace('-', '_')}-3.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 3.0\n")
    if not distribution.endswith("for-tripwire"):
        (folder / f"{distribution}.py").write_text("def post(parcel): pass\n")
        (folder / PLUGIN.name).write_text(PLUGIN.read_text())
        return
    offered = f"courier = {distribution.replace('-', '_')}:CourierPlugin"
    (info / "entry_points.txt").write_text(f"[tripwire.plugins]\n{offered}\n")


def run_alone(folder: Path, pytest: Pytest) -> dict[str, Said]:
    """Run those that have a run to themselves."""
    said: dict[str, Said] = {}
    for name, alone in ALONE.items():
        inner = folder / name
        inner.mkdir()
        said[name] = run({alone.test: TESTS[alone.test]}, inner, pytest, alone)[alone.test]
    return said


def _normal(text: str, folder: Path) -> str:
    text = re.sub(r"\n +[\^~]+(?=\n)", "", text)  # not on Python 3.10
    text = re.sub(r"^\S*\bimportlib/\S+: in .+\n .+\n|^<frozen .+\n .+\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"0x[0-9a-f]{6,}", "0x...", text.replace(f"{folder}/", ""))
    return re.sub(r"/\S*/(site-packages|lib/python3\.\d+)/", "", text)


def in_order(names: Iterable[str]) -> list[str]:
    """The order of the page."""
    return sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))

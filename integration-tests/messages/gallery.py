"""Runs the tests of the gallery, all in one session of pytest, and tells what each of them says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from documentation.runs import SETTINGS, Pytest

SHOWN = Path(__file__).with_name("shown")
PROGRAM = (SHOWN / "shop.py").read_text()
SOURCES = {
    file.stem: file.read_text()
    for file in sorted(SHOWN.glob("*.py"))
    if file.stem not in ("__init__", "shop")
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

# Those that need a configuration of their own.
CONFIGURED = {
    "configuration": '[tool.tripwire]\ndisabled_plugin = ["popen"]\n',
    "missing_plugin": '[tool.tripwire]\ndisabled_plugins = ["popen"]\n',
}
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


def run(sources: Mapping[str, str], folder: Path, pytest: Pytest) -> dict[str, Said]:
    """Run tests, given by name, in a folder."""
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "reporting.py").write_text(REPORTING)
    (folder / "shop.py").write_text(PROGRAM)
    for name, source in sources.items():
        (folder / f"test_{name}.py").write_text(source)
    (folder / "said.jsonl").write_text("")
    pytest(folder, [*_OPTIONS, *(f"test_{name}.py" for name in sources)])
    said = {name: Said("", []) for name in sources}
    for line in (folder / "said.jsonl").read_text().splitlines():
        test, text, error, passed = json.loads(line)
        before = said[name := test.removeprefix("test_")]
        texts, errors = (
            filter(None, (before.text, _normal(text, folder))),
            filter(None, (*before.errors, error)),
        )
        said[name] = Said("\n".join(texts), [*errors], before.passed or passed)
    return said


def run_configured(folder: Path, pytest: Pytest) -> Iterator[tuple[str, Said]]:
    """Run what needs a configuration of its own: what is printed counts."""
    for name, settings in CONFIGURED.items():
        inner = folder / name
        inner.mkdir()
        (inner / "pyproject.toml").write_text(SETTINGS + settings)
        (inner / "reporting.py").write_text("")
        (inner / f"test_{name}.py").write_text(
            "import tripwire\n\n\ndef test_release():\n    tripwire.popen.new_session()\n"
        )
        printed = _normal(pytest(inner, [*_OPTIONS, f"test_{name}.py"]), inner)
        told = [line for line in printed.splitlines() if re.match(r"ERROR:|help|test_|E |    tripwire", line)]
        yield name, Said("\n".join(told), [])


def _normal(text: str, folder: Path) -> str:
    text = re.sub(r"\n +[\^~]+(?=\n)", "", text)  # not on Python 3.10
    text = re.sub(r"0x[0-9a-f]{6,}", "0x...", text.replace(f"{folder}/", ""))
    return re.sub(r"/\S*/(site-packages|lib/python3\.\d+)/", "", text)


def in_order(names: Iterable[str]) -> list[str]:
    """The order of the page."""
    return sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))

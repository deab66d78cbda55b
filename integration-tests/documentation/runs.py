"""Runs the blocks of a page as a reader would: as files in one folder, with pytest."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple, Protocol

from environments import Environment

from documentation.blocks import Block

REPORTER = """
import json

def pytest_collectreport(report):
    write(report)

def pytest_runtest_logreport(report):
    write(report)

def write(report):
    text = "\\n".join((report.longreprtext, *(text for _, text in report.sections)))
    with open("reports.jsonl", "a") as file:
        print(json.dumps([report.nodeid, report.when, report.outcome, text]), file=file)
"""
SETTINGS = """
[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
"""
# A module that was imported before pytest is not rewritten; nothing here depends on it.
OPTIONS = [
    "-q",
    "-p",
    "reporting",
    "-p",
    "no:cacheprovider",
    "-W",
    "error",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
]


class Report(NamedTuple):
    """What became of one collection, or of one phase of a test."""

    when: str
    outcome: str
    text: str


class Ran(NamedTuple):
    """What became of one block, and all that the run printed in which it was."""

    reports: list[Report]
    printed: str


class Pytest(Protocol):
    """Runs pytest in a folder."""

    def __call__(self, folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]: ...


@contextmanager
def warm() -> Iterator[Pytest]:
    """pytest of this environment, in a process of its own for each run; `stdout` is all that it printed."""
    ours, theirs = socket.socketpair()  # a conftest counts pipes
    command = [sys.executable, str(Path(__file__).with_name("warm.py"))]
    with (
        ours,
        ours.makefile("rw") as lines,
        subprocess.Popen(command, stdin=theirs.fileno(), stdout=theirs.fileno()),
    ):
        theirs.close()

        def run(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
            task = {"folder": str(folder), "arguments": ["-p", "no:hypothesispytest", *arguments]}
            print(json.dumps(task), file=lines, flush=True)
            status = int(lines.readline())
            return subprocess.CompletedProcess(arguments, status, (folder / "printed").read_text(), "")

        try:
            yield run
        finally:
            ours.shutdown(socket.SHUT_WR)  # or the process would be waited for without end


def of(environment: Environment) -> Pytest:
    """pytest of another environment."""

    def run(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        command = [str(environment.python), "-m", "pytest", *arguments]
        unset = ("PYTHONPATH", "CI", "BUILD_NUMBER")  # on CI the summary repeats whole messages
        alone = {name: value for name, value in os.environ.items() if name not in unset}
        return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False)

    return run


def run_blocks(blocks: list[Block], folder: Path, pytest: Pytest) -> dict[Block, Ran]:
    """Run the blocks of a page: together, but for those whose output is shown or whose file is changed later."""
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "reporting.py").write_text(REPORTER)
    ran: dict[Block, Ran] = {}
    step: list[Block] = []
    for block, following in zip_longest(blocks, blocks[1:]):
        if not block.shown:
            step.append(block)
            _write(block, folder)
        if following is None or following.shown or (folder / following.module).exists():
            ran |= _run_step(step, folder, pytest, following.options if following else [])
            step = []
    return ran


def _write(block: Block, folder: Path) -> None:
    if block.title == "pyproject.toml":
        settings = "" if "[tool.pytest" in block.code else block.code  # those of pytest are there
        (folder / block.title).write_text(SETTINGS + settings)
    elif block.title or not block.includes:
        (folder / block.module).write_text(block.whole)


def _run_step(blocks: list[Block], folder: Path, pytest: Pytest, options: list[str]) -> dict[Block, Ran]:
    tests = [block for block in blocks if not block.includes and not block.is_program]
    (folder / "reports.jsonl").unlink(missing_ok=True)
    if not tests:
        return {}
    printed = pytest(folder, [*OPTIONS, *options, *(block.module for block in tests)]).stdout
    reports: dict[str, list[Report]] = {}
    for line in (folder / "reports.jsonl").read_text().splitlines():
        node, *report = json.loads(line)
        reports.setdefault(node.partition("::")[0], []).append(Report(*report))
    return {block: Ran(reports.get(block.module, []), printed) for block in tests}

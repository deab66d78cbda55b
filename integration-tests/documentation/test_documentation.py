"""Every code block of README and docs runs.

A block with `title="app.py"` is a file that later blocks of its page may import. A block after a comment
`<!-- fails: text -->` must fail, and say that text. A block that includes a file is run where that file is
tested; with a title, later blocks may import it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("libs/*/README.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    title: str
    fails: str
    code: str


def blocks_of(page: Path) -> list[Block]:
    found, fails = [], ""
    for token in MarkdownIt().parse(page.read_text()):
        if token.type == "html_block":
            comment = re.match(r"<!-- fails: (.+) -->", token.content)
            fails = comment[1] if comment else ""
        elif token.type == "fence":
            language, _, rest = token.info.partition(" ")
            title = re.search(r'title="(.+?)"', rest)
            line = token.map[0] + 1 if token.map else 0
            found.append(Block(page, line, language, title[1] if title else "", fails, token.content))
            fails = ""
    return found


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]


def name(block: Block) -> str:
    return f"{block.page.relative_to(ROOT)}:{block.line}"


def is_program(block: Block) -> bool:
    """Whether a block is a program that tests import: collected, it would count as test code."""
    return bool(block.title) and "def test_" not in block.code and block.title != "conftest.py"


def with_includes(block: Block) -> str:
    return re.sub(r'^--8<-- "(.+)"$', lambda found: (ROOT / found[1]).read_text(), block.code, flags=re.M)


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


class Report(NamedTuple):
    when: str
    outcome: str
    text: str


def run_page(page: Path, folder: Path) -> dict[str, list[Report]]:
    """Every block of a page, in one run of pytest: the reports of each module."""
    (folder / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\nasyncio_mode = "auto"\nasyncio_default_fixture_loop_scope = "function"\n'
    )
    (folder / "conftest.py").write_text(REPORTER)
    modules = []
    for block in (b for b in PYTHON if b.page == page):
        included = with_includes(block) != block.code
        module = block.title or f"test_block_{block.line}.py"
        if block.title or not included:
            assert not (folder / module).exists(), f"{name(block)}: another block is {module} already"
            (folder / module).write_text(with_includes(block))
        if not included and not is_program(block):
            modules.append(module)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *modules]
    path = {"PYTHONPATH": os.pathsep.join((str(folder), *filter(None, [os.environ.get("PYTHONPATH")])))}
    subprocess.run(command, cwd=folder, env={**os.environ, **path}, capture_output=True, timeout=300)
    reports: dict[str, list[Report]] = {module: [] for module in modules}
    for line in (folder / "reports.jsonl").read_text().splitlines():
        node, *report = json.loads(line)
        reports.setdefault(node.partition("::")[0], []).append(Report(*report))
    return reports


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], dict[str, list[Report]]]:
    """The reports of a page's blocks; a page runs once."""
    return cache(lambda page: run_page(page, tmp_path_factory.mktemp(page.stem)))


@pytest.mark.parametrize("block", [block for block in PYTHON if with_includes(block) == block.code], ids=name)
def test_python(block: Block, pages: Callable[[Path], dict[str, list[Report]]]) -> None:
    if is_program(block):
        later = [other.code for other in PYTHON if other.page == block.page and other.line > block.line]
        assert any(re.search(rf"(from|import) {block.title.removesuffix('.py')}\b", code) for code in later)
        return
    reports = pages(block.page)[block.title or f"test_block_{block.line}.py"]
    bad = [report for report in reports if report.outcome == "failed"]
    assert any(report.when == "collect" for report in reports)
    if block.fails:
        assert block.fails in "\n".join(report.text for report in bad)
        assert all(report.when != "collect" for report in bad)
    else:
        assert bad == []
        assert ("def test_" in block.code) == any(report.when == "call" for report in reports)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "toml"], ids=name)
def test_toml(block: Block, pytester: pytest.Pytester) -> None:
    tomllib.loads(block.code)
    pytester.makepyprojecttoml(block.code)
    pytester.makepyfile("import tripwire\ndef test_it():\n    with tripwire: pass\n")
    pytester.runpytest_subprocess("-p", "no:asyncio").assert_outcomes(passed=1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page} links to {target}"


def test_every_block_has_a_language() -> None:
    assert [name(block) for block in BLOCKS if not block.language] == []


def named_in_tables() -> list[tuple[str, str]]:
    page = ROOT / "docs" / "pages" / "what-is-caught.md"
    rows = [
        line
        for line in page.read_text().splitlines()
        if line.startswith("| ") and "| proved by |" not in line
    ]
    named = [re.search(r"`(test_\w+\.py)::(test_\w+)` \|$", row) for row in rows]
    assert all(named), [row for row, found in zip(rows, named, strict=True) if not found]
    return sorted({(found[1], found[2]) for found in named if found})


@pytest.mark.parametrize(("file", "test"), named_in_tables())
def test_what_is_caught_where_is_proved_by_a_test(file: str, test: str) -> None:
    found = [path for folder in ("libs", "integration-tests") for path in (ROOT / folder).rglob(file)]
    assert any(re.search(rf"^(async )?def {test}\(", path.read_text(), re.MULTILINE) for path in found)

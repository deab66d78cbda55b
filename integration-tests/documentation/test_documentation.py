"""Every code block of README and docs runs.

A block with `title="app.py"` is a file that later blocks of its page may import. A block after a comment
`<!-- fails: text -->` must fail, and say that text. A block that includes a file is run where that file is
tested; with a title, later blocks may import it.
"""

from __future__ import annotations

import re
import sys
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


def with_includes(block: Block) -> str:
    return re.sub(r'^--8<-- "(.+)"$', lambda found: (ROOT / found[1]).read_text(), block.code, flags=re.M)


@pytest.mark.parametrize("block", PYTHON, ids=name)
def test_python(block: Block, pytester: pytest.Pytester) -> None:
    if with_includes(block) != block.code:
        return
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\nasyncio_mode = "auto"\nasyncio_default_fixture_loop_scope = "function"\n'
    )
    pytester.syspathinsert()
    for file in (b for b in PYTHON if b.page == block.page and b.title and b.line < block.line):
        (pytester.path / file.title).write_text(with_includes(file))
    module = block.title or f"test_block_{block.line}.py"
    (pytester.path / module).write_text(block.code)
    result = pytester.runpytest_subprocess("-q", "-W", "error", module)
    if block.fails:
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        assert block.fails in result.stdout.str()
    elif "def test_" in block.code:
        assert result.ret == pytest.ExitCode.OK
    else:
        assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


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

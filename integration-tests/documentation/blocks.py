"""The code blocks of README, docs and docstrings, and what their comments say of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("libs/*/README.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)


class Block(NamedTuple):
    """A fenced block: where it is, its info string, and the comment right before it."""

    page: Path
    line: int
    language: str
    title: str
    comment: str
    code: str

    @property
    def name(self) -> str:
        """What a test of this block is called."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def ground(self) -> Path:
        """The blocks of one page run together; those of all docstrings, too."""
        return self.page if self.page.suffix == ".md" else ROOT / "docstrings"

    @property
    def fails(self) -> str:
        """What must be said when it fails; nothing if it must pass."""
        return self.comment.removeprefix("fails: ") if self.comment.startswith("fails: ") else ""

    @property
    def of_other_tools(self) -> bool:
        """Whether it shows another tool, and runs where that is installed."""
        return self.comment == "another tool"

    @property
    def shown(self) -> bool:
        """Whether it is what the test before it prints."""
        return self.language == "text" and self.comment.partition(" ")[0] == "output"

    @property
    def options(self) -> list[str]:
        """Options of pytest with which it is printed."""
        return self.comment.partition(" of ")[2].split() if self.shown else []

    @property
    def whole(self) -> str:
        """Its code, with the files it includes."""
        return re.sub(
            r'^--8<-- "(.+)"$', lambda found: (ROOT / found[1]).read_text(), self.code, flags=re.MULTILINE
        )

    @property
    def includes(self) -> bool:
        """Whether it shows a file, which is run where that is tested."""
        return self.whole != self.code

    @property
    def is_program(self) -> bool:
        """Whether it is a program that tests import: collected, it would count as test code."""
        return bool(self.title) and "def test_" not in self.code

    @property
    def module(self) -> str:
        """The file it is run as."""
        return self.title or f"test_{self.page.stem}_{self.line}.py".replace("-", "_")


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a Markdown file, or of the docstrings of a module."""
    if page.suffix == ".md":
        return list(_fences(page, page.read_text(), 0))
    return [block for line, text in _docstrings(page) for block in _fences(page, text, line)]


def _fences(page: Path, text: str, above: int) -> Iterator[Block]:
    said = ""
    for token in MarkdownIt().parse(text):
        if token.type == "html_block":
            comment = re.match(r"<!-- (.+) -->", token.content)
            said = comment[1] if comment else ""
        elif token.type == "fence":
            language, _, rest = token.info.partition(" ")
            title = re.search(r'title="(.+?)"', rest)
            line = above + token.map[0] + 1 if token.map else above
            yield Block(page, line, language, title[1] if title else "", said, token.content)
            said = ""
        elif token.type.endswith("_open"):
            said = ""


class Equivalents(NamedTuple):
    """A table of what another tool and tripwire have for the same thing: code, and what the names in it stand for."""

    page: Path
    theirs: dict[str, str]
    ours: dict[str, str]
    rows: list[list[list[str]]]


def equivalents_of(page: Path) -> Equivalents:
    """The table after the comment `<!-- equivalents: route=respx:Route | m=tripwire._mock:Mock -->`."""
    names, _, rest = page.read_text().partition("<!-- equivalents: ")[2].partition(" -->")
    theirs, _, ours = names.partition("|")
    rows = [line.strip("| ").split(" | ") for line in rest.splitlines() if line.startswith("| ")][1:]
    code = [[re.findall(r"`([^`]+)`", cell) for cell in row] for row in rows]
    return Equivalents(page, _names(theirs), {"tripwire": "tripwire"} | _names(ours), code)


def _names(text: str) -> dict[str, str]:
    return dict(name.split("=") for name in text.split())


def _docstrings(module: Path) -> Iterator[tuple[int, str]]:
    """Each docstring of a module, with the number of the line before it."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            text = ast.get_docstring(node)
            if text:
                yield node.body[0].lineno - 1, text


MODULES = sorted([*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("examples/**/*.py")])
BLOCKS = [block for page in (*PAGES, *MODULES) for block in blocks_of(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]

"""Every code block of README, docs and docstrings runs.

A block with `title="app.py"` is a file that later blocks of its page may import; a later one of the same title takes
its place, and a file of another language lies beside them. A block after a comment `<!-- fails: text -->` must fail,
and say that text. A text block after `<!-- output -->`, or `<!-- output of --an-option -->`, is what the test before it
prints; `...` in it stands for any lines. A block after `<!-- another tool -->` runs in an environment that has the
other tools. A block that includes a file is run where that file is tested; with a title, later blocks may import it.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from environments import Environment

import tripwire
from documentation.blocks import BLOCKS, MODULES, PAGES, PYTHON, ROOT, Block, blocks_of, equivalents_of
from documentation.runs import Pytest, Ran, of, run_blocks, warm
from documentation.signatures import wrong
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.plugins.popen_plugin import PopenPlugin
from tripwire.plugins.subprocess_plugin import SubprocessPlugin

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OTHER_TOOLS = ("pytest-httpx", "pytest-subprocess", "requests", "responses", "respx")
Runs = Callable[[Block], Ran]


@pytest.fixture(scope="module")
def run_pytest() -> Iterator[Pytest]:
    with warm() as run:
        yield run


@pytest.fixture(scope="module")
def other_tools(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Environment]:
    """Makes the environment that has them, once."""

    @cache
    def make() -> Environment:
        folder = tmp_path_factory.mktemp("tools")
        return Environment(folder, folder, *OTHER_TOOLS)

    return make


@pytest.fixture(scope="module")
def runs(
    run_pytest: Pytest, other_tools: Callable[[], Environment], tmp_path_factory: pytest.TempPathFactory
) -> Runs:
    """What became of a block. The blocks of a page run once, together, and so do those of all docstrings."""

    @cache
    def ran(ground: Path, other: bool) -> dict[Block, Ran]:
        blocks = [
            block
            for block in BLOCKS
            if block.ground == ground
            and (block.shown or block.title or block.language == "python")
            and (block.is_program or block.of_other_tools == other)
        ]
        folder = tmp_path_factory.mktemp(ground.stem)
        return run_blocks(blocks, folder, of(other_tools()) if other else run_pytest)

    return lambda block: ran(block.ground, block.of_other_tools)[block]


def name(block: Block) -> str:
    return block.name


@pytest.mark.parametrize("block", [block for block in PYTHON if not block.includes], ids=name)
def test_python(block: Block, runs: Runs) -> None:
    if block.is_program:
        later = [other.code for other in PYTHON if other.page == block.page and other.line > block.line]
        name = block.title.removesuffix(".py")
        assert name == "conftest" or any(re.search(rf"(from|import) {name}\b", code) for code in later)
        return
    reports = runs(block).reports
    bad = [report for report in reports if report.outcome == "failed"]
    assert any(report.when == "collect" for report in reports)
    if block.fails:
        assert block.fails in "\n".join(report.text for report in bad)
        assert all(report.when != "collect" for report in bad)
    else:
        assert bad == []
        assert ("def test_" in block.code) == any(report.when == "call" for report in reports)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.shown], ids=name)
def test_output(block: Block, runs: Runs) -> None:
    tests = [
        other
        for other in PYTHON
        if other.page == block.page and other.line < block.line and "def test_" in other.code
    ]
    reports, printed = runs(tests[-1])
    said = plain("\n".join((*(report.text for report in reports), printed)))
    for part in plain(block.code).split("\n...\n"):
        assert part.strip() in said
        said = said.partition(part.strip())[2]


def plain(text: str) -> str:
    """Without pytest's margin, the width of columns, and what differs from run to run."""
    text = re.sub(r"\b\d+\.\d+ ?(ms|s)\b", "0.0 s", text)
    text = re.sub(r" {2,}", " ", text)
    text = re.sub(r"'Thread-\d+", "'Thread-0", text)
    return "\n".join(re.sub(r"^(E|>)?\s+", "", line).rstrip() for line in text.splitlines())


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "toml"], ids=name)
def test_toml(block: Block, run_pytest: Pytest, tmp_path: Path) -> None:
    tomllib.loads(block.code)
    (tmp_path / "pyproject.toml").write_text(block.code)
    (tmp_path / "test_it.py").write_text("import tripwire\ndef test_it():\n    with tripwire: pass\n")
    assert "1 passed" in run_pytest(tmp_path, ["-p", "no:cacheprovider"]).stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page} links to {target}"


def test_every_block_has_a_language() -> None:
    assert [name(block) for block in BLOCKS if not block.language] == []


def test_messages_that_are_shown_are_real() -> None:
    """But for the gallery's, which its own tests make."""
    pages = [block for block in BLOCKS if block.page.stem != "gallery"]
    texts = [block for block in pages if block.language == "text" and not block.shown]
    assert [
        name(block) for block in texts if re.search(r"tripwire\.\w+Error: |^E ", block.code, re.MULTILINE)
    ] == []


def test_examples_in_docstrings_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('class A:\n    """A.\n\n    ```python\n    import a\n    ```\n    """\n')
    assert [(block.line, block.language, block.code) for block in blocks_of(module)] == [
        (4, "python", "import a\n")
    ]


def test_docstrings_have_no_examples_that_do_not_run() -> None:
    """Examples there are fenced blocks, as in the pages."""
    assert [str(path) for path in MODULES if re.search(r"^\s*>>> ", path.read_text(), re.MULTILINE)] == []


@pytest.mark.parametrize(
    "shown",
    [
        tripwire.sandbox,
        tripwire.in_any_order,
        tripwire.expect_trip,
        type(tripwire.mock).__call__,
        type(tripwire.mock).object,
        type(tripwire.spy).__call__,
        HttpPlugin.mock_response,
        HttpPlugin.mock_error,
        HttpPlugin.assert_request,
        SubprocessPlugin.mock_run,
        PopenPlugin.new_session,
        AsyncpgPlugin.new_session,
        AsyncpgPlugin.new_pool,
    ],
    ids=lambda shown: shown.__qualname__,
)
def test_what_is_called_most_has_an_example(shown: Callable[..., object]) -> None:
    """Which runs with the blocks of its module."""
    example = inspect.getdoc(shown) or ""
    assert any(block.code in example for block in PYTHON if block.page in MODULES)


MIGRATING = [path for path in (ROOT / "docs/pages/migrating").glob("*.md") if path.stem != "index"]


@pytest.mark.parametrize("page", MIGRATING, ids=lambda page: page.stem)
def test_equivalents_are_there(page: Path, other_tools: Callable[[], Environment]) -> None:
    """Every name, and every argument, of both columns."""
    table = equivalents_of(page)
    assert len(table.rows) > 10
    assert wrong(table.ours, [whole(code) for _, ours in table.rows for code in ours]) == []
    task = {"names": table.theirs, "code": [whole(code) for theirs, _ in table.rows for code in theirs]}
    ran = other_tools().run(str(Path(__file__).with_name("signatures.py")), json.dumps(task))
    assert ran.stdout == "[]\n", ran.stderr


def whole(code: str) -> str:
    """A statement of which the table shows the head."""
    return (
        f"{code} pass" if code.endswith(":") else f"{code}\ndef function(): pass" if code[0] == "@" else code
    )

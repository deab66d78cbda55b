"""The versions we support, from where each is stated.

`python integration-tests/installation/supported.py` writes the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tripwire import Plugin
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.plugins.http_plugin import HttpPlugin

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "pages" / "supported.md"
PLUGINS: dict[str, type[Plugin]] = {"tripwire-asyncpg": AsyncpgPlugin, "tripwire-http": HttpPlugin}
START, END = "<!-- table: supported -->\n", "<!-- end of supported -->\n"


def pythons(lib: str = "tripwire-core") -> list[str]:
    """The Pythons a distribution names in its classifiers, oldest first."""
    text = (ROOT / "libs" / lib / "pyproject.toml").read_text()
    return re.findall(r"Programming Language :: Python :: (3\.\d+)", text)


def oldest_needed(*libs: str) -> dict[str, str]:
    """The lower bounds of what the libraries themselves depend on."""
    texts = [(ROOT / "libs" / lib / "pyproject.toml").read_text() for lib in libs]
    return {name: low for text in texts for name, low in re.findall(r'^  "([\w-]+)>=([\d.]+)"', text, re.M)}


def clients(lib: str) -> dict[str, tuple[str, str]]:
    """The oldest version of each client, and the first that is too new to have been tested."""
    tested = PLUGINS[lib].tested_with
    found = {name: re.fullmatch(r">=([\d.]+),<([\d.]+)", versions) for name, versions in tested.items()}
    return {name: (match[1], match[2]) for name, match in found.items() if match}


def _rows() -> Iterator[tuple[str, str, str]]:
    known = pythons()
    yield "Python", f"{known[0]} to {known[-1]}", "each"
    yield "pytest", f"{oldest_needed('tripwire-core')['pytest']} or newer", "the oldest, the newest"
    for lib in sorted(PLUGINS):
        for name, (low, high) in clients(lib).items():
            yield name, f"{low} or newer, before {high}", "the oldest, the newest"


def table() -> str:
    """The table of the page."""
    rows = "".join(f"| {what} | {versions} | {tested} |\n" for what, versions, tested in _rows())
    return f"| | versions | tested |\n|---|---|---|\n{rows}"


def with_table(page: str) -> str:
    """The page with the table between its marks."""
    before, rest = page[: page.index(START)], page[page.index(END) :]
    return f"{before}{START}\n{table()}\n{rest}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))

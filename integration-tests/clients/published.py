"""The tables of the guide that are made from what is tested: `python integration-tests/clients/published.py`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fidelity.http.differences import DIFFERENCES

from clients import table

GUIDE = Path(__file__).parents[2] / "docs" / "pages" / "guides" / "http.md"


def differences() -> str:
    """What the fidelity suite says that a mocked call shows otherwise than a real one."""
    rows = "".join(f"| {one.client} | {one.what} | {one.why} |\n" for one in DIFFERENCES.values())
    return f"| client | what differs | why |\n|---|---|---|\n{rows}"


TABLES: Mapping[str, Callable[[], str]] = {"clients": table.markdown, "differences": differences}


def with_tables(page: str) -> str:
    """A page with the tables between their marks as they should be.

    Raises:
        ValueError: a mark is missing.
    """
    for name, made in TABLES.items():
        start, end = f"<!-- table: {name} -->\n", f"<!-- end of {name} -->\n"
        before, rest = page[: page.index(start)], page[page.index(end) :]
        page = f"{before}{start}\n{made()}\n{rest}"
    return page


if __name__ == "__main__":
    GUIDE.write_text(with_tables(GUIDE.read_text()))

"""Texts before and after a change. What is at work stands between `⟦` and `⟧` in the text before."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tripwire._writing import _changes
from tripwire._writing._edits import CallPlace, Change
from tripwire._writing._sites import Site
from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code


class Writer:
    """Writes into a file of its own. With `spans`, sites tell their expression, as from Python 3.11 on."""

    def __init__(self, folder: Path, *, spans: bool) -> None:
        self.folder, self.spans = folder, spans
        self.path = folder / "test_it.py"

    def read(self, text: str | bytes) -> tuple[SourceFile, list[Site]]:
        """The file without the marks, and the sites they mark."""
        raw = text if isinstance(text, bytes) else dedent(text).encode()
        marked = raw.decode() if isinstance(text, str) else ""
        self.path.write_bytes(re.sub("[⟦⟧]", "", marked).encode() if marked else raw)
        source = SourceFile.read(str(self.path))
        return source, [self._site(marked, found) for found in re.finditer("⟦(.*?)⟧", marked, re.DOTALL)]

    def _site(self, marked: str, found: re.Match[str]) -> Site:
        def place(offset: int) -> tuple[int, int]:
            before = re.sub("[⟦⟧]", "", marked[:offset])
            lines = re.split(r"\r\n|\r|\n", before)
            return len(lines), len(lines[-1].removeprefix("\ufeff").encode())

        lineno, begin = place(found.start())
        last, end = place(found.end())
        node = (
            None if found[1].startswith(("with", "async")) else ast.parse(f"({found[1]})", mode="eval").body
        )
        callee = "__enter__"
        if isinstance(node, ast.Call):
            callee = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if not self.spans and not node.keywords:
                lineno += (node.func.end_lineno or 1) - 1
        span = (lineno, last, begin, end) if self.spans else None
        return Site(str(self.path), lineno, span, "test_it", 1, callee, {})

    def site(self, lineno: int, callee: str = "__enter__") -> Site:
        """A site of which only the line is known."""
        return Site(str(self.path), lineno, None, "test_it", 1, callee, {})

    def edited(self, text: str | bytes, change: Callable[..., Any]) -> str:
        """The text after what `change` makes of the source and the sites."""
        source, sites = self.read(text)
        made = change(source, *sites)
        return _changes.combined(source, [made] if isinstance(made, Change) else list(made))

    def filled(
        self, text: str, mocks: Sequence[Code] = (), asserts: Sequence[Code] = (), *, any_order: bool = False
    ) -> str:
        """The text after mocks and assertions are written for the sandboxes that it marks."""
        source, sites = self.read(text)
        changes = []
        for site in sites:
            place = source.sandbox(site)
            if mocks:
                changes.append(_changes.insertion(source, place.before, mocks, any_order=False))
            if asserts:
                assert place.after is not None
                changes.append(_changes.insertion(source, place.after, asserts, any_order=any_order))
        return _changes.combined(source, changes)

    def without(self, text: str) -> str:
        """The text without the calls that it marks."""
        source, sites = self.read(text)
        statements: dict[int, list[CallPlace]] = {}
        for call in map(source.call, sites):
            statements.setdefault(id(call.statement), []).append(call)
        return _changes.combined(source, [_changes.removal(source, calls) for calls in statements.values()])


@pytest.fixture(params=["spans", "lines"])
def writer(request: pytest.FixtureRequest, tmp_path: Path) -> Writer:
    """For both kinds of sites."""
    return Writer(tmp_path, spans=request.param == "spans")


@pytest.fixture
def exact_writer(tmp_path: Path) -> Writer:
    """For sites that tell their expression."""
    return Writer(tmp_path, spans=True)

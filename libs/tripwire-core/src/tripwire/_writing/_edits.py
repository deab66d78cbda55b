"""Changes of a source text: plain data, where they go, and why one cannot be made."""

from __future__ import annotations

import ast
from typing import NamedTuple


class Unwritable(Exception):  # noqa: N818 - no error by itself: it becomes a line of the summary
    """Something cannot be written; `str()` is the reason, in words for users."""


class Change(NamedTuple):
    """Replace `text[start:end]` of a file, in characters. `imports` are import statements the new text needs."""

    start: int
    end: int
    text: str
    imports: tuple[str, ...] = ()


class Spot(NamedTuple):
    """Where statements can go: they replace `text[start:end]`, between `before` and `after`, at an indentation.

    The last statement has no line end of its own. With `in_any_order`, the spot lies in a block whose assertions may
    come so.
    """

    start: int
    end: int
    indent: str
    before: str = ""
    after: str = ""
    in_any_order: bool = False


class SandboxPlace(NamedTuple):
    """The statement that opens a sandbox, which begins at `start`.

    Mocks go to `before`, assertions to `after`, which is None where control never gets past the statement. `yields`:
    its body yields, so it is that of a fixture, or of a context manager of the user's. `function` is the first line
    of the function it lies in, decorators included; 0 for the module.
    """

    start: int
    before: Spot
    after: Spot | None
    yields: bool
    function: int
    statement: ast.stmt


class CallPlace(NamedTuple):
    """A call expression, at `text[start:end]`, in a statement, in the function that begins at a line."""

    start: int
    end: int
    node: ast.Call
    statement: ast.stmt
    function: int

"""A source text: its lines as they are, its tree, and where a node stands in the text."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from tripwire._writing import _words
from tripwire._writing._edits import Unwritable

LINE_END = re.compile(r"\r\n|\r|\n")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
WITHS = (ast.With, ast.AsyncWith)
_GENERATED = re.compile(r"@generated|generated .*do not edit|do not edit.* generated", re.IGNORECASE)
_BLOCKS = ("body", "orelse", "finalbody")
_SPACE = " \t\f"


class Text:
    """The text of a file and its tree.

    Attributes: `path`, `text` (decoded, with the line ends it has), `encoding`, `newline`, `tree`, and `digest`, by
    which a later reader knows whether the file is still the same.
    """

    def __init__(self, path: str, raw: bytes) -> None:
        self.path, self.digest = path, hashlib.sha256(raw).hexdigest()
        try:
            lines = io.BytesIO(
                raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            )  # each ends a line for Python
            self.encoding = tokenize.detect_encoding(lines.readline)[0]
            self.text = raw.decode(self.encoding)
            self.tree = ast.parse(self.text)
        except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError, MemoryError) as error:
            raise Unwritable(_words.unreadable(error)) from None
        if self.text.encode(self.encoding) != raw:
            raise Unwritable(_words.encoded_in_several_ways(self.encoding))
        if _GENERATED.search("\n".join(LINE_END.split(self.text, maxsplit=10)[:10])):
            raise Unwritable(_words.GENERATED)
        self.newline = next(iter(LINE_END.findall(self.text)), "\n")
        self._starts = [0, *(match.end() for match in LINE_END.finditer(self.text))]
        self._parents: dict[ast.AST, ast.AST] = {
            child: parent for parent in ast.walk(self.tree) for child in ast.iter_child_nodes(parent)
        }

    # -- lines

    def line_of(self, offset: int) -> int:
        """The number of the line, from 1, that a character is in."""
        return bisect_right(self._starts, offset)

    def line_start(self, lineno: int) -> int:
        """Where a line begins; past the last one, where the text ends."""
        return self._starts[lineno - 1] if lineno <= len(self._starts) else len(self.text)

    def line(self, lineno: int) -> str:
        """A line without its end; empty past the last one."""
        return self.text[self.line_start(lineno) : self.line_start(lineno + 1)].rstrip("\r\n")

    def line_end(self, lineno: int) -> int:
        """Where a line ends, before its line end."""
        return self.line_start(lineno) + len(self.line(lineno))

    def is_blank(self, lineno: int) -> bool:
        """Whether a line of the file has nothing in it."""
        return 1 <= lineno <= len(self._starts) and not self.line(lineno).strip()

    def is_comment(self, lineno: int) -> bool:
        """Whether a line has nothing but a comment; not for one within a string."""
        return lineno >= 1 and self.line(lineno).lstrip(_SPACE).startswith("#")

    def margin(self, lineno: int) -> str:
        """The whitespace a line begins with."""
        line = self.line(lineno)
        return line[: len(line) - len(line.lstrip(_SPACE))]

    # -- nodes in the text

    def offset(self, lineno: int, column: int) -> int:
        """The character at a line and a column, which counts bytes of UTF-8."""
        return self.line_start(lineno) + len(self.line(lineno).encode()[:column].decode())

    def start(self, node: Any) -> int:
        """Where a node begins; a function or class with its decorators."""
        first = min([node, *getattr(node, "decorator_list", [])], key=lambda one: one.lineno)
        offset = self.offset(first.lineno, first.col_offset)
        return self.text.rindex("@", 0, offset) if first is not node else offset

    def end(self, node: Any) -> int:
        """Where a node ends."""
        return self.offset(node.end_lineno, node.end_col_offset)

    def segment(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def first_line(self, statement: ast.stmt) -> int:
        """The first line of a statement, with its decorators."""
        return self.line_of(self.start(statement))

    def last_line(self, node: ast.stmt | ast.expr) -> int:
        """The last line of a statement."""
        return node.end_lineno or node.lineno

    def has_header(self, statement: ast.stmt) -> bool:
        """Whether something stands before a statement on its line: another one, or the head of its block."""
        start = self.start(statement)
        return bool(self.text[self.line_start(self.line_of(start)) : start].strip(_SPACE))

    def indent(self, node: ast.AST) -> str:
        """The whitespace before the line that a statement, or the head of a block, begins on."""
        node = node.pattern if isinstance(node, ast.match_case) else node
        return self.margin(self.line_of(self.start(node)))

    @cached_property
    def unit(self) -> str:
        """One level of indentation, as in the first block that has its own lines."""
        for node in ast.walk(self.tree):
            body = getattr(node, "body", None)
            if isinstance(node, ast.stmt) and isinstance(body, list) and body[0].lineno > node.lineno:
                return self.margin(self.first_line(body[0])).removeprefix(self.indent(node)) or "    "
        return "    "

    # -- the tree

    def parent(self, node: ast.AST) -> ast.AST:
        """The node around a node."""
        return self._parents[node]

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while node in self._parents:
            node = self._parents[node]
            yield node

    def around_within(self, node: ast.AST) -> Iterator[ast.AST]:
        """The same up to the function they are in, which does not count."""
        for one in self.around(node):
            if isinstance(one, FUNCTIONS):
                return
            yield one

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement around a node, or itself."""
        while not isinstance(node, ast.stmt):
            node = self._parents[node]
        return node

    def is_docstring(self, statement: ast.stmt) -> bool:
        """Whether a statement is nothing but a text."""
        value = statement.value if isinstance(statement, ast.Expr) else None
        return isinstance(value, ast.Constant) and isinstance(value.value, str)

    def blocks(self) -> Iterator[tuple[ast.AST, list[ast.stmt]]]:
        """All blocks of statements, each with what it belongs to."""
        for node in ast.walk(self.tree):
            for name in _BLOCKS:
                block = getattr(node, name, None)
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    yield node, block

    def block_of(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements beside a statement, and itself."""
        parent = self._parents[statement]
        blocks: list[list[ast.stmt]] = [getattr(parent, name, []) for name in _BLOCKS]
        return next(block for block in blocks if statement in block)

    def function_of(self, node: ast.AST) -> int:
        """The first line of the function around a node, decorators included; 0 for the module."""
        for one in self.around(node):
            if isinstance(one, FUNCTIONS[:2]):
                return self.line_of(self.start(one))
        return 0

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes, but for those within f-strings: before Python 3.12 these do not know where they are."""
        found: list[ast.AST] = []
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            found.append(node)
            if not isinstance(node, ast.JoinedStr):
                waiting += reversed(list(ast.iter_child_nodes(node)))
        return found

    @cached_property
    def calls(self) -> list[ast.Call]:
        """All calls."""
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """All statements; those within others later."""
        return [node for node in self.nodes if isinstance(node, ast.stmt)]

    @cached_property
    def statements_on(self) -> dict[int, list[ast.stmt]]:
        """The statements that have a line, those within others later."""
        found: dict[int, list[ast.stmt]] = defaultdict(list)
        for statement in self.statements:
            for lineno in range(self.first_line(statement), self.last_line(statement) + 1):
                found[lineno].append(statement)
        return found

    @cached_property
    def calls_on(self) -> dict[int, list[ast.Call]]:
        """The calls that Python may report by a line."""
        found: dict[int, list[ast.Call]] = defaultdict(list)
        for call in self.calls:
            for lineno in {call.lineno, call.func.end_lineno or 0}:
                found[lineno].append(call)
        return found

    @cached_property
    def by_span(self) -> dict[tuple[int, int, int, int], ast.AST]:
        """The outermost node at each span; a method's call also by the span that begins with its name.

        Of a call, Python reports the latter where what it is called on begins on an earlier line.
        """
        found: dict[tuple[int, int, int, int], ast.AST] = {}
        for node in self.nodes:
            if isinstance(node, ast.Expr) or (place := span(node)) is None:
                continue
            found.setdefault(place, node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                last, name = node.func.end_lineno or 0, node.func.attr.encode()
                begin = (node.func.end_col_offset or 0) - len(name)
                found.setdefault((last, place[1], begin, place[3]), node)
        return found


def span(node: Any) -> tuple[int, int, int, int] | None:
    """First and last line and column of a node, as frames tell them; None for what has no place."""
    if not hasattr(node, "end_lineno"):
        return None
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset

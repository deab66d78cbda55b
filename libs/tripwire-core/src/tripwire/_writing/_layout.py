"""An expression in one line or in several, as a person would break it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tripwire._writing._statement import Code

_CLOSED = (ast.Call, ast.Dict, ast.List, ast.Tuple, ast.Set)


def lines(code: Code, indent: str, unit: str, width: int, *, taken: int = 0) -> list[str]:
    """The lines of an expression whose first line begins, after `taken` characters, at an indentation.

    The first line has no indentation itself. A comment ends the last line.
    """
    comment = f"  # {code.comment}" if code.comment else ""
    if columns(indent) + taken + len(code.text) + len(comment) <= width and "\n" not in code.text:
        return [code.text + comment]
    found = _Expression(code.text, unit, width).lines(indent)
    return [*found[:-1], found[-1] + comment]


def columns(indent: str) -> int:
    """How wide an indentation is."""
    return len(indent.expandtabs(4))


class _Expression:
    """An expression that is broken into lines. Its strings may have several lines; these stay as they are."""

    def __init__(self, text: str, unit: str, width: int) -> None:
        self._text, self._unit, self._width = text, unit, width
        self._tree = ast.parse(text, mode="eval").body
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        self._starts, self._lines = starts, text.split("\n")

    def lines(self, indent: str) -> list[str]:
        """All of it, from an indentation on."""
        tree = self._tree
        if isinstance(tree, ast.Await):
            first, *others = self._best(tree.value, indent)
            return [f"await {first}", *others]
        return self._best(tree, indent)

    def _best(self, tree: ast.expr, indent: str) -> list[str]:
        links = _links(tree)
        return self._chain(links, indent) if len(links) > 2 else self._broken(tree, indent)

    def _chain(self, links: list[ast.Call], indent: str) -> list[str]:
        """A chain in parentheses, one call a line."""
        inner, first = indent + self._unit, links[0].func
        root = first.value if isinstance(first, ast.Attribute) else links.pop(0)
        found = ["(" + self._of(root)]
        for link in links:
            assert isinstance(link.func, ast.Attribute)
            piece = self._text[self._end(link.func.value) : self._end(link)]
            if self._fits(inner, piece):
                found.append(inner + piece)
            else:
                opened = piece.index("(") + 1
                found += [inner + piece[:opened], *self._items(link, inner), inner + ")"]
        return [*found[:-1], found[-1] + ")"]

    def _broken(self, node: ast.expr, indent: str) -> list[str]:
        """A call or display with one item a line; anything else as it is."""
        piece = self._of(node)
        if not isinstance(node, _CLOSED) or not list(self._parts(node)):
            return piece.split("\n")
        begin = self._start(node)
        head = begin + 1
        if isinstance(node, ast.Call):
            head = self._text.index("(", self._end(node.func)) + 1
        return [self._text[begin:head], *self._items(node, indent), indent + piece[-1]]

    def _items(self, node: ast.expr, indent: str) -> Iterator[str]:
        inner = indent + self._unit
        for label, part in self._parts(node):
            piece = label + self._of(part)
            if self._fits(inner, piece):
                yield f"{inner}{piece},"
                continue
            first, *others = self._broken(part, inner)
            found = [inner + label + first, *others]
            yield from found[:-1]
            yield found[-1] + ","

    def _parts(self, node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
        """The items of a call or display, each with what stands before it."""
        match node:
            case ast.Call(args=args, keywords=keywords):
                yield from (("", one) for one in args)
                yield from ((f"{one.arg}=" if one.arg else "**", one.value) for one in keywords)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield (f"{self._of(key)}: " if key else "**"), value
            case (
                ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts)
            ):  # pragma: no branch - no other comes
                yield from (("", one) for one in elts)

    def _fits(self, indent: str, piece: str) -> bool:
        return columns(indent) + len(piece) + 1 <= self._width and "\n" not in piece

    def _of(self, node: ast.expr) -> str:
        return self._text[self._start(node) : self._end(node)]

    def _start(self, node: ast.expr) -> int:
        return self._offset(node.lineno, node.col_offset)

    def _end(self, node: ast.expr) -> int:
        return self._offset(node.end_lineno or 0, node.end_col_offset or 0)

    def _offset(self, lineno: int, column: int) -> int:
        return self._starts[lineno - 1] + len(self._lines[lineno - 1].encode()[:column].decode())


def _links(node: ast.expr) -> list[ast.Call]:
    """The calls of a chain, first one first; those whose function is an attribute of a call's value."""
    found: list[ast.Call] = []
    while isinstance(node, ast.Call):
        found.append(node)
        node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return found[::-1]

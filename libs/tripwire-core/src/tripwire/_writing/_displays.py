"""Changes of a value or call that touch no more than the items that differ."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from tripwire._values import equal, is_a
from tripwire._writing import _layout, _names
from tripwire._writing._edits import Change
from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code
from tripwire._writing._style import quoted, width_of

Renderer = Callable[[Any, str], Code]
"""Makes code of a value; the other argument is the name of the part of the value, for those that have one."""


class _Item(NamedTuple):
    """An item between the brackets of a call or display, at `text[start:end]`, and its comma, if it has one."""

    start: int
    end: int
    comma: int | None


def replacement(
    source: SourceFile, node: ast.expr, expected: Any, actual: Any, render: Renderer, name: str = ""
) -> Iterator[Change]:
    """What must change of an expression that was `expected` to say `actual`: no more than the parts that differ."""
    if equal(expected, actual):
        return
    found: list[Change] = []
    if isinstance(node, ast.Dict) and is_a(expected, dict) and is_a(actual, dict):
        found = _of_dict(source, node, expected, actual, render)
    elif isinstance(node, ast.List) and is_a(expected, list) and is_a(actual, list):
        found = _of_sequence(source, node, expected, actual, render, name)
    elif isinstance(node, ast.Tuple) and is_a(expected, tuple) and is_a(actual, tuple):
        lengths = {len(expected), len(actual)}
        if len(lengths) == 1 or min(lengths) > 1:  # one alone needs its comma
            found = _of_sequence(source, node, expected, actual, render, name)
    yield from found or replaced(source, node, render(actual, name))


def _of_dict(
    source: SourceFile, node: ast.Dict, expected: dict[Any, Any], actual: dict[Any, Any], render: Renderer
) -> list[Change]:
    """The changes of a display; none if it is to be written anew."""
    keys = [key.value if isinstance(key, ast.Constant) else _UNKNOWN for key in node.keys]
    if len(set(keys)) < len(keys) or set(keys) != set(expected) or not set(keys) & set(actual):
        return []
    found: list[Change] = []
    gone: list[int] = []
    new = [key for key in actual if key not in expected]
    for position, (key, value) in enumerate(zip(keys, node.values, strict=True)):
        if key in actual:
            found += replacement(source, value, expected[key], actual[key], render, str(key))
        else:
            gone.append(position)
    codes = [_pair(render, key, actual[key]) for key in new]
    return [*found, *_exchanged(source, node, gone, codes, len(keys))]


_UNKNOWN = object()


def _pair(render: Renderer, key: Any, value: Any) -> tuple[str, Code]:
    return f"{render(key, '').text}: ", render(value, str(key))


def _of_sequence(
    source: SourceFile,
    node: ast.List | ast.Tuple,
    expected: Sequence[Any],
    actual: Sequence[Any],
    render: Renderer,
    name: str,
) -> list[Change]:
    """The same of a list or tuple: what is alike at its beginning and end stays."""
    parts = node.elts
    if not actual or not parts or len(parts) != len(expected):
        return []
    if any(isinstance(part, ast.Starred) for part in parts):
        return []
    shorter, head, tail = min(len(parts), len(actual)), 0, 0
    while head < shorter and equal(expected[head], actual[head]):
        head += 1
    while tail < shorter - head and equal(expected[-1 - tail], actual[-1 - tail]):
        tail += 1
    old, new = range(head, len(parts) - tail), list(actual[head : len(actual) - tail])
    found: list[Change] = []
    for position, value in zip(old, new, strict=False):
        found += replacement(source, parts[position], expected[position], value, render, name)
    codes = [("", render(value, name)) for value in new[len(old) :]]
    return [*found, *_exchanged(source, node, list(old[len(new) :]), codes, len(parts) - tail)]


def _exchanged(
    source: SourceFile, node: ast.expr, gone: list[int], codes: list[tuple[str, Code]], at: int
) -> Iterator[Change]:
    """Items of a display go, others take their place; those that are more come before the one `at` a position."""
    if not gone and not codes:
        return
    items = _items(source, node)
    free = [position for position in gone if not _has_comment(source, items[position])]
    for position, (prefix, code) in zip(free, codes, strict=False):
        yield _filled(source, node, items[position].start, items[position].end, prefix, code)
    taken, more = free[: len(codes)], codes[len(free) :]
    leaving = [position for position in gone if position not in taken]
    yield from _without(source, items, leaving, last=not more)
    while at - 1 in leaving:
        at -= 1
    if more:
        yield _with(source, node, items, more, at)


def replaced(source: SourceFile, node: ast.expr, code: Code) -> Iterator[Change]:
    """Another expression in the place of one; its comment goes to the end of the line, if nothing else is there."""
    start, end = _in_parentheses(source, node)
    yield _filled(source, node, start, end, "", code)
    offset = source.line_end(source.line_of(end))
    if code.comment and not source.text[end:offset].strip(" \t)]},"):
        yield Change(offset, offset, f"  # {code.comment}")


def _filled(source: SourceFile, node: ast.expr, start: int, end: int, prefix: str, code: Code) -> Change:
    """An expression laid out for its place."""
    text, imports = _written(source, node, start, prefix, code)
    return Change(start, end, text, imports)


def _written(
    source: SourceFile, node: ast.expr, offset: int, prefix: str, code: Code, indent: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """An expression behind a prefix, and the imports it needs; without an indentation, for where the line goes on.

    What was in one line stays there: if it gets too long, it is broken when all changes are made.
    """
    found, imports = _names.spelled(source, Code(code.text, code.imports), offset)
    line = source.line_of(offset)
    taken = 0 if indent is not None else offset - source.line_start(line) - len(source.margin(line))
    indent = source.margin(line) if indent is None else indent
    statement = source.statement_of(node)
    width = 10**6 if statement.lineno == statement.end_lineno else width_of(source)
    prefix = quoted(source, Code(prefix)).text
    lines = _layout.lines(quoted(source, found), indent, source.unit, width, taken=taken + len(prefix) + 1)
    return prefix + source.newline.join(lines), imports


def added(source: SourceFile, node: ast.Call, prefix: str, code: Code) -> Change:
    """One more argument behind the others."""
    items = _items(source, node)
    return _with(source, node, items, [(prefix, code)], len(items))


# -- the items of a call or display


def _items(source: SourceFile, node: ast.expr) -> list[_Item]:
    """What stands between the brackets of a call or display, by its commas."""
    is_call = isinstance(node, ast.Call)
    first = source.text.index("(", source.end(node.func)) if is_call else source.start(node)  # type: ignore[attr-defined]
    text = re.sub(
        r"\r(?!\n)", "\n", source.text[first : source.end(node)]
    )  # all that `tokenize` takes for line ends
    starts = [0]
    for line in io.StringIO(text):
        starts.append(starts[-1] + len(line))
    found: list[_Item] = []
    begin: int | None = None
    depth, end, parameters = 0, 0, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        start, stop = (starts[row - 1] + column for row, column in (token.start, token.end))
        if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE):
            continue
        sign = token.string if token.type in (tokenize.OP, tokenize.NAME) else ""
        depth -= sign in (")", "]", "}")
        if depth == 1 and sign in ("lambda", ":"):
            parameters = max(0, parameters + (1 if sign == "lambda" else -1))
        if depth == 1 and sign == "," and not parameters and begin is not None:
            found.append(_Item(first + begin, first + end, first + start))
            begin = None
        elif depth:
            begin, end = (start if begin is None else begin), stop
        depth += sign in ("(", "[", "{")
    if begin is not None:
        found.append(_Item(first + begin, first + end, None))
    return found


def _in_parentheses(source: SourceFile, node: ast.expr) -> tuple[int, int]:
    """Where an argument or item stands, with the parentheses around it."""
    start, end, owner = source.start(node), source.end(node), source.parent(node)
    around = source.parent(owner) if isinstance(owner, ast.keyword) else owner
    if not isinstance(around, (ast.Call, ast.Dict, ast.List, ast.Tuple)):
        return start, end
    for item in _items(source, around):
        while item.start < start and end < item.end:
            before, after = source.text[item.start : start].rstrip(), source.text[end : item.end]
            if not before.endswith("(") or not after.lstrip().startswith(")"):
                break
            start, end = item.start + len(before) - 1, item.end - len(after.lstrip()) + 1
    return start, end


def _own_lines(source: SourceFile, item: _Item) -> tuple[int, int] | None:
    """The first and last line of an item that shares them with its comma and comment only."""
    first, last = source.line_of(item.start), source.line_of(item.comma or item.end)
    rest = source.text[(item.end if item.comma is None else item.comma + 1) : source.line_end(last)].strip()
    has_head = source.text[source.line_start(first) : item.start].strip()
    return None if has_head or (rest and not rest.startswith("#")) else (first, last)


def _has_comment(source: SourceFile, item: _Item) -> bool:
    """Whether a comment on the line is about an item."""
    lines = _own_lines(source, item)
    return lines is not None and "#" in source.text[item.end : source.line_end(lines[1])]


def _without(
    source: SourceFile, items: list[_Item], gone: Collection[int], *, last: bool = True
) -> Iterator[Change]:
    """A call or display without some of its items; comments above them stay. With `last`, none comes behind."""
    kept = [position for position in range(len(items)) if position not in gone]
    for position in gone:
        item = items[position]
        if lines := _own_lines(source, item):
            yield Change(source.line_start(lines[0]), source.line_start(lines[1] + 1), "")
        elif position < kept[-1]:
            yield Change(item.start, items[position + 1].start, "")
        else:
            start = items[position - 1].end
            yield Change(item.start if "#" in source.text[start : item.start] else start, item.end, "")
    comma = items[kept[-1]].comma
    if last and comma is not None and items[-1].comma is None and _own_lines(source, items[kept[-1] + 1]):
        yield Change(comma, comma + 1, "")


def _with(
    source: SourceFile, node: ast.expr, items: list[_Item], codes: list[tuple[str, Code]], at: int
) -> Change:
    """More items before the one at a position, on lines of their own if the one before has its own."""
    closing = source.end(node) - 1
    if not items:
        return _inserted(source, node, closing, "", codes, "")
    neighbour = items[at - 1] if at else items[0]
    line = source.line_of(neighbour.start)
    begins_line = not source.text[source.line_start(line) : neighbour.start].strip()
    indent = source.margin(line) if begins_line or line > source.line_of(source.start(node)) else None
    if indent is None:
        indent = source.margin(line) + source.unit
    if not at:
        return _inserted(
            source, node, neighbour.start, "", codes, f",{source.newline}{indent}" if begins_line else ", "
        )
    comma = neighbour.end if neighbour.comma is None else neighbour.comma
    eol = source.line_end(source.line_of(comma))
    rest = source.text[comma:eol].lstrip(",").strip()
    if not begins_line and not (eol < closing and at == len(items)):
        return _inserted(source, node, neighbour.end, ", ", codes, "")
    if rest and not rest.startswith("#"):
        return _inserted(source, node, neighbour.end, f",{source.newline}{indent}", codes, "", indent)
    has_comma = neighbour.comma is not None
    shown, imports = _joined(source, node, eol, codes, indent, has_comma=has_comma)
    if has_comma:
        return Change(eol, eol, source.newline + shown, imports)
    tail = source.text[neighbour.end : eol]
    return Change(neighbour.end, eol, f",{tail}{source.newline}{shown}", imports)


def _inserted(
    source: SourceFile,
    node: ast.expr,
    offset: int,
    before: str,
    codes: list[tuple[str, Code]],
    after: str,
    indent: str | None = None,
) -> Change:
    """Items that go on lines with others; they have no comments then."""
    found = [_written(source, node, offset, prefix, code, indent) for prefix, code in codes]
    between = before or after or ", "
    imports = {one for _, needed in found for one in needed}
    return Change(
        offset, offset, before + between.join(text for text, _ in found) + after, tuple(sorted(imports))
    )


def _joined(
    source: SourceFile,
    node: ast.expr,
    offset: int,
    codes: list[tuple[str, Code]],
    indent: str,
    *,
    has_comma: bool,
) -> tuple[str, tuple[str, ...]]:
    """Items on lines of their own, each with its comment."""
    lines, imports = [], set[str]()
    for number, (prefix, code) in enumerate(codes):
        text, needed = _written(source, node, offset, prefix, code, indent)
        imports.update(needed)
        comma = "," if has_comma or number < len(codes) - 1 else ""
        comment = f"  # {code.comment}" if code.comment else ""
        lines.append(f"{indent}{text}{comma}{comment}")
    return source.newline.join(lines), tuple(sorted(imports))

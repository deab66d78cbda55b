"""Statements and links of chains that go."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from tripwire._writing import _words
from tripwire._writing._edits import CallPlace, Change, Unwritable
from tripwire._writing._source import SourceFile


def removal(source: SourceFile, calls: Sequence[CallPlace]) -> Change:
    """What goes with calls of one statement: it, or of a chain its links.

    A change that leaves nothing of a statement stands for its removal: how it goes depends on what else does.

    Raises:
        Unwritable: the statement does more than that.
    """
    statement = calls[0].statement
    gone, chain = {id(call.node) for call in calls}, _chain(source, calls[0].node)
    if not gone <= {id(node) for node in chain}:
        raise Unwritable(_words.IN_SEVERAL_PLACES)
    if all(id(node) in gone or _makes_session(node) for node in chain):
        value = statement.value if isinstance(statement, ast.Expr) else None
        if (value.value if isinstance(value, ast.Await) else value) is not chain[-1]:
            raise Unwritable(_words.PART_OF_MORE)
        return Change(source.start(statement), source.end(statement), "")
    if id(chain[0]) in gone and not all(map(_is_outcome, chain)):
        raise Unwritable(_words.USED_OTHERWISE)
    spans = [_link(source, node) for node in chain if id(node) in gone]
    text, done = "", spans[0][0]
    for start, end in spans:
        text += source.text[done:start]
        done = end
    return Change(spans[0][0], done, text)


def _chain(source: SourceFile, call: ast.Call) -> list[ast.Call]:
    """The calls that are chained to one another, the first one first."""
    while isinstance(attribute := source.parent(call), ast.Attribute):
        outer = source.parent(attribute)
        if not isinstance(outer, ast.Call) or outer.func is not attribute:
            break
        call = outer
    found = [call]
    while isinstance(found[-1].func, ast.Attribute) and isinstance(found[-1].func.value, ast.Call):
        found.append(found[-1].func.value)
    return found[::-1]


def _makes_session(call: ast.Call) -> bool:
    """Whether a call by itself registers nothing."""
    return isinstance(call.func, ast.Attribute) and call.func.attr.startswith("new_")


def _is_outcome(call: ast.Call) -> bool:
    """Whether a call registers one of several outcomes of a double."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("returns", "raises", "calls")


def _link(source: SourceFile, node: ast.Call) -> tuple[int, int]:
    """Where a link stands: its lines, if it has them for itself; else from the end of the link before."""
    assert isinstance(node.func, ast.Attribute)
    start, end = source.end(node.func.value), source.end(node)
    dot = source.text.index(".", _past_comments(source, start, end))
    first, last = source.line_of(dot), source.line_of(end)
    rest = source.text[end : source.line_end(last)].strip()
    if not source.text[source.line_start(first) : dot].strip() and (not rest or rest.startswith("#")):
        return source.line_start(first), source.line_start(last + 1)
    return (dot if "#" in source.text[start:dot] else start), end


def _past_comments(source: SourceFile, start: int, end: int) -> int:
    """Where code goes on: a comment may hold anything."""
    while start < end and source.text[start] != ".":
        start = source.line_end(source.line_of(start)) if source.text[start] == "#" else start + 1
    return start


# -- statements, all at once


def removed(source: SourceFile, starts: Collection[int], others: Sequence[Change]) -> Iterator[Change]:
    """The changes that take the statements away that begin at `starts`.

    A block that would be left empty gets a `pass`; one of `in_any_order()` goes as a whole.
    """
    gone: dict[int, ast.stmt] = {
        id(one): one for one in source.statements if source.start(one) in starts and isinstance(one, ast.Expr)
    }
    blocks = list(source.blocks())
    for owner, block in reversed(blocks):  # inner ones first
        if (
            all(id(one) in gone for one in block)
            and source.is_any_order(owner)
            and isinstance(owner, ast.stmt)
        ):
            for one in block:
                del gone[id(one)]
            gone[id(owner)] = owner
    lines: list[tuple[int, int]] = []
    for _, block in blocks:
        if all(id(one) in gone for one in block):
            first = gone.pop(id(block[0]))
            yield Change(source.start(first), source.end(first), "pass")
        for group in _lines_of(source, block):
            if all(id(one) in gone for one in group):
                lines.append((source.first_line(group[0]), source.last_line(group[-1])))
            else:
                yield from _of_line(source, group, gone)
    yield from _of_lines(source, sorted(lines), others)


def _lines_of(source: SourceFile, block: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """The statements of a block, those together that share lines."""
    group: list[ast.stmt] = []
    for statement in block:
        if group and source.last_line(group[-1]) != source.first_line(statement):
            yield group
            group = []
        group.append(statement)
    yield group


def _of_line(source: SourceFile, group: list[ast.stmt], gone: Collection[int]) -> Iterator[Change]:
    """Some statements of a line go."""
    kept = [number for number, one in enumerate(group) if id(one) not in gone]
    for number, statement in enumerate(group):
        if id(statement) not in gone:
            continue
        if number < kept[-1]:
            yield Change(source.start(statement), source.start(group[number + 1]), "")
        else:
            yield Change(source.end(group[number - 1]), source.end(statement), "")


def _of_lines(
    source: SourceFile, lines: Sequence[tuple[int, int]], others: Sequence[Change]
) -> Iterator[Change]:
    """Whole lines go, and an empty one with them where two would meet, or a block would begin or end with one."""
    merged: list[tuple[int, int]] = []
    for first, last in lines:
        if merged and all(map(source.is_blank, range(merged[-1][1] + 1, first))):
            first = merged.pop()[0]
        merged.append((first, last))
    heads = {source.last_line(one) for one in source.statements if source.is_docstring(one)}
    busy = {source.line_of(change.start) for change in others}
    for first, last in merged:
        above, below = _blank(source, first, -1), _blank(source, last, 1)
        head = first - above - 1
        if source.line_end(last) == len(
            source.text
        ):  # the file ends without a line end, and will go on to do so
            yield Change(source.line_end(head) if head else 0, len(source.text), "")
            continue
        yield Change(source.line_start(first), source.line_start(last + 1), "")
        outside = source.margin(last + below + 1) if source.line(last + below + 1).strip() else ""
        ends = len(outside) < len(source.margin(first)) or not source.line(last + below + 1).strip()
        begins = head in heads or len(source.margin(head)) < len(source.margin(first))
        if last + 1 in busy or head in busy:
            continue
        if above and (ends or (below and above <= below)):
            yield Change(source.line_start(first - above), source.line_start(first), "")
        elif below and (above or begins) and not ends:
            yield Change(source.line_start(last + 1), source.line_start(last + below + 1), "")


def _blank(source: SourceFile, lineno: int, step: int) -> int:
    """How many empty lines there are from a line on."""
    count = 0
    while source.is_blank(line := lineno + step * (count + 1)) and not source.line(line):
        count += 1
    return count

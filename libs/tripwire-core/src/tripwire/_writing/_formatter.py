"""The last touch: new statements as the project's formatter has them, and lines that got too long broken."""

from __future__ import annotations

import ast
import importlib.util
import io
import subprocess
import sys
import tokenize
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from tripwire._writing import _layout, _words
from tripwire._writing._edits import Unwritable
from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code
from tripwire._writing._style import project_of, width_of
from tripwire._writing._text import LINE_END

_MARK = "# tripwire: the next one"
_NEST = " " * 4


class Piece(NamedTuple):
    """What a change has put into the new text, at `text[start:end]`, in the place of `old`."""

    start: int
    end: int
    old: str


_start_of, _end_of = attrgetter("start"), attrgetter("end")


class _Touched(NamedTuple):
    """A statement on lines of its own: where they are, its indentation, how many blocks it is in, and its lines."""

    start: int
    end: int
    indent: str
    depth: int
    lines: list[str]


def settled(source: SourceFile, text: str, pieces: Sequence[Piece]) -> str:
    """The text in its last form; what is not new, or new in a line that is too long now, stays.

    Raises:
        Unwritable: it cannot be encoded, or is no Python.
    """
    new, outermost = _parsed(source, text), list[_Touched]()
    for statement in new.statements:  # those within others come later
        if outermost and new.end(statement) <= outermost[-1].end:
            continue
        near = _near(pieces, new.start(statement), new.end(statement))
        found = (_fresh(new, statement, near) or _too_long(new, statement, near)) if near else None
        if found is not None:
            outermost.append(found)
    own = _exchanged(new, outermost, [one.lines for one in outermost])
    formatted = _formatted(source, outermost)
    if formatted is not None:
        try:
            by_tool = _exchanged(new, outermost, formatted)
            if ast.dump(_parsed(source, by_tool).tree) == ast.dump(new.tree):
                return by_tool
        except Unwritable:
            pass  # a formatter that writes no Python has had its say
    return own if own != text and ast.dump(_parsed(source, own).tree) == ast.dump(new.tree) else text


def _parsed(source: SourceFile, text: str) -> SourceFile:
    try:
        return SourceFile(source.path, text.encode(source.encoding))
    except UnicodeEncodeError:
        raise Unwritable(_words.not_in(source.encoding)) from None
    except Unwritable as why:
        raise Unwritable(_words.no_python(why)) from None


def _near(pieces: Sequence[Piece], start: int, end: int) -> Sequence[Piece]:
    """The pieces that a part of the text touches."""
    return pieces[bisect_left(pieces, start, key=_end_of) : bisect_right(pieces, end, key=_start_of)]


def _fresh(new: SourceFile, statement: ast.stmt, pieces: Sequence[Piece]) -> _Touched | None:
    """A statement that is new as a whole."""
    start, end = new.start(statement), new.end(statement)
    within = [piece for piece in pieces if piece.start <= start and end <= piece.end]
    if not within or new.text[start:end] in within[0].old or new.has_header(statement):
        return None
    return _touched(new, statement, None)


def _too_long(new: SourceFile, statement: ast.stmt, pieces: Sequence[Piece]) -> _Touched | None:
    """A statement in one line, made too long by a change: broken into lines."""
    if not isinstance(statement, ast.Expr) or statement.lineno != statement.end_lineno:
        return None
    start, end, margin = new.start(statement), new.end(statement), new.margin(statement.lineno)
    width, rest = width_of(new), new.text[end : new.line_end(statement.lineno)].strip()
    is_touched = any(piece.start < end and start < piece.end for piece in pieces)
    if not is_touched or _layout.columns(margin) + end - start <= width or new.has_header(statement):
        return None
    if rest and not rest.startswith("#"):
        return None
    lines = _layout.lines(Code(new.text[start:end]), margin, new.unit, width)
    lines[-1] += new.text[end : new.line_end(statement.lineno)]
    return _touched(new, statement, [margin + lines[0], *lines[1:]])


def _touched(new: SourceFile, statement: ast.stmt, lines: list[str] | None) -> _Touched:
    first, last = new.first_line(statement), new.last_line(statement)
    start, end = new.line_start(first), new.line_end(last)
    blocks = {new.indent(one) for one in new.around(statement) if isinstance(one, (ast.stmt, ast.match_case))}
    return _Touched(start, end, new.margin(first), len(blocks), lines or LINE_END.split(new.text[start:end]))


def _exchanged(new: SourceFile, touched: Sequence[_Touched], lines: Sequence[list[str]]) -> str:
    text = new.text
    for one, shown in sorted(zip(touched, lines, strict=True), key=lambda pair: -pair[0].start):
        text = text[: one.start] + new.newline.join(shown) + text[one.end :]
    return text


def _formatted(source: SourceFile, touched: Sequence[_Touched]) -> list[list[str]] | None:
    """The lines of each statement as the formatter has them; None if there is none, or it has none."""
    tool = project_of(source).formatter
    if not touched or tool is None or importlib.util.find_spec(tool) is None:
        return None
    shown = [line for one in touched for line in _shown(one, source.unit)]
    options = ["--quiet", "--stdin-filename", source.path, "-"]
    if tool == "ruff":
        options = ["format", "--force-exclude", "--config", "format.skip-magic-trailing-comma=true", *options]
    else:
        options = ["--skip-magic-trailing-comma", *options]
    result = subprocess.run(
        [sys.executable, "-m", tool, *options],
        input="\n".join([*shown, ""]).encode(),
        capture_output=True,
        check=False,
    )
    if result.returncode != 0:
        return None
    parts = "\n".join(LINE_END.split(result.stdout.decode())).split(_MARK)[1:]
    found = [list(_taken(part, one, source.unit)) for part, one in zip(parts, touched, strict=False)]
    return found if len(found) == len(touched) and all(found) else None


def _shown(one: _Touched, unit: str) -> Iterator[str]:
    """A statement as the formatter sees it: in as many blocks as it is in."""
    yield _MARK
    yield from (f"{_NEST * level}if 1:" for level in range(one.depth))
    yield from _moved(one.lines, one.indent, unit, _NEST * one.depth, _NEST)


def _taken(part: str, one: _Touched, unit: str) -> Iterator[str]:
    """The lines of a statement, out of what the formatter has made of it."""
    lines = part.strip("\n").split("\n")[one.depth :]
    if not lines:
        return
    margins = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines]
    step = margins[0][: len(margins[0]) // one.depth] if one.depth else next(filter(None, margins), _NEST)
    yield from _moved(lines, margins[0], step, one.indent, unit)


def _moved(lines: list[str], old: str, old_unit: str, new: str, new_unit: str) -> Iterator[str]:
    """Lines at another indentation; those that begin within a string stay."""
    within = _within_strings(lines)
    for number, line in enumerate(lines):
        if number in within or not line.startswith(old):
            yield line
            continue
        rest, levels = line[len(old) :], 0
        while rest.startswith(old_unit):
            rest, levels = rest[len(old_unit) :], levels + 1
        yield new + new_unit * levels + rest


def _within_strings(lines: list[str]) -> set[int]:
    found: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join([*lines, ""])).readline):
            if token.type == tokenize.STRING:
                found.update(range(token.start[0], token.end[0]))
    except (SyntaxError, tokenize.TokenError):
        pass  # a formatter has written it; it is looked at as a whole
    return found

"""Changes of a source: what is written, in its style, and nothing else touched."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from tripwire._writing import _imports, _layout, _names, _words
from tripwire._writing._displays import Renderer, added, replaced, replacement
from tripwire._writing._edits import CallPlace, Change, Spot, Unwritable
from tripwire._writing._formatter import Piece, settled
from tripwire._writing._removing import removal, removed
from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code
from tripwire._writing._style import quoted, width_of

__all__ = [
    "Renderer",
    "added_argument",
    "combined",
    "insertion",
    "removal",
    "replaced_call",
    "replacement",
    "write",
]


def insertion(source: SourceFile, spot: Spot, codes: Sequence[Code], *, any_order: bool) -> Change:
    """Statements at a spot; with `any_order`, in a block that lets them come so."""
    indent, imports, lines = spot.indent, set[str](), []
    if any_order:
        block, needed = _names.spelled(source, Code("tripwire.in_any_order()"), spot.start)
        imports.update(needed)
        lines.append(f"{indent}with {block.text}:")
        indent += source.unit
    for code in codes:
        found, needed = _names.spelled(source, code, spot.start)
        imports.update(needed)
        first, *others = _layout.lines(quoted(source, found), indent, source.unit, width_of(source))
        lines += [indent + first, *others]
    text = source.newline.join("\n".join(lines).split("\n"))
    return Change(spot.start, spot.end, f"{spot.before}{text}{spot.after}", tuple(sorted(imports)))


def replaced_call(source: SourceFile, call: CallPlace, code: Code) -> Change:
    """Another call in the place of one."""
    change, *comment = replaced(source, call.node, code)
    if comment and comment[0].start == change.end:
        change = change._replace(text=change.text + comment[0].text)
    return change


def added_argument(source: SourceFile, call: CallPlace, name: str, code: Code) -> Change:
    """One more keyword argument, behind the others."""
    return added(source, call.node, f"{name}=", code)


def combined(source: SourceFile, changes: Sequence[Change]) -> str:
    """The text after all changes, those of different tests that are alike once; at one spot, in the order given.

    Raises:
        Unwritable: they tread on each other, or what comes out is no Python.
    """
    wanted = list(dict.fromkeys(changes))
    whole = {source.start(one): source.end(one) for one in source.statements}
    gone = [one for one in wanted if not one.text and one.end > one.start and whole.get(one.start) == one.end]
    wanted = [one for one in wanted if one not in gone]
    wanted += removed(source, {one.start for one in gone}, wanted)
    wanted += _imports.added(source, {one for change in wanted for one in change.imports})
    wanted.sort(key=lambda one: (one.start, one.end, not one.text.startswith("  #")))
    text, done, pieces = "", 0, []
    for change in wanted:
        if change.start < done:
            line = source.line_of(change.start)
            raise Unwritable(_words.several_changes(line))
        text += source.text[done : change.start]
        pieces.append(Piece(len(text), len(text) + len(change.text), source.text[change.start : change.end]))
        text += change.text
        done = change.end
    return settled(source, text + source.text[done:], pieces)


def write(source: SourceFile, text: str) -> None:
    """Put a text in the place of a file, whole or not at all.

    Raises:
        Unwritable: the file is not what it was any more, or cannot be written.
    """
    try:
        raw = text.encode(source.encoding)
        target = Path(source.path).resolve()
        if sha256(target.read_bytes()).hexdigest() != source.digest:
            raise Unwritable(_words.CHANGED_SINCE)
        mode = stat.S_IMODE(target.stat().st_mode)
        if not mode & stat.S_IWUSR:
            raise Unwritable(_words.PROTECTED)
        _replace(target, raw, mode)
    except UnicodeEncodeError:
        raise Unwritable(_words.not_in(source.encoding)) from None
    except OSError as error:
        raise Unwritable(_words.unwritable(error.strerror)) from None


def _replace(target: Path, raw: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise

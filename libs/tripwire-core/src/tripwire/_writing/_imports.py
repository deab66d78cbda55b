"""Where import statements go: each to the group it belongs to."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

from tripwire._writing._edits import Change
from tripwire._writing._source import SourceFile


def added(source: SourceFile, statements: Iterable[str]) -> list[Change]:
    """The changes that add import statements, each to the group it belongs to."""
    places: dict[tuple[int, str, str], list[str]] = {}
    for statement in sorted(set(statements), key=lambda one: (_group(source, _module_of(one)), _order(one))):
        group = places.setdefault(_place(source, statement), [])
        if group and _group(source, _module_of(group[-1])) != _group(source, _module_of(statement)):
            group.append("")
        group.append(statement)
    return [
        Change(offset, offset, before + source.newline.join(group) + after)
        for (offset, before, after), group in places.items()
    ]


def _place(source: SourceFile, statement: str) -> tuple[int, str, str]:
    """Where a statement goes, and what comes before and after it."""
    newline, group = source.newline, _group(source, _module_of(statement))
    imports = [node for node in source.tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    imports = [node for node in imports if _module(node) != "__future__"]
    same = [node for node in imports if _group(source, _module(node)) == group]
    if same:
        above = [node for node in same if _order(source.segment(node)) <= _order(statement)]
        if above:
            return source.line_end(source.last_line(above[-1])), newline, ""
        return _above(source, same[0]), "", newline
    later = [node for node in imports if _group(source, _module(node)) > group]
    if later:
        return _above(source, later[0]), "", newline * 2
    if imports:
        return source.line_end(source.last_line(imports[-1])), newline * 2, ""
    return _first_place(source)


def _first_place(source: SourceFile) -> tuple[int, str, str]:
    """Where the first import of a file goes: below its docstring, or else the comments it begins with."""
    newline, body = source.newline, source.tree.body
    head = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    if ast.get_docstring(source.tree, clean=False) is not None:
        head.insert(0, body[0])  # type: ignore[arg-type]
    if head:
        last = source.last_line(head[-1])
        follows = source.line(last + 1).strip()
        return source.line_end(last), newline * 2, newline * 2 if follows else ""
    lineno = 1
    while source.is_comment(lineno):
        lineno += 1
    if source.is_blank(lineno):
        return source.line_start(lineno + 1), "", newline * 2
    is_head = lineno > 1 and any(mark in source.line(one) for one in (1, 2) for mark in ("#!", "coding"))
    return (source.line_start(lineno) if is_head else 0), "", newline * 3


def _above(source: SourceFile, node: ast.stmt) -> int:
    """Above an import and its comment, but not above the comments that the file begins with."""
    first = source.first_line(node)
    lineno = first
    while source.is_comment(lineno - 1):
        lineno -= 1
    return source.line_start(first if lineno == 1 else lineno)


def _module(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name


def _module_of(statement: str) -> str:
    return statement.split()[1]


def _group(source: SourceFile, module: str) -> int:
    """0 for the standard library, 1 for what is installed, 2 for what lies beside the file or above it, 3 relative."""
    top = module.partition(".")[0]
    if not top:
        return 3
    if top in sys.stdlib_module_names:
        return 0
    for folder in Path(source.path).resolve().parents:
        for place in (folder, folder / "src"):
            if (place / f"{top}.py").is_file() or (place / top / "__init__.py").is_file():
                return 2
        if (folder / "pyproject.toml").is_file() or (folder / ".git").exists():
            break
    return 1


def _order(statement: str) -> tuple[bool, str]:
    """Plain imports before the others, by module."""
    return statement.startswith("from"), statement.lower()

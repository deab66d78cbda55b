"""The names that a place of a file has for what code needs, and what is to be imported."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from tripwire._writing import _words
from tripwire._writing._edits import Unwritable
from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code
from tripwire._writing._text import FUNCTIONS

_TRIPWIRE = "import tripwire"
_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Module)


class _Need(NamedTuple):
    """What code needs: a module, or a name of it, and how the code calls it."""

    statement: str
    module: str
    name: str | None
    spelling: str

    @property
    def path(self) -> str:
        """The module's, or that of the name in it."""
        return self.module if self.name is None else f"{self.module}.{self.name}"


def spelled(source: SourceFile, code: Code, offset: int) -> tuple[Code, tuple[str, ...]]:
    """The expression by the names this place of the file has for what it needs, and the imports that are missing.

    Raises:
        Unwritable: it is no expression; some plugin has said so.
    """
    try:
        tree = ast.parse(code.text, mode="eval")
    except SyntaxError as why:
        raise Unwritable(_words.no_python(why)) from None
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute))}
    renamed: dict[str, str] = {}
    missing: list[str] = []
    for need in sorted({one for text in {*code.imports, _TRIPWIRE} for one in _needs(text)}):
        if need.spelling not in used:
            continue
        parts = {one for one in used if one.startswith(f"{need.spelling}.") and one.count(".") == 1}
        known = list(_known(source, offset, need.module, need.name))
        if need.spelling in known:
            continue
        if known:
            renamed[need.spelling] = known[0]
        elif named := _parts_known(source, offset, need, parts):
            renamed.update(named)
        elif not _is_taken(source, need, offset):
            missing.append(need.statement)
        else:
            renamed[need.spelling] = alias = _alias(source, need)
            missing.append(f"{need.statement} as {alias}")
    text = _renamed(code.text, renamed) if renamed else code.text
    return Code(text, code.imports, code.comment), tuple(missing)


def _needs(statement: str) -> Iterator[_Need]:
    """What an import statement binds, one by one."""
    node = ast.parse(statement).body[0]
    assert isinstance(node, (ast.Import, ast.ImportFrom))
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            one = f"from {module} import {alias.name}"
            yield _Need(one, module, alias.name, alias.asname or alias.name)
        else:
            yield _Need(f"import {alias.name}", alias.name, None, alias.asname or alias.name)


def _known(source: SourceFile, offset: int, module: str, name: str | None) -> Iterator[str]:
    """How this place of the file spells something."""
    scopes = _scopes(source, offset)
    for depth, (_, imports) in enumerate(scopes):
        for node in imports:
            for spelling in _spellings(node, module, name):
                root = spelling.partition(".")[0]
                others = [names for names, found in scopes[:depth] if node not in found]
                if not any(root in names for names in others):
                    yield spelling


def _spellings(node: ast.Import | ast.ImportFrom, module: str, name: str | None) -> Iterator[str]:
    """How what an import statement binds leads to something."""
    path = module if name is None else f"{module}.{name}"
    for alias in node.names:
        bound = alias.asname or alias.name
        if isinstance(node, ast.Import):
            if alias.name == path:
                yield bound
            elif path.startswith(f"{alias.name}."):
                rest = path.removeprefix(f"{alias.name}.")
                if rest == name and not _is_module(path):  # which nobody may have imported
                    yield f"{bound}.{rest}"
        elif not node.level and node.module is not None:
            if f"{node.module}.{alias.name}" == path:
                yield bound
            elif name is not None and f"{node.module}.{alias.name}" == module:
                yield f"{bound}.{name}"


def _is_module(path: str) -> bool:
    if path.partition(".")[0] not in sys.stdlib_module_names:
        return path in sys.modules
    try:
        return importlib.util.find_spec(path) is not None
    except ImportError:
        return False


Imports: TypeAlias = "list[ast.Import | ast.ImportFrom]"


class _Index:
    """What the scopes of a file bind.

    Attributes: `names` and `imports` by scope, the latter but for those that only type checkers see; `binding`, by
    name what binds it anywhere; `functions`, with where they begin and end, outer ones first.
    """

    def __init__(self, source: SourceFile) -> None:
        self.names: dict[ast.AST, set[str]] = defaultdict(set)
        self.imports: dict[ast.AST, Imports] = defaultdict(list)
        self.binding: dict[str, list[ast.AST]] = defaultdict(list)
        self.functions: list[tuple[int, int, ast.AST]] = []
        for node in source.nodes:
            if isinstance(node, FUNCTIONS):
                end = source.line_end(source.last_line(node))
                self.functions.append((source.start(node), end, node))
            if found := _names(node):
                self._add(source, node, found)

    def _add(self, source: SourceFile, node: ast.AST, found: set[str]) -> None:
        scope = next(one for one in source.around(node) if isinstance(one, _SCOPES))
        self.names[scope] |= found
        for name in found:
            self.binding[name].append(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not any(
            isinstance(one, ast.If) and "TYPE_CHECKING" in ast.unparse(one.test)
            for one in source.around(node)
        ):
            self.imports[scope].append(node)


_index = lru_cache(maxsize=8)(_Index)


def _scopes(source: SourceFile, offset: int) -> list[tuple[set[str], Imports]]:
    """The functions around a place, innermost first, and the module: the names they bind, and their imports so far."""
    index = _index(source)
    around = [node for start, end, node in index.functions if start < offset <= end]
    scopes = [
        (index.names[node], [one for one in index.imports[node] if source.end(one) < offset])
        for node in reversed(around)
    ]
    return [*scopes, (index.names[source.tree], index.imports[source.tree])]


def _names(node: ast.AST) -> set[str]:
    """The names that a node binds in its scope."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return {(alias.asname or alias.name).partition(".")[0] for alias in aliases}
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return {name}
    return set()


def _parts_known(source: SourceFile, offset: int, need: _Need, parts: set[str]) -> dict[str, str]:
    """The names by which a file has all that code takes from a module, if it has all of it."""
    found = {}
    for part in parts:
        spelling = next(_known(source, offset, need.path, part.partition(".")[2]), None)
        if spelling is None:
            return {}
        found[part] = spelling
    return found


def _is_taken(source: SourceFile, need: _Need, offset: int) -> bool:
    """Whether the name means something else: in the module, or in a function around the place."""
    root, top = need.spelling.partition(".")[0], need.module.partition(".")[0]
    *functions, module = _scopes(source, offset)
    if any(root in names for names, _ in functions):
        return True
    return root in module[0] and not all(
        isinstance(node, (ast.Import, ast.ImportFrom))
        and (
            need.spelling in _spellings(node, need.module, need.name)
            or (isinstance(node, ast.Import) and not need.name and top == root)
        )
        for node in _index(source).binding[root]
    )


def _alias(source: SourceFile, need: _Need) -> str:
    name = f"{need.module}.{need.name or ''}".replace(".", "_")
    while name in _index(source).binding:
        name += "_"
    return name


def _renamed(text: str, names: dict[str, str]) -> str:
    """Code with other names for some paths."""
    found: list[tuple[int, int, str]] = []
    starts = [0]
    lines = text.split("\n")
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    waiting: list[ast.AST] = [ast.parse(text, mode="eval")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Name, ast.Attribute)) and (path := ast.unparse(node)) in names:
            begin, end = (
                starts[row - 1] + len(lines[row - 1].encode()[:column].decode())
                for row, column in (
                    (node.lineno, node.col_offset),
                    (node.end_lineno or 0, node.end_col_offset or 0),
                )
            )
            found.append((begin, end, names[path]))
        else:
            waiting += ast.iter_child_nodes(node)
    for begin, end, name in sorted(found, reverse=True):
        text = text[:begin] + name + text[end:]
    return text

"""How a project writes its code: quotes, width, and the formatter it has, if any."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pragma: no cover - Python 3.10

_WIDTH = 88


class Project(NamedTuple):
    """The width of lines, and the name of the formatter that is configured."""

    width: int
    formatter: str | None


def quoted(source: SourceFile, code: Code) -> Code:
    """An expression with the quotes that most strings of the file have."""
    if _quote_of(source.text) == "'" or "'" not in code.text:
        return code
    text, lines, done = "", code.text.split("\n"), (1, 0)
    for token in tokenize.generate_tokens(io.StringIO(code.text).readline):
        if token.type == tokenize.STRING and token.string.endswith("'") and not token.string.endswith("'''"):
            text += _between(lines, done, token.start) + _double(token.string)
            done = token.end
    text += _between(lines, done, (len(lines), len(lines[-1])))
    return Code(text, code.imports, code.comment)


def _double(literal: str) -> str:
    """The literal in double quotes, unless it has some in it; its value stays."""
    prefix = literal[: literal.index("'")]
    changed = f'{prefix}"{literal[len(prefix) + 1 : -1]}"'
    if '"' in literal:
        return literal
    changed = changed.replace("\\'", "'")
    return changed if ast.literal_eval(changed) == ast.literal_eval(literal) else literal


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    middle = lines[start[0] : end[0] - 1]
    return "\n".join([lines[start[0] - 1][start[1] :], *middle, lines[end[0] - 1][: end[1]]])


@lru_cache(maxsize=16)
def _quote_of(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n") + "\n"  # its last line may end in a backslash
    tokens = tokenize.generate_tokens(io.StringIO(plain).readline)
    strings = [token.string.lstrip("rRbBuUfF") for token in tokens if token.type == tokenize.STRING]
    single = sum(one.startswith("'") and not one.startswith("'''") for one in strings)
    double = sum(one.startswith('"') and not one.startswith('"""') for one in strings)
    return "'" if single > double else '"'


def width_of(source: SourceFile) -> int:
    """The length of lines that the project has configured, or 88."""
    return project_of(source).width


def project_of(source: SourceFile) -> Project:
    """How the project that a file belongs to formats its code."""
    return _project(str(Path(source.path).resolve().parent))


@lru_cache(maxsize=64)
def _project(folder: str) -> Project:
    for directory in (Path(folder), *Path(folder).parents):
        tools: Any = _read(directory / "pyproject.toml").get("tool", {})
        for name in ("ruff.toml", ".ruff.toml"):
            if (directory / name).is_file():
                tools = {**tools, "ruff": _read(directory / name)}
        ruff, black = tools.get("ruff"), tools.get("black")
        is_ruff = isinstance(ruff, dict) and ("format" in ruff or not isinstance(black, dict))
        for name, options in (("ruff", ruff if is_ruff else None), ("black", black)):
            if isinstance(options, dict):
                width = options.get("line-length")
                return Project(width if isinstance(width, int) else _WIDTH, name)
        if (directory / ".git").exists():
            break
    return Project(_WIDTH, None)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}

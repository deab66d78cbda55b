"""Statements taken apart, as far as a server does not do it: several at once, and what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tripwire.plugins.asyncpg_plugin._sql import bare, pieces, verb

_SEMICOLON = re.compile(r"[();]")
_COMMENT = ("--", "/*")
_CREATES = re.compile(
    r"\bCREATE\b[\w\s]*?\b(?:TABLE|VIEW|TYPE|DOMAIN|FUNCTION|SEQUENCE|SCHEMA)\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\w+\s*\.\s*)?(\w+)",
    re.IGNORECASE,
)
_SETS_PATH = re.compile(
    r"\s*SET\s+(?:SESSION\s+|LOCAL\s+)?search_path\s*(?:=|\bTO\b)\s*(.+?)[\s;]*", re.I | re.S
)
_PATH_IN_OPTIONS = re.compile(r"(?:-c\s*|--)search_path=((?:\\.|\S)+)")

QUERIES = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "TABLE")
"""What a server looks through as a whole when it parses it."""
_INNER = ("EXPLAIN", "CALL", "DECLARE")  # so it does with what is in these
_NAMELESS = (
    *("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"),
    *("LISTEN", "UNLISTEN", "NOTIFY", "DISCARD", "SHOW", "CHECKPOINT"),
)
_MAY_BE_NULL = re.compile(
    r"\b(?:LEFT|RIGHT|FULL|ROLLUP|CUBE|GROUPING|UNION|INTERSECT|EXCEPT|MERGE|OLD|NEW|RETURNING\s+WITH)\b",
    re.I,
)
_STATUS: dict[str, tuple[str, ...]] = {
    "VALUES": ("SELECT",),
    "TABLE": ("SELECT",),
    "CREATE": ("CREATE", "SELECT"),
    "END": ("COMMIT", "ROLLBACK"),
    "COMMIT": ("COMMIT", "ROLLBACK"),
    "ABORT": ("ROLLBACK",),
    "ANALYSE": ("ANALYZE",),
}


def split(query: str) -> Sequence[str]:
    """The statements of a query; a function that has statements of its own stays whole."""
    if re.search(r"\bBEGIN\s+ATOMIC\b", bare(query), re.IGNORECASE):
        return [query]
    found, current, depth = [], "", 0
    for text, is_opaque in pieces(query):
        position = 0
        for mark in () if is_opaque else _SEMICOLON.finditer(text):
            depth += {"(": 1, ")": -1}.get(mark[0], 0)
            if mark[0] == ";" and depth <= 0:
                found.append(current + text[position : mark.start()])
                current, position = "", mark.end()
        current += text[position:]
    return [one.strip() for one in (*found, current) if has_words(one)]


def has_words(query: str) -> bool:
    """Whether there is more in a query than comments."""
    return any(
        text.strip() and not (is_opaque and text.startswith(_COMMENT)) for text, is_opaque in pieces(query)
    )


def is_looked_through(query: str) -> bool:
    """Whether a server that parses a statement looks at all it names."""
    word = verb(query)
    known = word in QUERIES or word in _INNER or word in _NAMELESS
    return known or _creates_as(query) or path_set_by(query) is not None


def _creates_as(query: str) -> bool:
    return verb(query) == "CREATE" and bool(
        re.search(r"\bAS\s+(?:SELECT|WITH|VALUES|TABLE)\b", bare(query), re.I)
    )


def tells_columns(query: str) -> bool:
    """Whether the columns that a server describes are those of the answer: of some it knows only at work."""
    return verb(query) not in ("FETCH", "EXECUTE")


def is_status_of(status: str, query: str) -> bool:
    """Whether a server can report this status of a statement."""
    word = verb(query)
    if word in ("EXECUTE", ""):
        return True
    first, _, rest = status.partition(" ")
    if word not in QUERIES:
        return first in _STATUS.get(word, (word,))
    counts = r"0 \d+" if word == "INSERT" else r"\d+"
    return first in _STATUS.get(word, (word,)) and re.fullmatch(counts, rest, re.ASCII) is not None


def status_like(query: str) -> str:
    """A status as a server reports it, for a message."""
    word = verb(query)
    first = _STATUS.get(word, (word,))[0]
    return f"{first} 0 1" if word == "INSERT" else f"{first} 1" if word in QUERIES else first


def may_be_null(query: str) -> bool:
    """Whether a column that is never NULL in its table may be so in the result."""
    return _MAY_BE_NULL.search(bare(query)) is not None


def created_by(query: str) -> Sequence[str]:
    """The names that a statement creates, in lower case."""
    return [name.lower() for name in _CREATES.findall(query.replace('"', " "))]


def path_set_by(query: str) -> str | None:
    """The search path that a statement sets."""
    found = _SETS_PATH.fullmatch(query)
    return None if found is None or ";" in found[1] else _as_setting(found[1])


def _as_setting(path: str) -> str:
    names = [one.strip() for one in path.split(",")]
    return ", ".join(f'"{one[1:-1]}"' if one.startswith("'") else one for one in names)


def path_in(settings: dict[str, str]) -> str | None:
    """The search path that a program asks for when it connects."""
    found = _PATH_IN_OPTIONS.search(settings.get("options", ""))
    return settings.get("search_path", None if found is None else re.sub(r"\\(.)", r"\1", found[1]))

"""What a server must understand of SQL: its arguments, and where transactions begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_OPAQUE = re.compile(
    r"""
      \b[eE]'(?:[^'\\]|\\.|'')*'       # a string with escapes
    | '(?:[^']|'')*'                   # a string
    | "(?:[^"]|"")*"                   # an identifier
    | --[^\n]*                         # a comment
    | (?<![\w$])\$((?:[^\W\d]\w*)?)\$.*?\$\1\$  # a dollar-quoted string
    | /\*                              # a block comment, which may hold others
    """,
    re.VERBOSE | re.DOTALL,
)
_NESTING = re.compile(r"/\*|\*/")
_ARGUMENT = re.compile(r"(?<![\w$])\$(\d+)")

_CONTROL = re.compile(
    r"""
      (?P<begin>BEGIN|START\s+TRANSACTION)\b
    | (?P<commit>COMMIT|END)\b(?!\s+PREPARED)
    | (?P<rollback_to>(?:ROLLBACK|ABORT)(?:\s+(?:WORK|TRANSACTION))?\s+TO)\b
    | (?P<rollback>ROLLBACK|ABORT)\b(?!\s+PREPARED)
    | (?P<savepoint>SAVEPOINT)\b
    | (?P<release>RELEASE)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


@lru_cache(maxsize=256)
def bare(query: str) -> str:
    """The query with a blank for every string, quoted identifier and comment."""
    return "".join(" " if is_opaque else piece for piece, is_opaque in pieces(query))


def pieces(query: str) -> Iterator[tuple[str, bool]]:
    """The query in pieces; with each, whether it is a string, quoted identifier or comment."""
    position = 0
    while (found := _OPAQUE.search(query, position)) is not None:
        end = _end_of_comment(query, found.end()) if found[0] == "/*" else found.end()
        yield query[position : found.start()], False
        yield query[found.start() : end], True
        position = end
    yield query[position:], False


def _end_of_comment(query: str, position: int) -> int:
    depth = 1
    for found in _NESTING.finditer(query, position):
        depth += 1 if found[0] == "/*" else -1
        if not depth:
            return found.end()
    return len(query)


@lru_cache(maxsize=256)
def count_arguments(query: str) -> int:
    """How many arguments a query takes: its highest `$n`."""
    return max((int(number) for number in _ARGUMENT.findall(bare(query))), default=0)


@lru_cache(maxsize=256)
def verb(query: str) -> str:
    """The first word of a query; after WITH, the word of the statement itself."""
    words: list[str] = re.findall(r"[A-Z]+|[()]", bare(query).upper())
    if not words:
        return ""
    if words[0] != "WITH":
        return next((word for word in words if word.isalpha()), "")
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if not depth and word in ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"):
            return word
    return "SELECT"


def command(query: str) -> str:
    """The words by which a server reports a command that counts no rows."""
    words: list[str] = re.findall(r"[A-Z]+", bare(query).upper())
    if words[:1] and words[0] in ("CREATE", "ALTER", "DROP"):
        return " ".join([words[0], *[word for word in words[1:] if word not in _ADJECTIVES][:1]])
    return verb(query)


_ADJECTIVES = {
    *(
        "OR",
        "REPLACE",
        "TEMP",
        "TEMPORARY",
        "UNLOGGED",
        "UNIQUE",
        "GLOBAL",
        "LOCAL",
        "CONSTRAINT",
        "RECURSIVE",
    ),
    *("TRUSTED", "PROCEDURAL"),
}


@lru_cache(maxsize=256)
def controls(query: str) -> tuple[str, ...]:
    """For each statement, how it controls a transaction; an empty word where it does not.

    The words are begin, commit, rollback, rollback_to, savepoint and release.
    """
    words = []
    for statement in filter(None, map(str.strip, bare(query).split(";"))):
        found = _CONTROL.match(statement)
        words.append("" if found is None else found.lastgroup or "")
    return tuple(words)


class TransactionStatus:
    """The transaction a server is in."""

    def __init__(self) -> None:
        self.status: bytes = b"I"

    @property
    def failed(self) -> bool:
        """Whether the transaction awaits nothing but its end."""
        return self.status == b"E"

    def refuses(self, query: str) -> bool:
        """Whether the transaction has failed, and this query does not end it."""
        return self.failed and controls(query)[:1] not in (("commit",), ("rollback",), ("rollback_to",))

    def follow(self, query: str) -> None:
        """Go where a successful query leads."""
        for word in controls(query):
            if word == "begin" or (word == "rollback_to" and self.failed):
                self.status = b"T"
            elif word in ("commit", "rollback"):
                self.status = b"I"

    def fail(self, query: str = "") -> None:
        """A statement has failed; a transaction that cannot be committed is over."""
        if "commit" in controls(query):
            self.status = b"I"
        elif self.status == b"T":
            self.status = b"E"

"""Queries compared as people compare them: white space and a trailing semicolon aside."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from tripwire._assertions import Check
from tripwire._timeline import Interaction
from tripwire._values import comparison_error, equal, is_a, short
from tripwire.plugins.asyncpg_plugin._sql import pieces

_BLANK = re.compile(r"\s+")
_AROUND = re.compile(r" ?([(),;]) ?")
_BEFORE, _AFTER = 50, 70
"""How many characters a message shows around the first difference of two long queries."""


@lru_cache(maxsize=256)
def plain(query: str) -> str:
    """The query with single blanks, none around brackets, commas and semicolons, and no semicolon at its end."""
    text = "".join(
        piece + ("\n" if piece.startswith("--") else "")
        if is_opaque
        else _AROUND.sub(r"\1", _BLANK.sub(" ", piece))
        for piece, is_opaque in pieces(query)
    )
    return text.strip().rstrip("; \n")


class Sql(str):
    """A recorded query: equal to every text of the same query, and to a pattern that is found in it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return matches(other, str(self))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(plain(str(self)))


class Row(tuple[Any, ...]):
    """The arguments of one row: equal to the tuple and to the list of them."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return tuple(self) == (tuple(other) if is_a(other, list) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__


def matches(wanted: object, query: str) -> bool:
    """Whether a query is the wanted one: a text, a compiled pattern to be found in it, or any matcher."""
    if is_a(wanted, str):
        return plain(str.__str__(wanted)) == plain(query)
    if is_a(wanted, re.Pattern):
        return wanted.search(query) is not None or wanted.search(plain(query)) is not None
    return equal(wanted, query)


def marked(wanted: object, query: str, first: str, second: str) -> list[str]:
    """Two queries one above the other, each after its word, with the first difference marked."""
    width = max(len(first), len(second))
    if not is_a(wanted, str):
        return [f"{first:{width}} {short(wanted)}", f"{second:{width}} {short(query)}"]
    one, two = plain(str.__str__(wanted)), plain(query)
    place = next((n for n, (a, b) in enumerate(zip(one, two)) if a != b), min(len(one), len(two)))  # noqa: B905
    before = _window(one, place)[0]
    return [
        f"{first:{width}} {''.join(_window(one, place))}",
        f"{second:{width}} {''.join(_window(two, place))}",
        f"{'':{width}} {'':{len(before)}}^ the first difference",
    ]


def _window(text: str, place: int) -> tuple[str, str]:
    start, end = max(place - _BEFORE, 0), place + _AFTER
    before = ("..." if start else "") + "".join(map(_visible, text[start:place]))
    return before, "".join(map(_visible, text[place:end])) + ("..." if end < len(text) else "")


def _visible(character: str) -> str:
    return character if character.isascii() and character.isprintable() else ascii(character)[1:-1]


class Query(Check):
    """The query an assertion expects."""

    def __init__(self, wanted: object) -> None:
        self._wanted = wanted

    def differences(self, interaction: Interaction) -> list[str]:
        found = str(interaction.fields.get("query", ""))
        if matches(self._wanted, found):
            return []
        trouble = comparison_error(self._wanted, found)
        also = [] if trouble is None else [f"comparing them raises {short(trouble)}"]
        return marked(self._wanted, found, "asserted", "happened") + also

    def __repr__(self) -> str:
        return repr(self._wanted)

"""Values held against their types: the server is given each, and what comes back is what a program would get."""

from __future__ import annotations

import decimal
import enum
import json
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from tripwire._values import equal
from tripwire.plugins.asyncpg_plugin import _verifying_seam as seam
from tripwire.plugins.asyncpg_plugin import _verifying_words as words
from tripwire.plugins.asyncpg_plugin._verifying_keys import frozen
from tripwire.plugins.asyncpg_plugin._verifying_session import Session, Type
from tripwire.verifying import Lie, Unchecked

_MOST = 500  # values in one statement
_PSEUDO = "p"


@dataclass
class Item:
    """A value that is said to be of a type, and of a `domain` over it.

    `where` it stands is told in words; `is_answer` tells whether a program gets it, or gives it.
    """

    where: str
    value: Any
    type: Type
    is_answer: bool
    domain: Type | None = None

    @property
    def key(self) -> Hashable | None:
        """The same for values of which the same is told; None where nobody can tell."""
        value = frozen(self.value)
        return None if value is None else (self.type, self.domain, self.is_answer, value)


async def check(session: Session, items: Sequence[Item], *, runs_checks: bool) -> list[Lie | Unchecked]:
    """What is wrong with values; `runs_checks` where domains may be checked by functions of the user's.

    Raises:
        PostgresError: the connection is gone.
    """
    found: list[Lie | Unchecked] = []
    asked: list[Item] = []
    for one in items:
        if one.domain is not None and not (one.domain.is_inert or runs_checks):
            one.domain = None
            found.append(Unchecked(words.CHECKED_BY_FUNCTION))
        if one.type.kind == _PSEUDO:
            found += _of_no_type(one)
        elif not (one.type.is_inert or runs_checks):
            found.append(Unchecked(words.CHECKED_BY_FUNCTION))
        elif one.key not in session.known:
            asked.append(one)
    for start in range(0, len(asked), _MOST):
        found += await _ask(session, asked[start : start + _MOST])
    return found


def _of_no_type(one: Item) -> list[Lie | Unchecked]:
    if one.type.shown != "void":
        return [Unchecked(words.of_no_type(one.type.shown))]
    return [Lie(words.said(one), "void is None")] if one.is_answer else []


async def _ask(session: Session, items: Sequence[Item]) -> list[Lie | Unchecked]:
    try:
        back = await session.cast([one.type.cast for one in items], [one.value for one in items])
    except Exception as error:  # noqa: BLE001 - codecs and values are the user's
        await session.again()
        if len(items) == 1:
            return [_refused(session, items[0], error)]
        middle = len(items) // 2
        return [*await _ask(session, items[:middle]), *await _ask(session, items[middle:])]
    found: list[Lie | Unchecked] = []
    for one, true in zip(items, back, strict=True):
        if one.is_answer and not alike(one.value, true, one.type.shown):
            if type(one.value) is type(true) and not words.is_plain(true):
                found.append(Unchecked(words.OF_YOUR_OWN))
            else:
                found.append(Lie(words.said(one), words.true_value(one, true), words.how_to_record(true)))
        elif one.domain is not None:
            found += await _ask(session, [Item(one.where, one.value, one.domain, False)])
        elif one.key is not None:
            session.known.add(one.key)
    return found


def _refused(session: Session, one: Item, error: BaseException) -> Lie | Unchecked:
    code = seam.code_of(error)
    if session.has_codec(one.type):
        return Unchecked(words.CODEC_FAILED)
    if code[:2] in ("22", "23") or (not code and seam.is_refused(error)):
        return Lie(words.said(one), words.refused(one, error), words.how_to_json(one))
    return Unchecked(words.no_input(one.type.shown))


def alike(said: Any, true: Any, shown: str = "") -> bool:
    """Whether a value is what a program would get in its place: of the type, or near it, and equal."""
    if isinstance(said, enum.Enum | bool) and type(said) is not type(true):
        return False
    if not (isinstance(said, type(true)) or isinstance(true, type(said))):
        return False
    if isinstance(said, list) and isinstance(true, list):
        return len(said) == len(true) and all(map(alike, said, true, [shown] * len(true)))
    if isinstance(said, dict) and isinstance(true, dict):
        return said.keys() == true.keys() and all(alike(said[key], true[key]) for key in true)
    if seam.is_record(said) and seam.is_record(true):
        return list(said.keys()) == list(true.keys()) and all(map(alike, said.values(), true.values()))
    if seam.is_range(said) and seam.is_range(true):
        return equal(said, true) and alike(said.lower, true.lower) and alike(said.upper, true.upper)
    if isinstance(said, float) and shown.startswith("real"):
        return _is_near(said, true)
    if isinstance(said, str) and shown.startswith("json"):
        return equal(_json(said), _json(true))
    return equal(said, true) or (_is_no_number(said) and _is_no_number(true))


def _is_near(said: float, true: float) -> bool:
    # Nobody writes the nearest single: 0.1 stands for it.
    return math.isclose(said, true, rel_tol=1e-6) or (math.isnan(said) and math.isnan(true))


def _is_no_number(value: Any) -> bool:
    return isinstance(value, float | decimal.Decimal) and math.isnan(value)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text

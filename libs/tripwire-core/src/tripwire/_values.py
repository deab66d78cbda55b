"""Values that anybody may have written: rendered, compared and asked for their kind, whatever they do.

Every method of such a value may raise, also what is no `Exception`; only an interrupt or an exit counts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from typing import TypeGuard

T = TypeVar("T")

LONGEST_VALUE = 200
LONGEST_LITERAL = 2000
_LARGE = 10_000  # parts and characters; up to here a repr costs nothing worth speaking of
_LONGEST_PART = 80

PASSES = (
    KeyboardInterrupt,
    SystemExit,
    *(outcome.Exception for outcome in (pytest.exit, pytest.fail, pytest.skip, pytest.xfail)),
)
"""What goes through, wherever it is raised: a timeout may strike anywhere, by `pytest.fail`."""

_SURROGATE = re.compile("[\ud800-\udfff]")

_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


def is_a(value: object, kind: type[T]) -> TypeGuard[T]:
    """`isinstance`, for values that may lie about their class or refuse to tell it."""
    try:
        return isinstance(value, kind)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - see above
        return False


def is_one_of(value: object, *kinds: type) -> bool:
    """The same for several kinds, which may be abstract."""
    return any(is_a(value, kind) for kind in kinds)


def equal(expected: object, actual: object) -> bool:
    """Whether `expected == actual`, matchers on the left; a comparison that raises is not equal."""
    try:
        return bool(expected == actual)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - see above
        return expected is actual


def comparison_error(expected: object, actual: object) -> BaseException | None:
    """What `expected == actual` raises, if it does."""
    try:
        bool(expected == actual)
    except PASSES:
        raise
    except BaseException as error:  # noqa: BLE001 - see above
        return error
    return None


def items_of(value: object, at_most: int = 10_000) -> list[tuple[Any, Any]] | None:
    """The items of a mapping; None if it is none, or cannot be read to its end."""
    try:
        if not isinstance(value, Mapping):
            return None
        found = [(name, item) for name, item in islice(value.items(), at_most + 1)]
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - see above
        return None
    return found if len(found) <= at_most else None


def short(value: object, limit: int = LONGEST_VALUE) -> str:
    """A value's repr, cut to `limit` characters, for any value whatever."""
    try:
        # A subclass may have a repr of its own, one that hides a secret for example.
        if type(value) in (str, bytes, bytearray) and len(value) > limit:  # type: ignore[arg-type]
            unit = "characters" if type(value) is str else "bytes"
            return f"{value[:limit]!r}... ({len(value):,} {unit})"  # type: ignore[index, arg-type]
        return _outline(value, limit) if _is_large(value) else cut(repr(value), limit)
    except PASSES:
        raise
    except BaseException as error:  # noqa: BLE001 - see above
        return f"<{_kind(value)} whose repr raises {_kind(error)}>"


def code(value: object) -> str:
    """A value as code to paste: its literal, or `mock.ANY` (of `unittest.mock`) where it has none or is long."""
    if is_a(value, BaseException):
        return short(value)
    try:
        text = "" if _is_large(value) else repr(value)
        is_literal = 0 < len(text) <= LONGEST_LITERAL and ast.literal_eval(text) == value
        return text if is_literal else "mock.ANY"
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - see above
        return "mock.ANY"


def cut(text: str, limit: int) -> str:
    """A text for a message: no longer than `limit`, and such that every terminal and report file takes it."""
    shown = text if len(text) <= limit else f"{text[:limit]}... ({len(text):,} characters)"
    return shown if shown.isascii() else shown.encode("utf-8", "backslashreplace").decode()


def can_be_written(text: str) -> bool:
    """Whether a text can be encoded at all: one with half a surrogate pair cannot."""
    return text.isascii() or not _SURROGATE.search(text)


def _kind(value: object) -> str:
    name: str = type.__dict__["__name__"].__get__(type(value))  # a metaclass may have a name of its own
    return name


def _is_large(value: object) -> bool:
    """Whether the repr of a built-in container would be long, or would not end. Looks into nothing else."""
    waiting, left = [value], _LARGE
    while waiting and left >= 0:
        one: Any = waiting.pop()
        left -= 1
        if type(one) in (str, bytes, bytearray):
            left -= len(one)
        elif type(one) in _BRACKETS:
            waiting += islice(one, left + 1)
            if type(one) is dict:
                waiting += islice(one.values(), left + 1)
    return left < 0


def _outline(value: Any, limit: int) -> str:
    text = ""
    for piece in _pieces(value, ()):
        text += piece
        if len(text) > limit:
            count = len(value)
            return f"{cut(text[:limit], limit)}... ({count:,} item{'' if count == 1 else 's'})"
    return cut(text, limit)


def _pieces(value: Any, around: tuple[int, ...]) -> Iterator[str]:
    """The repr of a container piece by piece, with its long parts cut."""
    if type(value) not in _BRACKETS:
        yield short(value, _LONGEST_PART)
        return
    opening, closing = _BRACKETS[type(value)]
    if id(value) in around:
        yield f"{opening}...{closing}"
        return
    yield opening
    within = (*around, id(value))
    for number, item in enumerate(value.items() if type(value) is dict else value):
        if number:
            yield ", "
        if type(value) is dict:
            yield from _pieces(item[0], within)
            yield ": "
        yield from _pieces(item[1] if type(value) is dict else item, within)
    yield f",{closing}" if type(value) is tuple and len(value) == 1 else closing

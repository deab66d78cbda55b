"""Where two bodies differ: as JSON, as a form, as text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from tripwire._values import equal, short
from tripwire.plugins.http_plugin._secrets import MASK, in_text, in_value, is_secret, is_secret_member

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SCALARS = (str, int, float, bool, type(None))
_MOST = 10
_LONGEST = 80
_LONGEST_LINE = 200
_MOST_LINES, _LARGEST_TEXT = 2000, 1_000_000


class Words(NamedTuple):
    """What the two sides of a difference are called."""

    ours: str
    theirs: str


OF_ASSERTION = Words("asserted", "happened")
OF_MOCK = Words("it has", "the call has")


class Unlike(NamedTuple):
    """Two sides that are not the same, as they are shown; `before` says where."""

    before: str
    mine: str
    theirs: str

    def told(self, words: Words) -> str:
        """The line of a message."""
        where = f"{self.before}: " if self.before else ""
        return f"{where}{words.ours} {self.mine}, {words.theirs} {self.theirs}"


class _UnlikeValues(NamedTuple):
    """The same of two values that are not worded yet."""

    before: str
    expected: Any
    actual: Any
    is_hidden: bool

    def told(self, words: Words) -> str:
        shown = (_shown(value, self.is_hidden) for value in (self.expected, self.actual))
        return Unlike(self.before, *shown).told(words)


Differences = Iterator[Unlike | _UnlikeValues | str]
"""Each is worded only if a message needs it: looking for a mock asks whether there is one."""


def json_differences(expected: Any, actual: Any, path: str = "", is_hidden: bool = False) -> Differences:
    """Where JSON data is not as expected; matchers stand for data at any depth. True is not 1, but 1 is 1.0."""
    where = f"at {path}" if path else "as a whole"
    if type(expected) is dict and type(actual) is dict:
        for key in expected:
            if key not in actual:
                yield f"at {_member(path, key)}: it is missing from the call"
            elif not _is_plainly_same(expected[key], actual[key]):
                inner = _member(path, key), is_hidden or is_secret_member(key)
                yield from json_differences(expected[key], actual[key], *inner)
        for key in actual:
            if key not in expected:
                hidden = is_hidden or is_secret_member(key)
                yield f"at {_member(path, key)}: the call has {_shown(actual[key], hidden)}, which is not expected"
    elif type(expected) in (list, tuple) and type(actual) is list:
        for number, (one, other) in enumerate(zip(expected, actual, strict=False)):
            if not _is_plainly_same(one, other):
                yield from json_differences(one, other, f"{path}[{number}]", is_hidden)
        if len(expected) != len(actual):
            yield Unlike(where, f"{len(expected):,} items", f"{len(actual):,}")
    elif not _same(expected, actual):
        yield _UnlikeValues(where, expected, actual, is_hidden)


def _member(path: str, key: object) -> str:
    if isinstance(key, str) and _PLAIN.fullmatch(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{short(key, _LONGEST)}]"


def _is_plainly_same(expected: Any, actual: Any) -> bool:
    """Whether two scalars are equal, told at once: a list may have millions of them."""
    return type(expected) is type(actual) and type(expected) in _SCALARS and bool(expected == actual)


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) != isinstance(actual, bool) and isinstance(expected, (bool, int, float)):
        return False
    return equal(expected, actual)


def _shown(value: Any, is_hidden: bool) -> str:
    return MASK if is_hidden else in_value(value, _LONGEST)


def field_differences(expected: dict[str, Any], actual: dict[str, Any]) -> Differences:
    """Where the fields of a form, or its files, are not as expected."""
    for name, value in expected.items():
        if name not in actual:
            yield f"its field {short(name, _LONGEST)} is missing from the call"
        elif not equal(value, actual[name]):
            yield _UnlikeValues(f"its field {short(name, _LONGEST)}", value, actual[name], is_secret(name))
    for name in actual:
        if name not in expected:
            yield f"the call has a field {short(name, _LONGEST)}, which is not expected"


def text_differences(expected: bytes, actual: bytes) -> Differences:
    """The lines in which two texts differ; what is one line, or no text, from the first difference on."""
    if max(len(expected), len(actual)) > _LARGEST_TEXT:
        yield f"they differ from byte {_first_difference(expected, actual):,} on"
        return
    try:
        ours, theirs, unit = in_text(expected.decode()), in_text(actual.decode()), "character"
    except UnicodeDecodeError:
        ours, theirs = (in_text(one.decode("latin-1")) for one in (expected, actual))
        unit = "byte"
    if ours == theirs:
        yield "they differ in a secret, which is not shown"
    elif unit == "byte":
        yield _from_the_first(ours.encode("latin-1"), theirs.encode("latin-1"), unit)
    elif "\n" not in ours + theirs or ours.count("\n") + theirs.count("\n") > _MOST_LINES:
        yield _from_the_first(ours, theirs, unit)
    else:
        lines = difflib.unified_diff(
            ours.splitlines(), theirs.splitlines(), "expected", "the call", lineterm="", n=1
        )
        yield from (line[:_LONGEST_LINE] for line in lines)


def _from_the_first(expected: Any, actual: Any, unit: str) -> Unlike:
    at = _first_difference(expected, actual)
    around = slice(max(0, at - 20), at + 40)
    return Unlike(f"from {unit} {at:,} on", short(expected[around]), short(actual[around]))


def _first_difference(one: Any, other: Any) -> int:
    """Where two sequences begin to differ, found by halves: the bodies may be large."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def first(differences: Differences, words: Words) -> list[str]:
    """The first few differences, and how many more there are."""
    found = [one if isinstance(one, str) else one.told(words) for one in islice(differences, _MOST + 1)]
    more = sum(1 for _ in differences)
    return found if not more else [*found[:_MOST], f"and {more + 1:,} more"]

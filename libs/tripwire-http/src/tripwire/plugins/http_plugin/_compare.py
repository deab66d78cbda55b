"""Where two bodies differ: as JSON, as a form, as text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from tripwire._values import equal, short
from tripwire.plugins.http_plugin._secrets import MASK, is_secret

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST = 10
_LONGEST = 80
_LONGEST_LINE = 200


def json_differences(expected: Any, actual: Any, path: str = "", name: str = "") -> Iterator[str]:
    """Where JSON data is not as expected; matchers stand for data at any depth. True is not 1, but 1 is 1.0."""
    where = f"at {path}" if path else "as a whole"
    if type(expected) is dict and type(actual) is dict:
        for key in expected:
            inner = _member(path, key)
            if key not in actual:
                yield f"at {inner}: it is missing from the call"
            else:
                yield from json_differences(expected[key], actual[key], inner, str(key))
        for key in actual:
            if key not in expected:
                yield f"at {_member(path, key)}: the call has {_shown(actual[key], str(key))}, which is not expected"
    elif type(expected) in (list, tuple) and type(actual) is list:
        for number, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from json_differences(one, other, f"{path}[{number}]", name)
        if len(expected) != len(actual):
            yield f"{where}: {len(expected):,} items are expected, the call has {len(actual):,}"
    elif not _same(expected, actual):
        yield f"{where}: {_shown(expected, name)} is expected, the call has {_shown(actual, name)}"


def _member(path: str, key: object) -> str:
    if isinstance(key, str) and _PLAIN.fullmatch(key):
        return f"{path}.{key}" if path else key
    return f"{path}[{short(key, _LONGEST)}]"


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) != isinstance(actual, bool) and isinstance(expected, (bool, int, float)):
        return False
    return equal(expected, actual)


def _shown(value: Any, name: str) -> str:
    return MASK if name and is_secret(name) else short(value, _LONGEST)


def field_differences(expected: dict[str, Any], actual: dict[str, Any]) -> Iterator[str]:
    """Where the fields of a form, or its files, are not as expected."""
    for name, value in expected.items():
        if name not in actual:
            yield f"its field {short(name, _LONGEST)} is missing from the call"
        elif not equal(value, actual[name]):
            yield (
                f"its field {short(name, _LONGEST)}: {_shown(value, name)} is expected, "
                f"the call has {_shown(actual[name], name)}"
            )
    for name in actual:
        if name not in expected:
            yield f"the call has a field {short(name, _LONGEST)}, which is not expected"


def text_differences(expected: bytes, actual: bytes) -> Iterator[str]:
    """The lines in which two texts differ; what is one line, or no text, from the first difference on."""
    try:
        ours, theirs = expected.decode(), actual.decode()
    except UnicodeDecodeError:
        yield _from_the_first(expected, actual, "byte")
        return
    if "\n" not in ours and "\n" not in theirs:
        yield _from_the_first(ours, theirs, "character")
        return
    lines = difflib.unified_diff(
        ours.splitlines(), theirs.splitlines(), "expected", "the call", lineterm="", n=1
    )
    yield from (line[:_LONGEST_LINE] for line in lines)


def _from_the_first(expected: Any, actual: Any, unit: str) -> str:
    pairs = enumerate(zip(expected, actual, strict=False))
    at = next((n for n, (one, other) in pairs if one != other), min(len(expected), len(actual)))
    around = slice(max(0, at - 20), at + 40)
    return (
        f"from {unit} {at:,} on: {short(expected[around])} is expected, the call has {short(actual[around])}"
    )


def first(differences: Iterator[str]) -> list[str]:
    """The first few differences, and how many more there are."""
    found = list(differences)
    more = len(found) - _MOST
    return found if more <= 1 else [*found[:_MOST], f"and {more:,} more"]

"""The shape of JSON data: which JSON types stand at which path, with the elements of each list taken together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tripwire.plugins.http_plugin._verifying_plain import (
    Path,
    a_kind,
    json_path,
    kind_of,
    listed,
    value_at,
)
from tripwire.verifying import Lie, Unchecked

IS_NULL = "null, where the live service has a value now"
LIVE_IS_NULL = "a value, where the live service has null now"
LIVE_IS_EMPTY = "elements of a list that is empty in the live service now"
NOTHING_COMMON = "objects that may be data by name: they share no key, or all their values are alike"

Findings = Iterator["Lie | Unchecked"]


class Ignored:
    """JSON paths that are not compared, nor what lies below them; `*` is any name."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._patterns = [
            re.compile(r"[^.\[]+".join(map(re.escape, path.split("*"))) + r"(?:[.\[].*)?") for path in paths
        ]

    def __contains__(self, path: Path) -> bool:
        text = shown(path)
        return any(pattern.fullmatch(text) for pattern in self._patterns)


def shown(path: Path) -> str:
    """A path such as `$.items[].id`."""
    return re.sub(r"\[\d+\]", "[]", json_path(path))


def differences(ours: Any, theirs: Any, ignored: Ignored) -> list[Lie | Unchecked]:
    """In what the data of a mock differs from that of the live service."""
    found: dict[str, Lie | Unchecked] = {}
    for one in _compared((), [ours], [theirs], ignored):
        found.setdefault(one.said if isinstance(one, Lie) else one.why, one)
    return list(found.values())


def _kind(value: object) -> str:
    kind = kind_of(value)
    return "number" if kind == "integer" else kind


def _compared(path: Path, ours: Sequence[Any], theirs: Sequence[Any], ignored: Ignored) -> Findings:
    """The values that a mock has at a path, against those of the live service."""
    if path in ignored:
        return
    kinds = dict.fromkeys(map(_kind, theirs))
    known = [kind for kind in kinds if kind != "null"]
    for value in ours:
        kind = _kind(value)
        if kind in kinds:
            continue
        if kind == "null":
            yield Unchecked(IS_NULL)
        elif not known:
            yield Unchecked(LIVE_IS_NULL)
        else:
            yield Lie(
                f"{shown(path)} of the response's body is {value_at(path, value)}, {a_kind([kind])}",
                f"{a_kind(known)}, as the live service answers",
            )
    lists = [one for one in theirs if isinstance(one, list)]
    elements = [element for one in ours if isinstance(one, list) and lists for element in one]
    if elements:
        live = [element for one in lists for element in one]
        if live:
            yield from _compared((*path, 0), elements, live, ignored)
        else:
            yield Unchecked(LIVE_IS_EMPTY)
    yield from _members(path, ours, theirs, ignored)


def _members(path: Path, ours: Sequence[Any], theirs: Sequence[Any], ignored: Ignored) -> Findings:
    mine = _by_name(ours)
    live = _by_name(theirs)
    if not mine or not any(isinstance(one, dict) for one in theirs):
        return
    missing = [name for name in mine if name not in live and (*path, name) not in ignored]
    if missing and _may_be_data(mine, live):
        yield Unchecked(NOTHING_COMMON)
    elif missing:
        names = listed(map(repr, missing), "and")
        yield Lie(
            f"{shown(path)} of the response's body has {names}",
            f"it has {listed(map(repr, live), 'and')}, as the live service answers",
            f'if it may be missing: ignore = ["{shown((*path, missing[0]))}"]',
        )
    for name, values in mine.items():
        if name in live:
            yield from _compared((*path, name), values, live[name], ignored)


def _may_be_data(mine: dict[str, list[Any]], live: dict[str, list[Any]]) -> bool:
    """Whether the keys may be data, such as the numbers of users: then others are no lie."""
    if not mine.keys() & live.keys():
        return True
    kinds = {_kind(value) for named in (mine, live) for values in named.values() for value in values}
    return len(kinds) == 1 and not kinds & {"string"}


def _by_name(values: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for value in values:
        for name, one in value.items() if isinstance(value, dict) else ():
            found.setdefault(name, []).append(one)
    return found

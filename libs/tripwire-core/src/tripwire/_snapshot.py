"""Recorded arguments are values: later changes to them must not change the record."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def snapshot(value: T) -> T:
    """A copy of built-in containers, however nested; everything else is kept by reference."""
    return _copy(value, {})  # type: ignore[no-any-return]


def _copy(value: Any, done: dict[int, Any]) -> Any:
    kind = type(value)
    if kind not in (list, tuple, dict, set, bytearray):
        return value
    if id(value) in done:
        return done[id(value)]
    if kind is tuple:
        return tuple(_copy(item, done) for item in value)
    copied = done[id(value)] = kind()
    if kind is dict:
        copied.update((key, _copy(item, done)) for key, item in value.items())
    elif kind is list:
        copied.extend(_copy(item, done) for item in value)
    elif kind is set:
        copied.update(value)
    else:
        copied.extend(value)
    return copied

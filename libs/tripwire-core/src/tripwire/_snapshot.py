"""Recorded arguments are values: later changes to them must not change the record."""

from __future__ import annotations

from typing import Any, TypeVar

from tripwire._values import PASSES

T = TypeVar("T")

_CONTAINERS = frozenset((list, tuple, dict, set, bytearray))


def snapshot(value: T) -> T:
    """A copy of built-in containers, however nested; everything else is kept by reference.

    So is a container that cannot be copied: one nested too deeply, or changed by another thread meanwhile.
    """
    try:
        return value if _is_flat(value) else _copy(value, {})
    except PASSES:  # pragma: no cover - a timeout, for nothing of the user's is called here
        raise
    except BaseException:  # noqa: BLE001 - no value may keep a call from being recorded
        return value


def _is_flat(value: Any) -> bool:
    """Whether there is nothing to copy, as with most arguments."""
    kind = type(value)
    return kind not in _CONTAINERS or (kind is tuple and _CONTAINERS.isdisjoint(map(type, value)))


def _copy(value: Any, done: dict[int, Any]) -> Any:
    kind: Any = type(value)
    copied: Any
    if kind not in _CONTAINERS:
        return value
    if id(value) in done:
        return done[id(value)]
    if kind is tuple:
        copied = tuple([_copy(item, done) for item in value])
        if all(mine is its for mine, its in zip(copied, value)):  # noqa: B905 - as long as each other
            copied = value
        done[id(value)] = copied
        return copied
    # `copy()` takes the hashes of keys and members as they are, and asks no value for its own.
    copied = done[id(value)] = value.copy() if kind is not list else []
    if kind is list:
        copied.extend([_copy(item, done) for item in value])
    elif kind is dict:
        for key, item in value.items():
            if (kept := _copy(item, done)) is not item:
                copied[key] = kept
    return copied

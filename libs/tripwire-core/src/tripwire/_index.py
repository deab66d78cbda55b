"""Finds the interactions of one source by the exact values of their fields, without comparing them one by one."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tripwire._timeline import Interaction

_ATOMS = frozenset((str, bytes, int, float, bool, type(None)))
_DEEPEST = 20
_FEW = 4


class _Inexact(Exception):  # noqa: N818 - a signal
    """A value that may be equal to what its hash does not tell: a matcher, or an object of the user's."""


def key_of(value: Any) -> Hashable:
    """What two exact values have in common if they are equal.

    Raises:
        _Inexact: the value is none of Python's own plain values.
    """
    return _key(value, _DEEPEST)


def _key(value: Any, depth: int) -> Hashable:
    kind = type(value)  # a subclass may compare as it likes
    if kind in _ATOMS:
        return value  # type: ignore[no-any-return]
    if not depth:
        raise _Inexact
    if kind is tuple or kind is list:
        return kind, *[_key(item, depth - 1) for item in value]
    if kind is dict:
        return kind, frozenset(
            [(_key(name, depth - 1), _key(item, depth - 1)) for name, item in value.items()]
        )
    raise _Inexact


class _Field:
    """The interactions by one field: those whose value is exact by its key, and the others."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._read = 0
        self._by_key: dict[Hashable, list[Interaction]] = {}
        self._others: list[Interaction] = []

    def read(self, interactions: Sequence[Interaction]) -> None:
        """Take in what has been recorded since the last time."""
        for position in range(self._read, len(interactions)):
            one = interactions[position]
            if not one.asserted and self._name in one.fields:
                try:
                    key = key_of(one.fields[self._name])
                except _Inexact:
                    self._others.append(one)
                else:
                    self._by_key.setdefault(key, []).append(one)
        self._read = len(interactions)

    def like(self, key: Hashable) -> tuple[list[Interaction], list[Interaction]]:
        """Those that have a value of this key, and those that may have one that is equal."""
        found = self._by_key.get(key, [])
        _forget_asserted(found)
        _forget_asserted(self._others)
        return found, self._others


class Index:
    """The fields of one source by which assertions have found interactions."""

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        self._interactions = interactions
        self._fields: dict[str, _Field] = {}

    def candidates(self, expected: Mapping[str, Any]) -> Iterator[Interaction]:
        """The interactions that could be meant, in order: those that share an expected value which few of them have."""
        fewest: tuple[list[Interaction], list[Interaction]] | None = None
        for name, value in expected.items():
            try:
                key = key_of(value)
            except _Inexact:
                continue
            like = self._field(name).like(key)
            if fewest is None or _count(like) < _count(fewest):
                fewest = like
            if _count(fewest) <= _FEW:
                break
        if fewest is None:
            return iter(())
        found, others = fewest
        return heapq.merge(found, others, key=_sequence) if others else iter(found)

    def _field(self, name: str) -> _Field:
        field = self._fields.get(name)
        if field is None:
            field = self._fields[name] = _Field(name)
        field.read(self._interactions)
        return field


def _forget_asserted(interactions: list[Interaction]) -> None:
    """Those at the front: what is asserted in order leaves as it goes."""
    asserted = 0
    while asserted < len(interactions) and interactions[asserted].asserted:
        asserted += 1
    del interactions[:asserted]


def _count(like: tuple[list[Interaction], list[Interaction]]) -> int:
    return len(like[0]) + len(like[1])


def _sequence(interaction: Interaction) -> int:
    return interaction.sequence

"""Genuine records that are also equal to the dict they were scripted from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

_made: WeakKeyDictionary[type, type] = WeakKeyDictionary()


def equal_to_dicts(record_class: Any) -> Any:
    """The record class with equality to mappings added, and nothing else changed."""
    found = _made.get(record_class)
    if found is None:
        found = _made[record_class] = _add_equality(record_class)
    return found


def _add_equality(record_class: Any) -> type:
    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        if isinstance(other, Mapping):
            return dict(self.items()) == other
        return record_class.__eq__(self, other)

    def __ne__(self: Any, other: object) -> Any:  # noqa: N807
        if isinstance(other, Mapping):
            return dict(self.items()) != other
        return record_class.__ne__(self, other)

    made = type(
        record_class.__name__,
        (record_class,),
        {
            "__slots__": (),
            "__module__": record_class.__module__,
            "__qualname__": record_class.__qualname__,
            "__doc__": record_class.__doc__,
            "__eq__": __eq__,
            "__ne__": __ne__,
            "__hash__": record_class.__hash__,
        },
    )
    del made.__slots__  # type: ignore[attr-defined] # it has done its work, and a genuine record has none
    return made

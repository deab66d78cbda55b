"""Sees at a glance whether names still hold what they held, where judging each of them takes ten times as long."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from types import ModuleType
from typing import Any, NamedTuple


class Held(NamedTuple):
    """What a dictionary, a module or a class holds under a name."""

    owner: Any
    name: str
    value: object


class Unchanged:
    """What public names hold now, as `"package.module:Class.method"`, and all that they are looked up in.

    So is what has been `placed`. `rest` are the names that are not simply in a module or a class, or not there at
    all: they are not seen to here.
    """

    def __init__(self, paths: Sequence[str], placed: Iterable[Held], ours: Container[int]) -> None:
        self._absent = frozenset(module for module in map(_module, paths) if module not in sys.modules)
        self.rest: Sequence[str] = ()
        held: dict[tuple[int, str], Held] = {}
        for path in paths:
            if _module(path) not in self._absent:
                steps = [*_steps(path)]
                if steps[-1].value is None:
                    self.rest = (*self.rest, path)
                    continue
                held.update({(id(one.owner), one.name): one for one in steps})
        self._elsewhere = []
        for one in placed:
            if _is_simple(one.owner):
                held[id(one.owner), one.name] = one
            else:
                self._elsewhere.append(one)
        self._held: list[tuple[Mapping[str, Any], str, object]] = [
            (owner if owner is sys.modules else vars(owner), name, value)
            for owner, name, value in held.values()
        ]
        self._ours = frozenset(id(one) for _, _, one in self._held if id(one) in ours)
        self._made_of = -1

    def holds(self, ours: Set[int], changes: int) -> bool:
        """Whether all of it is still so; what was tripwire's own must be so still: `changes` counts what it changed."""
        try:
            for held, name, value in self._held:
                if held[name] is not value:
                    return False
        except KeyError:  # a name has gone
            return False
        if self._made_of != changes:
            if not self._ours <= ours:
                return False
            self._made_of = changes
        return sys.modules.keys().isdisjoint(self._absent) and all(
            getattr(owner, name, None) is value for owner, name, value in self._elsewhere
        )


def _is_simple(owner: object) -> bool:
    return issubclass(type(owner), (type, ModuleType))


def _module(path: str) -> str:
    return path.partition(":")[0]


def _steps(path: str) -> Iterator[Held]:
    """The way to what a name holds; the last step has no value if there is no such way."""
    owner: Any = sys.modules[_module(path)]
    yield Held(sys.modules, _module(path), owner)
    for name in path.partition(":")[2].split("."):
        held = vars(owner).get(name) if _is_simple(owner) else None
        yield Held(owner, name, held)
        if held is None:
            return
        owner = held

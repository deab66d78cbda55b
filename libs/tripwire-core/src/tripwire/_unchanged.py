"""Sees at a glance whether names still hold what they held, where judging each of them takes ten times as long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from operator import is_, itemgetter
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
        owners: dict[int, tuple[Any, dict[str, object]]] = {}
        for path in paths:
            if _module(path) not in self._absent:
                steps = [*_steps(path)]
                if steps[-1].value is None:
                    self.rest = (*self.rest, path)
                    continue
                for owner, name, value in steps:
                    owners.setdefault(id(owner), (owner, {}))[1][name] = value
        self._elsewhere = []
        for one in placed:
            if _is_simple(one.owner):
                owners.setdefault(id(one.owner), (one.owner, {}))[1][one.name] = one.value
            else:
                self._elsewhere.append(one)
        self._reads: list[tuple[Mapping[str, Any], Callable[[Any], tuple[object, ...]]]] = []
        self._held: list[object] = []
        for owner, held in owners.values():
            names = [*held, next(iter(held))]  # a getter of two names or more gives a tuple
            self._reads.append((owner if owner is sys.modules else vars(owner), itemgetter(*names)))
            self._held += [held[name] for name in names]
        self._ours = frozenset(id(one) for one in self._held if id(one) in ours)

    def holds(self, ours: Set[int]) -> bool:
        """Whether all of it is still so; what was tripwire's own must be so still."""
        try:
            found = chain.from_iterable([get(held) for held, get in self._reads])
        except KeyError:  # a name has gone
            return False
        return (
            all(map(is_, found, self._held))
            and self._ours <= ours
            and sys.modules.keys().isdisjoint(self._absent)
            and all(getattr(owner, name, None) is value for owner, name, value in self._elsewhere)
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

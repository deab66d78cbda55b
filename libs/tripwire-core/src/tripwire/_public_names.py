"""The public names of plugins, and what they held when they were found to be genuine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from types import ModuleType
from typing import Any, NamedTuple

from tripwire._conflicts import MOCK, applier_of, is_installed, patcher_of
from tripwire._unchanged import Held, Unchanged
from tripwire._values import PASSES

MISSING = object()
met: set[str] = set()
"""Those of the allowed patchers that were met; to be emptied by whoever tells of them."""


def static(owner: Any, name: str) -> Any:
    """What an owner holds under a name, unbound; MISSING if there is no such name."""
    found = vars(owner).get(name, MISSING) if hasattr(owner, "__dict__") else MISSING
    return getattr(owner, name, MISSING) if found is MISSING else found


class Foreign(NamedTuple):
    """A name that somebody else holds: who that is, and what is there, where that says more."""

    target: str
    who: str
    what: str = ""


class PublicNames:
    """Finds the names that somebody else has patched. `ours` knows the ids of tripwire's own replacements."""

    def __init__(self, ours: Mapping[int, object]) -> None:
        self._ours = ours
        self._owners: dict[tuple[str, ...], tuple[_Owner, ...]] = {}
        self._clean: dict[_Asked, list[Unchanged]] = {}
        self._judged: dict[_Asked, int] = {}
        self.made = 0
        """How many replacements have been made: ones that are new each time are not worth remembering."""
        self.changes = 0
        """How often `ours` has changed."""

    def foreign(
        self,
        groups: Iterable[Sequence[str]],
        allowed: Collection[str],
        placed: Callable[[], Sequence[Held]] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[Foreign]:
        """The names in these groups, as `"package.module:Class.method"`, that are held by nobody allowed.

        `placed` is what more there should be: `check` sees to it, where it is not known to be in order.
        """
        asked = tuple(map(tuple, groups)), placed is not None
        ours = self._ours.keys()
        for clean in self._clean.get(asked, ()):
            if clean.holds(ours, self.changes):
                if clean.rest:
                    yield from self._judge(clean.rest, allowed)
                return
        check()
        for paths in asked[0]:
            yield from self._judge(paths, allowed)
        before, self._judged[asked] = self._judged.get(asked), self.made
        owners = (owner for paths in asked[0] for owner in self._owners[paths])
        if before == self.made and not any(map(self._changed, owners)):
            # One with the pristine names and one with ours in their places; more where imports are going on.
            every = tuple(chain.from_iterable(asked[0]))
            new = Unchanged(every, () if placed is None else placed(), self._ours)
            self._clean[asked] = [new, *self._clean.get(asked, ())][:3]

    def _judge(self, paths: Sequence[str], allowed: Collection[str]) -> Iterator[Foreign]:
        paths = tuple(paths)
        owners = self._owners.get(paths)
        if owners is None:
            owners = self._owners[paths] = tuple(_by_owner(paths))
        for owner in owners:
            if changed := self._changed(owner):
                yield from owner.judge(changed, allowed)

    def _changed(self, owner: _Owner) -> dict[str, object]:
        return owner.changed(self._ours) if owner.module in sys.modules else {}


_Asked = tuple[tuple[tuple[str, ...], ...], bool]


class _Owner:
    """The public names of one module or class."""

    __slots__ = ("_found", "_genuine", "_names", "_parts", "module")

    def __init__(self, module: str, path: str, names: Sequence[str]) -> None:
        self.module, self._parts, self._names = module, tuple(filter(None, path.split("."))), tuple(names)
        self._found: Any = None
        self._genuine: dict[str, object] = {}

    def changed(self, ours: Container[int]) -> dict[str, object]:
        """The names that hold neither what was found to be genuine nor a replacement of ours."""
        owner: Any = sys.modules[self.module]
        for part in self._parts:
            owner = _look_up(owner, part)
        if owner is not self._found:
            self._found, self._genuine = owner, {}
        if owner is MISSING:
            return {}
        held = vars(owner) if isinstance(owner, (type, ModuleType)) else {}
        genuine, changed = self._genuine, {}
        for name in self._names:
            one = held.get(name, MISSING)
            if one is MISSING:
                one = _look_up(owner, name)
            # A name that is missing is another version's, or was taken away: calling it fails loudly.
            if one is not genuine.get(name, MISSING) and one is not MISSING and id(one) not in ours:
                changed[name] = one
        return changed

    def judge(self, changed: dict[str, object], allowed: Collection[str]) -> Iterator[Foreign]:
        """Those of the changed names that hold something foreign; the others are genuine from now on."""
        home = self.module.partition(".")[0]
        for name, held in changed.items():
            author = patcher_of(held, home, self._places(name)[-1])
            if author is None:
                self._genuine[name] = held
            elif not is_allowed(author, allowed):
                target = ".".join((self.module, *self._parts, name))
                foreign = named(target, author, self._places(name))
                if not is_allowed(foreign.who, allowed):
                    yield foreign

    def _places(self, name: str) -> list[tuple[object, str]]:
        """Where somebody could have patched so that the name changed: itself, or what it is looked up in."""
        owner: Any = sys.modules[self.module]
        places = []
        for part in (*self._parts, name):
            places.append((owner, part))
            owner = _look_up(owner, part)
        return places


def _look_up(owner: Any, name: str) -> Any:
    """An attribute, or MISSING. An owner that raises something else is no library's: it stands for its attribute."""
    try:
        return getattr(owner, name, MISSING)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - it will be named as the conflict
        return owner


def named(target: str, author: str, places: Sequence[tuple[object, str]]) -> Foreign:
    """Who patched a target, by the name that its user knows: the tool, if what is there is the user's own."""
    if is_installed(author):
        return Foreign(target, author)
    who = applier_of(places) or author
    if author == MOCK and who != "pytest_mock":
        who = author  # says more than monkeypatch
    return Foreign(target, who, "" if author == who or ":" not in author else author)


def is_allowed(who: str, allowed: Collection[str]) -> bool:
    """Whether a patcher, or a package it belongs to, is among the allowed ones."""
    for name in allowed:
        module = name.replace("-", "_")
        if who == module or who.startswith(f"{module}."):
            met.add(name)
            return True
    return False


def _by_owner(paths: Sequence[str]) -> Iterator[_Owner]:
    """The owners, a class's holder before the class: who replaced the class has not patched its methods."""
    names: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        module, _, attribute = path.partition(":")
        owner, _, name = attribute.rpartition(".")
        names.setdefault((module, owner), []).append(name)
    for module, owner in sorted(names, key=lambda one: len(one[1].split(".")) if one[1] else 0):
        yield _Owner(module, owner, names[module, owner])

"""The patcher against a naive model: sandboxes of several verifiers, failures, and other people's patches.

Run longer with TRIPWIRE_CHANCE=20, which multiplies the number of examples.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any, ClassVar
from unittest import mock as std

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import tripwire
from tripwire import _held, _patching

LONGER = int(os.environ.get("TRIPWIRE_CHANCE", "1"))

EARLY = """
class Base:
    def plain(self): return "plain"
    def inherited(self): return "inherited"
    @staticmethod
    def static(): return "static"
    @classmethod
    def of_class(cls): return "of class"

class Child(Base):
    pass

def function(): return "function"

thing = Base()
thing.attribute = function
"""
LATE = """
class Late:
    def method(self): return "method"
"""

PLACES = {
    "plain": ("chance_early:Base", "plain"),
    "static": ("chance_early:Base", "static"),
    "of_class": ("chance_early:Base", "of_class"),
    "inherited": ("chance_early:Child", "inherited"),
    "function": ("chance_early:", "function"),
    "attribute": ("chance_early:thing", "attribute"),
    "late": ("chance_late:Late", "method"),
}


def replacement(genuine: Any) -> Any:
    def ours(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("not to be called")

    return ours


class Toy(tripwire.Plugin):
    places: ClassVar[tuple[str, ...]] = ()
    failing: ClassVar[bool] = False

    @classmethod
    def targets(cls) -> Any:
        for place in cls.places:
            yield tripwire.Target(*PLACES[place], replacement)
        if cls.failing:
            raise LookupError("the plugin fails while it is activated")


def toy(name: str, *places: str) -> type[Toy]:
    paths = [f"{PLACES[place][0]}.{PLACES[place][1]}".replace(":.", ":") for place in places]
    return type(name, (Toy,), {"name": name, "places": places, "public_names": tuple(paths)})


PLUGINS = (
    toy("one", "plain", "static"),
    toy("two", "inherited", "function", "late"),
    toy("three", "attribute", "of_class"),
)


def held(place: str) -> Any:
    """What stands at a place, as it stands there; None in a module that is not imported."""
    owner, name = PLACES[place]
    if owner.partition(":")[0] not in sys.modules:
        return None
    holder = _patching.resolve(owner)
    return vars(holder).get(name)


class Patching(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        sys.modules.pop("chance_early", None)
        sys.modules.pop("chance_late", None)
        importlib.import_module("chance_early")
        self.pristine = {place: held(place) for place in PLACES}
        self.verifiers = [tripwire.StrictVerifier() for _ in range(3)]
        self.uses: list[tuple[type[Toy], ...]] = [PLUGINS[:2], PLUGINS[1:], PLUGINS]
        for verifier, kinds in zip(self.verifiers, self.uses, strict=True):
            for kind in kinds:
                kind(verifier)
        self.open: list[tuple[int, Any]] = []
        self.theirs: dict[str, Any] = {}
        self.stale: set[str] = set()

    # -- the model

    def covered(self, number: int) -> set[str]:
        places = {place for kind in self.uses[number] for place in kind.places}
        return places if "chance_late" in sys.modules else places - {"late"}

    def is_open(self, number: int) -> bool:
        return any(one == number for one, _ in self.open)

    def ours(self) -> set[str]:
        return {place for number, _ in self.open for place in self.covered(number)}

    # -- what happens

    @rule(number=st.integers(0, 2), failing=st.sampled_from([None, None, None, *PLUGINS]))
    def enter(self, number: int, failing: type[Toy] | None) -> None:
        context = self.verifiers[number].sandbox()
        conflict = bool(self.covered(number) & self.theirs.keys())
        counted = {kind for one, _ in self.open for kind in self.uses[one]}
        fails = failing in self.uses[number] and failing not in counted
        if failing is not None:
            failing.failing = True
        try:
            if conflict:
                with pytest.raises(tripwire.ConflictError) as caught:
                    context.__enter__()
                assert caught.value.patcher.startswith("unittest.mock")
                return
            self.stale -= self.stale - self.theirs.keys()
            if fails:
                with pytest.raises(Exception, match="the plugin fails while it is activated"):
                    context.__enter__()
                return
            context.__enter__()
            self.open.append((number, context))
        finally:
            if failing is not None:
                failing.failing = False

    @precondition(lambda self: self.open)
    @rule(data=st.data(), body_fails=st.booleans())
    def leave(self, data: st.DataObject, body_fails: bool) -> None:
        number, context = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
        overlaid = self.covered(number) & self.theirs.keys()
        if not self.is_open(number):
            self.stale |= overlaid
        error = KeyError("the body") if body_fails else None
        if overlaid and not self.is_open(number) and not body_fails:
            with pytest.raises(tripwire.ConflictError) as caught:
                context.__exit__(None, None, None)
            assert caught.value.patcher.startswith("unittest.mock")
        else:
            context.__exit__(type(error), error, None)

    @rule(place=st.sampled_from(sorted(PLACES)))
    def lay_a_patch(self, place: str) -> None:
        owner, name = PLACES[place]
        if place not in self.theirs and owner.partition(":")[0] in sys.modules:
            self.theirs[place] = std.patch.object(_patching.resolve(owner), name)
            self.theirs[place].start()

    @precondition(lambda self: self.theirs)
    @rule(data=st.data())
    def take_a_patch_away(self, data: st.DataObject) -> None:
        self.theirs.pop(data.draw(st.sampled_from(sorted(self.theirs)))).stop()

    @precondition(lambda self: "chance_late" not in sys.modules)
    @rule()
    def import_late(self) -> None:
        importlib.import_module("chance_late")
        # What the module itself holds: beneath our patch, if one was waiting for it.
        waiting = [patch for patch in _patching.PATCHER._ours.values() if patch.target.name == "method"]
        self.pristine["late"] = waiting[0].pristine if waiting else held("late")

    # -- what must be so

    @invariant()
    def every_place_is_held_by_whom_the_model_says(self) -> None:
        ours = self.ours()
        for place in PLACES:
            found = held(place)
            if place in self.theirs:
                assert isinstance(found, std.Mock), place
            elif place in ours:
                assert getattr(found, "__name__", "") == "ours", place
            elif place not in self.stale:
                assert found is self.pristine[place], place

    def teardown(self) -> None:
        while self.theirs:
            self.theirs.popitem()[1].stop()
        while self.open:
            self.open.pop()[1].__exit__(None, None, None)
        _patching.PATCHER.sweep()
        _held.forget_closed()
        self.stale.clear()
        self.every_place_is_held_by_whom_the_model_says()
        assert not _patching.PATCHER._counts
        assert not _patching.PATCHER._overlaid
        sys.modules.pop("chance_early", None)
        sys.modules.pop("chance_late", None)


def test_patches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chance_early.py").write_text(EARLY)
    (tmp_path / "chance_late.py").write_text(LATE)
    monkeypatch.syspath_prepend(tmp_path)
    chance = settings(
        max_examples=40 * LONGER,
        stateful_step_count=25,
        deadline=None,
        database=None,
        derandomize=LONGER == 1,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Patching, settings=chance)

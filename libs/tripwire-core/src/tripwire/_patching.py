"""The one patcher: applies targets, counts who needs them, restores them in reverse order."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tripwire import _late_imports, _messages
from tripwire._conflicts import patcher_of
from tripwire._errors import ConflictError, TripwireError
from tripwire._public_names import MISSING, Foreign, PublicNames, is_allowed, named, static
from tripwire._unchanged import Held

if TYPE_CHECKING:
    from tripwire._plugin import Plugin


@dataclass(frozen=True)
class Target:
    """One name to patch.

    `owner` is the object that holds the name, or its path `"package.module:attribute.path"`; a module
    that the program has not imported is patched when the program imports it. `make` gets the pristine
    value and returns the replacement, which is kept for the next sandbox whose target is equal; its `make`
    must be the same function, or a `functools.partial` of it with equal arguments. With `optional`, a name
    that does not exist is passed over.
    """

    owner: object
    name: str
    make: Callable[[Any], Any]
    optional: bool = False

    @property
    def module(self) -> str | None:
        """The module to be imported first, or None if the owner is at hand."""
        return self.owner.partition(":")[0] if isinstance(self.owner, str) else None

    def __str__(self) -> str:
        if isinstance(self.owner, str):
            return f"{self.owner.rstrip(':').replace(':', '.')}.{self.name}"
        holder = self.owner if isinstance(self.owner, type) else type(self.owner)
        name = getattr(self.owner, "__name__", holder.__qualname__)
        module = getattr(self.owner, "__module__", None)
        return f"{module}.{name}.{self.name}" if module else f"{name}.{self.name}"


def resolve(owner: object) -> Any:
    """The object an owner path names, from modules that are already imported."""
    if not isinstance(owner, str):
        return owner
    module, _, path = owner.partition(":")
    found: Any = sys.modules[module]
    for name in filter(None, path.split(".")):
        found = getattr(found, name)
    return found


class Patch:
    """An applied target."""

    def __init__(self, target: Target, owner: Any, plugin: type[Plugin] | None = None) -> None:
        self.target, self.owner, self.plugin = target, owner, plugin
        names = vars(owner) if hasattr(owner, "__dict__") else None
        self.own = names is None or target.name in names
        self.pristine = (
            names[target.name]  # unbound: staticmethod and classmethod objects stay whole
            if self.own and names is not None
            else getattr(owner, target.name)
        )
        self.replacement = _beneath_wrappers(self.pristine, target.make)
        self.held = Held(owner, target.name, self.replacement)
        self.put()

    def put(self) -> None:
        """Put our replacement in place."""
        setattr(self.owner, self.target.name, self.replacement)

    def in_place(self) -> bool:
        """Whether our replacement is still what the name holds."""
        return static(self.owner, self.target.name) is self.replacement

    def is_of(self, target: Target, owner: object, held: object) -> bool:
        """Whether this is what would be made of a target that holds this: nothing has changed since."""
        mine = self.target
        same = (mine.owner, mine.name, mine.optional) == (target.owner, target.name, target.optional)
        return self.pristine is held and self.owner is owner and same and _are_alike(mine.make, target.make)

    def restore(self) -> None:
        """Put the pristine value back. Only while it is in place: somebody else's later patch is not ours to take."""
        if self.own:
            setattr(self.owner, self.target.name, self.pristine)
        else:
            delattr(self.owner, self.target.name)


def _are_alike(one: Any, other: Any) -> bool:
    """Whether two functions do the same, as far as can be told: the same one, or the same with equal arguments."""
    if type(one) is partial and type(other) is partial:
        return one.func is other.func and (one.args, one.keywords) == (other.args, other.keywords)
    return one is other


def _beneath_wrappers(held: Any, make: Callable[[Any], Any]) -> Any:
    """Our replacement. An allowed transparent wrapper (wrapt's) goes on seeing every call, so ours goes beneath it."""
    wrapper = getattr(sys.modules.get("wrapt"), "FunctionWrapper", None)
    if wrapper is None or not issubclass(type(held), wrapper):
        return make(held)
    return wrapper(_beneath_wrappers(held.__wrapped__, make), held._self_wrapper, held._self_enabled)


@contextmanager
def naming(plugin: type[Plugin], doing: str) -> Iterator[None]:
    """Name the plugin that fails while it is `doing` something.

    Raises:
        TripwireError: caused by the plugin's own exception.
    """
    try:
        yield
    except TripwireError:
        raise  # tells enough by itself
    except Exception as error:
        raise TripwireError(_messages.plugin_failed(plugin, doing, error), code="broken-plugin") from error


class Patcher:
    """Keeps every target of every plugin in use, once per process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._counts: dict[type[Plugin], int] = {}
        self._patches: dict[type[Plugin], list[Patch]] = {}
        self._waiting: dict[type[Plugin], list[Target]] = {}
        self._made: dict[tuple[type[Plugin], str | int, str], Patch] = {}
        self._ours: dict[int, Patch] = {}
        self._names = PublicNames(self._ours)
        self._overlaid: list[Patch] = []
        self._watch: _late_imports.Watch | None = None

    def acquire(self, plugins: Iterable[type[Plugin]]) -> None:
        """Patch the targets of these plugins, or count one more user of them. All or nothing."""
        done: list[type[Plugin]] = []
        self.sweep()
        if not (plugins := list(plugins)):
            return
        with self._lock:
            try:
                for plugin in plugins:
                    self._acquire_one(plugin)
                    done.append(plugin)
            except BaseException:
                self.release(done)
                raise
            self._watch_imports()

    def release(self, plugins: Iterable[type[Plugin]]) -> None:
        """Count one user less, and restore what nobody uses any more."""
        with self._lock:
            for plugin in reversed(list(plugins)):
                self._counts[plugin] -= 1
                if not self._counts[plugin]:
                    del self._counts[plugin], self._waiting[plugin]
                    self._restore(self._patches.pop(plugin))
            self._watch_imports()

    def apply(self, target: Target, owner: Any = None, plugin: type[Plugin] | None = None) -> Patch:
        """Patch one target outside the count, for whoever restores it. Owner and plugin may be known already."""
        with self._lock:
            patch = Patch(target, resolve(target.owner) if owner is None else owner, plugin)
            self._ours[id(patch.replacement)] = patch
            self._names.changes += 1
            return patch

    def holder(self, target: Target) -> type[Plugin] | None:
        """The plugin that has patched a target's name, if one has."""
        patch = self._ours.get(id(static(resolve(target.owner), target.name)))
        return patch.plugin if patch is not None else None

    def restore(self, patch: Patch) -> None:
        """Undo `apply`."""
        with self._lock:
            self._restore([patch])

    def sweep(self) -> None:
        """Take back what was overlaid when we left, and has since been put back by whoever overlaid it."""
        if not self._overlaid:
            return
        with self._lock:
            overlaid, self._overlaid = self._overlaid, []
            for patch in overlaid:
                self._take_back(patch)

    def conflicts(self, plugins: Iterable[type[Plugin]], allowed: Collection[str]) -> Iterator[ConflictError]:
        """An error for each public name of these plugins that somebody holds who is not among the allowed patchers."""
        seen: list[str] = []
        for foreign in self._names.foreign([plugin.public_names for plugin in plugins], allowed):
            # What is in a class that somebody has replaced needs no errors of its own.
            if not any(foreign.target == one or foreign.target.startswith(f"{one}.") for one in seen):
                seen.append(foreign.target)
                yield _conflict(foreign, _messages.conflict)

    def check(self, plugins: Iterable[type[Plugin]], allowed: Collection[str]) -> None:
        """Compare the public names of plugins with the pristine ones.

        Raises:
            ConflictError: the first of the conflicts.
        """
        for conflict in self.conflicts(plugins, allowed):
            raise conflict

    def check_overlaid(self, plugins: Collection[type[Plugin]], allowed: Collection[str] = ()) -> None:
        """Look for patches that were applied while these plugins were in use: laid over ours, or beside them.

        Raises:
            ConflictError: naming the first name that somebody holds who is not among the allowed patchers.
        """
        names = [plugin.public_names for plugin in plugins]

        def patches() -> Iterator[Patch]:
            return (patch for plugin in plugins for patch in self._patches.get(plugin, ()))

        def placed() -> list[Held]:
            return [patch.held for patch in patches()]

        for foreign in self._names.foreign(
            names, allowed, placed, lambda: self.check_in_place(patches(), allowed)
        ):
            raise _conflict(foreign, _messages.overlaid)

    def check_in_place(self, patches: Iterable[Patch], allowed: Collection[str] = ()) -> None:
        """Likewise, for patches applied by themselves.

        Raises:
            ConflictError: naming the first target that is no longer ours.
        """
        for patch in patches:
            if not patch.in_place():
                owner, name = patch.owner, patch.target.name
                author = patcher_of(static(owner, name), "", (owner, name)) or "somebody"
                foreign = named(str(patch.target), author, [(owner, name)])
                if not is_allowed(foreign.who, allowed):
                    raise _conflict(foreign, _messages.overlaid)

    def _acquire_one(self, plugin: type[Plugin]) -> None:
        if plugin in self._counts:
            self._counts[plugin] += 1
            return
        applied: list[Patch] = []
        waiting: list[Target] = []
        try:
            with naming(plugin, "its targets were applied"):
                for target in plugin.targets():
                    if target.module is None or target.module in sys.modules:
                        self._apply(plugin, target, applied)
                    else:
                        waiting.append(target)
        except BaseException:
            self._restore(applied)
            raise
        self._counts[plugin] = 1
        self._patches[plugin], self._waiting[plugin] = applied, waiting

    def _apply(self, plugin: type[Plugin], target: Target, applied: list[Patch]) -> None:
        try:
            owner = resolve(target.owner)
            held = static(owner, target.name)
        except AttributeError:
            held = MISSING
        if held is MISSING:
            if target.optional:
                return
            raise TripwireError(_messages.seam_moved(plugin, target), code="unsupported-version")
        if (patch := self._ours.get(id(held))) is not None:
            message = _messages.two_plugins(plugin, str(target), patch.plugin)
            raise ConflictError(message, target=str(target), patcher="tripwire")
        key = (plugin, target.owner if isinstance(target.owner, str) else id(target.owner), target.name)
        made = self._made.get(key)
        if made is not None and made.is_of(target, owner, held):
            made.put()
            self._ours[id(made.replacement)] = made
            self._names.changes += 1
        else:
            made = self._made[key] = self.apply(target, owner, plugin)
            self._names.made += 1
        applied.append(made)

    def _restore(self, patches: list[Patch]) -> None:
        for patch in reversed(patches):
            self._take_back(patch)
        self.sweep()

    def _take_back(self, patch: Patch) -> None:
        if patch.in_place():
            patch.restore()
            self._ours.pop(id(patch.replacement), None)
            self._names.changes += 1
        else:
            self._overlaid.append(patch)

    def _watch_imports(self) -> None:
        waiting = {
            target.module
            for targets in self._waiting.values()
            for target in targets
            if target.module is not None and target.module not in sys.modules
        }
        if self._watch is not None:
            if self._watch.modules == waiting and self._watch.is_first():
                return
            self._watch.stop()
        self._watch = _late_imports.Watch(waiting, self._on_import) if waiting else None

    def _on_import(self, module: str) -> None:
        with self._lock:
            for plugin, targets in self._waiting.items():
                for target in targets:
                    if target.module == module:
                        self._apply(plugin, target, self._patches[plugin])


def _conflict(foreign: Foreign, wording: Callable[[str, str, str], str]) -> ConflictError:
    return ConflictError(wording(*foreign), target=foreign.target, patcher=foreign.who)


def import_owner(path: str) -> Any:
    """Import the module of `"package.module:attribute.path"` and return the object that is named."""
    importlib.import_module(path.partition(":")[0])
    return resolve(path)


PATCHER = Patcher()

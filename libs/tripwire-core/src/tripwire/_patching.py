"""The one patcher: applies targets, counts who needs them, restores them in reverse order."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tripwire import _late_imports, _messages
from tripwire._conflicts import patcher_of
from tripwire._errors import ConflictError, TripwireError

if TYPE_CHECKING:
    from tripwire._plugin import Plugin

_MISSING = object()


@dataclass(frozen=True)
class Target:
    """One name to patch.

    `owner` is the object that holds the name, or its path `"package.module:attribute.path"`; a module
    that the program has not imported is patched when the program imports it. `make` gets the pristine
    value and returns the replacement. With `optional`, a name that does not exist is passed over.
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

    def __init__(self, target: Target) -> None:
        self.target = target
        self.owner = resolve(target.owner)
        self.own = target.name in vars(self.owner) if hasattr(self.owner, "__dict__") else True
        self.pristine = (
            vars(self.owner)[target.name]  # unbound: staticmethod and classmethod objects stay whole
            if self.own and hasattr(self.owner, "__dict__")
            else getattr(self.owner, target.name)
        )
        self.replacement = target.make(self.pristine)
        setattr(self.owner, target.name, self.replacement)

    def in_place(self) -> bool:
        """Whether our replacement is still what the name holds."""
        return _static(self.owner, self.target.name) is self.replacement

    def restore(self) -> None:
        """Put the pristine value back. Only while it is in place: somebody else's later patch is not ours to take."""
        if self.own:
            setattr(self.owner, self.target.name, self.pristine)
        else:
            delattr(self.owner, self.target.name)


def _static(owner: Any, name: str) -> Any:
    found = vars(owner).get(name, _MISSING) if hasattr(owner, "__dict__") else _MISSING
    return getattr(owner, name, _MISSING) if found is _MISSING else found


class Patcher:
    """Keeps every target of every plugin in use, once per process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._counts: dict[type[Plugin], int] = {}
        self._patches: dict[type[Plugin], list[Patch]] = {}
        self._waiting: dict[type[Plugin], list[Target]] = {}
        self._pristine: dict[str, object] = {}
        self._ours: dict[int, Patch] = {}
        self._overlaid: list[Patch] = []
        self._watch: _late_imports.Watch | None = None

    def acquire(self, plugins: Iterable[type[Plugin]]) -> None:
        """Patch the targets of these plugins, or count one more user of them. All or nothing."""
        done: list[type[Plugin]] = []
        with self._lock:
            self.sweep()
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

    def apply(self, target: Target) -> Patch:
        """Patch one target outside the count, for whoever restores it."""
        with self._lock:
            patch = Patch(target)
            self._ours[id(patch.replacement)] = patch
            return patch

    def restore(self, patch: Patch) -> None:
        """Undo `apply`."""
        with self._lock:
            self._restore([patch])

    def sweep(self) -> None:
        """Take back what was overlaid when we left, and has since been put back by whoever overlaid it."""
        with self._lock:
            overlaid, self._overlaid = self._overlaid, []
            for patch in overlaid:
                self._take_back(patch)

    def check(self, plugins: Iterable[type[Plugin]], allowed: Iterable[str]) -> None:
        """Compare the public names of plugins with the pristine ones.

        Raises:
            ConflictError: somebody else holds one of them, and is not among the allowed patchers.
        """
        for plugin in plugins:
            for path in plugin.public_names:
                self._check_name(path, tuple(allowed))

    def check_overlaid(self, plugins: Iterable[type[Plugin]]) -> None:
        """Look for patches laid over ours.

        Raises:
            ConflictError: naming the first target that is no longer ours.
        """
        for plugin in plugins:
            self.check_in_place(self._patches.get(plugin, ()))

    def check_in_place(self, patches: Iterable[Patch]) -> None:
        """Likewise, for patches applied by themselves."""
        for patch in patches:
            if not patch.in_place():
                held = _static(patch.owner, patch.target.name)
                who = patcher_of(held, "") or "somebody"
                message = _messages.overlaid(str(patch.target), who)
                raise ConflictError(message, target=str(patch.target), patcher=who)

    def _acquire_one(self, plugin: type[Plugin]) -> None:
        if plugin in self._counts:
            self._counts[plugin] += 1
            return
        applied: list[Patch] = []
        waiting: list[Target] = []
        try:
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
            held = _static(owner, target.name)
        except AttributeError:
            held = _MISSING
        if held is _MISSING:
            if target.optional:
                return
            raise TripwireError(_messages.seam_moved(plugin, target))
        if id(held) in self._ours:
            message = _messages.two_plugins(plugin, str(target))
            raise ConflictError(message, target=str(target), patcher="tripwire")
        applied.append(self.apply(target))

    def _restore(self, patches: list[Patch]) -> None:
        for patch in reversed(patches):
            self._take_back(patch)
        self.sweep()

    def _take_back(self, patch: Patch) -> None:
        if patch.in_place():
            patch.restore()
            self._ours.pop(id(patch.replacement), None)
        else:
            self._overlaid.append(patch)

    def _check_name(self, path: str, allowed: tuple[str, ...]) -> None:
        module, _, name = path.partition(":")
        if module not in sys.modules:
            return
        owner, _, name = name.rpartition(".")
        try:
            held = _static(resolve(f"{module}:{owner}"), name)
        except AttributeError:
            return
        if held is _MISSING or held is self._pristine.get(path) or id(held) in self._ours:
            return
        who = patcher_of(held, module.partition(".")[0])
        if who is None:
            self._pristine[path] = held
        elif not any(who == name or who.startswith(f"{name}.") for name in allowed):
            target = path.replace(":", ".")
            raise ConflictError(_messages.conflict(target, who), target=target, patcher=who)

    def _watch_imports(self) -> None:
        waiting = {
            target.module
            for targets in self._waiting.values()
            for target in targets
            if target.module is not None and target.module not in sys.modules
        }
        if self._watch is not None:
            self._watch.stop()
        self._watch = _late_imports.Watch(waiting, self._on_import) if waiting else None

    def _on_import(self, module: str) -> None:
        with self._lock:
            for plugin, targets in self._waiting.items():
                for target in targets:
                    if target.module == module:
                        self._apply(plugin, target, self._patches[plugin])


def import_owner(path: str) -> Any:
    """Import the module of `"package.module:attribute.path"` and return the object that is named."""
    importlib.import_module(path.partition(":")[0])
    return resolve(path)


PATCHER = Patcher()

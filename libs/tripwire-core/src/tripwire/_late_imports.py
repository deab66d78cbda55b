"""Notice that the program imports a module for the first time, without importing it ourselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class Watch(MetaPathFinder):
    """Stands first on `sys.meta_path` while some modules are waited for."""

    def __init__(self, modules: Collection[str], imported: Callable[[str], None]) -> None:
        self.modules, self._imported = frozenset(modules), imported
        sys.meta_path.insert(0, self)

    def is_first(self) -> bool:
        """Whether it still sees every import."""
        return bool(sys.meta_path) and sys.meta_path[0] is self

    def stop(self) -> None:
        """Leave `sys.meta_path`."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec the other finders give, with a loader that tells us when it has run."""
        if fullname not in self.modules:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Telling(spec.loader, self._imported)
                return spec
        return None


class _Telling(Loader):
    """Runs the genuine loader, leaves no trace of itself on the module, then tells."""

    def __init__(self, genuine: Loader, imported: Callable[[str], None]) -> None:
        self._genuine, self._imported = genuine, imported

    def __getattr__(self, name: str) -> object:
        return getattr(self._genuine, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._genuine.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._genuine
        if module.__spec__ is not None:
            module.__spec__.loader = self._genuine
        self._genuine.exec_module(module)
        self._imported(module.__name__)

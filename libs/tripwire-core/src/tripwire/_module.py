"""What makes `tripwire` more than a module: `with tripwire:` and `tripwire.<plugin>`."""

from __future__ import annotations

import inspect
from types import ModuleType, TracebackType
from typing import Any

from tripwire import _context, _messages, _registry
from tripwire._errors import NoActiveVerifierError
from tripwire._plugin import Plugin
from tripwire._timeline import Source
from tripwire._verifier import StrictVerifier


class PluginProxy:
    """Stands for a plugin of the current test, whichever test that is: `tripwire.http`."""

    def __init__(self, kind: type[Plugin]) -> None:
        self._tripwire_kind = kind

    def __getattr__(self, name: str) -> Any:
        held = inspect.getattr_static(self._tripwire_kind, name, None)
        if isinstance(held, (Source, staticmethod)) and not name.startswith("_"):
            return getattr(self._tripwire_kind, name)  # it needs no running test
        if name.startswith("_"):
            raise AttributeError(f"{self!r} has no attribute {name!r}")
        try:
            plugin = _context.current_verifier().plugin(self._tripwire_kind)
        except NoActiveVerifierError:
            if hasattr(self._tripwire_kind, name):
                raise
            raise AttributeError(f"{self!r} has no attribute {name!r}") from None
        return getattr(plugin, name)

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._tripwire_kind) if not name.startswith("_")]

    def __repr__(self) -> str:
        return f"<tripwire.{self._tripwire_kind.name}>"


class TripwireModule(ModuleType):
    """The class of the module `tripwire`."""

    def __enter__(self) -> StrictVerifier:
        return _context.current_verifier().sandbox().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        _close(error)

    async def __aenter__(self) -> StrictVerifier:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        _close(error)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"module 'tripwire' has no attribute {name!r}")
        if name not in _registry.offered():
            if name in _registry.DISTRIBUTIONS:
                raise AttributeError(_messages.missing_plugin(name, _registry.DISTRIBUTIONS[name]))
            known = [public for public in dir(self) if not public.startswith("_")]
            raise AttributeError(_messages.unknown_attribute(name, known))
        if not _registry.config().enables(name):
            raise AttributeError(_messages.disabled_plugin(name))
        return PluginProxy(_registry.load(name))

    def __dir__(self) -> list[str]:
        plugins = filter(_registry.config().enables, _registry.offered())
        return sorted({*self.__all__, *plugins, *(name for name in vars(self) if name.startswith("__"))})


def _close(error: BaseException | None) -> None:
    verifier = _context.current_verifier()
    sandbox = verifier.innermost_open()
    if sandbox is not None:
        verifier.exit_sandbox(sandbox, quiet=error is not None)

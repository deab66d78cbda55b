"""`tripwire.<plugin>`: stands for the plugin of whichever test is running."""

from __future__ import annotations

import functools
from types import FunctionType
from typing import Any

import tripwire
from tripwire import _context, _messages, _project, _registry
from tripwire._errors import NoActiveVerifierError, with_help, wrong_use
from tripwire._plugin import Plugin
from tripwire._timeline import Source

__tracebackhide__ = True  # in every function: at import time no report is shortened


class PluginProxy:
    """Stands for a plugin of the current test, whichever test that is: `tripwire.http`."""

    def __init__(self, kind: type[Plugin]) -> None:
        self._tripwire_kind = kind

    def __getattr__(self, name: str) -> Any:
        held = next((vars(one)[name] for one in self._tripwire_kind.__mro__ if name in vars(one)), None)
        if isinstance(held, (Source, staticmethod)) and not name.startswith("_"):
            return getattr(self._tripwire_kind, name)  # it needs no running test
        if name.startswith("_"):
            raise AttributeError(_messages.no_attribute(repr(self), name))
        try:
            plugin = _context.current_verifier().plugin(self._tripwire_kind)
        except NoActiveVerifierError:
            if isinstance(held, FunctionType):  # a prompt that completes names looks at it
                return self._tripwire_later(held)
            if hasattr(self._tripwire_kind, name):
                raise
            raise wrong_use(AttributeError, _messages.no_attribute(repr(self), name)) from None
        return getattr(plugin, name)

    def _tripwire_later(self, method: FunctionType) -> Any:
        """The method, of the plugin of whichever test runs when it is called."""

        @functools.wraps(method)
        def later(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            plugin = _context.current_verifier().plugin(self._tripwire_kind)
            return getattr(plugin, method.__name__)(*args, **kwargs)

        return later

    def __dir__(self) -> list[str]:
        """What a test calls: not what every plugin has, and not what is for the plugin's own modules."""
        kind = self._tripwire_kind
        inner = {name for one in kind.__mro__ for name in vars(one).get("_inner", ())}
        hidden = {"name", *dir(Plugin), *inner}
        return [name for name in dir(kind) if not name.startswith("_") and name not in hidden]

    def __repr__(self) -> str:
        return f"<tripwire.{self._tripwire_kind.name}>"


def find(name: str) -> PluginProxy:
    """The proxy of an installed plugin.

    Raises:
        AttributeError: there is none of this name, or it is disabled.
    """
    if name not in _project.offered():
        if name in _registry.DISTRIBUTIONS:
            missing = AttributeError(_messages.missing_plugin(name, _registry.DISTRIBUTIONS[name]))
            raise with_help(missing, "missing-plugin")
        known = [public for public in dir(tripwire) if not public.startswith("_")]
        raise wrong_use(AttributeError, _messages.unknown_attribute(name, known))
    if not _project.config().enables(name):
        raise with_help(AttributeError(_messages.disabled_plugin(name)), "missing-plugin")
    return PluginProxy(_registry.load(name))

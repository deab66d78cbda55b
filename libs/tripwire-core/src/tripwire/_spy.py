"""Spies: doubles that call the real thing."""

from __future__ import annotations

import functools
import inspect
from types import FunctionType
from typing import Any

from tripwire import _messages
from tripwire._aside import aside
from tripwire._double import Double, MockPlugin, completing
from tripwire._pasting import Member, Named

_is_async = aside(inspect.iscoroutinefunction)


class Spy(Double):
    """A double that calls the real thing and records what came back or was raised.

    `real` is what stood in its place; in a class, unbound, so that it binds as it would have done.
    """

    def __init__(self, plugin: MockPlugin, name: str, paste: Named | Member, real: Any) -> None:
        super().__init__(plugin, name, paste)
        self._tripwire_real = real

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return self._tripwire_call(self._tripwire_real, args, kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        real = self._tripwire_real
        if not isinstance(real, (classmethod, staticmethod)) and (
            instance is None or not isinstance(real, FunctionType)
        ):
            return self
        bound = real.__get__(instance, owner)

        @functools.wraps(bound)
        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return self._tripwire_call(bound, args, kwargs)

        return call

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_tripwire"):
            raise AttributeError(_messages.no_attribute("a spy", name))  # no repr: self may be half made
        value = getattr(self._tripwire_real, name)
        if name.startswith("__") or not callable(value):
            return value
        if name not in self._tripwire_children:
            paste = Member(self._tripwire_paste, name)
            child = Spy(self._tripwire_plugin, f"{self!r}.{name}", paste, value)
            child._tripwire_parent = self, name
            self._tripwire_children[name] = child
        return self._tripwire_children[name]

    # A spy in the place of a class is asked about its instances and subclasses.

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._tripwire_real)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._tripwire_real)

    def _tripwire_call(self, real: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        if not self._tripwire_served(args, kwargs):
            return real(*args, **kwargs)
        if _is_async(real):
            return self._tripwire_call_async(real, args, kwargs)
        with completing(self._tripwire_record(args, kwargs).interaction) as outcome:
            value = outcome["returned"] = real(*args, **kwargs)
        return value

    async def _tripwire_call_async(self, real: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        with completing(self._tripwire_record(args, kwargs).interaction) as outcome:
            value = outcome["returned"] = await real(*args, **kwargs)
        return value

"""What a mock stands for: checks attributes and arguments against the real thing."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from types import FunctionType
from typing import Any

from tripwire import _messages
from tripwire._unset import UNSET


class Spec:
    """The real object behind a mock, or nothing to check against."""

    def __init__(self, real: Any = UNSET, *, takes_self: bool = False) -> None:
        self._real = real
        self.takes_self = takes_self
        self.is_async = inspect.iscoroutinefunction(real)
        self._signature: inspect.Signature | Any | None = UNSET

    def refuse_names(self, names: Iterable[str], owner: str) -> None:
        """Refuse a real thing that has attributes which a mock needs for itself.

        Raises:
            ValueError: naming them.
        """
        if self._real is UNSET:
            return
        clash = [name for name in names if inspect.getattr_static(self._real, name, UNSET) is not UNSET]
        if clash:
            raise ValueError(_messages.spec_clash(owner, clash))

    def attribute(self, name: str, owner: str) -> Spec:
        """The spec of an attribute.

        Raises:
            AttributeError: the real thing has none of that name.
        """
        if self._real is UNSET:
            return self
        found = inspect.getattr_static(self._real, name, UNSET)
        if found is UNSET and not hasattr(self._real, name):
            annotated = {k for one in _classes(self._real) for k in vars(one).get("__annotations__", ())}
            if name in annotated:
                return Spec()
            known = [*(n for n in dir(self._real) if not n.startswith("__")), *annotated]
            raise AttributeError(f"{owner} has no attribute {name!r}; {_messages.nearest(name, known)}")
        if isinstance(found, property):
            return Spec()
        return Spec(getattr(self._real, name, UNSET), takes_self=is_method(self._real, found))

    def check_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Check arguments against the real signature.

        Raises:
            TypeError: the real thing would not take them.
        """
        signature = self._bound_signature()
        if signature is not None:
            signature.bind(*args, **kwargs)

    def _bound_signature(self) -> inspect.Signature | None:
        if self._signature is UNSET:
            self._signature = self._read_signature()
        return self._signature

    def _read_signature(self) -> inspect.Signature | None:
        if self._real is UNSET or not callable(self._real):
            return None
        try:
            signature = inspect.signature(self._real)
        except (ValueError, TypeError):  # many functions written in C have none
            return None
        if self.takes_self:
            signature = signature.replace(parameters=list(signature.parameters.values())[1:])
        return signature


def is_method(owner: object, found: object) -> bool:
    """Whether an attribute, as it stands in its owner, gets the instance as its first argument."""
    return isinstance(owner, type) and isinstance(found, FunctionType)


def _classes(real: object) -> tuple[type, ...]:
    return real.__mro__ if isinstance(real, type) else type(real).__mro__

"""What a mock stands for: checks attributes and arguments against the real thing."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, TypeVar

from tripwire import _messages
from tripwire._aside import aside
from tripwire._errors import wrong_use
from tripwire._unset import UNSET
from tripwire._values import PASSES, is_a

T = TypeVar("T")
_signature_of = aside(inspect.signature)
_Cached = type(functools.lru_cache(len))


class Spec:
    """The real object behind a mock, or nothing to check against."""

    def __init__(self, real: Any = UNSET, *, takes_self: bool = False) -> None:
        self.real = real
        self.takes_self = takes_self
        self.is_async: bool = look(real, lambda: inspect.iscoroutinefunction(real))
        self._signature: inspect.Signature | Any | None = UNSET

    def refuse_names(self, names: Iterable[str], owner: str) -> None:
        """Refuse a real thing that has attributes which a mock needs for itself.

        Raises:
            ValueError: naming them.
        """
        if self.real is UNSET:
            return
        clash = [name for name in names if inspect.getattr_static(self.real, name, UNSET) is not UNSET]
        if clash:
            raise wrong_use(ValueError, _messages.spec_clash(owner, clash))

    def attribute(self, name: str, owner: str) -> Spec:
        """The spec of an attribute.

        Raises:
            AttributeError: the real thing has none of that name.
        """
        if self.real is UNSET:
            return self
        found = inspect.getattr_static(self.real, name, UNSET)
        if found is UNSET and not look(self.real, lambda: hasattr(self.real, name)):
            annotated = {k for one in _classes(self.real) for k in vars(one).get("__annotations__", ())}
            if name in annotated:
                return Spec()
            known = [
                *(n for n in look(self.real, lambda: dir(self.real)) if not n.startswith("__")),
                *annotated,
            ]
            raise wrong_use(
                AttributeError, _messages.no_attribute(owner, name, _messages.nearest(name, known))
            )
        if is_a(found, property) or is_a(found, functools.cached_property):
            return Spec()
        real = look(self.real, lambda: getattr(self.real, name, UNSET))
        return Spec(real, takes_self=is_method(self.real, found))

    def check_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Check arguments against the real signature.

        Raises:
            TypeError: the real thing would not take them.
        """
        signature = self.signature()
        if signature is not None:
            signature.bind(*args, **kwargs)

    def signature(self) -> inspect.Signature | None:
        if self._signature is UNSET:
            self._signature = self._read_signature()
        return self._signature

    def _read_signature(self) -> inspect.Signature | None:
        if self.real is UNSET or not callable(self.real):
            return None
        try:
            signature = _signature_of(self.real)
        except PASSES:
            raise
        except BaseException:  # noqa: BLE001 - many functions written in C have none, and objects may refuse
            return None
        if self.takes_self:
            signature = signature.replace(parameters=list(signature.parameters.values())[1:])
        return signature


def look(value: object, question: Callable[[], T]) -> T:
    """Ask something of an object that anybody may have written.

    Raises:
        TypeError: the object raises something else than an AttributeError.
    """
    try:
        return question()
    except (AttributeError, *PASSES):
        raise
    except BaseException as error:
        raise wrong_use(TypeError, _messages.cannot_look_into(value, error)) from error


def is_method(owner: object, found: object) -> bool:
    """Whether an attribute, as it stands in its owner, gets the instance as its first argument."""
    return is_a(owner, type) and (is_a(found, FunctionType) or is_a(found, _Cached))


def _classes(real: object) -> tuple[type, ...]:
    return real.__mro__ if is_a(real, type) else type(real).__mro__

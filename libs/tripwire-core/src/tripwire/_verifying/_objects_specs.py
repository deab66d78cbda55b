"""What a mock stands for, also where core leaves it open: what a property or an annotated attribute gives."""

from __future__ import annotations

import functools
import inspect
import sys
import typing
from types import FunctionType, SimpleNamespace
from typing import Any

from tripwire._mock import Mock
from tripwire._spec import Spec
from tripwire._unset import UNSET
from tripwire._values import is_a


class Scope:
    """Where the names of an annotation are looked up.

    `names` are those of the module, `local` those of type parameters and of the class around.
    """

    def __init__(self, names: dict[str, Any], around: type | None = None, parameters: Any = ()) -> None:
        self.names = names
        self.local: dict[str, Any] = {one.__name__: one for one in parameters}
        self._around = around

    def resolved(self, annotation: Any) -> Any:
        """What an annotation means; UNSET if nobody can say."""
        local = self.local
        found = _resolved(annotation, self.names, local)
        if found is UNSET and self._around is not None:
            found = _resolved(annotation, self.names, {**vars(self._around), **local})
        return found


def scope_of(function: FunctionType) -> Scope:
    """That of a function's annotations."""
    parameters = getattr(function, "__type_params__", ())
    around = class_around(function)
    if around is not None:
        parameters = (*getattr(around, "__type_params__", ()), *parameters)
    return Scope(function.__globals__, around, parameters)


def scope_of_class(kind: type) -> Scope:
    """That of the annotations in a class."""
    module = sys.modules.get(kind.__module__)
    return Scope(vars(module) if module is not None else {}, kind, getattr(kind, "__type_params__", ()))


def class_around(function: FunctionType) -> type | None:
    """The class in which a method is written; None for a function, or where that class cannot be reached."""
    found: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split(".")[:-1]:
        found = getattr(found, "__dict__", {}).get(name)
    return found if isinstance(found, type) else None


def _resolved(annotation: Any, names: dict[str, Any], local: dict[str, Any]) -> Any:
    holder = SimpleNamespace(__annotations__={"it": annotation})
    try:
        return typing.get_type_hints(holder, names, local, include_extras=True)["it"]
    except Exception:  # noqa: BLE001 - names that only a type checker imports, and whatever else is written
        return UNSET


def attributes_of(mock: Mock) -> Spec:
    """The spec of a mock; for a property and an annotated attribute, the class that they are annotated with."""
    return _looked_up(mock)[0]


def callable_of(mock: Mock) -> Spec:
    """What a call of a mock stands for."""
    spec, is_instance = _looked_up(mock)
    if not is_instance:
        return spec
    call = inspect.getattr_static(spec.real, "__call__", UNSET)
    return Spec(call, takes_self=True) if isinstance(call, FunctionType) else Spec()


def _looked_up(mock: Mock) -> tuple[Spec, bool]:
    spec = mock._tripwire_spec
    if spec.real is not UNSET or mock._tripwire_parent is None:
        return spec, False
    parent, name = mock._tripwire_parent
    assert isinstance(parent, Mock)
    above = attributes_of(parent)
    if above.real is UNSET:
        return above, False
    try:
        spec = above.attribute(name, repr(parent))
    except AttributeError:
        return Spec(), False
    if spec.real is not UNSET:
        return spec, False
    kind = _annotated_class(above.real, name)
    return (Spec(), False) if kind is None else (Spec(kind), True)


def _annotated_class(owner: Any, name: str) -> type | None:
    """The class of a property's or an attribute's value, if it is annotated with one."""
    kinds = owner.__mro__ if is_a(owner, type) else type(owner).__mro__
    for kind in kinds:
        found = vars(kind).get(name)
        getter = found.func if isinstance(found, functools.cached_property) else getattr(found, "fget", None)
        if isinstance(getter, FunctionType):
            annotation = getter.__annotations__.get("return", UNSET)
            return _class_in(scope_of(getter).resolved(annotation))
        if name in (annotations := vars(kind).get("__annotations__", {})):
            return _class_in(scope_of_class(kind).resolved(annotations[name]))
    return None


def _class_in(annotation: Any) -> type | None:
    """The class that an annotation names, if it names one, beside None."""
    kinds = [one for one in typing.get_args(annotation) if one is not type(None)]
    if type(None) in typing.get_args(annotation) and len(kinds) == 1:
        annotation = kinds[0]
    return annotation if type(annotation) is not type(list[int]) and isinstance(annotation, type) else None

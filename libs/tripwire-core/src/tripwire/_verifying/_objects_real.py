"""The real thing behind a mock: what it takes and gives, and how sure that is."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import inspect
import re
import sys
import typing
from collections.abc import Awaitable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from tripwire._spec import Spec
from tripwire._unset import UNSET
from tripwire._verifying import _objects_words as words
from tripwire._verifying._objects_specs import Scope, class_around, scope_of, scope_of_class
from tripwire.verifying import Unchecked

_EMPTY = inspect.Parameter.empty
_INIT_VAR = re.compile(r"^(?:\w+\.)*InitVar\[(.*)\]$")
_LONGEST_CHAIN = 50
_CACHED = type(functools.lru_cache(maxsize=None)(int))


class Form(NamedTuple):
    """One way in which the real thing can be called: what it takes and gives, and where its annotations are read.

    `fields` are the scopes of a dataclass's fields, which may stand in several classes.
    """

    signature: inspect.Signature
    scope: Scope
    fields: Mapping[str, Scope] = {}

    def resolved(self, name: str, annotation: Any) -> Any:
        """What the annotation of a parameter means; UNSET if nobody can say."""
        if isinstance(annotation, dataclasses.InitVar):
            annotation = annotation.type
        elif name in self.fields and isinstance(annotation, str):  # Python 3.10 takes it for no type
            annotation = _INIT_VAR.sub(r"\1", annotation)
        return self.fields.get(name, self.scope).resolved(annotation)


class Real(NamedTuple):
    """What a call of a mock stands for.

    Attributes: `forms` (its overloads, or the one form that it has; none if its arguments are not known), `gives` (a
    class of which it gives an instance, where it is no annotation that says so), `says` (that in words, for what is
    no class), `is_sure` (no decorator may change what comes back), `self_type` (what `Self` means).
    """

    forms: list[Form]
    gives: type | None = None
    says: str = ""
    is_sure: bool = True
    self_type: type | None = None
    doubt: str = words.DECORATED


def real_thing(spec: Spec, receiver: Any) -> Real | Unchecked:
    """What a spec stands for; `receiver` is what the mock is an attribute of, or UNSET."""
    chain = _Chain(spec.real)
    if isinstance(chain.end, type):
        return _class(chain.end, is_sure=chain.is_sure)
    if not isinstance(chain.end, FunctionType):
        return Unchecked(words.ANOTHER_KIND)
    function = chain.end
    self_type = chain.self_type
    if self_type is None and spec.takes_self:
        self_type = receiver if isinstance(receiver, type) else class_around(function)
    signature = spec.signature()
    if signature is None:
        return Unchecked(words.ANOTHER_KIND)
    drops_self = spec.takes_self or chain.self_type is not None
    forms = [Form(one, scope_of(function)) for one in _overloads(function, drops_self)]
    gives, says = chain.manager()
    if gives is None and inspect.iscoroutinefunction(function) and not spec.is_async and chain.is_sure:
        gives, says = Awaitable, words.gives_awaitable()
    return Real(
        forms or [Form(signature, scope_of(function))], gives, says, chain.is_sure, self_type=self_type
    )


class _Chain:
    """The way from something callable down to the function or class that is written in Python."""

    def __init__(self, real: Any) -> None:
        self.is_sure: bool = True
        self.self_type: type | None = None
        self._wrappers: list[FunctionType] = []
        for _ in range(_LONGEST_CHAIN):
            below = self._below(real)
            if below is UNSET:
                break
            real = below
        self.end: Any = real

    def _below(self, real: Any) -> Any:
        if isinstance(real, functools.partial):
            return real.func
        if isinstance(real, MethodType):
            receiver = real.__self__
            self.self_type = receiver if isinstance(receiver, type) else type(receiver)
            return real.__func__
        if isinstance(real, type):
            return UNSET
        if (below := inspect.getattr_static(real, "__wrapped__", UNSET)) is not UNSET:
            if isinstance(real, FunctionType):
                self._wrappers.append(real)
                self.is_sure &= _is_contextlibs(real) or _keeps_types(real)
            else:
                self.is_sure &= isinstance(real, _CACHED)
            return below
        if isinstance(real, FunctionType):
            return UNSET
        call = getattr(type(real), "__call__", None)  # noqa: B004 - its function is wanted
        if not isinstance(call, FunctionType):
            return UNSET
        self.self_type = type(real)
        return call

    def manager(self) -> tuple[type | None, str]:
        """The kind of context manager that `contextlib` makes of a generator function, if it does."""
        for one in self._wrappers:
            if _is_contextlibs(one):
                is_async = inspect.isasyncgenfunction(self.end)
                kinds = (contextlib.AbstractContextManager, contextlib.AbstractAsyncContextManager)
                return kinds[is_async], words.gives_manager(is_async)
        return None, ""


def _is_contextlibs(wrapper: FunctionType) -> bool:
    return wrapper.__globals__ is vars(contextlib)


def _keeps_types(wrapper: FunctionType) -> bool:
    """Whether a decorator, by its own annotations, gives a function of the type of the one that it is given."""
    for maker in list(wrapper.__globals__.values()):
        if isinstance(maker, FunctionType) and _holds(maker.__code__, wrapper.__code__):
            try:
                hints = typing.get_type_hints(maker)
            except Exception:  # noqa: BLE001 - then they say nothing
                return False
            given = hints.pop("return", None)
            taken: Any = next(iter(hints.values()), None)
            if maker.__code__.co_argcount and _is_same(taken, given):
                return True
            args = typing.get_args(given)
            return (
                len(args) == 2
                and isinstance(args[0], list)
                and _is_same(args[0][0] if args[0] else None, args[1])
            )
    return False


def _is_same(taken: Any, given: Any) -> bool:
    is_generic = isinstance(taken, typing.TypeVar) or bool(getattr(taken, "__parameters__", ()))
    return is_generic and bool(taken == given)


def _holds(code: CodeType, inner: CodeType) -> bool:
    return any(one is inner or _holds(one, inner) for one in code.co_consts if isinstance(one, CodeType))


def _overloads(function: FunctionType, drops_self: bool) -> Iterator[inspect.Signature]:
    if sys.version_info < (3, 11):
        return  # pragma: no cover - before Python 3.11
    for one in typing.get_overloads(function):
        signature = inspect.signature(one)
        yield (
            signature.replace(parameters=list(signature.parameters.values())[1:]) if drops_self else signature
        )


def _class(kind: type, *, is_sure: bool) -> Real:
    """A class, whose call gives an instance."""
    plain = type(kind).__call__ is type.__call__
    maker, taker = kind.__new__, kind.__init__  # type: ignore[misc] # of this class, whatever others do
    own_making = isinstance(maker, FunctionType) and not hasattr(
        kind, "_fields"
    )  # of a named tuple: like the others
    is_sure = is_sure and plain and not own_making
    function: Any = maker if isinstance(maker, FunctionType) else taker
    both = isinstance(maker, FunctionType) and isinstance(taker, FunctionType)
    forms: list[Form] = []
    if plain and not both and isinstance(function, FunctionType) and not hasattr(kind, "__signature__"):
        signature = Spec(function, takes_self=True).signature()
        if signature is not None:
            forms = [Form(signature, scope_of(function), _fields(kind, function))]
    return Real(forms, kind, is_sure=is_sure, self_type=kind, doubt=words.OWN_MAKING)


def _fields(kind: type, taker: FunctionType) -> Mapping[str, Scope]:
    if not dataclasses.is_dataclass(kind) or taker.__code__.co_filename != "<string>":
        return {}
    return {
        name: scope_of_class(one)
        for one in reversed(kind.__mro__)
        for name in vars(one).get("__annotations__", {})
    }

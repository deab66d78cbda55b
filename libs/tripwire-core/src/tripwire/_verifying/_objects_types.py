"""Whether a value is of a type: typeguard's judgement, but for what stands for an instance in a test."""

from __future__ import annotations

import re
import sys
import typing
import warnings
from collections.abc import Collection
from pathlib import PurePath
from types import SimpleNamespace
from typing import Annotated, Any
from unittest import mock

from typeguard import (
    CollectionCheckStrategy,
    ForwardRefPolicy,
    TypeCheckConfiguration,
    TypeCheckError,
    TypeCheckMemo,
    TypeHintWarning,
    check_type_internal,
)
from typing_extensions import Never, is_typeddict  # which typeguard brings

from tripwire._double import Double
from tripwire._mock import Mock
from tripwire._spy import Spy
from tripwire._unset import UNSET
from tripwire._values import PASSES, is_a
from tripwire._verifying import _objects_words as words
from tripwire._verifying._objects_specs import Scope, attributes_of
from tripwire.verifying import Unchecked

_CONFIGURATION = TypeCheckConfiguration(
    forward_ref_policy=ForwardRefPolicy.ERROR, collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS
)
_FOLDERS_OF_TESTS = frozenset(("test", "tests"))
_DEEPEST = 20
_NAME = re.compile(r"[A-Za-z_]\w*")

# What typeguard judges more strictly than a type checker would.
_DOUBTFUL = (
    (re.compile(r"protocol because its "), words.METHODS_OF_PROTOCOL),
    (re.compile(r"is not an? (text based |binary )?I/O object"), words.LIKE_A_FILE),
    (re.compile("cannot be checked against Self"), words.SELF_UNKNOWN),
)


def misfit(
    value: Any, annotation: Any, scope: Scope, self_type: type | None, test_files: Collection[str]
) -> str | Unchecked | None:
    """Why a value is not of a type; None if it is, Unchecked if nobody can say so.

    Forward references within the type are looked up in `scope`; `self_type` is what `Self` means.
    """
    while typing.get_origin(annotation) is Annotated:  # of which typeguard does not know `Any`
        annotation = typing.get_args(annotation)[0]
    local = None if annotation is UNSET else _names_within(annotation, scope)
    if local is None:
        return Unchecked(words.UNRESOLVED)
    if annotation in (typing.NoReturn, Never):
        return words.COMES_BACK
    context = TypeCheckMemo(scope.names, local, self_type=self_type, config=_CONFIGURATION)
    stand_ins = _StandIns(test_files)
    substituted = stand_ins.replaced(value, known=True)
    wrong = _judgement(substituted, annotation, context)
    if wrong is None and _takes_anything(annotation):
        return Unchecked(words.TYPE_VARIABLE)
    if wrong is None or not stand_ins.found:
        return wrong
    beside = _judgement(stand_ins.replaced(value, known=False), annotation, context)
    return Unchecked(stand_ins.why) if beside is None else beside


def _takes_anything(annotation: Any) -> bool:
    """Whether a part of it is a type variable without bounds, whose type nobody looks for here."""
    parameters = (annotation, *getattr(annotation, "__parameters__", ()))
    variables = [one for one in parameters if isinstance(one, typing.TypeVar)]
    return any(one.__bound__ is None and not one.__constraints__ for one in variables)


def _judgement(value: Any, annotation: Any, context: TypeCheckMemo) -> str | Unchecked | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", TypeHintWarning)
            check_type_internal(value, annotation, context)
    except TypeCheckError as error:
        text = str(error)
        for doubt, reason in _DOUBTFUL:
            if doubt.search(text):
                return Unchecked(reason)
        return words.why(text)
    except (NameError, TypeHintWarning):
        return Unchecked(words.UNRESOLVED)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - values and their classes may do anything
        return Unchecked(words.CANNOT_CHECK)
    return None


def _names_within(annotation: Any, scope: Scope) -> dict[str, Any] | None:
    """The local names, with those that typed dicts and named tuples have in their own modules.

    typeguard looks all of them up in one place; None if a name would mean two things there.
    """
    local = dict(scope.local)
    waiting, seen = [annotation], set()
    while waiting:
        one = waiting.pop()
        waiting += typing.get_args(one)
        if id(one) in seen or not (is_typeddict(one) or hasattr(one, "_field_defaults")):
            continue
        seen.add(id(one))
        theirs = vars(sys.modules.get(one.__module__, typing))
        for part in one.__annotations__.values():
            if not isinstance(part, typing.ForwardRef):
                waiting.append(part)
                continue
            for name in _NAME.findall(part.__forward_arg__):
                meant = theirs.get(name, UNSET)
                if meant is not local.get(name, scope.names.get(name, meant)):
                    return None
                if meant is not UNSET:
                    local[name] = meant
                    waiting.append(meant)
    return local


class _StandIns:
    """Finds what stands for an instance.

    Doubles, mocks of `unittest.mock`, objects of a test's own classes, and of generic ones that do not say of what.
    """

    def __init__(self, test_files: Collection[str]) -> None:
        self._test_files = test_files
        self.found = False
        self.why = words.STANDS_IN

    def replaced(self, value: Any, *, known: bool, depth: int = 0) -> Any:
        """A value in which a stand-in is what it stands for, as far as `known`, or fits everywhere."""
        kind = self._stands_for(value)
        if kind is not UNSET:
            self.found = True
            if not known:
                return mock.Mock()  # which typeguard lets pass
            return value if kind is type(value) else _Stands(kind)
        if depth == _DEEPEST:
            return value
        form = type(value)

        def inner(one: Any) -> Any:
            return self.replaced(one, known=known, depth=depth + 1)

        if form in (list, tuple, set, frozenset):
            return _same(value, form, [inner(one) for one in value])
        if form is dict:
            items = [inner(one) for one in value.values()]
            kept = all(new is old for new, old in zip(items, value.values(), strict=True))
            return value if kept else dict(zip(value, items, strict=True))
        if issubclass(form, tuple) and hasattr(form, "_make"):
            return _same(value, form._make, [inner(one) for one in value])
        return value

    def _stands_for(self, value: Any) -> Any:
        """The class of what a value stands for, `object` where nobody says so; UNSET if it is no stand-in."""
        if is_a(value, Double):
            real = attributes_of(value).real if isinstance(value, Mock) else UNSET
            real = value._tripwire_real if isinstance(value, Spy) else real
            return object if real is UNSET else real if isinstance(real, type) else type(real)
        if is_a(value, mock.NonCallableMock):
            kind = value.__class__
            return object if issubclass(kind, mock.NonCallableMock) else kind
        kind = type(value)
        if kind in (object, SimpleNamespace) or kind.__module__ == "unittest.mock":
            return object
        if _is_open_generic(kind):
            self.why = words.OPEN_GENERIC
            return kind
        return kind if self._is_of_a_test(kind) else UNSET

    def _is_of_a_test(self, kind: type) -> bool:
        module = sys.modules.get(kind.__module__)
        names = vars(module) if module is not None else {}
        file = names.get("__file__") or ""
        is_beside = not _FOLDERS_OF_TESTS.isdisjoint(PurePath(file).parts)
        return "@pytest_ar" in names or file in self._test_files or is_beside


def _is_open_generic(kind: type) -> bool:
    """Whether it is a class of pydantic such as `Page`, of which `Page[int]` is a subclass: both may be meant."""
    return bool(vars(kind).get("__pydantic_generic_metadata__", {}).get("parameters"))


def _same(value: Any, make: Any, items: list[Any]) -> Any:
    return value if all(new is old for new, old in zip(items, value, strict=True)) else make(items)


class _Stands:
    """An instance of a class, as far as `isinstance` asks."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return self._kind

    def __getattr__(self, name: str) -> Any:
        if name.endswith(("signature__", "__wrapped__")):  # those of the class
            raise AttributeError(name)
        return getattr(self._kind, name)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Calls fit, too."""

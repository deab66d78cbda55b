"""Values that are made of others, and not by a display: what is called to make them, and with what."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from typing import Any, NamedTuple

from tripwire._values import equal, is_a
from tripwire._writing import _words
from tripwire._writing._importable import NoLiteral

_LONGEST_REPR = 20_000


class Parts(NamedTuple):
    """What makes a value: `kind` is called with these; `kind` None: the value is shown as `args[0]` itself."""

    kind: Any
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}  # noqa: RUF012 - never changed


def parts(value: Any) -> Parts:
    """How a value is made.

    Raises:
        NoLiteral: nobody knows.
    """
    kind = type(value)
    if kind is deque:
        return Parts(deque, (list(value),), {} if value.maxlen is None else {"maxlen": value.maxlen})
    if kind is defaultdict:
        return Parts(defaultdict, (value.default_factory, dict(value)))
    if kind in (OrderedDict, Counter, UserDict, type(type.__dict__)):
        return Parts(kind, (dict(value),) if value else ())
    if kind is UserList:
        return Parts(kind, (list(value),))
    if kind is ChainMap:
        return Parts(kind, tuple(value.maps))
    if kind is slice:
        return Parts(
            slice, (value.start, value.stop, value.step) if value.step else (value.start, value.stop)
        )
    if is_record(value):
        return Parts(None, (dict(value.items()),))
    if is_a(value, BaseException):
        return _error(value)
    if is_a(value, tuple) and type(getattr(kind, "_fields", None)) is tuple:
        return Parts(kind, (), dict(zip(kind._fields, tuple.__iter__(value), strict=True)))
    if dataclasses.is_dataclass(kind):
        return Parts(
            kind, (), {one.name: getattr(value, one.name) for one in dataclasses.fields(kind) if one.init}
        )
    if "__attrs_attrs__" in vars(kind):
        fields = [one for one in kind.__attrs_attrs__ if one.init]
        return Parts(kind, (), {one.name.lstrip("_"): getattr(value, one.name) for one in fields})
    if kind.__module__ == "types" and kind.__name__ == "SimpleNamespace":
        return Parts(kind, (), dict(vars(value)))
    return _by_repr(value)


def is_record(value: object) -> bool:
    """Whether it is a row of asyncpg, which nobody but a connection can make."""
    return any(
        one.__name__ == "Record" and one.__module__.startswith("asyncpg") for one in type(value).__mro__
    )


def is_same(made: Any, value: Any, *, is_field: bool) -> bool:
    """Whether what was made is what it shall be. `is_field`: it is compared as assertions compare a field."""
    if type(made) is not type(value):
        return False
    if is_field and is_a(value, BaseException):
        return _is_same_error(made, value)
    return equal(made, value)


def is_alike(made: Any, value: Any) -> bool:
    """The same for a mock, to which it is enough that it answers like the value."""
    if type(made) is not type(value):
        return False
    if is_a(value, BaseException):
        return _is_same_error(made, value)
    if equal(made, value):
        return True
    return _has_no_equality(type(value)) and hasattr(value, "__dict__") and equal(vars(made), vars(value))


def _has_no_equality(kind: type) -> bool:
    return all("__eq__" not in vars(one) for one in kind.__mro__ if one is not object)


def _is_same_error(made: BaseException, value: BaseException) -> bool:
    return equal(made.args, value.args) and equal(_state(made), _state(value)) and str(made) == str(value)


def _state(error: BaseException) -> dict[str, Any]:
    return {name: one for name, one in vars(error).items() if name != "__notes__"}


def _error(error: BaseException) -> Parts:
    """An exception by its arguments, as it is pickled; or, if these do not tell all, by those of its `__init__`."""
    kind = type(error)
    reduced = error.__reduce__()
    args = reduced[1] if type(reduced) is tuple and reduced[0] is kind else error.args
    parameters = (
        list(inspect.signature(kind).parameters.values()) if not _makes(kind, args, {}, error) else []
    )
    for given in (args, ()):  # what is not among the arguments may be an attribute
        named = {one.name: getattr(error, one.name, one) for one in parameters[len(given) :]}
        kwargs = {
            one.name: named[one.name]
            for one in parameters[len(given) :]
            if named[one.name] is not one.default
        }
        if _makes(kind, given, kwargs, error):
            return Parts(kind, given, kwargs)
    raise NoLiteral(_words.NO_LITERAL)


def _makes(kind: Any, args: Any, kwargs: dict[str, Any], error: BaseException) -> bool:
    try:
        return _is_same_error(kind(*args, **kwargs), error)
    except Exception:  # noqa: BLE001 - it is not made so
        return False


def _by_repr(value: Any) -> Parts:
    """What the text of a value calls, if that is its class with literals; nothing of it is run."""
    text = repr(value) if sys.getsizeof(value) < _LONGEST_REPR else ""
    if type(text) is not str or not 2 < len(text) <= _LONGEST_REPR or not text.endswith(")"):
        raise NoLiteral(_words.NO_LITERAL)
    try:
        node = ast.parse(text, mode="eval").body
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == type(value).__name__:
            args = tuple(ast.literal_eval(one) for one in node.args)
            return Parts(
                type(value), args, {one.arg: ast.literal_eval(one.value) for one in node.keywords if one.arg}
            )
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        pass
    raise NoLiteral(_words.NO_LITERAL)

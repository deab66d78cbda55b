"""What is said where mocks are held against the signatures and annotations of what they stand for."""

from __future__ import annotations

import inspect
from typing import Any

from tripwire._values import LONGEST_VALUE, cut, short

NEEDS_TYPEGUARD = (
    'the annotations of what mocks stand for are checked by typeguard: pip install "python-tripwire[verify]" '
    "(or tripwire-core[verify]), or write `mock = false`"
)

NOTHING_REAL = "a mock without spec has nothing real behind it"
OF_A_VALUE = "what stands behind an attribute of a mock is not known"
UNANNOTATED = "the real function is not annotated"
PARTLY_ANNOTATED = "the real function is annotated only in part"
TYPE_VARIABLE = "a type variable without a bound is annotated, which takes anything"
UNRESOLVED = "an annotation cannot be resolved at run time"
DECORATED = "a decorator may change what the real function takes and gives"
OWN_MAKING = "a class that makes its instances by code of its own may give something else"
OWN_ARGUMENTS = "the arguments of a class are taken by code that is not annotated"
ANOTHER_KIND = "the real thing is called by code that is not in Python"
STANDS_IN = "a mock or a test's own object stands for an instance, and does not say of which class"
OPEN_GENERIC = "an instance of a generic pydantic model does not say with which types it was made"
NOT_BACK = "the call had not come back when the test was over"
METHODS_OF_PROTOCOL = "the parameters of a protocol's methods are not compared"
LIKE_A_FILE = "whether an object is like a file is not known"
SELF_UNKNOWN = "which class Self means is not known"
COMES_BACK = "this comes back"
NO_INSTANCE = "this is not an instance of "
CANNOT_CHECK = "the type of a value could not be checked"


def gives(how: str, value: object) -> str:
    """What a mock says."""
    return f"{'its function' if how == 'calls' else 'it'} returns {short(value)}"


def passes(name: str, value: object) -> str:
    """What the program says by its call."""
    return f"the program calls it with {name}={short(value)}"


def is_annotated(annotation: object, why: str) -> str:
    """What is true of what comes back."""
    return f"the real one is annotated to give {shown(annotation)}, and {why}"


def takes(name: str, annotation: object, why: str) -> str:
    """What is true of an argument."""
    return f"the real one is annotated {name}: {shown(annotation)}, and {why}"


def gives_instance(name: str, why: str) -> str:
    """What is true of a class."""
    return f"a call of the class gives an instance of {name}, and {why}"


def instance_instead(name: str) -> str:
    """What to do about a value that is no instance of a class."""
    return f"return an instance of {name}, or a mock with spec={name}"


def gives_manager(is_async: bool) -> str:
    """What is true of a generator that `contextlib` makes a context manager of."""
    return f"the real one gives {'an async' if is_async else 'a'} context manager: it is decorated to do so"


def gives_awaitable() -> str:
    """What is true of a coroutine function that is called through something that is none."""
    return "the real one gives an awaitable"


def no_overload(number: int) -> str:
    """What is true of a function with overloads."""
    return f"none of its {number} overloads takes such arguments and gives such a value"


def answers(words: object) -> str:
    """What a mock of something that is no function says."""
    return f"it can be called: {words}"


def not_callable(value: object) -> str:
    """What is true of it."""
    return f"the real one cannot be called: it is {short(value, 80)}"


def wrong_arguments(why: object) -> str:
    """What is true of arguments that a signature does not take."""
    return f"the real one does not take them: {why}"


def shown(annotation: Any) -> str:
    """An annotation, as one would write it."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return cut(text, LONGEST_VALUE)


_UNION = "did not match any element in the union:"
_NONE = "fits none of"
_PATHS = ("item ", "key ", "value ", "attribute ", "argument ")


def why(error: str) -> str:
    """What typeguard says of a value, in a line."""
    where, is_union, rest = error.replace("is not an instance of NoneType", "is not None").partition(_UNION)
    if not is_union:
        return cut(where if where.startswith(_PATHS) else f"this {where}", 2 * LONGEST_VALUE)
    where = where.strip() or "this"
    parts: list[str] = []
    for line in rest.strip("\n").splitlines():
        if line.startswith("   ") and parts:
            parts[-1] += f"{' ' if parts[-1].endswith(_NONE) else ', '}{line.strip()}"
        elif not line.startswith(("  None: ", "  NoneType: ")):
            parts.append(line.strip().replace(_UNION, _NONE))
    if len(parts) == 1:
        _, _, only = parts[0].partition(": ")
        inner = why(only).removeprefix("this ")
        text = f"{where}: {inner}" if inner.startswith(_PATHS) else f"{where} {inner}"
        return cut(text.removeprefix("this: "), 2 * LONGEST_VALUE)
    return cut(f"{where} {_NONE} {'; '.join(parts)}", 2 * LONGEST_VALUE)

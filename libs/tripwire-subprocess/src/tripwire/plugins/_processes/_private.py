"""Private names of the standard library, checked when they come into use."""

from __future__ import annotations

import inspect
import platform
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from tripwire import TripwireError

_REMEDY = (
    'Use a supported version of Python, or put "popen", "subprocess" and "async_subprocess" under '
    "disabled_plugins in [tool.tripwire]"
)


_known: weakref.WeakKeyDictionary[Callable[..., Any], tuple[str, ...]] = weakref.WeakKeyDictionary()
"""The parameters of functions, which are asked for at every sandbox."""


def expect_parameters(function: Callable[..., Any], name: str, expected: tuple[str, ...]) -> None:
    """See to it that a function begins with these parameters.

    Raises:
        TripwireError: it does not.
    """
    parameters = _known.get(function)
    if parameters is None:
        parameters = _known[function] = tuple(inspect.signature(function).parameters)
    found = parameters[: len(expected)]
    if found != expected:
        raise TripwireError(
            f"{name}, where tripwire catches processes, has other parameters in "
            f"Python {platform.python_version()} than it knows:\n"
            f"  known  {', '.join(expected)}\n  found  {', '.join(found)}\n{_REMEDY}",
            code="unsupported-version",
        )


def expect_attributes(owner: object, name: str, expected: Iterable[str]) -> None:
    """See to it that an object has these attributes; for a class, those its `__init__` sets count.

    Raises:
        TripwireError: it does not.
    """
    code = getattr(getattr(owner, "__init__", None), "__code__", None)
    set_by_it = code.co_names if code is not None else ()
    if missing := [one for one in expected if one not in set_by_it and not hasattr(owner, one)]:
        raise TripwireError(
            f"{name}, where tripwire catches processes, lacks {', '.join(missing)} in "
            f"Python {platform.python_version()}.\n{_REMEDY}",
            code="unsupported-version",
        )

"""Who holds a name that tripwire is about to trust."""

from __future__ import annotations

import contextlib
import os
import sys
from types import FunctionType
from typing import Any

from tripwire._frames import installed_package, shorten


def patcher_of(held: object, home: str) -> str | None:
    """The name of whoever put `held` where a name of the package `home` belongs; None if it is genuine."""
    genuine: Any = held.__func__ if isinstance(held, (staticmethod, classmethod)) else held
    kind = type(genuine)  # not isinstance: transparent wrappers lie about their class
    if kind is FunctionType:
        autospec = getattr(genuine, "mock", None)  # a function made by unittest.mock.create_autospec
        if type(autospec).__module__ == "unittest.mock":
            return "unittest.mock"
        return _author_of_function(genuine, home)
    if _is_compiled_function(genuine):
        return None
    if issubclass(kind, type):
        return None if _root(genuine.__module__) == home else genuine.__module__
    wrapper = getattr(genuine, "_self_wrapper", None)  # wrapt names the instrumentation behind it
    if wrapper is not None:
        return str(getattr(wrapper, "__module__", "wrapt"))
    module = kind.__module__
    return module if module == "unittest.mock" else _root(module)


def _author_of_function(function: FunctionType, home: str) -> str | None:
    filename = function.__code__.co_filename
    if filename.startswith("<frozen "):
        return None
    inner = getattr(function, "__wrapped__", None)
    if function.__code__.co_filename == contextlib.__file__ and isinstance(inner, FunctionType):
        return _author_of_function(inner, home)  # a library's own @contextmanager
    path = os.path.abspath(filename)
    module = sys.modules.get(home)
    origin = getattr(module, "__file__", None)
    if origin is not None:
        origin = os.path.abspath(origin)
        folder = os.path.dirname(origin) + os.sep
        if path == origin or (os.path.basename(origin) == "__init__.py" and path.startswith(folder)):
            return None
    if (package := installed_package(path)) is not None:
        return package
    name = function.__module__ or ""
    if name.startswith(("unittest.", "_pytest.")):
        return name
    return f"{shorten(filename)}:{function.__code__.co_firstlineno}"


def _is_compiled_function(held: object) -> bool:
    return type(held).__name__ in (
        "builtin_function_or_method",
        "cython_function_or_method",
        "method_descriptor",
        "wrapper_descriptor",
    )


def _root(module: str) -> str:
    return module.partition(".")[0]

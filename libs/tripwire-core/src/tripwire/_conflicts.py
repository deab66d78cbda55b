"""Who holds a name that tripwire is about to trust."""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import sys
from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import Any

from tripwire._frames import installed_package, shorten

MOCK = "unittest.mock"


def patcher_of(held: object, home: str) -> str | None:
    """The name of whoever wrote `held`, which stands where a name of the package `home` belongs; None if it is genuine.

    It is an installed package, a module, or the place of a function in the user's files, as `file:line`.
    """
    kind = type(held)  # not isinstance: transparent wrappers and mocks lie about their class
    if kind in (staticmethod, classmethod, MethodType):
        return patcher_of(held.__func__, home)  # type: ignore[attr-defined]
    if kind.__module__ == MOCK:
        return _author_of_effect(held, home)
    if kind is FunctionType:
        autospec = vars(held).get("mock")  # a function made by unittest.mock.create_autospec
        if type(autospec).__module__ == MOCK:
            return _author_of_effect(autospec, home)
        return _author_of_function(held, home)  # type: ignore[arg-type]
    if _is_compiled_function(kind):
        return None
    if issubclass(kind, type):
        return _author_of_class(held.__module__, home)
    if (wrapper := getattr(held, "_self_wrapper", None)) is not None:  # wrapt names who is behind it
        return str(getattr(_without_arguments(wrapper), "__module__", "wrapt"))
    if kind is functools.partial:
        return patcher_of(_without_arguments(held), home) or "functools"
    return _author_of_class(kind.__module__, home)


def applier_of(places: Sequence[tuple[object, str]]) -> str | None:
    """The tool that is patching one of these names, of owners, for a test: monkeypatch, pytest-mock or unittest.mock.

    Looks at every object there is, so it is only for reports.
    """
    mock, pytest_mock = sys.modules.get(MOCK), sys.modules.get("pytest_mock.plugin")
    monkeypatch = getattr(sys.modules.get("_pytest.monkeypatch"), "MonkeyPatch", None)
    patch, mocker = getattr(mock, "_patch", None), getattr(pytest_mock, "MockerFixture", None)
    patches, mockers = [], []
    for one in gc.get_objects():
        kind = type(one)
        if kind is monkeypatch:
            if any(_is_among(owner, name, places) for owner, name, _ in one._setattr):
                return "monkeypatch"
        elif kind is patch:
            if hasattr(one, "temp_original") and _is_among(one.target, one.attribute, places):
                patches.append(one)
        elif mocker is not None and issubclass(kind, mocker):
            mockers.append(one)
    if not patches:
        return None
    caches = (getattr(getattr(one, "_mock_cache", None), "cache", ()) for one in mockers)
    cached = {id(item.patch) for cache in caches for item in cache}
    return "pytest_mock" if any(id(one) in cached for one in patches) else MOCK


def is_installed(author: str) -> bool:
    """Whether an author is an installed package, or a module of one."""
    module = sys.modules.get(_root(author))
    paths = list(getattr(module, "__path__", ())) or [getattr(module, "__file__", None) or ""]
    return installed_package(os.path.join(paths[0], "")) is not None


def _author_of_function(function: FunctionType, home: str) -> str | None:
    filename = function.__code__.co_filename
    if filename.startswith("<frozen "):
        return None
    inner = getattr(function, "__wrapped__", None)
    if filename == contextlib.__file__ and isinstance(inner, FunctionType):
        return _author_of_function(inner, home)  # a library's own @contextmanager
    path = os.path.abspath(filename)
    origin = getattr(sys.modules.get(home), "__file__", None)
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


def _author_of_class(module: str, home: str) -> str | None:
    root = _root(module)
    if root == home:
        return None
    return root if is_installed(module) else module


def _author_of_effect(mock: Any, home: str) -> str:
    """The installed package whose function a mock calls, where it uses unittest.mock for its own ends."""
    effect = getattr(mock, "side_effect", None)
    if type(effect) not in (FunctionType, MethodType):
        return MOCK
    author = patcher_of(effect, home)
    return author if author is not None and is_installed(author) else MOCK


def _without_arguments(call: Any) -> Any:
    while type(call) is functools.partial:
        call = call.func
    return call


def _is_among(owner: object, name: str, places: Sequence[tuple[object, str]]) -> bool:
    return any(owner is one and name == other for one, other in places)


def _is_compiled_function(kind: type) -> bool:
    return kind.__name__ in (
        "builtin_function_or_method",
        "cython_function_or_method",
        "method_descriptor",
        "wrapper_descriptor",
    )


def _root(module: str) -> str:
    return module.partition(".")[0]

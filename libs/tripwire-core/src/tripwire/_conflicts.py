"""Who holds a name that tripwire is about to trust."""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import os
import re
import sys
from collections.abc import Sequence
from types import FunctionType, MethodType
from typing import Any

from tripwire._frames import installed_package, shorten
from tripwire._values import PASSES

MOCK = "unittest.mock"


def patcher_of(held: object, home: str, place: tuple[object, str] | None = None) -> str | None:
    """The name of whoever wrote `held`, which stands where a name of the package `home` belongs; None if it is genuine.

    It is an installed package, a module, or the place of a function in the user's files, as `file:line`. For a
    function of `home` or of Python that belongs elsewhere than at the `place` (owner and name), it is `module:name`.
    """
    kind = type(held)  # not isinstance: transparent wrappers and mocks lie about their class
    if kind in (staticmethod, classmethod, MethodType):
        return patcher_of(held.__func__, home, place)  # type: ignore[attr-defined]
    module = _module_of(kind)
    if module == MOCK:
        return _author_of_effect(held, home)
    if kind is FunctionType:
        autospec = vars(held).get("mock")  # a function made by unittest.mock.create_autospec
        if _module_of(type(autospec)) == MOCK:
            return _author_of_effect(autospec, home)
        author = _author_of_function(held, home)  # type: ignore[arg-type]
        return _other_function(held, place) if author is None else author
    if _is_compiled_function(kind):
        return _author_of_compiled(held, home, place)
    if issubclass(kind, type):
        return _author_of_class(_module_of(held), home)  # type: ignore[arg-type]
    wrapper = getattr(sys.modules.get("wrapt"), "FunctionWrapper", None)
    if isinstance(wrapper, type) and issubclass(kind, wrapper):  # which names who is behind it
        behind = _attribute(_function_of(_attribute(held, "_self_wrapper")), "__module__")
        return behind if isinstance(behind, str) else "wrapt"
    if kind is functools.partial:
        return patcher_of(_function_of(held), home) or "functools"
    return _author_of_class(module, home)


def applier_of(places: Sequence[tuple[object, str]]) -> str | None:
    """The tool that is patching one of these names, of owners, for a test: monkeypatch, pytest-mock or unittest.mock.

    Asks every object there is what it refers to, so it is only for reports.
    """
    mock, pytest_mock = sys.modules.get(MOCK), sys.modules.get("pytest_mock.plugin")
    monkeypatch = getattr(sys.modules.get("_pytest.monkeypatch"), "MonkeyPatch", None)
    patch, mocker = getattr(mock, "_patch", None), getattr(pytest_mock, "MockerFixture", None)
    patches, mockers = [], []
    kinds = [kind for kind in (monkeypatch, patch, *_and_below(mocker)) if kind is not None]
    for one in gc.get_referrers(*kinds):  # every object refers to its class
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


def _and_below(kind: type[Any] | None) -> list[type[Any]]:
    below: list[type[Any]] = [] if kind is None else kind.__subclasses__()
    return [*filter(None, [kind]), *(each for one in below for each in _and_below(one))]


def is_installed(author: str) -> bool:
    """Whether an author is an installed package, or a module of one."""
    module = sys.modules.get(_root(author))
    paths = list(getattr(module, "__path__", ())) or [getattr(module, "__file__", None) or ""]
    return installed_package(os.path.join(paths[0], "")) is not None


def is_instrumentation(who: str) -> bool:
    """Whether a patcher may be a transparent wrapper for good: an installed package that is no tool for tests."""
    return _root(who) not in ("_pytest", "pytest_mock") and is_installed(who)


def _author_of_function(function: FunctionType, home: str) -> str | None:
    filename = function.__code__.co_filename
    if filename.startswith("<frozen "):
        return None
    inner = vars(function).get("__wrapped__")
    if filename == contextlib.__file__ and type(inner) is FunctionType:
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
    name = function.__module__
    if isinstance(name, str) and name.startswith(("unittest.", "_pytest.")):
        return name
    return f"{shorten(filename)}:{function.__code__.co_firstlineno}"


def _author_of_compiled(held: Any, home: str, place: tuple[object, str] | None) -> str | None:
    """C and Cython code has no file to tell it by, but a name, and mostly a module, which may be an accelerator's."""
    module = getattr(getattr(held, "__objclass__", held), "__module__", None)
    if not isinstance(module, str) or _root(module).lstrip("_") == home:
        return None
    if (other := _other_function(held, place)) is None:
        return None
    return _root(module) if is_installed(module) else other


def _other_function(held: Any, place: tuple[object, str] | None) -> str | None:
    """A function's own name as `module:name`, where it is another than that of its place and no alias of the library's.

    What has been made by a decorator has no name of its own.
    """
    path = held.__qualname__
    if place is None or held.__name__ == place[1] or "<" in path:
        return None
    owner, name = place
    klass = getattr(held, "__objclass__", None)
    if klass is not None and isinstance(owner, type) and issubclass(owner, klass):
        return None  # a slot it inherits
    module = held.__module__ if klass is None else klass.__module__
    holder = _module_of(owner) if isinstance(owner, type) else getattr(owner, "__name__", None)
    return None if any(_binds(one, name) for one in (holder, module)) else f"{module}:{path}"


def _binds(module: object, name: str) -> bool:
    """Whether a module's source itself gives the name to something, by an assignment or by an import."""
    try:
        source = inspect.getsource(sys.modules[module])  # type: ignore[index]
    except (KeyError, TypeError, OSError):
        return False
    assigned, imported = rf"^[\w ,.=]*\b{name}\b[\w ,.]*(:.*)?=(?!=)", rf"\bas {name} *([,)]|$)"
    return re.search(f"{assigned}|{imported}", source, re.MULTILINE) is not None


def _author_of_class(module: str, home: str) -> str | None:
    root = _root(module)
    if root == home:
        return None
    return root if is_installed(module) else module


def _author_of_effect(mock: Any, home: str) -> str:
    """The installed package whose function a mock calls, where it uses unittest.mock for its own ends."""
    effect = _attribute(mock, "side_effect")
    if type(effect) not in (FunctionType, MethodType):
        return MOCK
    author = patcher_of(effect, home)
    return author if author is not None and is_installed(author) else MOCK


def _function_of(call: Any) -> Any:
    while type(call) in (functools.partial, MethodType):
        call = call.func if type(call) is functools.partial else call.__func__
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


def _module_of(kind: type) -> str:
    module = None
    with contextlib.suppress(AttributeError):
        module = type.__dict__["__module__"].__get__(kind)  # whatever its metaclass answers
    return module if isinstance(module, str) else "somebody"


def _attribute(held: Any, name: str) -> Any:
    """An attribute of an object that is anybody's; None if there is none."""
    try:
        return getattr(held, name, None)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - whatever it raises, it is to be named and not to be run into
        return None


def _root(module: str) -> str:
    return module.partition(".")[0]

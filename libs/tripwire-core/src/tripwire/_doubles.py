"""`tripwire.mock` and `tripwire.spy`."""

from __future__ import annotations

import builtins
import inspect
from types import FunctionType, ModuleType
from typing import Any

from tripwire import _context, _messages
from tripwire._double import MockPlugin
from tripwire._errors import with_help, wrong_use
from tripwire._frames import user_place
from tripwire._mock import Mock
from tripwire._pasting import Named
from tripwire._patching import import_owner
from tripwire._spec import Spec, is_method, look
from tripwire._spy import Spy
from tripwire._unset import UNSET
from tripwire._values import LONGEST_VALUE, is_a

__tracebackhide__ = True  # in every function: at import time no report is shortened

_UNBOUND: tuple[type, ...] = (FunctionType, classmethod, staticmethod)
_SELDOM_CALLED = ("breakpoint", "exit", "help", "input", "open", "print", "quit")
"""What of the builtins can be replaced: every line of Python may call the others."""

_IMMUTABLE = 1 << 8  # Py_TPFLAGS_IMMUTABLETYPE: built-in types refuse new attributes


class MockFactory:
    """Makes mocks: `tripwire.mock("Name")`, `tripwire.mock("package.module:attribute")`, `tripwire.mock.object`."""

    def __call__(self, name: str, *, spec: Any = UNSET) -> Mock:
        """A free-standing mock, or, where the name has a colon, one in the place of that attribute.

        ```python
        import os, tripwire

        def test_mock():
            getcwd = tripwire.mock("os:getcwd").returns("/tmp")
            with tripwire:
                assert os.getcwd() == "/tmp"
            getcwd.assert_call(args=(), kwargs={}, returned="/tmp")
        ```

        Args:
            name: any name, or an import path such as `"app.mail:Mailer.send"`.
            spec: a class or object whose attributes and signatures calls are checked against; by
                default the attribute that is replaced.

        Raises:
            ImportError, AttributeError: there is nothing at the import path.
        """
        _check_name(name)
        if ":" not in name:
            return Mock(_plugin(), name, Named(name, user_place()), Spec(spec))
        return _place_mock(*_owner_and_name(name), name, spec)

    def object(self, target: Any, attribute: str, *, spec: Any = UNSET) -> Mock:
        """A mock in the place of an attribute of an object.

        ```python
        import tripwire

        class Shop:
            def price(self, tea: str) -> int: ...

        def test_mock_object():
            price = tripwire.mock.object(Shop, "price").returns(3)
            with tripwire:
                assert Shop().price("green") == 3
            price.assert_call(args=("green",), kwargs={}, returned=3)
        ```

        Raises:
            AttributeError: the object has no such attribute.
        """
        return _place_mock(target, attribute, _label(target, attribute), spec)


class SpyFactory:
    """Makes spies: `tripwire.spy("package.module:attribute")` and `tripwire.spy.object`."""

    def __call__(self, path: str) -> Spy:
        """A spy in the place of the attribute at an import path: it calls the real thing.

        ```python
        import json, tripwire

        def test_spy():
            dumps = tripwire.spy("json:dumps")
            with tripwire:
                json.dumps([1])
            dumps.assert_call(args=([1],), kwargs={}, returned="[1]")
        ```

        Raises:
            ValueError: the path has no colon.
            ImportError, AttributeError: there is nothing at the path.
        """
        _check_name(path)
        if ":" not in path:
            raise wrong_use(ValueError, _messages.spy_needs_path(path))
        return _place_spy(*_owner_and_name(path), path)

    def object(self, target: Any, attribute: str) -> Spy:
        """A spy in the place of an attribute of an object.

        Raises:
            AttributeError: the object has no such attribute.
        """
        return _place_spy(target, attribute, _label(target, attribute))


def _plugin() -> MockPlugin:
    return _context.current_verifier().plugin(MockPlugin)


def _check_name(name: object) -> None:
    if not is_a(name, str) or not name.strip():
        raise wrong_use(TypeError, _messages.needs_name("a mock or spy", name))
    if not name.isprintable() or len(name) > LONGEST_VALUE:
        raise wrong_use(ValueError, _messages.unprintable_name("the name", name))


def _owner_and_name(path: str) -> tuple[Any, str]:
    owner, dot, name = path.rpartition(".")
    if not dot or ":" not in owner:
        owner, _, name = path.partition(":")
        owner += ":"
    if not owner.partition(":")[0] or not name:
        raise wrong_use(ValueError, _messages.no_import_path(path))
    try:
        return import_owner(owner), name
    except AttributeError as error:
        raise wrong_use(AttributeError, _messages.nothing_there(path, f": {error}")) from error
    except ImportError as error:
        with_help(error, "wrong-use")
        raise


def _label(target: Any, attribute: str) -> str:
    if not is_a(attribute, str):
        raise wrong_use(TypeError, _messages.no_attribute_name(attribute))
    if not attribute.isprintable() or len(attribute) > LONGEST_VALUE:
        raise wrong_use(ValueError, _messages.unprintable_name("the attribute", attribute))
    holder = target if look(target, lambda: hasattr(target, "__name__")) else type(target)
    return f"{holder.__name__}.{attribute}"


def _pristine(owner: Any, name: str, label: str) -> Any:
    found = inspect.getattr_static(owner, name, UNSET)
    if found is UNSET and not look(owner, lambda: hasattr(owner, name)):
        known = look(owner, lambda: dir(owner))
        raise wrong_use(AttributeError, _messages.nothing_there(label, f"; {_messages.nearest(name, known)}"))
    if owner is builtins and name not in _SELDOM_CALLED:
        raise wrong_use(ValueError, _messages.needed_by_tripwire(label))
    if is_a(owner, type) and owner.__flags__ & _IMMUTABLE:
        raise wrong_use(TypeError, _messages.fixed_attributes(label, owner))
    return found


def _place_mock(owner: Any, name: str, label: str, spec: Any) -> Mock:
    found = _pristine(owner, name, label)
    real = look(owner, lambda: getattr(owner, name))
    if spec is UNSET and (is_a(found, property) or not (callable(real) or _has_methods(real))):
        raise wrong_use(TypeError, _messages.not_replaceable(label, real))
    checked = Spec(real, takes_self=is_method(owner, found)) if spec is UNSET else Spec(spec)
    plugin = _plugin()
    mock = Mock(plugin, label, Named(label, user_place()), checked, real=real if callable(real) else UNSET)
    mock._tripwire_behind = real
    plugin.place(owner, name, mock)
    return mock


def _place_spy(owner: Any, name: str, label: str) -> Spy:
    found = _pristine(owner, name, label)
    unbound = is_a(owner, type) and any(is_a(found, kind) for kind in _UNBOUND)
    real = found if unbound else look(owner, lambda: getattr(owner, name))
    if is_a(found, property) or not (unbound or callable(real) or _has_methods(real)):
        raise wrong_use(TypeError, _messages.not_replaceable(label, real))
    plugin = _plugin()
    spy = Spy(plugin, label, Named(label, user_place()), real)
    plugin.place(owner, name, spy)
    return spy


def _has_methods(value: object) -> bool:
    return is_a(value, ModuleType) or type(value).__module__ != "builtins"

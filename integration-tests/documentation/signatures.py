"""Says what is wrong with code that names parts of a library: a name that is not there, arguments that do not fit.

Run with one JSON argument, `{"names": {"route": "respx:Route"}, "code": ["route.called"]}`, in an environment that has
the library. Names stand for a module or for an object of a class, and chains of attributes and calls are followed as
far as annotations tell. What begins with another name is not looked at.
"""

from __future__ import annotations

import ast
import inspect
import json
import pkgutil
import sys
import typing
from collections.abc import Iterator
from functools import partial
from importlib.metadata import entry_points
from typing import Any

UNKNOWN = object()
"""What is not known to the checker, and so may be anything."""


def wrong(names: dict[str, str], code: list[str]) -> list[str]:
    """One line for each error."""
    known = {name: pkgutil.resolve_name(where) for name, where in names.items()}
    found = []
    for text in code:
        for node in _chains(ast.parse(text)):
            try:
                _follow(node, known)
            except (AttributeError, TypeError) as error:
                found.append(f"{text}: {error}")
    return found


def _chains(tree: ast.AST) -> Iterator[ast.expr]:
    """The chains of attributes and calls in a piece of code, arguments too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Attribute, ast.Call)):
            yield node
        yield from _chains(node)


def _follow(node: ast.expr, known: dict[str, Any]) -> Any:
    """What an expression gives: a module, a class for an object of it, a function; or nobody knows."""
    if isinstance(node, ast.Name):
        return known.get(node.id, UNKNOWN)
    if isinstance(node, ast.Attribute):
        return _attribute(_follow(node.value, known), node.attr)
    if isinstance(node, ast.Call):
        return _call(_follow(node.func, known), node)
    return UNKNOWN


def _attribute(owner: Any, name: str) -> Any:
    if owner is UNKNOWN:
        return UNKNOWN
    if inspect.ismodule(owner) and owner.__name__ == "tripwire":
        for plugin in entry_points(group="tripwire.plugins", name=name):
            return plugin.load()
    if not hasattr(owner, name):
        if inspect.isclass(owner) and name in owner.__init__.__code__.co_names:  # made there
            return UNKNOWN
        raise AttributeError(f"{owner.__name__} has no {name!r}")
    found = inspect.getattr_static(owner, name)
    if isinstance(found, property):
        return _returned(found.fget)
    return getattr(owner, name)


def _call(function: Any, node: ast.Call) -> Any:
    if function is UNKNOWN:
        return UNKNOWN
    if not isinstance(function, (type, partial)) and not inspect.isroutine(function):
        function = type(function).__call__
    signature = inspect.signature(function)
    unbound = not inspect.isclass(function) and "self" in signature.parameters
    arguments = [None] * (len(node.args) + unbound)
    signature.bind(*arguments, **{word.arg: None for word in node.keywords if word.arg})
    return function if inspect.isclass(function) else _returned(function)


def _returned(function: Any) -> Any:
    """The class of what a function returns."""
    try:
        returned = typing.get_type_hints(function).get("return")
    except (NameError, TypeError):  # imported under TYPE_CHECKING; a partial
        return UNKNOWN
    return returned if inspect.isclass(returned) else UNKNOWN


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    print(json.dumps(wrong(task["names"], task["code"])))

"""By which names a file can reach a class or function."""

from __future__ import annotations

import builtins
import sys
import types
from typing import Any, NamedTuple

from tripwire._writing import _words

_TAKEN = ("mock", "tripwire", "sys")


class NoLiteral(Exception):  # noqa: N818 - no error by itself: a matcher takes the value's place
    """A value cannot be written as code; `str()` is what it does or is instead."""


class Piece(NamedTuple):
    """A part of an expression. `exact`: evaluated it gives the value, and not a matcher or placeholder for it."""

    text: str
    imports: frozenset[str] = frozenset()
    comments: tuple[str, ...] = ()
    exact: bool = True


class Names:
    """The names that one piece of code uses. `test_file` has its own classes without an import."""

    def __init__(self, test_file: str | None = None) -> None:
        self._test_file = test_file
        self._modules: dict[str, str] = {}
        self._own: dict[str, Any] = {}

    def of(self, thing: Any) -> Piece:
        """The name of a class or function.

        Raises:
            NoLiteral: no file can import it, or this one cannot.
        """
        module, path = thing.__module__, thing.__qualname__
        if thing is type(None):
            return Piece("type(None)")
        if type(module) is not str or type(path) is not str or "<" in path:
            raise NoLiteral(_words.LOCAL)
        if module == "builtins":
            if getattr(builtins, path, None) is thing:
                return Piece(path)
            module, path = "types", next((name for name, one in vars(types).items() if one is thing), path)
        held = sys.modules.get(module)
        if held is None or _within(held, path) is not thing:
            raise NoLiteral(_words.NOT_IMPORTABLE)
        if _is_of_a_test(module):
            if self._test_file is None or getattr(held, "__file__", None) != self._test_file:
                raise NoLiteral(_words.OF_A_TEST)
            head = path.partition(".")[0]
            if self._modules.setdefault(head, module) != module:
                raise NoLiteral(_words.NAME_TAKEN)
            self._own[head] = getattr(held, head)
            return Piece(path)
        return self._imported(_public(module, path, thing), path)

    def _imported(self, module: str, path: str) -> Piece:
        head = path.partition(".")[0]
        if hasattr(builtins, head) or head in _TAKEN or self._modules.get(head, module) != module:
            return Piece(f"{module}.{path}", frozenset({f"import {module}"}))
        self._modules[head] = module
        return Piece(path, frozenset({f"from {module} import {head}"}))

    def evaluated(self, piece: Piece) -> Any:
        """What a piece gives where it will stand: with the imports it states, and nothing else."""
        names = dict(self._own)
        for statement in sorted(piece.imports):
            exec(statement, names)
        return eval(piece.text, names)


def _within(module: types.ModuleType, path: str) -> Any:
    found: Any = module
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def _is_of_a_test(name: str) -> bool:
    last = name.rpartition(".")[2]
    return name == "__main__" or last == "conftest" or last.startswith("test_") or last.endswith("_test")


def _public(module: str, path: str, thing: Any) -> str:
    """The module that users import a name from: the package that offers it, not the module that defines it."""
    parts = module.split(".")
    around = [".".join(parts[:length]) for length in range(1, len(parts))]
    for name in (*around, module.lstrip("_")):
        held = sys.modules.get(name)
        if held is not None and "._" not in f".{name}" and _within(held, path) is thing:
            return name
    return module

"""Values of asyncpg, and errors of a server, as code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tripwire._values import is_a
from tripwire._writing._statement import Code
from tripwire.plugins.asyncpg_plugin import _failures, _real_seam, _seam

if TYPE_CHECKING:
    from tripwire._config import Config

_ASYNCPG = frozenset({"import asyncpg"})
_NOT_SHOWN = (
    "severity",
    "severity_en",
    "sqlstate",
    "message",
    "position",
    "internal_position",
    "server_source_filename",
    "server_source_line",
    "server_source_function",
)
"""The fields of an error that a script need not tell: they are its kind, or point into the server's own source."""


class Codes:
    """Makes code of values, with the masks of a configuration."""

    def __init__(self, config: Config) -> None:
        from tripwire._writing import _render

        self._render, self._masks = _render, _render.Masks.of(config)

    def of(self, value: Any, name: str) -> Any:
        """A value as a script returns it: plain, with code in it for what is asyncpg's own."""
        kind = type(value)
        if kind is list:
            return [self.of(one, name) for one in value]
        if kind is tuple:
            return tuple(self.of(one, name) for one in value)
        if kind is dict:
            return {key: self.of(one, key if is_a(key, str) else name) for key, one in value.items()}
        if _seam.is_record(value):
            return self._record(value)
        if is_a(value, UUID):
            return UUID(int=value.int)  # asyncpg has a kind of its own, of the same value
        arguments = _real_seam.arguments_of(value)
        if arguments is None:
            return value
        args, kwargs = arguments
        return self._call(f"asyncpg.{kind.__name__}", args, kwargs, _ASYNCPG)

    def _record(self, record: Any) -> Code:
        items = {str(name): value for name, value in record.items()}
        if all(name.isidentifier() for name in items):
            return self._call("tripwire.asyncpg.record", (), items, frozenset())
        inner = self._value(items, "returns")
        return Code(f"tripwire.asyncpg.record(**{inner.text})", inner.imports, inner.comment)

    def _call(self, function: str, args: Any, kwargs: dict[str, Any], imports: frozenset[str]) -> Code:
        parts = [("", self._value(one, "")) for one in args]
        parts += [(f"{name}=", self._value(one, name)) for name, one in kwargs.items()]
        text = ", ".join(f"{before}{one.text}" for before, one in parts)
        comments = dict.fromkeys(one.comment for _, one in parts if one.comment)
        return Code(
            f"{function}({text})", imports.union(*(one.imports for _, one in parts)), "; ".join(comments)
        )

    def _value(self, value: Any, name: str) -> Code:
        plain = self.of(value, name)
        if isinstance(plain, Code):
            return plain
        return self._render.value(plain, self._masks, name=name, is_assertion=False)

    def error(self, error: BaseException, *, of_connect: bool = False) -> Code:
        """An error as a script raises it."""
        if isinstance(error, _seam.postgres_error()) and _real_seam.is_from_server(error):
            return self._server_error(error, of_connect)
        kind = type(error)
        name, imports = kind.__qualname__, frozenset[str]()
        if kind.__module__.partition(".")[0] == "asyncpg":
            name, imports = f"asyncpg.{name}", _ASYNCPG
        elif kind.__module__ != "builtins":
            name, imports = f"{kind.__module__}.{name}", frozenset({f"import {kind.__module__}"})
        return self._call(name, error.args, {}, imports)

    def _server_error(self, error: Any, of_connect: bool) -> Code:
        fields = {
            name: value
            for name in _seam.error_fields().values()
            if name not in _NOT_SHOWN and (value := getattr(error, name, None)) is not None
        }
        if error.severity == "FATAL" and not of_connect and error.sqlstate not in _failures.ENDS:
            fields = {"severity": error.severity, **fields}
        message = str(error.args[0]) if error.args else ""
        return self._call("tripwire.asyncpg.error", (str(error.sqlstate), message), fields, frozenset())

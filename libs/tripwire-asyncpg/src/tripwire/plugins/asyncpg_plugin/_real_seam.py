"""What a recording of a real server relies on that is private in asyncpg; it stands in `_seam`'s list of checks."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from tripwire._snapshot import snapshot

_NOT_PARSED = ("loop", "connection_class", "record_class", "timeout")
_AFTER_QUERY = ") TO STDOUT"

Rows = list[tuple[tuple[str, ...], tuple[Any, ...]]]


def addresses(arguments: dict[str, Any]) -> list[str]:
    """The hosts, or paths of sockets, that a connect would try, by asyncpg's own rules."""
    given = {name: value for name, value in arguments.items() if name not in _NOT_PARSED}
    found, *_ = importlib.import_module("asyncpg.connect_utils")._parse_connect_arguments(**given)
    return [one if isinstance(one, str) else one[0] for one in found]


def rows_of(records: Sequence[Any] | None) -> Rows:
    """Records as names and values."""
    return [(tuple(one.keys()), snapshot(tuple(one.values()))) for one in records or ()]


def columns_of(statement: Any) -> tuple[str, ...]:
    """The names of the columns of a prepared statement."""
    return tuple(one.name for one in statement.get_attributes())


def is_opened_cursor(value: object) -> bool:
    """Whether this is a cursor that is read by hand."""
    return isinstance(value, importlib.import_module("asyncpg.cursor").Cursor)


def is_from_server(error: BaseException) -> bool:
    """Whether asyncpg has made an exception of what a server sent, and not of what it found by itself."""
    return getattr(error, "severity", None) is not None


def is_lost_connection(error: BaseException | None) -> bool:
    """Whether the connection broke while a call was at work."""
    kind = importlib.import_module("asyncpg.exceptions").ConnectionDoesNotExistError
    return isinstance(error, kind) and not is_from_server(error)


def is_refused_value(error: BaseException) -> bool:
    """Whether asyncpg could not encode an argument, for its type: only a server tells the types."""
    kind = importlib.import_module("asyncpg.exceptions").DataError
    return isinstance(error, kind) and str(error).startswith("invalid input for query argument")


def copy_command(command: str, query: str) -> str:
    """A COPY of a query as it was before the arguments were written into it."""
    return f"COPY ({query}{_AFTER_QUERY}{command.rpartition(_AFTER_QUERY)[2]}"


def arguments_of(value: Any) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """How a value of one of asyncpg's own types is made; None of any other value."""
    kind = type(value)
    if not kind.__module__.startswith("asyncpg."):
        return None
    name = kind.__name__
    if name == "Range":
        if value.isempty:
            return (), {"empty": True}
        usual = (value.lower_inc or value.lower is None) and not value.upper_inc
        bounds = {} if usual else {"lower_inc": value.lower_inc, "upper_inc": value.upper_inc}
        return (value.lower, value.upper), bounds
    if name == "BitString":
        return (value.as_string(),), {}
    if name in ("Path", "Polygon"):
        points = tuple(tuple(one) for one in value.points)
        return points, {"is_closed": False} if name == "Path" and not value.is_closed else {}
    if name in ("Point", "Box", "Line", "LineSegment", "Circle"):
        return tuple(tuple(one) if isinstance(one, tuple) else one for one in value), {}
    return None

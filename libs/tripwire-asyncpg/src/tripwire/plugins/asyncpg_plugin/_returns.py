"""What a step may return: checked when it is scripted, and kept as rows or a status."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tripwire._errors import wrong_use
from tripwire._values import PASSES, is_a, items_of, short
from tripwire.plugins.asyncpg_plugin._sql import command, verb
from tripwire.plugins.asyncpg_plugin._wire import fits

EXAMPLES = {
    "connect": "None",
    "execute": '"INSERT 0 1"',
    "executemany": "None",
    "fetch": '[{"id": 1}]',
    "fetchrow": '{"id": 1}',
    "fetchval": "1",
    "fetchmany": '[{"id": 1}]',
    "prepare": "None",
    "cursor": '[{"id": 1}]',
    "copy_in": "None",
    "copy_out": '[b"1\\tAda\\n"]',
    "listen": "None",
    "unlisten": "None",
    "notify": '("channel", "payload")',
    "notice": '"careful"',
    "begin": "None",
    "savepoint": "None",
    "commit": "None",
    "rollback": "None",
    "drop": "None",
    "close": "None",
}
"""What a step may return, as code."""

ROWS = ("fetch", "fetchrow", "fetchmany", "cursor")

_MOST_COLUMNS = 1664  # as many as PostgreSQL gives in one row
_IS_TAG = re.compile(r"[A-Z]+( [A-Z]+)*( [0-9]+)*")
_IS_BINARY_COPY = b"PGCOPY\n\xff\r\n\0"


@dataclass(frozen=True)
class Rows:
    """The rows of a result; `columns` is None where nothing tells them."""

    columns: tuple[str, ...] | None
    values: tuple[tuple[Any, ...], ...]


def checked(method: str, returns: Any, columns: Any) -> Any:
    """What a step returns, in the form the script keeps.

    Raises:
        TypeError: the step cannot return that.
    """
    if columns is not None:
        if method not in ROWS:
            raise wrong_use(
                TypeError,
                f'.expect("{method}", columns=...): only {", ".join(ROWS)} return rows with columns, '
                "and prepare takes the names of its columns as returns",
            )
        columns = _names(method, columns, "columns")
    if method == "fetch" and columns is None and is_a(returns, str):
        return _tag(method, returns)
    if method in ("fetch", "fetchmany", "cursor"):
        return _rows(method, returns, columns)
    if method == "fetchrow":
        return _rows(method, [] if returns is None else [returns], columns)
    if method == "fetchval":
        return returns
    check = _CHECKS.get(method)
    return _nothing(method, returns) if check is None else check(method, returns)


def _nothing(method: str, returns: Any) -> Any:
    if returns is not None:
        raise _wrong(method, f"it must be None, since {method}() gives the program no value", returns)
    return None


def _no_answer(method: str, returns: Any) -> None:
    if returns is not None:
        raise _wrong(method, "it must be None, since no call is answered by it", returns)


def _status(method: str, returns: Any) -> str | int:
    if type(returns) is int:
        if not 0 <= returns < 2**63:
            raise _wrong(method, "a number of rows is 0 or more", returns)
        return returns
    if not is_a(returns, str):
        raise _wrong(method, "it must be the status PostgreSQL reports, a str, or a number of rows", returns)
    if not fits(returns):
        raise _wrong(method, "a status must be text in UTF-8 without NUL", returns)
    return returns


def _tag(method: str, returns: str) -> str:
    # A text that is no status is a value in the wrong place, and must not become "no rows".
    if not _IS_TAG.fullmatch(returns):
        raise _wrong(method, 'a text must be a status such as "UPDATE 1", of a command without rows', returns)
    return str.__str__(returns)


def _status_or_none(method: str, returns: Any) -> str | int | None:
    return None if returns is None else _status(method, returns)


def _chunks(method: str, returns: Any) -> tuple[bytes, ...]:
    chunks = [returns] if type(returns) in (bytes, bytearray) else _listed(returns)
    if chunks is None:
        raise _wrong(method, "it must be bytes, or a list of them, one for each chunk", returns)
    for chunk in chunks:
        if type(chunk) not in (bytes, bytearray):
            raise _wrong(method, "a chunk must be bytes", chunk)
    return tuple(bytes(chunk) for chunk in chunks)


def _attributes(method: str, returns: Any) -> tuple[str, ...] | None:
    if returns is None:
        return None
    if _listed(returns) is None:
        raise _wrong(method, "it must be None, or a list with the names of the columns", returns)
    return _names(method, returns)


def _notification(method: str, returns: Any) -> tuple[str, str]:
    parts = (returns, "") if is_a(returns, str) else returns
    if not is_a(parts, tuple) or len(parts) != 2 or not all(is_a(part, str) and fits(part) for part in parts):
        raise _wrong(method, "it must be a channel, or a tuple of channel and payload", returns)
    return parts[0], parts[1]


def _notice(method: str, returns: Any) -> str:
    if not is_a(returns, str) or not fits(returns):
        raise _wrong(method, "it must be the message, a str", returns)
    return returns


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "execute": _status,
    "copy_in": _status_or_none,
    "copy_out": _chunks,
    "prepare": _attributes,
    "notify": _notification,
    "notice": _notice,
    "drop": _no_answer,
}

# -- rows


def _rows(method: str, returns: Any, columns: tuple[str, ...] | None) -> Rows:
    given = _listed(returns)
    if given is None:
        raise _wrong(method, "it must be a list of dicts, one for each row", returns)
    rows = []
    for row in given:
        names, values = _row(method, row, columns)
        if columns is None:
            columns = names
        if set(names) != set(columns) or len(names) != len(columns):
            wanted = ", ".join(map(repr, columns))
            raise _wrong(method, f"all rows must have the keys of the first ({wanted})", row)
        if names != columns:
            found = dict(zip(names, values, strict=True))
            values = tuple(found[name] for name in columns)
        rows.append(values)
    return Rows(columns, tuple(rows))


def _row(method: str, row: Any, columns: tuple[str, ...] | None) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    if columns is not None and (values := _listed(row)) is not None:
        if len(values) != len(columns):
            raise _wrong(method, f"a row must have {len(columns)} values, one for each of columns=", row)
        return columns, tuple(values)
    items = _items(row)
    if items is None:
        many = f", of at most {_MOST_COLUMNS:,} columns" if is_a(row, dict) else ""
        also = ", or a tuple where columns= is given" if is_a(row, tuple) else ""
        raise _wrong(method, f"a row must be a dict of column names and values{many}{also}", row)
    return _names(method, [name for name, _ in items]), tuple(value for _, value in items)


def _items(row: Any) -> list[tuple[Any, Any]] | None:
    from tripwire.plugins.asyncpg_plugin import _seam

    return list(row.items()) if _seam.is_record(row) else items_of(row, _MOST_COLUMNS)


def _names(method: str, names: Any, argument: str = "returns") -> tuple[str, ...]:
    listed = _listed(names)
    if listed is None or len(listed) > _MOST_COLUMNS:
        raise wrong_use(
            TypeError,
            f'.expect("{method}", {argument}=...): it must be a list of at most {_MOST_COLUMNS:,} names '
            f'such as ["id", "name"], not {short(names)}',
        )
    for name in listed:
        if not is_a(name, str) or not fits(name):
            raise _wrong(method, "a column's name must be a str in UTF-8 without NUL", name, argument)
    return tuple(map(str.__str__, listed))


def _listed(value: Any) -> list[Any] | None:
    """The items of a list or tuple; None of anything else, and of what cannot be read."""
    try:
        return list(value) if isinstance(value, list | tuple) else None
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - anybody may have written it
        return None


def _wrong(method: str, rule: str, value: Any, argument: str = "returns") -> TypeError:
    example = f'.expect("{method}", returns={EXAMPLES[method]})'
    return wrong_use(
        TypeError,
        f'.expect("{method}", {argument}=...): {rule}, not {short(value)}; write for example {example}',
    )


# -- statuses


def status_of(returns: str | int, query: str) -> str:
    """The status of a command that is scripted by a number of rows."""
    if isinstance(returns, str):
        return returns
    word = _LIKE_SELECT.get(verb(query), verb(query))
    if word == "INSERT":
        return f"INSERT 0 {returns}"
    return f"{word} {returns}" if word in _COUNTING else command(query)


_COUNTING = ("SELECT", "UPDATE", "DELETE", "MERGE", "MOVE", "FETCH", "COPY")
_LIKE_SELECT = {"VALUES": "SELECT", "TABLE": "SELECT"}


def rows_in(data: Sequence[bytes]) -> int:
    """How many rows some copied data holds: its tuples in binary format, its lines in the others."""
    whole = b"".join(data)
    if whole.startswith(_IS_BINARY_COPY):
        return len(binary_rows(whole))
    return len(re.findall(rb"\n", whole)) + (whole != b"" and not whole.endswith(b"\n"))


def binary_rows(data: bytes) -> list[list[bytes | None]]:
    """The encoded values of copied rows in binary format."""
    position, rows = len(_IS_BINARY_COPY) + 8, []
    while position + 2 <= len(data):
        count = int.from_bytes(data[position : position + 2], "big", signed=True)
        position += 2
        if count < 0:
            break
        row: list[bytes | None] = []
        for _ in range(count):
            size = int.from_bytes(data[position : position + 4], "big", signed=True)
            position += 4
            row.append(None if size < 0 else data[position : position + size])
            position += max(size, 0)
        rows.append(row)
    return rows

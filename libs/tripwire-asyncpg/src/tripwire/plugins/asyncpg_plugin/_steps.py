"""The script of a connection: its states, and what a step may return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tripwire import SessionHandle, StateMachine
from tripwire._values import is_a, items_of, short
from tripwire.plugins.asyncpg_plugin._wire import Column, fits

if TYPE_CHECKING:
    from typing_extensions import Self

    from tripwire._session import Step

STATEMENTS = ("execute", "fetch", "fetchrow", "fetchval")

MACHINE = StateMachine(
    "disconnected",
    {
        "connect": {"disconnected": "connected"},
        **{method: {"connected": "connected"} for method in STATEMENTS},
        "close": {"connected": "closed"},
    },
)

EXAMPLES = {
    "connect": "None",
    "execute": '"INSERT 0 1"',
    "fetch": '[{"id": 1}]',
    "fetchrow": '{"id": 1}',
    "fetchval": "1",
    "close": "None",
}
"""What a step may return, as code."""

_MOST_COLUMNS = 1664  # as many as PostgreSQL gives in one row


class ConnectionScript(SessionHandle):
    """The script of one connection, made by `tripwire.asyncpg.new_session()`."""

    def expect(
        self, method: str, *, returns: Any, raises: BaseException | None = None, required: bool = True
    ) -> Self:
        """Add a step.

        Args:
            method: "connect", "execute", "fetch", "fetchrow", "fetchval" or "close".
            returns: None for "connect" and "close"; a status such as "INSERT 0 1" for "execute"; a list
                of dicts for "fetch"; a dict or None for "fetchrow"; any value for "fetchval".
                Ignored where the step raises.
            raises: an exception to raise instead. A `PostgresError` is raised by asyncpg itself, from
                the fields of the given one; any other exception is raised as it is.
            required: whether the step, left unused, fails the test.

        Raises:
            ValueError: there is no step of that name.
            TypeError: `returns` is nothing the step can return, `raises` no exception, or `required` no bool.
        """
        if raises is None and is_a(method, str) and (check := _CHECKS.get(method)) is not None:
            returns = check(method, returns)
        return super().expect(method, returns=returns, raises=raises, required=required)


def columns_of(step: Step, oid: int, values: int) -> list[Column] | None:
    """The columns of a step's result; None where no row tells them. A scalar gets `values` columns."""
    if step.raises is not None or step.method == "execute":
        return None
    if step.method == "fetchval":
        return [Column("?column?", oid)] * values
    rows = _rows_of(step)
    return [Column(name, oid) for name in rows[0]] if rows else None


def result_of(step: Step, values: int) -> tuple[list[tuple[Any, ...]], str]:
    """The rows of a step's result, and its status."""
    if step.method == "execute":
        return [], step.returns
    if step.method == "fetchval":
        return [(step.returns,) * values], "SELECT 1"
    rows = [tuple(row.values()) for row in _rows_of(step)]
    return rows, f"SELECT {len(rows)}"


def _rows_of(step: Step) -> list[dict[str, Any]]:
    if step.method == "fetchrow":
        return [] if step.returns is None else [step.returns]
    rows: list[dict[str, Any]] = step.returns
    return rows


# -- what a step may return


def _check_nothing(method: str, returns: Any) -> None:
    if returns is not None:
        raise _wrong(method, f"it must be None, since {method}() gives the program no value", returns)


def _check_status(method: str, returns: Any) -> str:
    if not is_a(returns, str):
        raise _wrong(method, "it must be the status PostgreSQL reports, a str", returns)
    if not fits(returns):
        raise _wrong(method, "a status must be text in UTF-8 without NUL", returns)
    return returns


def _check_rows(method: str, returns: Any) -> list[dict[str, Any]]:
    if not (is_a(returns, list) or is_a(returns, tuple)):
        raise _wrong(method, "it must be a list of dicts, one for each row", returns)
    rows = [_check_row(method, row) for row in returns]
    for row in rows:
        if row.keys() != rows[0].keys():
            wanted = ", ".join(map(repr, rows[0]))
            raise _wrong(method, f"all rows must have the keys of the first ({wanted})", row)
    return [{name: row[name] for name in rows[0]} for row in rows]


def _check_one_row(method: str, returns: Any) -> dict[str, Any] | None:
    return None if returns is None else _check_row(method, returns)


def _check_row(method: str, row: Any) -> dict[str, Any]:
    columns = items_of(row, _MOST_COLUMNS)
    if columns is None:
        many = f", of at most {_MOST_COLUMNS:,} columns" if is_a(row, dict) else ""
        raise _wrong(method, f"a row must be a dict of column names and values{many}", row)
    for name, _ in columns:
        if not is_a(name, str) or not fits(name):
            raise _wrong(method, "a column's name must be a str in UTF-8 without NUL", name)
    return dict(columns)


def _wrong(method: str, rule: str, value: Any) -> TypeError:
    example = f'.expect("{method}", returns={EXAMPLES[method]})'
    return TypeError(
        f'.expect("{method}", returns=...): {rule}, not {short(value)}; write for example {example}'
    )


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "connect": _check_nothing,
    "execute": _check_status,
    "fetch": _check_rows,
    "fetchrow": _check_one_row,
    "close": _check_nothing,
}

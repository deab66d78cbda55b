"""What the wire does not tell: which method of the connection was called, and what it is to raise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._steps import StatementStep

HOUSEKEEPING = "housekeeping"
TRANSACTION = "transaction"
MANY = ("executemany", "fetchmany")
CURSOR = "cursor"
RECORDS = ("records",)
"""The `args` of the operation that copies records, whose values cross by reference."""


@dataclass
class Operation:
    """One call of a method of a scripted connection, while it is under way.

    `method` is the public name of a step, or one of the words above. `columns` are those a result has
    whatever the script says, of `fetchval` and of records that are copied. `query` is that of many rows, `column`
    the one that `fetchval` was asked for. `outcome` is what the caller is to raise in place of the error that
    ended the operation on the wire. `answered` tells whether the script has been asked. `held` is the step by which
    its result was described, kept from calls of other connections until the call `holds` none any more.
    """

    method: str
    args: tuple[Any, ...] = ()
    columns: int = 1
    query: str = ""
    column: Any = 0
    outcome: BaseException | None = None
    answered: bool = False
    holds: bool = False
    held: StatementStep | None = None


class Reply(NamedTuple):
    """What the server answers to a query; `delay` seconds later than at once."""

    rows: Sequence[tuple[Any, ...]] = ()
    tag: str = ""
    delay: float = 0
    columns: Sequence[str] = ()


class Failure(Exception):  # noqa: N818 - no error by itself: it carries one to the wire
    """A statement fails with this error."""

    def __init__(self, error: BaseException, delay: float = 0) -> None:
        super().__init__()
        self.error, self.delay = error, delay


class Dropped(Exception):  # noqa: N818 - no error by itself
    """The server goes away instead of answering."""

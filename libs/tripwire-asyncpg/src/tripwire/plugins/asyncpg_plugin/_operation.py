"""What the wire does not tell: which method of the connection was called, and what it is to raise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

HOUSEKEEPING = "housekeeping"
TRANSACTION = "transaction"


@dataclass
class Operation:
    """One call of a method of a scripted connection, while it is under way.

    `method` is the public name, or one of the two above. `values` is how many columns `fetchval` looks
    at. `outcome` is what the caller is to raise in place of the error that ended the operation on the
    wire.
    """

    method: str
    args: tuple[Any, ...] = ()
    values: int = 1
    outcome: BaseException | None = None


@dataclass(frozen=True)
class Reply:
    """What the server answers to a query."""

    rows: list[tuple[Any, ...]]
    tag: str


class Failure(Exception):  # noqa: N818 - no error by itself: it carries one to the wire
    """A statement fails with this error."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

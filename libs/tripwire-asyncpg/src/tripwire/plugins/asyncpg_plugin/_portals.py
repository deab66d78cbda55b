"""What a server keeps while statements are at work: values that cross by reference, and portals."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from tripwire.plugins.asyncpg_plugin import _wire
from tripwire.plugins.asyncpg_plugin._operation import Reply


class References:
    """Values that cross the wire by reference. Forgotten when the client has read the answer.

    An argument crosses as a number. Of a result the wire tells only which values are NULL: the client decodes the
    others one after another, and each decoding takes the next one. That runs no code of Python's, however many.
    """

    def __init__(self) -> None:
        self._arguments: list[Any] = []
        self._results: list[list[Any]] = []
        self._unread: deque[list[Any]] = deque()
        self.decode: Callable[[bytes], Any] = partial(
            next, chain.from_iterable(iter(self._unread.popleft, None))
        )

    def put(self, value: Any) -> bytes:
        """The bytes that stand for an argument."""
        self._arguments.append(value)
        return struct.pack("!i", len(self._arguments) - 1)

    def arguments(self, tokens: Sequence[bytes | None]) -> list[Any]:
        """The arguments that some bytes stand for; None stands for itself."""
        return [None if token is None else self._arguments[int.from_bytes(token, "big")] for token in tokens]

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """The rows of a result, for a client that decodes by `decode`."""
        values = [value for row in rows for value in row if value is not None]
        self._results.append(values)
        self._unread.append(values)
        width = len(rows[0]) if rows else 0
        if len(values) == width * len(rows):
            return _wire.row_by_reference((False,) * width) * len(rows)
        return b"".join([_wire.row_by_reference(tuple([value is None for value in row])) for row in rows])

    def clear(self) -> None:
        """Forget all, also what the client has not read since it gave up."""
        self._arguments.clear()
        self._unread.clear()
        while self._results:
            self._results.pop().clear()


class Statement:
    """A prepared query; `columns` are those it was described with, and `looks_up_types` where no script is asked."""

    __slots__ = ("columns", "looks_up_types", "query")

    def __init__(self, query: str, looks_up_types: bool) -> None:
        self.query, self.looks_up_types = query, looks_up_types
        self.columns: Sequence[str] | None = None


class Portal:
    """A statement with its arguments, being executed."""

    __slots__ = ("args", "position", "reply", "statement", "tokens")

    def __init__(self, statement: Statement, tokens: Sequence[bytes | None], args: list[Any]) -> None:
        self.statement, self.tokens, self.args = statement, tokens, args
        self.reply: Reply | None = None
        self.position = 0

    def read(self, reply: Reply, limit: int) -> Sequence[tuple[Any, ...]]:
        """The next rows of the reply; all that are left if the limit is 0."""
        end = self.position + limit if limit else len(reply.rows)
        rows = reply.rows[self.position : end]
        self.position += len(rows)
        return rows

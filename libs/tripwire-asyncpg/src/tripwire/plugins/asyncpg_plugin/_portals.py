"""What a server keeps while statements are at work: values that cross by reference, and portals."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from tripwire.plugins.asyncpg_plugin._operation import Reply


class References:
    """Values that cross the wire by reference. Forgotten when the client has read the answer."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def put(self, value: Any) -> bytes:
        """The bytes that stand for a value."""
        self._values.append(value)
        return struct.pack("!i", len(self._values) - 1)

    def get(self, token: bytes) -> Any:
        """The value some bytes stand for."""
        return self._values[struct.unpack("!i", bytes(token))[0]]

    def decoded(self, tokens: Sequence[bytes | None]) -> list[Any]:
        """The values that several stand for; None stands for itself."""
        return [None if token is None else self.get(token) for token in tokens]

    def encoded(self, values: Sequence[Any]) -> list[bytes | None]:
        """What stands for several values."""
        return [None if value is None else self.put(value) for value in values]

    def clear(self) -> None:
        """Forget all."""
        self._values.clear()


class Portal:
    """A query with its arguments, being executed."""

    def __init__(self, query: str, tokens: list[bytes | None], args: list[Any]) -> None:
        self.query, self.tokens, self.args = query, tokens, args
        self.reply: Reply | None = None
        self.position = 0

    def read(self, reply: Reply, limit: int) -> Sequence[tuple[Any, ...]]:
        """The next rows of the reply; all that are left if the limit is 0."""
        end = self.position + limit if limit else len(reply.rows)
        rows = reply.rows[self.position : end]
        self.position += len(rows)
        return rows

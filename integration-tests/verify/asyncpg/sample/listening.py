"""A connection that remembers what a real server has answered, as a script would tell it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any


class Listening:
    """Stands before a connection, or before a prepared statement of it."""

    def __init__(self, genuine: Any, heard: list[tuple[str, Any]]) -> None:
        self._genuine, self._heard = genuine, heard

    def __getattr__(self, name: str) -> Any:
        genuine = getattr(self._genuine, name)
        if name == "cursor":
            return lambda *args: self._read(genuine(*args))
        step = {"copy_records_to_table": "copy_in"}.get(name, name)
        return genuine if name == "transaction" else lambda *a, **kw: self._call(step, genuine(*a, **kw))

    async def _call(self, step: str, working: Awaitable[Any]) -> Any:
        answer = await working
        self._heard.append((step, None if step in ("prepare", "copy_in") else answer))
        return Listening(answer, self._heard) if step == "prepare" else answer

    async def _read(self, cursor: Any) -> AsyncIterator[Any]:
        rows = [row async for row in cursor]
        self._heard.append(("cursor", rows))
        for row in rows:
            yield row

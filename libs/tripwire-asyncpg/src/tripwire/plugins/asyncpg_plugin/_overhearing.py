"""What passes between a connection and its protocol, where a real server is behind them."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from tripwire.plugins.asyncpg_plugin._operation import TRANSACTION

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._real import RealServer


class Spy:
    """The protocol as its connection sees it: tells what of a call reaches the wire."""

    def __init__(self, protocol: Any, server: RealServer) -> None:
        self._protocol, self._server = protocol, server

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    @property
    def _method(self) -> str:
        operation = self._server.operation
        return "" if operation is None else operation.method

    async def query(self, query: str, timeout: Any) -> Any:
        """A query without arguments."""
        working = self._protocol.query(query, timeout)
        return await (self._server.control(query, working) if self._method == TRANSACTION else working)

    async def bind_execute(self, *args: Any, **kwargs: Any) -> Any:
        """A query with its arguments."""
        working = self._protocol.bind_execute(*args, **kwargs)
        return await (self._server.listen(working) if self._method in ("listen", "unlisten") else working)

    async def bind_execute_many(self, *args: Any, **kwargs: Any) -> Any:
        """A query with the arguments of many rows."""
        given = dict(zip(("state", "args", "portal_name", "timeout", "return_rows"), args, strict=False))
        given |= kwargs
        self._server.rows = []
        given["args"] = self._heard(given["args"], self._server.rows)
        return await self._protocol.bind_execute_many(**given)

    async def copy_out(self, command: str, sink: Any, timeout: Any) -> Any:
        """COPY TO STDOUT."""
        chunks: list[Any] = []

        async def both(data: Any) -> None:
            chunks.append(bytes(data))
            await sink(data)

        return await self._server.copy(command, self._protocol.copy_out(command, both, timeout), chunks)

    async def copy_in(
        self,
        command: str,
        reader: Any,
        data: Any,
        records: Any,
        statement: Any,
        timeout: Any,
    ) -> Any:
        """COPY FROM STDIN."""
        heard: list[Any] = []
        if reader is not None:
            reader = _heard_later(reader, heard, bytes)
        elif records is not None:
            records = self._heard(records, heard)
        else:
            heard.append(bytes(data))
        working = self._protocol.copy_in(command, reader, data, records, statement, timeout)
        return await self._server.copy(command, working, heard, are_rows=records is not None)

    def _heard(self, rows: Any, heard: list[Any]) -> Any:
        if isinstance(rows, list | tuple):
            heard += map(self._server.row, rows)  # all of them, also those behind one that fails
            return rows
        if isinstance(rows, AsyncIterable):
            return _heard_later(rows, heard, self._server.row)
        try:
            return _heard_now(iter(rows), heard, self._server.row)
        except TypeError:
            return rows  # which asyncpg reports


def _heard_now(rows: Iterator[Any], heard: list[Any], kept: Any) -> Iterator[Any]:
    for one in rows:
        heard.append(kept(one))
        yield one


async def _heard_later(rows: AsyncIterable[Any], heard: list[Any], kept: Any) -> AsyncIterator[Any]:
    async for one in rows:
        heard.append(kept(one))
        yield one


class Ear:
    """The connection as its protocol sees it: tells what the server does by itself."""

    def __init__(self, connection: Any, server: RealServer) -> None:
        self._connection, self._server = connection, server

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _process_notification(self, pid: int, channel: str, payload: str) -> None:
        if channel in self._connection._listeners:
            self._server.plugin.recording.notified(self._server, pid, channel, payload)
        self._connection._process_notification(pid, channel, payload)

    def _process_log_message(self, fields: dict[str, str], query: Any) -> None:
        if self._connection._log_listeners:
            self._server.plugin.recording.pushed(self._server, "notice", fields.get("M", ""))
        self._connection._process_log_message(fields, query)

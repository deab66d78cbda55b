"""A real server behind a connection, while a recording lets it through."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from tripwire._snapshot import snapshot
from tripwire.plugins.asyncpg_plugin import _real_seam, _seam
from tripwire.plugins.asyncpg_plugin._compare import Row, Sql
from tripwire.plugins.asyncpg_plugin._dropping import Dropping
from tripwire.plugins.asyncpg_plugin._operation import CURSOR, HOUSEKEEPING, MANY, TRANSACTION, Operation
from tripwire.plugins.asyncpg_plugin._overhearing import Ear, Spy
from tripwire.plugins.asyncpg_plugin._recording import Outcome, Recorded, is_recordable
from tripwire.plugins.asyncpg_plugin._script import control

if TYPE_CHECKING:
    from tripwire import Interaction
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

_OF_THE_WIRE = (HOUSEKEEPING, TRANSACTION, "listen", "unlisten", "copy_in", "copy_out")
"""The methods whose calls are recorded where they reach the wire, if they do: only there is the query known."""


class RealServer(Dropping):
    """Records what is done with one connection to a real server."""

    records_use = False

    def __init__(self, plugin: AsyncpgPlugin, recorded: Recorded, connection: Any) -> None:
        self.plugin: AsyncpgPlugin = plugin
        self.recorded: Recorded = recorded
        self.client: Any = connection
        self.loop: asyncio.AbstractEventLoop = connection._loop
        self.protocol: Any = connection._protocol
        # What asyncpg itself asks of a server it may not take is no call of the program.
        self.operation: Operation | None = Operation(HOUSEKEEPING)
        self.pending: list[tuple[str, Any]] = []
        self.heard: dict[tuple[Any, ...], int] = {}
        self.rows: list[Any] = []
        self._begun = 0
        self._cursors: dict[int, tuple[Any, Outcome]] = {}
        self._ear = Ear(connection, self)
        connection._protocol = Spy(self.protocol, self)
        self.protocol.set_connection(self._ear)
        _seam.servers[connection] = self
        plugin.recording.servers.append(self)

    @property
    def closing(self) -> bool:  # type: ignore[override]
        """Whether the client is gone."""
        return not self.protocol.is_connected()

    def _drop(self) -> None:
        self.protocol.set_connection(self.client)
        super()._drop()
        self._cursors.clear()

    # -- calls

    async def perform(self, operation: Operation, working: Awaitable[Any], owner: Any = None) -> Any:
        """Let the real server answer a call, and record it."""
        __tracebackhide__ = True
        self.operation = operation
        operation.args = snapshot(operation.args)
        self._begun = next(self.plugin.recording.calls)
        self.rows = []
        counts = operation.method != HOUSEKEEPING
        if counts:
            self.recorded.begin()
        result, failure = None, None
        try:
            result = await working
            return result
        except BaseException as error:
            failure = error
            raise
        finally:
            if counts:
                self.recorded.end()
            try:
                if operation.method == CURSOR:
                    self._read(operation, owner, result, failure)
                elif operation.method not in _OF_THE_WIRE:
                    self._record(operation, owner, result, failure)
            finally:
                self.operation = None

    def _record(self, operation: Operation, owner: Any, result: Any, failure: BaseException | None) -> None:
        method, query = operation.method, operation.query
        fields: dict[str, Any] = {"query": Sql(query)}
        if method != "prepare":
            fields["args"] = list(self.rows) if method in MANY else list(operation.args)
        outcome = Outcome(self.recorded, method, query, fields.get("args"), raised=failure)
        if failure is None:
            if method in ("fetch", "fetchmany", "fetchrow"):
                outcome.rows = _real_seam.rows_of(
                    [result] if method == "fetchrow" and result is not None else result
                )
            else:
                outcome.value = snapshot(result)
            if method == "prepare":
                outcome.value, outcome.columns = None, _real_seam.columns_of(result)
            elif method == "fetch" and owner is not None and not result and not _real_seam.columns_of(owner):
                outcome.value = owner.get_statusmsg()
        self._add(outcome, fields)

    def _read(self, operation: Operation, owner: Any, result: Any, failure: BaseException | None) -> None:
        """Record that a cursor was opened, or what was read of it."""
        opened = _real_seam.is_opened_cursor(result)
        cursor = result if opened else owner
        ended = isinstance(failure, StopAsyncIteration)
        kept = self._cursors.get(id(cursor))
        if kept is None:
            outcome = Outcome(self.recorded, CURSOR, owner._query, list(operation.args), rows=[])
            outcome.raised = None if ended else failure
            fields = {"query": Sql(owner._query), "args": list(operation.args)}
            if not self._add(outcome, fields):
                return
            kept = self._cursors[id(cursor)] = cursor, outcome  # kept alive, for an id may come again
        elif failure is not None and not ended and is_recordable(failure):
            kept[1].raised = failure  # a script can tell it only where the cursor is opened
        if failure is None and not opened and result is not None and kept[1].rows is not None:
            kept[1].rows += _real_seam.rows_of(result if isinstance(result, list) else [result])

    def _add(self, outcome: Outcome, fields: dict[str, Any]) -> bool:
        outcome.begun = self._begun
        recordable = is_recordable(outcome.raised)
        if recordable:
            source = getattr(self.plugin, "begin" if outcome.method == "savepoint" else outcome.method)
            self.plugin.recording.add(outcome, source, fields, self)
        return recordable

    def closed_by_program(self) -> None:
        """The program closes the connection."""
        if not self.recorded.is_pool:
            self._begun = next(self.plugin.recording.calls)
            self._add(Outcome(self.recorded, "close"), {})

    # -- what only the wire tells

    async def control(self, query: str, working: Awaitable[Any]) -> Any:
        """Record what `transaction()` sends."""
        found = control(query)
        if found is None:  # a connection class of the program's sends more than asyncpg's own
            return await working
        method, fields = found
        return await self._on_the_wire(Outcome(self.recorded, method, query), fields, working)

    async def listen(self, working: Awaitable[Any]) -> Any:
        """Record that the program begins or ends to listen to a channel."""
        assert self.operation is not None
        channel = self.operation.args[0]
        outcome = Outcome(self.recorded, self.operation.method, args=[channel])
        return await self._on_the_wire(outcome, {"channel": channel}, working)

    async def copy(
        self, command: str, working: Awaitable[Any], data: list[Any], *, are_rows: bool = False
    ) -> Any:
        """Record a COPY; `data` fills with what is copied: bytes, or rows."""
        assert self.operation is not None
        method, args = self.operation.method, list(self.operation.args)
        fields: dict[str, Any] = {"query": Sql(command)}
        outcome = Outcome(self.recorded, method, command)
        if method == "copy_out":
            outcome.args = fields["args"] = args
            if args:  # their texts stand in the command by now
                fields["query"] = Sql(_real_seam.copy_command(command, self.operation.query))
                outcome.query = str(fields["query"])
        try:
            outcome.value = await working
            return outcome.value
        except BaseException as error:
            outcome.raised = error
            raise
        finally:
            if method == "copy_in":
                outcome.args = fields["data"] = data if are_rows else b"".join(data)
                if not _is_answer(outcome.raised):
                    outcome.raised = None  # the program's own source has failed
            elif outcome.raised is None:
                outcome.value = data
            self._add(outcome, fields)

    async def _on_the_wire(self, outcome: Outcome, fields: dict[str, Any], working: Awaitable[Any]) -> Any:
        try:
            return await working
        except BaseException as error:
            outcome.raised = error
            raise
        finally:
            self._add(outcome, fields)

    def row(self, one: Any) -> Any:
        """The arguments of one row, as they are recorded."""
        try:
            return Row(one)
        except TypeError:
            return one  # asyncpg will say that it is none


class Opening:
    """A connect that is let through. `interaction` is its record; a pool's later connections have none."""

    def __init__(self, plugin: AsyncpgPlugin, recorded: Recorded, interaction: Interaction | None) -> None:
        self._plugin, self._recorded, self._interaction = plugin, recorded, interaction
        self._servers: list[RealServer] = []
        self._outcome = Outcome(recorded, "connect")
        if interaction is not None:
            plugin.recording.keep(self._outcome, interaction)

    def attached(self, connection: Any) -> Any:
        """The connection to one of the hosts, whose calls are recorded from now on."""
        self._servers.append(RealServer(self._plugin, self._recorded, connection))
        return connection

    def over(self, connection: Any, error: BaseException | None) -> None:
        """All hosts have been tried."""
        for server in self._servers:
            if server.client is connection:
                server.operation = None
                self._recorded.opened = True
        if error is not None:
            self._outcome.raised = error
            if self._interaction is not None:
                self._interaction.complete(raised=error)


def _is_answer(error: BaseException | None) -> bool:
    """Whether a server, or its silence, is why a call fails."""
    kinds = (asyncio.CancelledError, asyncio.TimeoutError, _seam.postgres_error())
    return error is None or isinstance(error, kinds)

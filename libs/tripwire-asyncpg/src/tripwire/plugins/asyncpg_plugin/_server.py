"""An in-memory PostgreSQL server, in the place of the transport under asyncpg's protocol."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakValueDictionary

from tripwire import TripError
from tripwire.plugins.asyncpg_plugin import _failures, _seam, _wire
from tripwire.plugins.asyncpg_plugin._catalogue import COLUMNS, Catalogue
from tripwire.plugins.asyncpg_plugin._operation import Failure, Operation, Reply
from tripwire.plugins.asyncpg_plugin._sql import TransactionStatus, count_arguments

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Script

_PIDS = itertools.count(2**22 + 1)  # above what Linux gives to a process
_SECRET = 0x74726970

by_key: WeakValueDictionary[tuple[int, int], ScriptedServer] = WeakValueDictionary()
"""The living servers, by what a cancellation names them with."""


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

    def clear(self) -> None:
        """Forget all."""
        self._values.clear()


class _Portal(NamedTuple):
    """A query with its arguments, ready to be executed."""

    query: str
    arguments: list[bytes | None]


class ScriptedServer(asyncio.Transport):
    """Reads the client's messages and answers them from a script.

    Never answers while the client is still writing: asyncpg does not expect that.
    """

    def __init__(self, script: Script, loop: asyncio.AbstractEventLoop, settings: dict[str, str]) -> None:
        super().__init__()
        self.script, self.loop = script, loop
        self.client: Any = None  # the connection, kept alive while the sandbox is open
        self.operation: Operation | None = None
        self.references = References()
        self.transaction = TransactionStatus()
        self.dropped = False  # by us, when the sandbox closed; not by the program
        self.key = next(_PIDS), _SECRET
        by_key[self.key] = self
        self._settings = settings
        self._catalogue = Catalogue()
        self._frames = _wire.Frames()
        self._protocol: Any = None
        self._closing = False
        self._skipping = False
        self._out: list[bytes] = []
        self._statements: dict[str, str] = {}
        self._portals: dict[str, _Portal] = {}
        self._handlers: dict[bytes, Callable[[bytes], None]] = {
            _wire.STARTUP: self._on_startup,
            b"Q": self._on_query,
            b"P": self._on_parse,
            b"D": self._on_describe,
            b"B": self._on_bind,
            b"E": self._on_execute,
            b"C": self._on_close,
            b"H": self._on_flush,
            b"S": self._on_sync,
            b"X": self._on_terminate,
        }

    def attach(self, protocol: Any) -> None:
        """Become the transport of a protocol."""
        self._protocol = protocol
        protocol.connection_made(self)

    def drop(self) -> None:
        """Drop the client when the sandbox closes, in whichever thread that happens."""
        try:
            in_loop = asyncio.get_running_loop() is self.loop
        except RuntimeError:
            in_loop = False
        if in_loop or not self.loop.is_running():
            self._drop()
        else:
            self.loop.call_soon_threadsafe(self._drop)

    def _drop(self) -> None:
        if not self._closing:
            self.dropped = True
            # Where the loop is closed already, whoever waits on it cannot be told.
            with contextlib.suppress(RuntimeError) if self.loop.is_closed() else contextlib.nullcontext():
                self._protocol.abort()
        self.client = None

    # -- asyncio.Transport

    def write(self, data: Any) -> None:
        """Take what the client sends."""
        for kind, body in self._frames.feed(bytes(data)):
            # After an error a server reads on to the next Sync.
            if not (self._skipping and kind in (b"P", b"D", b"B", b"E", b"C", b"H")):
                self._handlers[kind](body)

    def is_closing(self) -> bool:
        """Whether the client is gone."""
        return self._closing

    def close(self) -> None:
        """Let the client go."""
        self.abort()

    def abort(self) -> None:
        """Let the client go at once."""
        if not self._closing:
            self._closing = True
            if not self.loop.is_closed():
                self.loop.call_soon(self._protocol.connection_lost, None)

    def pause_reading(self) -> None:
        """Nothing to do: an answer is never larger than the script."""

    def resume_reading(self) -> None:
        """Likewise."""

    # -- messages of the client

    def _on_startup(self, body: bytes) -> None:  # noqa: ARG002
        settings = (_wire.parameter_status(name, value) for name, value in self._settings.items())
        self._out += [_wire.AUTHENTICATED, *settings, _wire.backend_key(*self.key)]
        self._finish()

    def _on_query(self, body: bytes) -> None:
        query, _ = _wire.parse_text(body)
        self._answer(query, lambda: self._out.append(_wire.complete(self._run(query, [], "execute").tag)))
        self._skipping = False
        self._finish()

    def _on_parse(self, body: bytes) -> None:
        name, rest = _wire.parse_text(body)
        self._statements[name], _ = _wire.parse_text(rest)
        self._out.append(_wire.PARSED)

    def _on_describe(self, body: bytes) -> None:
        name, _ = _wire.parse_text(body[1:])  # body[0] is "S": asyncpg describes statements only
        query = self._statements[name]
        self._answer(query, lambda: self._describe(query))

    def _describe(self, query: str) -> None:
        columns: list[_wire.Column] | None
        if self._catalogue.answers(query):
            arguments, columns = self._catalogue.arguments(query), COLUMNS
        else:
            columns = self.script.describe(self.operation or Operation("fetch"), query, self.transaction)
            if (count := count_arguments(query)) > _wire.MOST:
                raise ValueError(f"a query has {_wire.MOST:,} arguments at most, not ${count}")
            arguments = [_seam.BY_REFERENCE] * count
        described = _wire.NO_DATA if columns is None else _wire.row_description(columns)
        self._out += [_wire.parameters(arguments), described]

    def _on_bind(self, body: bytes) -> None:
        portal, statement, arguments = _wire.parse_bind(body)
        self._portals[portal] = _Portal(self._statements[statement], arguments)
        self._out.append(_wire.BOUND)

    def _on_execute(self, body: bytes) -> None:
        name, limit = _wire.parse_execute(body)
        portal = self._portals[name]
        self._answer(portal.query, lambda: self._execute(portal, limit))

    def _execute(self, portal: _Portal, limit: int) -> None:
        reply = self._run(portal.query, portal.arguments, "fetch")
        rows = reply.rows[:limit] if limit else reply.rows
        self._out += map(_wire.row, rows)
        suspended = limit and len(rows) == limit
        self._out.append(_wire.SUSPENDED if suspended else _wire.complete(reply.tag))

    def _on_close(self, body: bytes) -> None:
        name, _ = _wire.parse_text(body[1:])  # body[0] is "S": asyncpg closes statements only
        self._statements.pop(name, None)
        self._out.append(_wire.CLOSED)

    def _on_flush(self, body: bytes) -> None:  # noqa: ARG002
        self._flush()

    def _on_sync(self, body: bytes) -> None:  # noqa: ARG002
        self._skipping = False
        self._finish()

    def _on_terminate(self, body: bytes) -> None:  # noqa: ARG002
        self.abort()

    # -- answers

    def _run(self, query: str, arguments: list[bytes | None], unlabelled: str) -> Reply:
        """Run a query; the rows of the reply are encoded."""
        if self._catalogue.answers(query):
            return self._catalogue.run(arguments)
        args = [None if one is None else self.references.get(one) for one in arguments]
        operation = self.operation or Operation(unlabelled)
        reply = self.script.run(operation, query, args, self.transaction)
        self.transaction.follow(query)
        put = self.references.put
        rows = [tuple(None if value is None else put(value) for value in row) for row in reply.rows]
        return Reply(rows, reply.tag)

    def _answer(self, query: str, step: Callable[[], None]) -> None:
        """Answer, or report what went wrong as a server does."""
        try:
            try:
                step()
            except (TripError, Failure):
                raise
            except Exception as error:  # noqa: BLE001 - it must neither end the connection nor be hidden
                self.script.refuse(self.operation or Operation("execute"), query, error)
        except TripError as trip:
            self._report(trip)
        except Failure as failure:
            if not _seam.is_client_error(failure.error):
                self.transaction.fail()
            self._report(failure.error)

    def _report(self, error: BaseException) -> None:
        fields = _failures.wire_fields(error)
        if fields is None and self.operation is not None:
            self.operation.outcome = error
        self._out.append(_wire.error(fields or _failures.carrier(error)))
        self._skipping = True
        self._flush()

    def _finish(self) -> None:
        self._out.append(_wire.ready(self.transaction.status))
        self._flush()
        self.loop.call_soon(self.references.clear)

    def _flush(self) -> None:
        data, self._out = b"".join(self._out), []
        self.loop.call_soon(self._deliver, data)

    def _deliver(self, data: bytes) -> None:
        if not self._closing:
            self._protocol.data_received(data)

"""An in-memory PostgreSQL server, in the place of the transport under asyncpg's protocol."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tripwire.plugins.asyncpg_plugin import _seam, _wire
from tripwire.plugins.asyncpg_plugin._answering import SYNC
from tripwire.plugins.asyncpg_plugin._catalogue import COLUMNS, Catalogue
from tripwire.plugins.asyncpg_plugin._compare import Row
from tripwire.plugins.asyncpg_plugin._copying import Copying
from tripwire.plugins.asyncpg_plugin._operation import CURSOR, MANY, Dropped, Failure, Operation, Reply
from tripwire.plugins.asyncpg_plugin._portals import Portal
from tripwire.plugins.asyncpg_plugin._sql import count_arguments

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Script

_MOVE = re.compile(r"MOVE FORWARD (\d+) (\w+)")


class ScriptedServer(Copying):
    """Reads the client's messages and answers them from a script."""

    def __init__(self, script: Script, loop: asyncio.AbstractEventLoop, settings: dict[str, str]) -> None:
        super().__init__(script, loop)
        self.caches = True  # whether the program has left asyncpg its cache of statements
        self.described: dict[str, Sequence[str] | None] = {}
        self._settings = settings
        self._catalogue = Catalogue()
        self._statements: dict[str, str] = {}
        self._portals: dict[str, Portal] = {}
        self._batch: list[Row] = []
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
            b"d": self.copied.append,
            b"c": self.on_copy_done,
            b"f": self.on_copy_fail,
        }

    def take(self, kind: bytes, body: bytes) -> None:
        """Act on one message."""
        self._handlers[kind](body)

    def columns_of(self, operation: Operation, query: str) -> Sequence[str] | None:
        """The columns that the answer to a prepared statement will have, as far as the script tells now."""
        if self.transaction.refuses(query):
            return None
        return self.script.describe(operation, query, self.transaction)

    def run_nothing(self, operation: Operation) -> None:
        """Record a call for many rows that had none."""
        try:
            self.script.run(operation, operation.query, [], self.transaction)
        except Dropped:
            self.lose()

    def run(self, query: str, args: Any, unlabelled: str) -> Reply:
        """Run a query by the script, and follow where it leads."""
        if (
            self.operation is not None
            and self.operation.method == "copy_out"
            and not query.startswith("COPY ")
        ):
            # asyncpg asks for the text of the arguments to put it into the query, where they stay as they are.
            return Reply([tuple(f"${number}" for number in range(1, len(args) + 1))], "SELECT 1")
        reply = super().run(query, args, unlabelled)
        if self.transaction.status == b"I":  # cursors end with their transaction
            self._portals = {name: portal for name, portal in self._portals.items() if not name}
        return reply

    # -- messages of the client

    def _on_startup(self, body: bytes) -> None:  # noqa: ARG002
        settings = (_wire.parameter_status(name, value) for name, value in self._settings.items())
        self.out += [_wire.AUTHENTICATED, *settings, _wire.backend_key(*self.key)]
        self.finish()

    def _on_query(self, body: bytes) -> None:
        query, _ = _wire.parse_text(body)
        method = "execute" if self.operation is None else self.operation.method
        if method == "copy_in":
            self.answer(query, lambda: self.start_copy(query))
            return
        self.inbox.appendleft(SYNC)  # this message is its own end
        if method == "copy_out":
            self.answer(query, lambda: self.copy_out(query))
        elif method == CURSOR and (found := _MOVE.fullmatch(query)):
            self.answer(query, lambda: self._move(found[2], int(found[1])))
        else:
            self.answer(query, lambda: self.out.append(_wire.complete(self.run(query, [], "execute").tag)))

    def _on_parse(self, body: bytes) -> None:
        name, rest = _wire.parse_text(body)
        self._statements[name], _ = _wire.parse_text(rest)
        self.out.append(_wire.PARSED)

    def _on_describe(self, body: bytes) -> None:
        name, _ = _wire.parse_text(body[1:])  # body[0] is "S": asyncpg describes statements only
        query = self._statements[name]
        self.answer(query, lambda: self._describe(name, query))

    def _describe(self, name: str, query: str) -> None:
        operation = self.operation or Operation("fetch")
        if self._catalogue.answers(query):
            arguments, columns = self._catalogue.arguments(query), COLUMNS
        else:
            if (count := count_arguments(query)) > _wire.MOST:
                raise ValueError(f"a query has {_wire.MOST:,} arguments at most, not ${count}")
            arguments = [_seam.BY_REFERENCE] * count
            names = self._columns(operation, query, count)
            self.described[name] = names
            columns = [_wire.Column(one, _seam.BY_REFERENCE) for one in names or ()]
            if names is None:
                self.out += [_wire.parameters(arguments), _wire.NO_DATA]
                return
        self.out += [_wire.parameters(arguments), _wire.row_description(columns)]

    def _columns(self, operation: Operation, query: str, count: int) -> Sequence[str] | None:
        if operation.method == "copy_out":  # asyncpg asks for its arguments as text
            return ("quote_literal",) * count
        if operation.method != "prepare":
            return self.script.describe(operation, query, self.transaction)
        reply = self.script.prepare(operation, query, self.transaction)
        self.wait(reply.delay)
        return reply.columns or None

    def _on_bind(self, body: bytes) -> None:
        name, statement, tokens = _wire.parse_bind(body)
        query = self._statements[statement]
        catalogued = self._catalogue.answers(query)
        args = [] if catalogued else self.references.decoded(tokens)
        self._portals[name] = portal = Portal(query, tokens, args)
        self.out.append(_wire.BOUND)
        if self.operation is not None and self.operation.method in MANY:
            if query == self.operation.query:
                self._batch.append(Row(args))
            else:  # asyncpg rolls back, since it cannot encode an argument
                self._batch.clear()
        elif name:
            self.answer(query, lambda: self._open(portal))

    def _open(self, portal: Portal) -> None:
        portal.reply = self.run(portal.query, portal.args, CURSOR)

    def _on_execute(self, body: bytes) -> None:
        name, limit = _wire.parse_execute(body)
        if self.operation is None or self.operation.method not in MANY:
            portal = self._portals.get(name)
            query = "" if portal is None else portal.query
            self.answer(query, lambda: self._execute(name, portal, limit))

    def _execute(self, name: str, portal: Portal | None, limit: int) -> None:
        if portal is None:
            raise Failure(_seam.no_portal(f'portal "{name}" does not exist'))
        if portal.reply is None and self._catalogue.answers(portal.query):
            reply = self._catalogue.run(portal.tokens)
            self.out += map(_wire.row, reply.rows)
            self.out.append(_wire.complete(reply.tag))
            return
        if portal.reply is None:
            portal.reply = self.run(portal.query, portal.args, "fetch")
        rows = portal.read(portal.reply, limit)
        self.out += (_wire.row(self.references.encoded(row)) for row in rows)
        suspended = limit and len(rows) == limit
        self.out.append(_wire.SUSPENDED if suspended else _wire.complete(portal.reply.tag))

    def _move(self, name: str, count: int) -> None:
        portal = self._portals.get(name)
        if portal is None or portal.reply is None:
            raise Failure(_seam.no_portal(f'cursor "{name}" does not exist'))
        self.out.append(_wire.complete(f"MOVE {len(portal.read(portal.reply, count))}"))

    def _on_close(self, body: bytes) -> None:
        name, _ = _wire.parse_text(body[1:])
        if body[:1] == b"P":
            self._portals.pop(name, None)
        self.out.append(_wire.CLOSED)

    def _on_flush(self, body: bytes) -> None:  # noqa: ARG002
        self.flush()

    def _on_sync(self, body: bytes) -> None:  # noqa: ARG002
        self.skipping = False
        if self._batch:
            batch, self._batch = self._batch, []
            query = "" if self.operation is None else self.operation.query
            self.inbox.appendleft(SYNC)
            self.answer(query, lambda: self._run_batch(query, batch))
        else:
            self.finish()

    def _run_batch(self, query: str, batch: list[Row]) -> None:
        reply = self.run(query, batch, "executemany")
        self.out += (_wire.row(self.references.encoded(row)) for row in reply.rows)
        self.out.append(_wire.complete(reply.tag))

    def _on_terminate(self, body: bytes) -> None:  # noqa: ARG002
        self.lose()

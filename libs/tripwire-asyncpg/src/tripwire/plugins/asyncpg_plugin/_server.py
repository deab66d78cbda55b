"""An in-memory PostgreSQL server, in the place of the transport under asyncpg's protocol."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tripwire.plugins.asyncpg_plugin import _seam, _wire
from tripwire.plugins.asyncpg_plugin._answering import SYNC
from tripwire.plugins.asyncpg_plugin._catalogue import COLUMNS, Catalogue
from tripwire.plugins.asyncpg_plugin._compare import Row
from tripwire.plugins.asyncpg_plugin._copying import Copying
from tripwire.plugins.asyncpg_plugin._operation import CURSOR, MANY, Dropped, Failure, Operation, Reply
from tripwire.plugins.asyncpg_plugin._portals import Portal, Statement
from tripwire.plugins.asyncpg_plugin._sql import count_arguments

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Script

_MOVE = re.compile(r"MOVE FORWARD (\d+) (\w+)")


class ScriptedServer(Copying):
    """Reads the client's messages and answers them from a script."""

    def __init__(self, script: Script, loop: asyncio.AbstractEventLoop, settings: dict[str, str]) -> None:
        super().__init__(script, loop)
        self._settings = settings
        self._catalogue = Catalogue()
        self._statements: dict[str, Statement] = {}
        self._portals: dict[str, Portal] = {}
        self._batch: list[Row] = []
        self.handlers: Mapping[bytes, Callable[[bytes], None]] = {
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

    def is_described(self, name: str, query: str) -> bool:
        """Whether a prepared statement has the columns of its next answer, as far as the script tells now."""
        statement = self._statements[name]
        if statement.query != query:
            return False  # all that have no name share one
        if statement.looks_up_types or self.transaction.refuses(query):
            return True  # neither needs a step
        wanted = self.script.describe(self.at_work("fetch"), query, self.transaction)
        return wanted is None or wanted == statement.columns

    def run_nothing(self, operation: Operation) -> None:
        """Record a call for many rows that had none."""
        try:
            self.script.run(operation, operation.query, [], self.transaction)
        except Dropped:
            self.lose()

    # -- messages of the client

    def _on_startup(self, body: bytes) -> None:  # noqa: ARG002
        settings = (_wire.parameter_status(name, value) for name, value in self._settings.items())
        self.out.extend([_wire.AUTHENTICATED, *settings, _wire.backend_key(*self.key)])
        self.finish()

    def _on_query(self, body: bytes) -> None:
        query, _ = _wire.parse_text(body)
        method = "execute" if self.operation is None else self.operation.method
        if method == "copy_in":
            self.answer(query, self.start_copy, query)
            return
        self.inbox.appendleft(SYNC)  # this message is its own end
        if method == "copy_out":
            self.answer(query, self.copy_out, query)
        elif method == CURSOR and (found := _MOVE.fullmatch(query)):
            self.answer(query, self._move, found[2], int(found[1]))
        else:
            self.answer(query, self._run_plain, query)

    def _run_plain(self, query: str) -> None:
        self.out.append(_wire.complete(self.run(query, [], "execute").tag))

    def _on_parse(self, body: bytes) -> None:
        name, rest = _wire.parse_text(body)
        query, _ = _wire.parse_text(rest)
        self._statements[name] = Statement(query, self._catalogue.answers(query))
        self.out.append(_wire.PARSED)

    def _on_describe(self, body: bytes) -> None:
        name, _ = _wire.parse_text(body[1:])  # body[0] is "S": asyncpg describes statements only
        statement = self._statements[name]
        self.answer(statement.query, self._describe, statement)

    def _describe(self, statement: Statement) -> None:
        operation, query = self.at_work("fetch"), statement.query
        if statement.looks_up_types:
            arguments, columns = self._catalogue.arguments(query), COLUMNS
        else:
            if (count := count_arguments(query)) > _wire.MOST:
                raise ValueError(f"a query has {_wire.MOST:,} arguments at most, not ${count}")
            arguments = [_seam.BY_REFERENCE] * count
            statement.columns = names = self._columns(operation, query, count)
            columns = [_wire.Column(one, _seam.BY_REFERENCE) for one in names or ()]
            if names is None:
                self.out.extend([_wire.parameters(arguments), _wire.NO_DATA])
                return
        self.out.extend([_wire.parameters(arguments), _wire.row_description(columns)])

    def _columns(self, operation: Operation, query: str, count: int) -> Sequence[str] | None:
        if operation.method == "copy_out":  # asyncpg asks for its arguments as text
            return ("quote_literal",) * count
        if operation.method != "prepare":
            return self.script.describe(operation, query, self.transaction)
        reply = self.script.prepare(operation, query, self.transaction)
        self.wait(reply.delay)
        return reply.columns or None

    def _on_bind(self, body: bytes) -> None:
        name, prepared, tokens = _wire.parse_bind(body)
        statement = self._statements[prepared]
        args = [] if statement.looks_up_types else self.references.arguments(tokens)
        self._portals[name] = portal = Portal(statement, tokens, args)
        self.out.append(_wire.BOUND)
        if self.operation is not None and self.operation.method in MANY:
            if statement.query == self.operation.query:
                self._batch.append(Row(args))
            else:  # asyncpg rolls back, since it cannot encode an argument
                self._batch.clear()
        elif name:
            self.answer(statement.query, self._open, portal)

    def _open(self, portal: Portal) -> None:
        portal.reply = self.run(portal.statement.query, portal.args, CURSOR)

    def _on_execute(self, body: bytes) -> None:
        name, limit = _wire.parse_execute(body)
        if self.operation is None or self.operation.method not in MANY:
            portal = self._portals.get(name)
            self.answer("" if portal is None else portal.statement.query, self._execute, name, portal, limit)

    def _execute(self, name: str, portal: Portal | None, limit: int) -> None:
        if portal is None:
            raise Failure(_seam.no_portal(f'portal "{name}" does not exist'))
        if portal.statement.looks_up_types:
            reply = self._catalogue.run(portal.tokens)
            self.out.extend(map(_wire.row, reply.rows))
            self.out.append(_wire.complete(reply.tag))
            return
        if portal.reply is None:
            portal.reply = self._quoted(portal) or self.run(portal.statement.query, portal.args, "fetch")
        rows = portal.read(portal.reply, limit)
        self.out.append(self.references.rows(rows))
        suspended = limit and len(rows) == limit
        self.out.append(_wire.SUSPENDED if suspended else _wire.complete(portal.reply.tag))

    def _quoted(self, portal: Portal) -> Reply | None:
        """The text of the arguments of a COPY, which asyncpg asks for: in the query they stay as they are."""
        copies = self.operation is not None and self.operation.method == "copy_out"
        if not copies or portal.statement.query.startswith("COPY "):
            return None
        return Reply([tuple(f"${number}" for number in range(1, len(portal.args) + 1))], "SELECT 1")

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
            self.answer(query, self._run_batch, query, batch)
        else:
            if self.transaction.status == b"I":  # cursors end with their transaction
                self._portals.clear()
            self.finish()

    def _run_batch(self, query: str, batch: list[Row]) -> None:
        reply = self.run(query, batch, "executemany")
        self.out.extend((self.references.rows(reply.rows), _wire.complete(reply.tag)))

    def _on_terminate(self, body: bytes) -> None:  # noqa: ARG002
        self.lose()

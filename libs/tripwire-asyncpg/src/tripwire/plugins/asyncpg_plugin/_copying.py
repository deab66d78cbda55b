"""The server's half of COPY."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING, Any

from tripwire import TripError
from tripwire.plugins.asyncpg_plugin import _seam, _wire
from tripwire.plugins.asyncpg_plugin._answering import SYNC, Answering, Late
from tripwire.plugins.asyncpg_plugin._compare import Row
from tripwire.plugins.asyncpg_plugin._operation import RECORDS, Dropped, Failure
from tripwire.plugins.asyncpg_plugin._returns import binary_rows, rows_in

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Script

_ALL_TEXT = struct.pack("!bh", 0, 0)


class Copying(Answering):
    """Gives and takes the data of a COPY."""

    def __init__(self, script: Script, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(script, loop)
        self.copied: list[bytes] = []
        self._command: str | None = None

    def copy_out(self, query: str) -> None:
        """Send the scripted chunks, each by itself."""
        operation = self.at_work("copy_out")
        reply = self.run(query, list(operation.args), "copy_out")
        (chunks,) = reply.rows
        self.out.append(_wire.message(b"H", _ALL_TEXT))
        self.flush()
        self.streaming = True
        for chunk in filter(None, chunks):
            self.post(_wire.message(b"d", chunk))
        self.out.extend((_wire.message(b"c"), _wire.complete(reply.tag)))

    def start_copy(self, query: str) -> None:
        """Ask for data, unless it is clear already that nothing answers the command."""
        operation = self.at_work("copy_in")
        if self.transaction.refuses(query) or self.script.session.seek("copy_in", query) is None:
            self.inbox.appendleft(SYNC)
            self.script.run(operation, query, [], self.transaction)
        self.copied.clear()
        self._command = query
        self.out.append(_wire.message(b"G", _ALL_TEXT))
        self.flush()

    def on_copy_done(self, body: bytes) -> None:  # noqa: ARG002
        """All data has come."""
        if (query := self._command) is not None:  # else an error has ended it before
            self.inbox.appendleft(SYNC)
            self._command = None
            self.answer(query, self._end_copy, query)

    def on_copy_fail(self, body: bytes) -> None:
        """The client gives up: what it has sent is recorded, and nothing of it is kept."""
        if (query := self._command) is not None:
            self.inbox.appendleft(SYNC)
            self._command = None
            with contextlib.suppress(Failure, TripError, Dropped, Late):
                self._end_copy(query)
            self.out.clear()
            words, _ = _wire.parse_text(body)
            self.fail(_seam.cancelled(f"COPY from stdin failed: {words}"))

    def _end_copy(self, query: str) -> None:
        operation = self.at_work("copy_in")
        data: Any = b"".join(self.copied)
        count = rows_in(self.copied)
        if operation.args == RECORDS:
            data = [Row(self.references.arguments(row)) for row in binary_rows(data)]
        reply = self.run(query, data, "copy_in")
        self.out.append(_wire.complete(reply.tag or f"COPY {count}"))

"""Rows of PostgreSQL: the same code over a real server, over a script, and over fixed bytes."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from benchmarks.scenarios.clock import nothing, seconds_async

QUERY = "SELECT id, 'name ' || id AS name, id * 1.5::float8 AS price FROM generate_series(1, $1::int) AS id"
CALLS, REPEATS = 20, 7


def fetches(rows: int, address: str) -> float:
    """What one fetch of so many rows costs."""
    import asyncpg

    async def main() -> float:
        connection = await asyncpg.connect(address)
        try:

            async def run(_: object) -> None:
                for _ in range(CALLS):
                    found = await connection.fetch(QUERY, rows)
                    assert found[-1]["id"] == rows

            return await seconds_async(run, nothing, per=CALLS, repeats=REPEATS)
        finally:
            await connection.close()

    return asyncio.run(main())


class _Canned(asyncio.Transport):
    """Answers each kind of message with the same bytes: what asyncpg and asyncio cost by themselves."""

    def __init__(self, loop: asyncio.AbstractEventLoop, rows: int) -> None:
        super().__init__()
        self._loop = loop
        ready = _message(b"Z", b"I")
        settings = {"server_version": "17.0", "client_encoding": "UTF8"}
        statuses = [_message(b"S", _text(name), _text(value)) for name, value in settings.items()]
        columns = [
            _text(name) + struct.pack("!ihihih", 0, 0, oid, size, -1, 1)
            for name, oid, size in (("id", 23, 4), ("name", 25, -1), ("price", 701, 8))
        ]
        found = [_row(number) for number in range(1, rows + 1)]
        self._answers = {
            b"P": b"".join(
                (
                    _message(b"1"),
                    _message(b"t", struct.pack("!hi", 1, 23)),
                    _message(b"T", struct.pack("!h", 3), *columns),
                )
            ),
            b"B": b"".join((_message(b"2"), *found, _message(b"C", _text(f"SELECT {rows}")), ready)),
        }
        self._greeting: bytes | None = b"".join((_message(b"R", bytes(4)), *statuses, ready))
        self.protocol: Any = None

    def write(self, data: Any) -> None:
        answer, self._greeting = self._greeting or self._answers.get(bytes(data[:1])), None
        if answer:
            self._loop.call_soon(self.protocol.data_received, answer)
        elif data[:1] == b"X":
            self.abort()

    def is_closing(self) -> bool:
        return False

    def abort(self) -> None:
        self._loop.call_soon(self.protocol.connection_lost, None)

    close = abort


@contextmanager
def canned(rows: int) -> Iterator[None]:
    """Let asyncpg connect to fixed bytes."""
    from asyncpg import connect_utils
    from asyncpg.protocol import Protocol

    async def connect(
        *, addr: Any, loop: Any, params: Any, config: Any, connection_class: Any, record_class: Any
    ) -> Any:
        connected, transport = loop.create_future(), _Canned(loop, rows)
        transport.protocol = protocol = Protocol(addr, connected, params, record_class, loop)
        protocol.connection_made(transport)
        await connected
        connection = connection_class(protocol, transport, loop, addr, config, params)
        protocol.set_connection(connection)
        return connection

    with mock.patch.object(connect_utils, "_connect_addr", connect):
        yield


def _message(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return kind + struct.pack("!i", len(body) + 4) + body


def _text(words: str) -> bytes:
    return words.encode() + b"\0"


def _row(number: int) -> bytes:
    name = f"name {number}".encode()
    head = struct.pack("!hiii", 3, 4, number, len(name))
    return _message(b"D", head + name + struct.pack("!id", 8, number * 1.5))

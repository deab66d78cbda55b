"""What the truth of PostgreSQL relies on in asyncpg; what is private of it stands in `_seam`'s list of checks."""

from __future__ import annotations

import importlib
import re
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

_REASON = re.compile(r"invalid input for query argument \$\d+[^:]*: .*? \((.*)\)", re.DOTALL)
_FIELDS = struct.Struct("!ihihih")


class Column(NamedTuple):
    """A column as the server describes it: its `type` with its modifier, and the `table` and `number` it comes from."""

    name: str
    type: int
    modifier: int
    table: int
    number: int


class Overheard:
    """Stands before the protocol of a connection: asyncpg keeps to itself where a column comes from."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._rest = b""
        self.columns: Sequence[Column] | None = None  # of the first statement since this was None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def data_received(self, data: Any) -> None:
        """Take what the server sends."""
        self._listen(bytes(data))
        self._protocol.data_received(data)

    def _listen(self, data: bytes) -> None:
        self._rest += data
        start = 0
        while len(self._rest) >= start + 5:
            end = start + 1 + int.from_bytes(self._rest[start + 1 : start + 5], "big")
            if len(self._rest) < end:
                break
            kind = self._rest[start : start + 1]
            if self.columns is None and kind in b"Tn":
                self.columns = _columns(self._rest[start + 5 : end])
            start = end
        self._rest = self._rest[start:]


def _columns(body: bytes) -> Sequence[Column]:
    found, position = [], 2
    while position < len(body):
        end = body.index(b"\0", position)
        table, number, kind, _, modifier, _ = _FIELDS.unpack_from(body, end + 1)
        found.append(
            Column(body[position:end].decode(), kind & 0xFFFFFFFF, modifier, table & 0xFFFFFFFF, number)
        )
        position = end + 1 + _FIELDS.size
    return found


async def connect(address: str) -> tuple[Any, Overheard]:
    """A connection, and what is overheard of it."""
    connection = await _module("asyncpg").connect(
        address, timeout=30, command_timeout=60, server_settings={"application_name": "tripwire verify"}
    )
    overheard = Overheard(connection._protocol)
    connection._transport.set_protocol(overheard)
    return connection, overheard


@lru_cache(maxsize=2)
def _module(name: str) -> Any:
    # By name: nothing of ours imports a client library for a program that does not use it.
    return importlib.import_module(name)


def postgres_error() -> Any:
    """The base class of what a server reports, or asyncpg in its place."""
    return _module("asyncpg").PostgresError


def interface_error() -> Any:
    """The base class of what asyncpg itself finds wrong."""
    return _module("asyncpg").InterfaceError


async def fetch(connection: Any, query: str, *args: Any) -> Sequence[Any]:
    """Rows of a query of our own, whatever codecs the program has set."""
    rows: Sequence[Any] = await connection._execute(query, args, 0, None, ignore_custom_codec=True)
    return rows


def code_of(error: BaseException) -> str:
    """The SQLSTATE of what a server reported; empty where asyncpg found it by itself."""
    code = getattr(error, "sqlstate", None)
    return code if code and getattr(error, "severity", None) else ""


def is_refused(error: BaseException) -> bool:
    """Whether asyncpg cannot send a value."""
    return isinstance(error, _module("asyncpg").DataError) and not code_of(error)


def why_refused(error: BaseException) -> str:
    """Why a value is not taken: what the server says, or asyncpg in the brackets behind the value."""
    message = str(getattr(error, "message", None) or error)
    found = _REASON.fullmatch(message)
    return message if found is None else found[1]


def is_record(value: object) -> bool:
    """Whether this is a record, as which the values of a composite type come."""
    return isinstance(value, _module("asyncpg").Record)


def is_range(value: object) -> bool:
    """Whether this is a range."""
    return isinstance(value, _module("asyncpg").Range)


async def set_codec(connection: Any, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Set a codec as the program did.

    Raises:
        ValueError, InterfaceError: the server has no such type, or it can have no codec.
    """
    await getattr(connection, name)(*args, **kwargs)

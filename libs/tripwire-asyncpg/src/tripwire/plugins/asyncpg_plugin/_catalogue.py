"""The types a scripted server has: asyncpg looks them up when a program sets a codec."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tripwire.plugins.asyncpg_plugin import _seam
from tripwire.plugins.asyncpg_plugin._operation import Reply
from tripwire.plugins.asyncpg_plugin._sql import count_arguments
from tripwire.plugins.asyncpg_plugin._wire import Column

_CHAR, _TEXT, _OID = 18, 25, 26
_FIRST_OID = 90_000

COLUMNS = [Column("oid", _OID), Column("elemtype", _OID), Column("kind", _CHAR)]


class Catalogue:
    """Has every type that is asked for, as a scalar."""

    def __init__(self) -> None:
        self._oids: dict[tuple[bytes | None, ...], bytes] = {}

    def answers(self, query: str) -> bool:
        """Whether a query looks up a type."""
        return query in _seam.type_look_ups()

    def arguments(self, query: str) -> list[int]:
        """The types of such a query's arguments: the oid, or name and schema."""
        return [_OID] if count_arguments(query) == 1 else [_TEXT, _TEXT]

    def run(self, arguments: Sequence[bytes | None]) -> Reply:
        """The type with this oid, or this name and schema."""
        made = self._oids.setdefault(tuple(arguments), struct.pack("!i", _FIRST_OID + len(self._oids)))
        oid = arguments[0] if len(arguments) == 1 else made
        return Reply([(oid, None, b"b")], "SELECT 1")

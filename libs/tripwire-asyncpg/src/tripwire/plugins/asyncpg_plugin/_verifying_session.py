"""One connection in a transaction that is rolled back: statements are described there, and values cast."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire.plugins.asyncpg_plugin import _verifying_seam as seam

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Codec

_AFTER_SETUP = """
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL transaction_read_only = on;
"""
_SAVE, _BACK = "SAVEPOINT tripwire_verify", "ROLLBACK TO SAVEPOINT tripwire_verify"

# A domain whose checks use nothing but what every server has can be cast to: nothing of the user's runs then.
_TYPES = """
SELECT w.oid, w.modifier, format_type(w.oid, w.modifier) AS shown, t.typtype::text AS kind,
    t.typbasetype AS base, t.typtypmod AS base_modifier, e.oid IS NOT NULL AS is_array,
    quote_ident(n.nspname) || '.' || quote_ident(coalesce(e.typname, t.typname)) AS name,
    (SELECT json_agg(l.enumlabel ORDER BY l.enumsortorder)::text FROM pg_enum l
        WHERE l.enumtypid = coalesce(e.oid, t.oid)) AS labels,
    parts.names AS parts, parts.are_inert AS is_inert
FROM (VALUES {}) AS w(oid, modifier)
    JOIN pg_type t ON t.oid = w.oid
    LEFT JOIN pg_type e ON e.typarray = t.oid
    JOIN pg_namespace n ON n.oid = coalesce(e.typnamespace, t.typnamespace)
    CROSS JOIN LATERAL (
        WITH RECURSIVE parts(oid) AS (
            SELECT t.oid
            UNION
            SELECT x.oid FROM parts p JOIN pg_type pt ON pt.oid = p.oid
                LEFT JOIN pg_range r ON p.oid IN (r.rngtypid, r.rngmultitypid)
                CROSS JOIN LATERAL (
                    SELECT pt.typelem UNION SELECT pt.typbasetype UNION SELECT r.rngsubtype
                    UNION SELECT a.atttypid FROM pg_attribute a
                        WHERE a.attrelid = pt.typrelid AND a.attnum > 0 AND NOT a.attisdropped
                ) x(oid)
            WHERE x.oid <> 0
        )
        SELECT json_agg(pt.typname)::text AS names, NOT bool_or(EXISTS (
            SELECT FROM pg_constraint c WHERE c.contypid = pt.oid AND (NOT c.convalidated OR EXISTS (
                SELECT FROM pg_depend d WHERE d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
                    AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
            ))
        )) AS are_inert
        FROM parts JOIN pg_type pt ON pt.oid = parts.oid
    ) parts
"""

# What is below a table by inheritance, and what a NOT VALID constraint has not looked at, may be NULL all the same.
_ORIGINS = """
SELECT a.attrelid AS table, a.attnum AS number, CASE t.typtype WHEN 'd' THEN t.oid ELSE 0 END AS domain,
    c.relkind IN ('r', 'p') AS is_table, a.attgenerated <> '' AS is_generated,
    a.attnotnull AND c.relkind IN ('r', 'p')
        AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = c.oid))
        AND NOT EXISTS (
            SELECT FROM pg_constraint k
            WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated AND a.attnum = ANY (k.conkey)
        ) AS is_not_null
FROM (VALUES {}) AS w(relation, number)
    JOIN pg_attribute a ON a.attrelid = w.relation AND a.attnum = w.number
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_type t ON t.oid = a.atttypid
"""


class Type(NamedTuple):
    """A type as it is `shown`, and how a value is `cast` to it; `parts` are the names of all that is in it."""

    shown: str
    cast: str
    kind: str
    base: tuple[int, int]
    labels: tuple[str, ...]
    parts: frozenset[str]
    is_inert: bool


class Origin(NamedTuple):
    """The column of a table that a column of a result is; `domain` is its type, where that is one."""

    domain: int
    is_table: bool
    is_not_null: bool
    is_generated: bool


class Described(NamedTuple):
    """What a server says of a statement: the types of its arguments, and its columns."""

    arguments: Sequence[int]
    columns: Sequence[seam.Column]


class Session:
    """A connection with one set of codecs."""

    def __init__(self, connection: Any, overheard: seam.Overheard) -> None:
        self._connection, self._overheard = connection, overheard
        self._types: dict[tuple[int, int], Type] = {}
        self._origins: dict[tuple[int, int], Origin] = {}
        self._described: dict[tuple[str, str | None], Described] = {}
        self._path: str | None = None
        self._coded: set[str] = set()
        self.known: set[Hashable] = set()
        """What values of which types have been found to be true."""
        self.refused: dict[int, Exception] = {}
        """Why a codec cannot be set, by its position."""

    async def begin(self, setup: str, codecs: Sequence[Codec]) -> None:
        """Begin the transaction that everything is in."""
        await self._connection.execute("BEGIN")
        if setup:
            await self._connection.execute(setup)
        await self._connection.execute(_AFTER_SETUP)
        await self._connection.execute(_SAVE)
        for number, codec in enumerate(codecs):
            try:
                await seam.set_codec(self._connection, *codec)
                keep = self._coded.discard if codec[0].startswith("reset") else self._coded.add
                keep(_name_of_type(codec))
            except Exception as error:  # noqa: BLE001 - codecs are the program's
                self.refused[number] = error
                await self.back()

    def has_codec(self, kind: Type) -> bool:
        """Whether the program has set a codec for a type, or for a part of it; an enum goes through that of text."""
        return not kind.parts.isdisjoint(self._coded) or ("text" in self._coded and bool(kind.labels))

    async def back(self) -> None:
        """Undo what a check has done; locks are let go, too."""
        await self._connection.execute(_BACK)
        self._path = None

    async def again(self) -> None:
        """Undo what has failed, and look for names as before."""
        path = self._path
        await self.back()
        await self.follow(path)

    async def follow(self, path: str | None) -> None:
        """Look for names where the program does."""
        if path != self._path:
            await seam.fetch(self._connection, "SELECT set_config('search_path', $1, true)", path)
            self._path = path

    async def describe(self, query: str) -> Described:
        """What the server says of one statement.

        Raises:
            PostgresError: it does not take it.
        """
        key = query, self._path
        found = self._described.get(key)
        if found is None:
            self._overheard.columns = None
            statement = await self._connection.prepare(query, name="")
            arguments = [one.oid for one in statement.get_parameters()]
            found = self._described[key] = Described(arguments, self._overheard.columns or ())
        return found

    async def bind(self, query: str, args: Sequence[Any]) -> None:
        """Bind arguments to a statement, which plans it.

        Raises:
            PostgresError: the server does not take them.
        """
        statement = await self._connection.prepare(query, name="")
        await statement.cursor(*args)

    async def types(self, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Type]:
        """The types with these oids and modifiers."""
        new = [one for one in dict.fromkeys(wanted) if one not in self._types]
        if new:
            for row in await seam.fetch(self._connection, _TYPES.format(_pairs(new))):
                self._types[row["oid"], row["modifier"]] = _type(row)
        return self._types

    async def origins(self, columns: Iterable[seam.Column]) -> dict[tuple[int, int], Origin]:
        """Where columns come from; nothing of those that are computed."""
        wanted = dict.fromkeys((one.table, one.number) for one in columns if one.table)
        new = [one for one in wanted if one not in self._origins]
        if new:
            for row in await seam.fetch(self._connection, _ORIGINS.format(_pairs(new))):
                origin = Origin(row["domain"], row["is_table"], row["is_not_null"], row["is_generated"])
                self._origins[row["table"], row["number"]] = origin
        return self._origins

    async def cast(self, casts: Sequence[str], values: Sequence[Any]) -> Sequence[Any]:
        """What the server gives back of values that are cast to types.

        Raises:
            Exception: it does not take them, or asyncpg does not, or a codec of the program's fails.
        """
        wanted = ", ".join(f"${number}::{cast}" for number, cast in enumerate(casts, 1))
        return tuple((await self._connection.fetchrow(f"SELECT {wanted}", *values)).values())

    async def close(self) -> None:
        """End the connection, and the transaction with it."""
        with contextlib.suppress(Exception):  # it may be gone already
            await self._connection.close(timeout=5)


def _type(row: Any) -> Type:
    shown: str = row["shown"]
    cast: str = row["name"]
    # An interval's modifier also names fields, and is written elsewhere.
    start = shown.find("(")
    if start >= 0 and '"' not in shown and not shown.startswith("interval"):
        cast += shown[start : shown.index(")") + 1]
    cast += "[]" * row["is_array"]
    base = row["base"], row["base_modifier"]
    labels, parts = json.loads(row["labels"] or "[]"), json.loads(row["parts"])
    return Type(shown, cast, row["kind"], base, tuple(labels), frozenset(parts), row["is_inert"])


def _pairs(numbers: Iterable[tuple[int, int]]) -> str:
    # In the text: an array of them would go through a codec that the program has set for one.
    return ", ".join(f"({one}::oid, {other})" for one, other in numbers)


def _name_of_type(codec: Codec) -> str:
    _, args, kwargs = codec
    return str(args[0] if args else kwargs.get("typename"))

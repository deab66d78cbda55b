"""A statement and the answer it was given, held against a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tripwire._values import short
from tripwire.plugins.asyncpg_plugin import _verifying_seam as seam
from tripwire.plugins.asyncpg_plugin import _verifying_statements as statements
from tripwire.plugins.asyncpg_plugin import _verifying_values as values
from tripwire.plugins.asyncpg_plugin import _verifying_words as words
from tripwire.plugins.asyncpg_plugin._returns import Rows
from tripwire.plugins.asyncpg_plugin._verifying_claims import Mocked
from tripwire.plugins.asyncpg_plugin._verifying_session import Described, Origin, Session
from tripwire.verifying import Lie, Unchecked

_COPIED_QUERY = re.compile(r"COPY \((?P<query>.*)\) TO STDOUT.*", re.DOTALL)
_NAME = r'"(?:[^"]|"")*"'
_COPIED_TABLE = re.compile(
    rf"COPY (?P<table>{_NAME}(?:\.{_NAME})?)(?:\((?P<columns>{_NAME}(?:, {_NAME})*)\))? (?:FROM STDIN|TO STDOUT)"
    r"(?:.*?\)? (?P<where>WHERE .*))?.*",
    re.DOTALL,
)
_IN_THE_WAY = ("55P03", "57014", "40P01")
_OF_THE_MOMENT = ("25", "53", "54", "55", "57", "58", "XX")


class Checking:
    """One claim, in one session, with one search path."""

    def __init__(self, session: Session, mocked: Mocked, *, bind: bool) -> None:
        self._session, self._mocked, self._bind = session, mocked, bind
        self.found: list[Lie | Unchecked] = []

    async def check(self) -> None:
        """Find what is wrong."""
        mocked = self._mocked
        if mocked.method in ("copy_in", "copy_out"):
            await self._check_copy()
            return
        several = mocked.method == "execute" and not any(mocked.rows)
        parts = statements.split(mocked.query) if several else [mocked.query]
        if not any(map(statements.has_words, parts)):
            self.found.append(Unchecked(words.EMPTY))
            return
        described = None
        for number, part in enumerate(parts, 1):
            described = await self._describe(part, words.position(number, len(parts)))
            if described is None:
                return
            if several and described.arguments:
                which = words.position(number, len(parts))
                self.found.append(
                    Lie(f"{which} runs without arguments", f"it takes {len(described.arguments)}")
                )
                return
            if not statements.is_looked_through(part):
                self.found.append(Unchecked(words.ONLY_SYNTAX))
        assert described is not None
        if mocked.raises is None:
            await self._check_answer(parts[-1], described)

    async def _describe(self, query: str, which: str) -> Described | None:
        try:
            return await self._session.describe(query)
        except Exception as error:  # noqa: BLE001 - whatever it is, `_of_error` tells it
            await self._session.again()
            self.found += self._of_error(error, query, which)
            return None

    def _of_error(self, error: Exception, query: str, which: str) -> Iterator[Lie | Unchecked]:
        code = seam.code_of(error)
        scripted = getattr(self._mocked.raises, "sqlstate", None) or ""
        if code and scripted[:2] == code[:2]:
            return  # the script says that it fails so
        if code in _IN_THE_WAY:
            yield Unchecked(words.LOCKED)
        elif code == "42501":
            yield Unchecked(words.NOT_ALLOWED)
        elif not code or code[:2] in _OF_THE_MOMENT:
            yield Unchecked(words.NOT_DESCRIBED)
        elif any(name in re.findall(r"\w+", str(error).lower()) for name in self._mocked.created):
            yield Unchecked(words.CREATED)
        else:
            remedy = str(getattr(error, "hint", None) or "")
            is_theirs = query in self._mocked.query  # else no place in it tells them anything
            yield Lie(f"a server runs {which}", words.server_error(error, query if is_theirs else ""), remedy)

    # -- answers

    async def _check_answer(self, query: str, described: Described) -> None:
        mocked, returns = self._mocked, self._mocked.returns
        names = [one.name for one in described.columns]
        tells = statements.tells_columns(query)
        answers: list[values.Item] = []
        if mocked.method == "execute" or (mocked.method == "fetch" and isinstance(returns, str)):
            self._check_status(query, returns)
            if mocked.method == "fetch" and names:
                self.found.append(
                    Lie("it gives no rows, but a status", f"it gives rows of {words.names(names)}")
                )
        elif not tells:
            self.found.append(Unchecked(words.COLUMNS_AT_WORK))
        elif mocked.method == "prepare":
            if returns is not None:
                self._check_names(returns, names)
        elif mocked.method == "fetchval":
            answers = await self._of_value(query, described)
        elif (
            isinstance(returns, Rows)
            and returns.columns is not None
            and self._check_names(returns.columns, names)
        ):
            answers = await self._of_rows(query, described, returns.values)
        await self._check_values(query, described, answers)

    def _check_status(self, query: str, status: Any) -> None:
        if isinstance(status, str) and not statements.is_status_of(status, query):
            like = statements.status_like(query)
            self.found.append(
                Lie(
                    f"the status is {status!r}",
                    f"a server reports one such as {like!r}",
                    "a number of rows will do, too",
                )
            )

    def _check_names(self, said: Sequence[str], true: Sequence[str]) -> bool:
        if list(said) == list(true):
            return True
        if not true:
            lie = Lie(
                "it gives rows",
                "it gives none",
                'add RETURNING to it, or script its status, such as "UPDATE 1"',
            )
        else:
            lie = Lie(*words.column_names(list(said), list(true)))
        self.found.append(lie)
        return False

    async def _of_value(self, query: str, described: Described) -> list[values.Item]:
        value, column = self._mocked.returns, self._mocked.column
        if value is None:
            return []  # there may be no row
        if not described.columns:
            self._check_names(["?"], [])
            return []
        try:
            described.columns[column]
        except IndexError:
            count = len(described.columns)
            self.found.append(Lie(f"there is a column {column}", f"there are {count}, counted from 0"))
            return []
        return await self._items(query, described, [(column % len(described.columns), value)], "")

    async def _of_rows(
        self, query: str, described: Described, rows: Sequence[Sequence[Any]]
    ) -> list[values.Item]:
        items: list[values.Item] = []
        for number, row in enumerate(rows, 1):
            which = f" of row {number}" if len(rows) > 1 else ""
            items += await self._items(query, described, list(enumerate(row)), which)
        return items

    async def _items(
        self, query: str, described: Described, cells: Sequence[tuple[int, Any]], which: str
    ) -> list[values.Item]:
        columns = described.columns
        types = await self._session.types((one.type, one.modifier) for one in columns)
        origins = await self._session.origins(columns)
        domains = await self._session.types((one.domain, -1) for one in origins.values() if one.domain)
        items = []
        for number, value in cells:
            column = columns[number]
            origin = origins.get((column.table, column.number))
            if value is None:
                self._check_null(query, column, origin, which)
                continue
            domain = domains.get((origin.domain, -1)) if origin is not None else None
            where = f"column {column.name!r}{which}"
            items.append(values.Item(where, value, types[column.type, column.modifier], True, domain))
        return items

    def _check_null(self, query: str, column: seam.Column, origin: Origin | None, which: str) -> None:
        if statements.may_be_null(query):
            return
        if origin is None or not origin.is_table:
            self.found.append(Unchecked(words.MAY_BE_NULL))
        elif origin.is_not_null:
            self.found.append(
                Lie(f"column {column.name!r}{which} is None", "it comes from a column that is NOT NULL")
            )

    # -- arguments

    async def _check_values(self, query: str, described: Described, answers: list[values.Item]) -> None:
        given: list[values.Item] = []
        for number, row in enumerate(self._mocked.rows, 1):
            which = f" of row {number}" if len(self._mocked.rows) > 1 else ""
            if len(row) != len(described.arguments):
                said = f"it is given {len(row)} argument{'' if len(row) == 1 else 's'}{which}"
                self.found.append(Lie(said, f"it takes {len(described.arguments)}"))
                return
            given += await self._arguments(described, row, which)
        kept: dict[str, None] = {}
        for one in await values.check(self._session, [*given, *answers], runs_checks=self._bind):
            # One lie about a column tells of all its rows.
            head = one.said.partition(" of row ")[0].partition(" is ")[0] if isinstance(one, Lie) else one.why
            if head not in kept:
                kept[head] = None
                self.found.append(one)
        if self._bind and not any(isinstance(one, Lie) for one in self.found):
            await self._check_binding(query)

    async def _arguments(self, described: Described, row: Sequence[Any], which: str) -> list[values.Item]:
        types = await self._session.types((oid, -1) for oid in described.arguments)
        items = []
        for number, (oid, value) in enumerate(zip(described.arguments, row, strict=True), 1):
            kind, domain = types[oid, -1], None
            while not kind.is_inert and kind.base[0]:
                domain = domain or kind
                kind = (await self._session.types([kind.base]))[kind.base]
            if value is not None:
                items.append(values.Item(f"argument ${number}{which}", value, kind, False, domain))
        return items

    async def _check_binding(self, query: str) -> None:
        for row in self._mocked.rows:
            try:
                await self._session.bind(query, row)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                await self._session.again()
                if seam.code_of(error)[:2] in ("22", "23"):
                    self.found.append(Lie(f"it takes {short(list(row))}", words.server_error(error, query)))
                else:
                    self.found.append(Unchecked(words.NOT_BOUND))

    # -- COPY

    async def _check_copy(self) -> None:
        mocked = self._mocked
        if found := _COPIED_QUERY.fullmatch(mocked.query):
            query = found["query"]
        elif found := _COPIED_TABLE.fullmatch(mocked.query):
            query = f"SELECT {found['columns'] or '*'} FROM {found['table']} {found['where'] or ''}"
        else:
            self.found.append(Unchecked(words.COPY_UNKNOWN))
            return
        described = await self._describe(query, "this statement")
        if described is None or mocked.raises is not None:
            return
        if mocked.method == "copy_out":
            await self._check_values(query, described, [])
            return
        origins = await self._session.origins(described.columns)
        columns = [one for one in described.columns if not origins[one.table, one.number].is_generated]
        types = await self._session.types((one.type, one.modifier) for one in columns)
        domains = await self._session.types((one.domain, -1) for one in origins.values() if one.domain)
        items = []
        for number, row in enumerate(mocked.rows, 1):
            if len(row) != len(columns):
                true = f"the columns are {words.names([one.name for one in columns])}"
                self.found.append(Lie(f"record {number} has {len(row)} values", true))
                return
            for column, value in zip(columns, row, strict=True):
                if value is not None:
                    where = f"column {column.name!r} of record {number}"
                    domain = domains.get((origins[column.table, column.number].domain, -1))
                    items.append(
                        values.Item(where, value, types[column.type, column.modifier], False, domain)
                    )
        self.found += await values.check(self._session, items, runs_checks=self._bind)

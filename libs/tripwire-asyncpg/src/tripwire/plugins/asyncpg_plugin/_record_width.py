"""Records on their way into a table: how many columns they have, which asyncpg asks the server for."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any


async def width(records: Any, columns: Any) -> tuple[int, Any]:
    """How many columns the records have, and records that can still be read from the first one on."""
    if columns:
        return len(columns), records
    if isinstance(records, AsyncIterable):
        source = _AsyncSource(records)
        return await source.width(), source
    if isinstance(records, Iterable):
        once = _Source(records)
        return once.width(), once
    return 1, records


def _count(row: Any) -> int:
    try:
        return len(row)
    except TypeError:
        return 1  # asyncpg says what is wrong with it


class _Source:
    """An iterable whose first record has been looked at; what that raises is raised when it is read."""

    def __init__(self, records: Iterable[Any]) -> None:
        self._records = records
        self._first: list[Any] = []
        self._error: BaseException | None = None
        self._rest: Iterator[Any] = iter(())

    def width(self) -> int:
        try:
            self._rest = iter(self._records)
            self._first = [next(self._rest)]
        except StopIteration:
            return 1
        except Exception as error:  # noqa: BLE001 - raised again in its place
            self._error = error
            return 1
        return _count(self._first[0])

    def __iter__(self) -> Iterator[Any]:
        if self._error is not None:
            raise self._error
        yield from self._first
        yield from self._rest


class _AsyncSource:
    """The same for an asynchronous iterable."""

    def __init__(self, records: AsyncIterable[Any]) -> None:
        self._records = records
        self._first: list[Any] = []
        self._error: BaseException | None = None

    async def width(self) -> int:
        self._rest = aiter(self._records)
        try:
            self._first = [await anext(self._rest)]
        except StopAsyncIteration:
            return 1
        except Exception as error:  # noqa: BLE001 - raised again in its place
            self._error = error
            return 1
        return _count(self._first[0])

    async def __aiter__(self) -> AsyncIterator[Any]:
        if self._error is not None:
            raise self._error
        for record in self._first:
            yield record
        async for record in self._rest:
            yield record

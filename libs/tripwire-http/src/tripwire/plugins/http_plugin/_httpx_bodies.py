"""Response bodies of httpx: those that a mock gives part by part, and genuine ones that are recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tripwire.plugins.http_plugin._httpx_wire import checkpoint
from tripwire.plugins.http_plugin._stream import Parts

if TYPE_CHECKING:
    from types import ModuleType

    from tripwire._timeline import Interaction
    from tripwire.plugins.http_plugin._httpx_wire import Wire

PIECE = 64 * 1024
"""The most bytes that httpcore reads at once, and so the longest raw piece of a body."""


class _Body:
    """How much of a body has come, and how much is to come."""

    def __init__(self, wire: Wire, interaction: Interaction, length: int | None) -> None:
        self.wire, self._interaction = wire, interaction
        self._length, self._received = length, 0

    def pieces(self, part: bytes) -> Iterator[bytes]:
        """A part as the client finds it: in pieces, and no longer than the response says."""
        if self._length is not None:
            part = part[: self._length - self._received]
        self._received += len(part)
        return (part[start : start + PIECE] for start in range(0, len(part), PIECE))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what breaks the connection into httpx's own exception."""
        try:
            yield
            if self._length is not None and self._received < self._length:
                raise self._recorded(self.wire.ended_early(self._received, self._length))
        except EOFError:
            raise self._recorded(self.wire.ended_early(self._received, self._length)) from None
        except OSError as error:
            told = self._recorded(self.wire.broke(error))
            raise told from told.__cause__

    def _recorded(self, error: Exception) -> Exception:
        self._interaction.complete(raised=error)
        return error


class _Once(AsyncIterator[bytes]):
    """One piece: an async generator would have to be known to the event loop."""

    def __init__(self, body: bytes) -> None:
        self._left = [body]

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


@lru_cache(maxsize=2)
def whole(library: ModuleType) -> Any:
    """The class, for one library, of response streams of one piece."""

    class WholeStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, body: bytes) -> None:
            self._body = body

        def __iter__(self) -> Iterator[bytes]:
            return iter((self._body,))

        def __aiter__(self) -> AsyncIterator[bytes]:
            return _Once(self._body)

    return WholeStream


@lru_cache(maxsize=2)
def scripted(library: ModuleType) -> Any:
    """The class, for one library, of response streams that a mock gives."""

    class ScriptedStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, parts: Any, wire: Wire, interaction: Interaction, length: int | None) -> None:
            self._parts, self._body = parts, _Body(wire, interaction, length)

        def __iter__(self) -> Iterator[bytes]:
            with self._body.reading():
                for part in self._parts:
                    yield from self._body.pieces(part)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with self._body.reading():
                async for part in self._awaited():
                    for piece in self._body.pieces(part):
                        yield piece

        def close(self) -> None:
            if isinstance(self._parts, Parts):
                self._parts.close()

        async def aclose(self) -> None:
            if isinstance(self._parts, Parts):
                await self._parts.aclose()

        async def _awaited(self) -> AsyncIterator[bytes]:
            if isinstance(self._parts, AsyncIterator):
                async for part in self._parts:
                    yield part
                return
            for part in self._parts:
                await checkpoint(self._body.wire.backend)
                yield part

    return ScriptedStream


@lru_cache(maxsize=2)
def recording(library: ModuleType) -> Any:
    """The class, for one library, of response streams that record what the program reads from genuine ones.

    Once one has been read to its end, and is closed, `again` is called, and awaited by an async client.
    """

    class RecordingStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, genuine: Any, interaction: Interaction, again: Callable[[], Any] | None) -> None:
            self._genuine, self._interaction = genuine, interaction
            self._body = bytearray()
            self._again, self._is_read = again, False

        def __iter__(self) -> Iterator[bytes]:
            with self._recording():
                for part in self._genuine:
                    self._body += part
                    yield part

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with self._recording():
                async for part in self._genuine:
                    self._body += part
                    yield part

        def close(self) -> None:
            self._complete()
            self._genuine.close()
            if (again := self._taken_again()) is not None:
                again()

        async def aclose(self) -> None:
            self._complete()
            await self._genuine.aclose()
            if (again := self._taken_again()) is not None:
                await again()

        def _taken_again(self) -> Callable[[], Any] | None:
            again, self._again = self._again, None
            return again if self._is_read else None

        @contextmanager
        def _recording(self) -> Iterator[None]:
            try:
                yield
                self._is_read = True
            except Exception as error:
                self._interaction.complete(raised=error)
                raise
            finally:
                self._complete()

        def _complete(self) -> None:
            self._interaction.complete(response_body=bytes(self._body))

    return RecordingStream


@lru_cache(maxsize=2)
def replaying(library: ModuleType) -> Any:
    """The class, for one library, of request streams that have been read, and are sent as they were given."""

    class ReplayingStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, parts: list[bytes]) -> None:
            self._parts = parts

        def __iter__(self) -> Iterator[bytes]:
            yield from self._parts

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in self._parts:
                yield part

    return ReplayingStream

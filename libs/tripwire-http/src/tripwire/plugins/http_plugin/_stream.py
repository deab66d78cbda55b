"""Bodies that come part by part, from what a test gave as `stream`."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from tripwire._errors import wrong_use
from tripwire._values import is_a, is_one_of, short

if TYPE_CHECKING:
    from tripwire._timeline import Interaction

Part = bytes | str | BaseException
Stream = Iterable[Part] | AsyncIterable[Part] | Callable[[], "Iterable[Part] | AsyncIterable[Part]"]
T = TypeVar("T")


class UnusableError(TypeError):
    """What a test's stream or callback gives is no answer, or none that this client can take."""


def check(stream: object, *, is_repeated: bool) -> None:
    """See to it that a stream can be read, and as often as its mock serves.

    Raises:
        TypeError, ValueError: it cannot.
    """
    if is_one_of(stream, bytes, bytearray, str):
        raise wrong_use(
            TypeError,
            f"stream must be a list or a generator of parts, not {short(stream)}; that goes into body",
        )
    if callable(stream):
        return
    if not is_one_of(stream, Iterable, AsyncIterable):
        raise wrong_use(
            TypeError, f"stream must be a list, a generator or a function that makes one, not {short(stream)}"
        )
    if is_repeated and is_one_of(stream, Iterator, AsyncIterator):
        raise wrong_use(
            ValueError,
            f"stream={short(stream)} can be read only once, and the mock may serve more often; "
            "give a list, or the function that makes it",
        )


def parts_of(stream: Any) -> Iterator[Any] | AsyncIterator[Any]:
    """The parts of a stream, to be read once."""
    made = stream() if callable(stream) else stream
    return aiter(made) if is_a(made, AsyncIterable) else iter(made)  # type: ignore[type-abstract]


class Parts:
    """The parts of one response, as bytes; the record learns of them when they end, break off, or are settled.

    `refuse` raises the trip for what is no part.
    """

    def __init__(self, source: Iterator[Any] | AsyncIterator[Any], interaction: Interaction) -> None:
        self._source, self._interaction = source, interaction
        self._body = bytearray()
        self.refuse: Callable[[UnusableError], NoReturn] | None = None

    def settle(self) -> None:
        """Record the body as far as it came."""
        if self._body:  # else the record is right, also of a call that ended before its body
            self._interaction.complete(response_body=bytes(self._body))

    def close(self) -> None:
        """Read no more: a generator of the test's learns of it."""
        source = self._source
        if isinstance(source, Generator) and not getattr(source, "gi_running", False):  # in another thread
            source.close()

    async def aclose(self) -> None:
        """The same for an async client."""
        if isinstance(self._source, AsyncGenerator):
            await self._source.aclose()
        self.close()

    def _take(self, part: object) -> bytes:
        if is_a(part, BaseException):
            raise part
        if is_a(part, str):
            part = part.encode()
        elif is_a(part, bytearray) or is_a(part, memoryview):
            part = bytes(part)
        if not is_a(part, bytes):
            raise UnusableError(
                f"stream gave {short(part)}; its parts must be bytes, strings, or an exception to raise"
            )
        self._body += part
        return part

    def _broken(self, error: BaseException) -> None:
        """Record what the source raised, or gave to be raised."""
        self._interaction.complete(response_body=bytes(self._body), raised=error)
        if self.refuse is not None and isinstance(error, UnusableError):
            self.refuse(error)


class SyncParts(Parts, Iterator[bytes]):
    """For a sync client, also from an async source that awaits nothing."""

    def __next__(self) -> bytes:
        try:
            if isinstance(self._source, AsyncIterator):
                return self._take(driven(self._source.__anext__(), "stream"))
            return self._take(next(self._source))
        except (StopIteration, StopAsyncIteration):
            self.settle()
            raise StopIteration from None
        except BaseException as error:
            self.close()
            self._broken(error)
            raise


class AsyncParts(Parts, AsyncIterator[bytes]):
    """For an async client, from an async source."""

    async def __anext__(self) -> bytes:
        assert isinstance(self._source, AsyncIterator)
        try:
            return self._take(await self._source.__anext__())
        except StopAsyncIteration:
            self.settle()
            raise
        except BaseException as error:
            await self.aclose()
            self._broken(error)
            raise


def driven(awaitable: Awaitable[T], what: str) -> T:
    """The result of something awaitable that never waits.

    Raises:
        UnusableError: it does wait.
    """
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    if hasattr(steps, "close"):
        steps.close()
    raise UnusableError(
        f"the mock's {what} waits for something, which a sync client cannot do; give a sync {what}"
    )

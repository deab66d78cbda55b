"""The ends of a scripted child's pipes, in memory; the protocols on them are asyncio's own."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

_CHUNK = 256 * 1024  # as asyncio reads from a genuine pipe


class _Pipe(asyncio.BaseTransport):
    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any, on_change: Callable[[], None]) -> None:
        super().__init__()
        self._loop, self._protocol, self._on_change = loop, protocol, on_change
        self._closed = False
        protocol.connection_made(self)

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self._closed

    def close(self) -> None:
        """Close it; the protocol is told soon."""
        if not self._closed:
            self._closed = True
            if not self._loop.is_closed():
                self._loop.call_soon(self._protocol.connection_lost, None)
                self._on_change()

    def get_protocol(self) -> Any:
        """The protocol on this pipe."""
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        """Put another protocol on it."""
        self._protocol = protocol


class ReadPipe(_Pipe, asyncio.ReadTransport):
    """Where the program reads what a child writes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any, on_change: Callable[[], None]) -> None:
        self._chunks: deque[memoryview] = deque()
        self._flows = self._paused = self._ends = self._comes = False
        super().__init__(loop, protocol, on_change)

    def feed(self, data: bytes) -> None:
        """The child writes."""
        if data and not self._closed:
            self._chunks.append(memoryview(data))
            self._schedule()

    def feed_eof(self) -> None:
        """The child closes it: the reader finds the end after all that was written."""
        self._ends = True
        self._schedule()

    def flow(self) -> None:
        """Let the reader have what there is: he knows of the child."""
        self._flows = True
        if self._ends and not (self._chunks or self._paused):
            self.close()
        else:
            self._schedule()

    def _schedule(self) -> None:
        if self._flows and not (self._comes or self._paused or self._closed or self._loop.is_closed()):
            self._comes = True
            if asyncio._get_running_loop() is self._loop:
                self._loop.call_soon(self._pump)
            else:  # the child was reached by another thread
                self._loop.call_soon_threadsafe(self._pump)

    def _pump(self) -> None:
        """Give the next chunk to the protocol, and close after the last."""
        self._comes = False
        if self._paused or self._closed:
            return
        if self._chunks:
            chunk = self._chunks[0][:_CHUNK]
            if len(chunk) == len(self._chunks[0]):
                self._chunks.popleft()
            else:
                self._chunks[0] = self._chunks[0][_CHUNK:]
            self._protocol.data_received(bytes(chunk))
            self._schedule()
        elif self._ends:
            self.close()

    def is_reading(self) -> bool:
        """Whether data flows."""
        return not self._paused and not self._closed

    def pause_reading(self) -> None:
        """Let no more data flow."""
        self._paused = True

    def resume_reading(self) -> None:
        """Let data flow again."""
        if self._paused:
            self._paused = False
            self._schedule()


class WritePipe(_Pipe, asyncio.WriteTransport):
    """Where the program writes what a child reads."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: Any,
        on_change: Callable[[], None],
        hear: Callable[[bytes], None],
    ) -> None:
        self._hear = hear
        self._lingers = False
        super().__init__(loop, protocol, on_change)

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Take data; what comes after the end is lost, as in a broken pipe."""
        assert isinstance(data, (bytes, bytearray, memoryview)), repr(data)
        if not self._closed and data:
            self._hear(bytes(data))
            self._on_change()

    def is_closing(self) -> bool:
        """Whether it is closed, or will be: the child has ended."""
        return self._lingers or super().is_closing()

    def linger(self) -> None:
        """Go on taking data until it is closed."""
        self._lingers = True

    def can_write_eof(self) -> bool:
        """It can."""
        return True

    def write_eof(self) -> None:
        """Close it."""
        self.close()

    def abort(self) -> None:
        """Close it."""
        self.close()

    def get_write_buffer_size(self) -> int:
        """Nothing is ever buffered."""
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """What a genuine pipe has by default."""
        return 16 * 1024, 64 * 1024

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing to limit."""

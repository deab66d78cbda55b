"""The ends of a scripted child's pipes, in memory; the protocols on them are asyncio's own."""

from __future__ import annotations

import asyncio
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

    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: Any, data: bytes, on_change: Callable[[], None]
    ) -> None:
        self._data, self._position, self._paused = data, 0, False
        super().__init__(loop, protocol, on_change)

    def pump(self) -> None:
        """Give the next chunk to the protocol, and close after the last."""
        if self._paused or self._closed:
            return
        if self._position >= len(self._data):
            self.close()
            return
        chunk = self._data[self._position : self._position + _CHUNK]
        self._position += len(chunk)
        self._protocol.data_received(chunk)
        self._loop.call_soon(self.pump)

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
            self._loop.call_soon(self.pump)


class WritePipe(_Pipe, asyncio.WriteTransport):
    """Where the program writes what a child reads; `data` is all of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any, on_change: Callable[[], None]) -> None:
        self.data = bytearray()
        self._lingers = False
        super().__init__(loop, protocol, on_change)

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Take data; what comes after the end is lost, as in a broken pipe."""
        assert isinstance(data, (bytes, bytearray, memoryview)), repr(data)
        if not self._closed:
            self.data += data
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

"""The transport under asyncpg's protocol: messages come in, answers go out, and either may have to wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from tripwire.plugins.asyncpg_plugin import _wire
from tripwire.plugins.asyncpg_plugin._clock import Clock
from tripwire.plugins.asyncpg_plugin._portals import References

_SKIPPED = (b"P", b"D", b"B", b"E", b"C", b"H")
"""What a server passes over after an error, up to the next Sync."""


class Channel(asyncio.Transport):
    """Takes messages one by one, and delivers what is sent when the client is not busy writing.

    Never answers while the client is still writing: asyncpg does not expect that.
    """

    loop: asyncio.AbstractEventLoop
    clock: Clock
    closing: bool
    paused: bool

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop, self.clock = loop, Clock(loop)
        self._frames = _wire.Frames()
        self.handlers: Mapping[bytes, Callable[[bytes], None]] = {}
        self.inbox: deque[tuple[bytes, bytes]] = deque()
        self.outbox: deque[bytes] = deque()
        self.protocol: Any = None
        self.closing = self.paused = False
        self.skipping = False
        self.waiting = False  # for an answer that is not there yet
        self.answered: bool = False  # in full, as soon as all has been delivered
        self.references: References = References()
        self.streaming: bool = False  # as long as copied data is on its way

    def attach(self, protocol: Any) -> None:
        """Become the transport of a protocol."""
        self.protocol = protocol
        protocol.connection_made(self)

    def work(self) -> None:
        """Act on the messages that have come, as far as no answer is waited for."""
        while self.inbox and not self.waiting:
            kind, body = self.inbox.popleft()
            if not (self.skipping and kind in _SKIPPED):
                self.handlers[kind](body)

    def post(self, data: bytes) -> None:
        """Send this as soon as the client can take it."""
        if data:
            self.outbox.append(data)
            self.loop.call_soon(self.deliver)

    def deliver(self) -> None:
        """Give the client what it can take."""
        while self.outbox and not self.paused and not self.closing:
            self.protocol.data_received(self.outbox.popleft())
        if not self.outbox:
            self.streaming = False
            if self.answered:
                self.answered = False
                self.references.clear()

    def lose(self) -> None:
        """The connection breaks."""
        if not self.closing:
            self.closing = True
            if not self.loop.is_closed():
                self.loop.call_soon(self.protocol.connection_lost, None)

    # -- asyncio.Transport

    def write(self, data: Any) -> None:
        """Take what the client sends."""
        self.inbox.extend(self._frames.feed(bytes(data)))
        self.work()

    def is_closing(self) -> bool:
        """Whether the client is gone."""
        return self.closing

    def close(self) -> None:
        """Let the client go."""
        self.lose()

    def abort(self) -> None:
        """Let the client go at once."""
        self.lose()

    def pause_reading(self) -> None:
        """The client is busy with what it has."""
        self.paused = True

    def resume_reading(self) -> None:
        """The client takes more."""
        self.paused = False
        if not self.loop.is_closed():
            self.loop.call_soon(self.deliver)

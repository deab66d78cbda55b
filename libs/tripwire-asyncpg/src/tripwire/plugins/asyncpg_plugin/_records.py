"""Records made without a connection: a protocol of asyncpg decodes them, driven by hand instead of by a loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from tripwire.plugins.asyncpg_plugin import _seam, _wire
from tripwire.plugins.asyncpg_plugin._channel import Channel
from tripwire.plugins.asyncpg_plugin._rows import equal_to_dicts


class _ByHand:
    """As much of an event loop as a protocol needs; `run` does what a loop would."""

    def __init__(self) -> None:
        self._ready: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Any = None) -> None:  # noqa: ARG002
        self._ready.append((callback, args))

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)  # type: ignore[arg-type]

    def get_debug(self) -> bool:
        return False

    def is_closed(self) -> bool:
        return False

    def settle(self) -> None:
        while self._ready:
            callback, args = self._ready.popleft()
            callback(*args)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        try:
            while True:
                work.send(None)
                self.settle()
        except StopIteration as end:
            return end.value


class _OneRow(Channel):
    """A server that knows one row, and gives it as the answer to everything."""

    def __init__(self, loop: _ByHand, values: dict[str, Any]) -> None:
        super().__init__(loop)  # type: ignore[arg-type]
        self._columns = [_wire.Column(name, _seam.BY_REFERENCE) for name in values]
        self.values = list(values.values())

    def take(self, kind: bytes, body: bytes) -> None:  # noqa: ARG002
        """Act on one message."""
        if kind == _wire.STARTUP:
            version = _wire.parameter_status("server_version", "17.0")
            self.post(_wire.AUTHENTICATED + version + _wire.backend_key(1, 2) + _wire.ready(b"I"))
        elif kind == b"D":
            self.post(_wire.PARSED + _wire.parameters([]) + _wire.row_description(self._columns))
        elif kind == b"E":
            tokens = [
                None if value is None else bytes([0, 0, *divmod(n, 256)])
                for n, value in enumerate(self.values)
            ]
            self.post(_wire.BOUND + _wire.row(tokens) + _wire.complete("SELECT 1") + _wire.ready(b"I"))

    def get(self, token: Any) -> Any:
        """The value some bytes stand for."""
        return self.values[int.from_bytes(bytes(token), "big")]


def make_record(values: dict[str, Any]) -> Any:
    """A genuine record, also equal to the dict."""
    loop = _ByHand()
    server = _OneRow(loop, values)
    protocol = _seam.protocol_over(server, loop, server.get)
    loop.settle()
    return loop.run(_seam.fetch_one(protocol, equal_to_dicts(_seam.record_class())))

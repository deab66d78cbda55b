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
        self.handlers = {
            **dict.fromkeys((b"P", b"H", b"B", b"S"), self._pass_over),
            _wire.STARTUP: self._on_startup,
            b"D": self._on_describe,
            b"E": self._on_execute,
        }
        self._columns = [_wire.Column(name, _seam.BY_REFERENCE) for name in values]
        self._row = tuple(values.values())

    def _on_startup(self, body: bytes) -> None:  # noqa: ARG002
        version = _wire.parameter_status("server_version", "17.0")
        self.post(_wire.AUTHENTICATED + version + _wire.backend_key(1, 2) + _wire.ready(b"I"))

    def _on_describe(self, body: bytes) -> None:  # noqa: ARG002
        self.post(_wire.PARSED + _wire.parameters([]) + _wire.row_description(self._columns))

    def _on_execute(self, body: bytes) -> None:  # noqa: ARG002
        row = self.references.rows([self._row])
        self.post(_wire.BOUND + row + _wire.complete("SELECT 1") + _wire.ready(b"I"))

    def _pass_over(self, body: bytes) -> None:
        """The answers to the others go with these."""


def make_record(values: dict[str, Any]) -> Any:
    """A genuine record, also equal to the dict."""
    loop = _ByHand()
    server = _OneRow(loop, values)
    protocol = _seam.protocol_over(server, loop, server.references.decode)
    loop.settle()
    return loop.run(_seam.fetch_one(protocol, equal_to_dicts(_seam.record_class())))

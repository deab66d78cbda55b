"""Clients that must not outlive the sandbox they were opened in."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


class Dropping:
    """Whatever stands behind a connection: it can drop its client, in whichever thread that happens."""

    loop: asyncio.AbstractEventLoop
    protocol: Any
    closing: bool
    client: Any = None  # the connection, kept alive while the sandbox is open
    dropped: bool = False  # by us, when the sandbox closed; not by the program

    def drop(self) -> None:
        """Drop the client."""
        try:
            in_loop = asyncio.get_running_loop() is self.loop
        except RuntimeError:
            in_loop = False
        if in_loop or not self.loop.is_running():
            self._drop()
        else:
            self.loop.call_soon_threadsafe(self._drop)

    def _drop(self) -> None:
        if not self.closing:
            self.dropped = True
            # Where the loop is closed already, whoever waits on it cannot be told.
            with contextlib.suppress(RuntimeError) if self.loop.is_closed() else contextlib.nullcontext():
                self.protocol.abort()
        self.client = None

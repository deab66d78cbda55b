"""Clients over fixed bytes, put where tripwire puts its server: what the client itself costs."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
from collections.abc import Iterator
from typing import Any
from unittest import mock

from benchmarks.scenarios.clients import BODY

REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)


class CannedSocket:
    """Gives the same bytes for each request. Its file number is of an idle socket: clients ask if it is still open."""

    def __init__(self) -> None:
        self._ends = socket.socketpair()

    def sendall(self, data: bytes) -> None:
        """Take a request, and do nothing with it."""

    def makefile(self, mode: str) -> io.BufferedReader:
        """The reply."""
        return io.BufferedReader(io.BytesIO(REPLY))

    def fileno(self) -> int:
        """A number that can be polled."""
        return self._ends[0].fileno()

    def settimeout(self, value: object) -> None:
        """Take a time limit."""

    def setsockopt(self, *values: object) -> None:
        """Take an option."""

    def shutdown(self, how: int) -> None:
        """End."""

    def close(self) -> None:
        """End."""
        for end in self._ends:
            end.close()


class CannedTransport(asyncio.Transport):
    """The same for aiohttp: one write is one request without a body."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol, self._loop, self._closing = protocol, asyncio.get_running_loop(), False

    def write(self, data: Any) -> None:
        self._loop.call_soon(self._protocol.data_received, REPLY)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """End: aiohttp waits for it."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)


@contextlib.contextmanager
def connections() -> Iterator[None]:
    """Let http.client and urllib3 connect to canned sockets, and aiohttp to canned transports."""
    import http.client

    import aiohttp
    import urllib3.connection
    from aiohttp.client_proto import ResponseHandler

    def connect(self: Any) -> None:
        self.sock = CannedSocket()

    async def create(self: Any, req: Any, traces: Any, timeout: Any) -> ResponseHandler:
        protocol = ResponseHandler(asyncio.get_running_loop())
        protocol.connection_made(CannedTransport(protocol))
        return protocol

    with (
        mock.patch.object(http.client.HTTPConnection, "connect", connect),
        mock.patch.object(urllib3.connection.HTTPConnection, "connect", connect),
        mock.patch.object(aiohttp.TCPConnector, "_create_connection", create),
    ):
        yield

"""What a client finds in the place of its socket: an in-memory one, with the scripted server behind it."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import ref

from tripwire.plugins.http_plugin._exchange import Failure
from tripwire.plugins.http_plugin._relay import Relay
from tripwire.plugins.http_plugin._server import Received, Server

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin


_Buffer = bytes | bytearray | memoryview


class ScriptedSocket:
    """The socket of one connection.

    `owner` is the connection, in whose `sock` it lies; `dial` opens the genuine socket for a request that is
    to reach the real server.
    """

    def __init__(self, plugin: HttpPlugin, origin: str, owner: Any, dial: Callable[[], Any]) -> None:
        self.plugin = plugin
        self._server = Server(origin)
        self._owner, self._dial = ref(owner), dial
        self._relay: Relay | None = None
        self._timeout: float | None = None
        self._readers = 0
        self._closed = False
        plugin.keep(self)

    # -- sending

    def sendall(self, data: _Buffer, _flags: int = 0) -> None:
        """Give bytes to the server, which answers as soon as a request is complete."""
        if self._closed:
            raise OSError(9, "Bad file descriptor")
        content = memoryview(data).tobytes()
        if not content:
            return
        received = self._server.feed(content)
        if received is not None:
            self._answer(received)

    def _answer(self, received: Received) -> None:
        answer = self.plugin.answer(received.request)
        self._end_relay()
        if answer.raises is not None:
            if _is_met_connecting(answer.raises):
                self.hang_up()
                raise answer.raises
            self._server.fail(answer.raises)
        elif isinstance(answer.value, Failure):
            error = answer.value.os_error()
            answer.interaction.complete(raised=error)
            if answer.value.is_met_connecting:
                self.hang_up()
                raise error
            self._server.fail(error)
        elif answer.value is None:
            self._relay = Relay.to_real_server(self._dial, received, answer.interaction, self._timeout)
        else:
            self._server.respond(received.request, answer.value)

    def send(self, data: _Buffer, _flags: int = 0) -> int:
        """Give bytes to the server."""
        self.sendall(data)
        return memoryview(data).nbytes

    # -- receiving

    def recv(self, size: int, _flags: int = 0) -> bytes:
        """Up to `size` bytes; none at the end of the connection."""
        if self._relay is not None and not self._server.has_data:
            return self._relay.recv(size)
        data = self._server.take(size)
        if not data and not self._server.eof:
            raise TimeoutError("timed out")  # a real client would wait in vain
        return data

    def recv_into(self, buffer: Any, size: int = 0, _flags: int = 0) -> int:
        """Receive into a buffer; gives the number of bytes."""
        data = self.recv(size or len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def makefile(self, mode: str = "r", buffering: int | None = None, **text: Any) -> Any:
        """A file to read from; like a real socket's, it outlives `close`."""
        self._readers += 1
        raw = _Reader(self)
        if buffering == 0:
            return raw
        buffered = io.BufferedReader(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, **text)

    # -- ending

    def close(self) -> None:
        """Send nothing more; open files can still be read."""
        self._closed = True
        if not self._readers:
            self._end_relay()

    def reader_closed(self) -> None:
        """A file of this socket has been closed."""
        self._readers -= 1
        if self._closed and not self._readers:
            self._end_relay()

    def hang_up(self) -> None:
        """Leave the connection as if it had never been opened: its next request opens it anew."""
        owner = self._owner()
        if owner is not None and owner.sock is self:
            owner.sock = None
        self.close()

    def _end_relay(self) -> None:
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.close()

    # -- what is asked of every socket, and changes nothing in memory

    def settimeout(self, timeout: float | None) -> None:
        """Wait no longer than this for a real server."""
        self._timeout = timeout
        if self._relay is not None:
            self._relay.settimeout(timeout)

    def gettimeout(self) -> float | None:
        """What `settimeout` was given."""
        return self._timeout

    def setsockopt(self, *option: Any) -> None:
        """Nothing."""

    def shutdown(self, how: int) -> None:
        """Nothing."""


class _Reader(io.RawIOBase):
    def __init__(self, sock: ScriptedSocket) -> None:
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._sock.reader_closed()


def _is_met_connecting(error: BaseException) -> bool:
    """Whether a real connection would have met an error in `connect`, and not when it is read from."""
    if type(error) is OSError:
        return True
    tls = sys.modules.get("ssl")  # an error of it is there only where it has been imported
    if tls is not None and isinstance(error, tls.SSLError):
        return True
    return isinstance(error, (ConnectionRefusedError, socket.gaierror))

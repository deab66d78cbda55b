"""What a scripted socket gives out: files to read from, and descriptors to poll."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any
from weakref import finalize

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._socket import ScriptedSocket


class Reader(io.RawIOBase):
    """The raw file under those of `makefile`."""

    def __init__(self, sock: ScriptedSocket) -> None:
        self._sock = sock
        self._has_timed_out = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._has_timed_out:
            raise OSError("cannot read from timed out object")  # as a real socket's file does
        try:
            return self._sock.recv_into(buffer)
        except TimeoutError:
            self._has_timed_out = True
            raise

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._sock.reader_closed()


class Polled:
    """Two descriptors for `select` and `poll`: one that is always readable, and one that never is."""

    def __init__(self, owner: ScriptedSocket) -> None:
        self._quiet, self._readable = socket.socketpair()
        self._quiet.send(b"!")
        self.close = finalize(
            owner, _close, self._quiet, self._readable
        )  # also for a socket that is forgotten

    def fileno(self, *, is_readable: bool) -> int:
        """The one of them."""
        return (self._readable if is_readable else self._quiet).fileno()


def _close(*ends: socket.socket) -> None:
    for end in ends:
        end.close()

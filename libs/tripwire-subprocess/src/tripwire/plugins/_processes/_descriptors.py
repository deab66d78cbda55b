"""File descriptors of a scripted child: where its output goes, and where its input comes from."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import IO


def put_into_pipe(read_end: int, write_end: int, data: bytes) -> None:
    """Let the reader of a pipe find data, then its end. Nobody has to wait for the reader."""
    os.set_blocking(write_end, False)
    written = 0
    with contextlib.suppress(BlockingIOError):
        written = os.write(write_end, data)
    if written < len(data):
        # More than the pipe holds: a file takes its place, so that no thread has to feed it.
        _replace(read_end, data).close()


def write(descriptor: int, data: bytes) -> None:
    """Write to a file of the caller's, as far as it can be written to."""
    rest = memoryview(data)
    with contextlib.suppress(OSError):  # it is the child that would fail, not the parent
        while rest:
            rest = rest[os.write(descriptor, rest) :]


class Spool:
    """Takes the place of a pipe to a child's stdin, and keeps what is written to it."""

    def __init__(self, write_end: int) -> None:
        self._file = _replace(write_end, b"")

    def take(self) -> bytes:
        """What was written; closes the spool."""
        size = os.fstat(self._file.fileno()).st_size
        data = os.pread(self._file.fileno(), size, 0)
        self.close()
        return data

    def close(self) -> None:
        """Give the descriptor back."""
        self._file.close()


def _replace(descriptor: int, data: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - its owner closes it
    file.write(data)
    file.seek(0)
    os.dup2(file.fileno(), descriptor, inheritable=False)
    return file

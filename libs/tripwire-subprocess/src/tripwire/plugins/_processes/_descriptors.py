"""File descriptors of a scripted child: where its output goes, and where its input comes from."""

from __future__ import annotations

import contextlib
import os
import select
import tempfile
import threading
from collections.abc import Iterable
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


class Feed:
    """Writes to descriptors of the caller's, in order, and never lets the caller wait.

    What a pipe does not hold at once is written by a thread, as the child would: until all is out, nobody
    reads any more, or `stop` is called.
    """

    def __init__(self, output: Iterable[tuple[int, bytes]]) -> None:
        self._left = [(descriptor, memoryview(data)) for descriptor, data in output if data]
        self._thread: threading.Thread | None = None
        self._wake = -1

    def start(self) -> bool:
        """Write what can be written now; whether there is more, for which a thread is at work."""
        self._write()
        if not self._left:
            return False
        self._left = [(os.dup(descriptor), rest) for descriptor, rest in self._left]
        mine = {descriptor for descriptor, _ in self._left}
        woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._run, args=(woken, mine), daemon=True)
        self._thread.start()
        return True

    def stop(self) -> None:
        """Write no more, and give every descriptor back."""
        assert self._thread is not None  # or there is nothing to stop
        os.close(self._wake)
        self._thread.join()

    def _run(self, woken: int, mine: set[int]) -> None:
        self._write(woken)
        for descriptor in (woken, *mine):
            os.close(descriptor)

    def _write(self, woken: int | None = None) -> None:
        while self._left:
            descriptor, rest = self._left[0]
            if not _ready(descriptor, woken):
                return
            try:
                # A pipe that is ready takes this much and does not block.
                rest = rest[os.write(descriptor, rest[: select.PIPE_BUF]) :]
            except OSError:  # it is the child that would fail, not the parent
                rest = rest[:0]
            self._left[:1] = [(descriptor, rest)] if rest else []


def _ready(descriptor: int, woken: int | None) -> bool:
    """Whether a descriptor can be written to: now, or else when it can, unless `woken` comes first."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    if woken is None:
        return bool(poll.poll(0))
    poll.register(woken, select.POLLIN)
    return woken not in dict(poll.poll())


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

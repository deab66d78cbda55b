"""What goes through the pipes of a real process, copied on its way, however the program reads and writes it."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

_CHUNK = 64 * 1024
_PATIENCE = 1.0  # seconds, in which what a process has left in a pipe must have been copied


class Tee:
    """The pipes of one process: what it was given (0), and what it wrote to stdout (1) and stderr (2)."""

    def __init__(self) -> None:
        self.data: dict[int, bytearray] = {number: bytearray() for number in range(3)}
        self._threads: list[threading.Thread] = []

    def into_pipes(self, stdin: int, stdout: int, stderr: int) -> None:
        """Put a pipe between each of the program's ends, and the process."""
        for number, end in enumerate((stdin, stdout, stderr)):
            if end == -1:
                continue
            # The program's descriptor stays, and is now an end of another pipe: whoever holds it need not know.
            other_end = os.dup(end)
            readable, writable = os.pipe()
            mine = readable if number else writable
            os.dup2(mine, end, inheritable=False)
            os.close(mine)
            ends = (other_end, writable) if number else (readable, other_end)
            thread = threading.Thread(
                target=_copy, args=(self.data[number], *ends), name="tripwire pipe", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def into_protocol(self, protocol: Any) -> None:
        """Note what a protocol of asyncio hears."""
        genuine = protocol.pipe_data_received

        def pipe_data_received(number: int, data: Any) -> None:
            self.data[number] += data
            genuine(number, data)

        with contextlib.suppress(AttributeError):  # one with `__slots__`
            protocol.pipe_data_received = pipe_data_received

    def into_transport(self, transport: Any, protocol: Any) -> None:
        """Note what is written to the process behind a transport of asyncio."""
        pipe = transport.get_pipe_transport(0)
        if pipe is None:
            return
        try:
            self._note_writing(pipe)
        except AttributeError:  # a transport of uvloop takes no attributes
            if (writer := getattr(protocol, "stdin", None)) is not None:
                self._note_writing(writer)

    def _note_writing(self, writer: Any) -> None:
        genuine, seen = writer.write, self.data[0]

        def write(data: Any) -> Any:
            seen.extend(data)
            return genuine(data)

        def writelines(data: Any) -> None:
            write(b"".join(data))

        writer.write, writer.writelines = write, writelines

    def settle(self) -> None:
        """Wait until what is left of a process that has ended is copied."""
        for thread in self._threads:
            thread.join(_PATIENCE)


def _copy(seen: bytearray, source: int, sink: int) -> None:
    with contextlib.suppress(OSError):  # nobody reads any more
        while chunk := os.read(source, _CHUNK):
            seen += chunk
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(sink, rest) :]
    os.close(source)
    os.close(sink)

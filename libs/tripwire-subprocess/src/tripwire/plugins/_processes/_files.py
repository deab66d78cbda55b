"""What a scripted child of a Popen writes to and reads from: genuine pipes, and the caller's own files."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

from tripwire import TripError
from tripwire.plugins._processes._child import Child
from tripwire.plugins._processes._script import Sink
from tripwire.plugins._processes._stage import Inlet, Outlet, Stage

if TYPE_CHECKING:
    from typing import Any


class Files(Sink):
    """The descriptors of one child, by the ends of the pipes that its Popen has made."""

    def __init__(self, stage: Stage, child: Child, ends: list[int], encoding: str) -> None:
        self.encoding = encoding
        self._child = child
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = ends
        self._outlets: dict[int, Outlet] = {}
        for number, given, read_end, write_end in (
            (1, child.handles.stdout, c2pread, c2pwrite),
            (2, child.handles.stderr, errread, errwrite),
        ):
            if read_end != -1 or _is_file(given):
                self._outlets[number] = Outlet(stage, write_end, is_pipe=read_end != -1)
        stdin, self._inlet = child.handles.stdin, None
        if p2cwrite != -1 or (_is_file(stdin) and child.script.listens()):  # else the file is left as it is
            self._inlet = Inlet(stage, p2cread, self._hear, self._hung_up)
        elif stdin in (None, subprocess.DEVNULL):
            child.script.gets_no_input()

    def write(self, descriptor: int, data: bytes) -> None:
        """Write it, now or as there is room."""
        if (outlet := self._outlets.get(descriptor)) is not None:
            outlet.write(data)

    def end(self) -> None:
        """Close what it writes to, when all is written."""
        for outlet in self._outlets.values():
            outlet.end()

    @property
    def pending(self) -> bool:
        """Whether something is yet to be written."""
        return any(outlet.pending for outlet in self._outlets.values())

    def settle(self) -> None:
        """Read what is there."""
        if self._inlet is not None:
            self._inlet.drain()

    def closed(self) -> None:
        """Read no more."""
        if self._inlet is not None:
            self._inlet.close()

    def dropping(self) -> tuple[Any, ...]:
        """What to call to close everything, when nobody holds the Popen any more: it must not hold it itself."""
        return _abandon, [*self._outlets.values(), *([] if self._inlet is None else [self._inlet])]

    def _hear(self, data: bytes) -> None:
        self._guarded(lambda: self._child.hear(data))

    def _hung_up(self) -> None:
        self._guarded(self._child.hung_up)

    def _guarded(self, call: Callable[[], object]) -> None:
        try:
            call()
        except TripError:
            # It is remembered. Whoever has written may be reading already, and would do so for ever.
            with contextlib.suppress(TripError):
                self._child.abandon()


def _abandon(ends: list[Any]) -> None:
    for end in ends:
        end.abandon()


def _is_file(given: Any) -> bool:
    return given is not None and given not in (subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL)

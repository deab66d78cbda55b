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
    """The descriptors of one child, which takes over its ends of the pipes that its Popen has made."""

    def __init__(self, stage: Stage, child: Child, ends: tuple[int, ...], encoding: str) -> None:
        self.encoding = encoding
        self._child = child
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = ends
        self._outlets: dict[int, Outlet] = {}
        self._inlet: Inlet | None = None
        for number, given, read_end, write_end in (
            (1, child.handles.stdout, c2pread, c2pwrite),
            (2, child.handles.stderr, errread, errwrite),
        ):
            if read_end != -1 or _is_file(given):
                self._outlets[number] = Outlet(stage, write_end, is_pipe=read_end != -1)
        stdin = child.handles.stdin
        if p2cwrite != -1 or (_is_file(stdin) and child.script.listens()):  # else the file is left as it is
            self._inlet = Inlet(stage, p2cread, self._hear, self._hung_up, is_pipe=p2cwrite != -1)
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

    @staticmethod
    def left_of(ends: tuple[int, ...]) -> tuple[int, ...]:
        """The ends that are still the Popen's."""
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = ends
        return (
            *(p2cread if p2cwrite == -1 else -1, p2cwrite),
            *(c2pread, c2pwrite if c2pread == -1 else -1),
            *(errread, errwrite if errread == -1 else -1),
        )

    @property
    def open(self) -> list[Inlet | Outlet]:
        """What has yet to be closed."""
        ends: list[Inlet | Outlet | None] = [*self._outlets.values(), self._inlet]
        return [end for end in ends if end is not None and end.descriptor != -1]

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


def abandon(ends: list[Inlet | Outlet]) -> None:
    """Close everything: nobody holds the Popen any more."""
    for end in ends:
        end.abandon()


def _is_file(given: Any) -> bool:
    return given is not None and given not in (subprocess.PIPE, subprocess.STDOUT, subprocess.DEVNULL)

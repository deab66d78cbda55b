"""A start that asyncio has decided, and what it tells the Popen that it makes for it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from tripwire.plugins._processes._real import RealRun
from tripwire.plugins._processes._spawn import Handles, Spawn

if TYPE_CHECKING:
    from tripwire.plugins._processes._clock import Clock
    from tripwire.plugins._processes._processes import Processes


class Start(NamedTuple):
    """A start that asyncio has decided already: whom to ask, None for the real thing; the child's clock."""

    processes: Processes | None
    spawn: Spawn
    handles: Handles
    clock: Clock | None = None


class IsReal(Exception):  # noqa: N818 - no error: asyncio has to start over, with a transport of its own
    """The process that asyncio starts is to be a real one."""

    def __init__(self, real: RealRun) -> None:
        super().__init__()
        self.real = real


_decided: ContextVar[Start | None] = ContextVar("tripwire_asyncio_start", default=None)


class started_by_asyncio:  # noqa: N801 - used as a function
    """The period in which asyncio makes the Popen of a start."""

    def __init__(self, start: Start) -> None:
        self._start = start

    def __enter__(self) -> None:
        self._token = _decided.set(self._start)

    def __exit__(self, *_: object) -> None:
        _decided.reset(self._token)


def decided() -> Start | None:
    """The start whose Popen is being made here, or None if it is nobody's but the program's."""
    return _decided.get()

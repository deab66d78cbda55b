"""Signals: whoever sends one to a scripted pid reaches the scripted child, and nobody else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import wraps

from tripwire import Target
from tripwire.plugins._processes._child import living


def targets() -> Iterable[Target]:
    """What sends signals; `Popen.send_signal` and asyncio's transports use it too."""
    yield Target(os, "kill", _send)
    yield Target(os, "killpg", _send, optional=True)


def _send(genuine: Callable[[int, int], None]) -> Callable[[int, int], None]:
    @wraps(genuine)
    def send(pid: int, number: int, /) -> None:
        child = living(pid) if isinstance(pid, int) else None
        if child is None:
            genuine(pid, number)
        else:
            child.signal(number)

    return send

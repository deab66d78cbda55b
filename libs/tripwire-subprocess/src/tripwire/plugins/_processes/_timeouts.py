"""How `Popen.communicate` runs out of time: by the library's own code, at once, with what has come out so far."""

from __future__ import annotations

import fcntl
import struct
import subprocess
import termios
from collections.abc import Callable
from typing import Any

from tripwire.plugins._processes._private import expect_parameters

Popen = subprocess.Popen[Any]

AGES = 1_000_000.0  # seconds, for where only whether there is a timeout matters

_HOOKS = {
    "_remaining_time": ("self", "endtime"),
    "_check_timeout": (
        *("self", "endtime", "orig_timeout", "stdout_seq", "stderr_seq"),
        "skip_check_and_raise",
    ),
}


def check() -> None:
    """See to it that Popen still asks for its time as is known here.

    Raises:
        TripwireError: it does not.
    """
    for name, parameters in _HOOKS.items():
        expect_parameters(getattr(subprocess.Popen, name), f"subprocess.Popen.{name}", parameters)


def run_out(genuine: Callable[..., Any], popen: Popen, given: Any, timeout: float) -> Any:
    """A call of `communicate` on a child that goes on for longer.

    Raises:
        TimeoutExpired: in any case.
    """
    if popen.stdout is None and popen.stderr is None:
        popen._communication_started = True  # type: ignore[attr-defined]
        if popen.stdin is not None:
            popen.stdin.close()
        raise subprocess.TimeoutExpired(popen.args, timeout)
    raises = popen._check_timeout  # type: ignore[attr-defined]

    def remaining_time(_endtime: float | None) -> float:
        return 0.0 if _is_busy(popen) else -1.0

    def check_timeout(*args: Any, skip_check_and_raise: bool = False) -> None:
        if skip_check_and_raise:
            raises(*args, skip_check_and_raise=True)

    vars(popen).update(_remaining_time=remaining_time, _check_timeout=check_timeout)
    try:
        return genuine(popen, given, timeout)
    finally:
        for name in _HOOKS:
            vars(popen).pop(name, None)


def _is_busy(popen: Popen) -> bool:
    """Whether there is more to read or to write now."""
    from tripwire.plugins._processes._popen_seam import child_of

    child = child_of(popen)
    if child is not None and getattr(child.sink, "pending", False):
        return True
    if popen.stdin is not None and not popen.stdin.closed:
        return True
    return any(
        file is not None and not file.closed and _waiting(file.fileno()) > 0
        for file in (popen.stdout, popen.stderr)
    )


def _waiting(descriptor: int) -> int:
    """How many bytes can be read."""
    (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))
    return int(count)

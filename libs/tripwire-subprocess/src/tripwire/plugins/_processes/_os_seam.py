"""The seams of `os`: what starts a process without `subprocess`, and what speaks of one by its pid."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire import Target
from tripwire.plugins._processes._child import Child
from tripwire.plugins._processes._pids import living, waitable
from tripwire.plugins._processes._real import RealRun, running
from tripwire.plugins._processes._script import Sink
from tripwire.plugins._processes._spawn import Handles, Spawn, caller

if TYPE_CHECKING:
    from tripwire.plugins._processes._processes import Processes

_INHERITED = Handles(None, None, None)


class _Nowhere(Sink):
    """The output of a child that shares its parent's."""

    def write(self, descriptor: int, data: bytes) -> None:
        """It is scripted, and not to be seen."""

    def end(self) -> None:
        """Nothing to close."""


@cache
def targets(processes: type[Processes]) -> tuple[Target, ...]:
    """The names to patch. Every `os.spawn*` comes down to one function; whoever holds it already is caught too."""
    return (
        Target(os, "system", partial(_system, processes=processes)),
        Target(os, "_spawnvef", partial(_spawnvef, processes=processes)),
        Target(os, "posix_spawn", partial(_posix_spawn, processes=processes), optional=True),
        Target(os, "posix_spawnp", partial(_posix_spawn, processes=processes), optional=True),
        Target(os, "kill", _kill),
        Target(os, "killpg", _killpg, optional=True),
        Target(os, "getpgid", _group, optional=True),
        Target(os, "getsid", _group, optional=True),
        Target(os, "waitpid", _waitpid),
    )


def _begin(
    processes: type[Processes],
    spawn: Spawn,
    genuine: Callable[[], int],
    code: Callable[[int], int | None] = lambda _: None,
) -> tuple[Child | None, int]:
    """The child that serves a start; or none, and what the genuine call gives, of which `code` makes the exit code."""
    found = caller(spawn.how)
    spawn = spawn._replace(how=found.how)
    plugin = None if found.is_look_up else processes.catching(spawn)
    if plugin is None:
        return None, genuine()
    served = plugin.start(spawn, _INHERITED)
    if isinstance(served, RealRun):
        return None, _real(served, genuine, code)
    served.begin(_Nowhere())
    served.is_waitable = True
    _unheld[served.pid] = served
    return served, served.pid


_unheld: dict[int, Child] = {}
"""Children that were started without `subprocess`: only `os.waitpid` tells their end, and nobody else holds them."""


def forget(child: Child) -> None:
    """Nobody can wait for it any more."""
    child.is_waitable = False
    _unheld.pop(child.pid, None)


def _real(real: RealRun, genuine: Callable[[], int], code: Callable[[int], int | None]) -> int:
    try:
        result = genuine()
    except BaseException as error:
        real.failed(error)
        raise
    real.code = lambda: code(result)
    if real.code() is None:
        running[result] = real
    real.finish()
    return result


def _end(child: Child) -> int:
    forget(child)
    return child.wait()


def _is_refused(path: Any, argv: Any, env: Any) -> bool:
    """Whether the system's functions refuse what they are given: nothing that they take, for they are called then."""
    try:
        texts = [os.fsencode(one) for one in (path, *argv)]
        variables = (
            [(os.fsencode(name), os.fsencode(value)) for name, value in env.items()]
            if env is not None
            else []
        )
    except Exception:  # noqa: BLE001 - it is no text, or no mapping
        return True
    return (
        not isinstance(argv, (list, tuple))
        or not argv
        or not texts[1]
        or any(not name or b"=" in name[1:] for name, _ in variables)
        or any(b"\0" in one for one in (*texts, *(part for pair in variables for part in pair)))
    )


def _system(genuine: Callable[[Any], int], processes: type[Processes]) -> Callable[[Any], int]:
    @wraps(genuine)
    def system(command: Any) -> int:
        if b"\0" in os.fsencode(command):
            return genuine(command)  # which refuses it
        spawn = Spawn(os.fsdecode(command), None, "os.system", "os", shell=True)
        child, status = _begin(processes, spawn, lambda: genuine(command), os.waitstatus_to_exitcode)
        return status if child is None else _status(_end(child))

    return system


def _spawnvef(genuine: Callable[..., int], processes: type[Processes]) -> Callable[..., int]:
    @wraps(genuine)
    def spawnvef(mode: int, file: Any, args: Any, env: Any, func: Any) -> int:
        def call() -> int:
            return genuine(mode, file, args, env, func)

        if mode not in (os.P_WAIT, os.P_NOWAIT) or _is_refused(file, args, env):
            return call()  # which refuses it, or ends with 127 in its child
        command = [os.fspath(file), *map(os.fspath, args[1:])]
        waits = mode == os.P_WAIT
        spawn = Spawn(command, None, "os.spawnv", "os", env=env)
        child, result = _begin(processes, spawn, call, lambda code: code if waits else None)
        return _end(child) if child is not None and waits else result

    return spawnvef


def _posix_spawn(genuine: Callable[..., int], processes: type[Processes]) -> Callable[..., int]:
    @wraps(genuine)
    def posix_spawn(path: Any, argv: Any, env: Any, /, **options: Any) -> int:

        def call() -> int:
            return genuine(path, argv, env, **options)

        if sys._getframe(1).f_globals.get("__name__") == subprocess.__name__:
            return call()  # a real Popen, which was decided there
        if _is_refused(path, argv, env) or (env is None and sys.version_info < (3, 13)):
            return call()
        command = [os.fspath(path), *map(os.fspath, list(argv)[1:])]
        return _begin(processes, Spawn(command, None, f"os.{genuine.__name__}", "os", env=env), call)[1]

    return posix_spawn


def _status(code: int) -> int:
    """An exit code as `wait` gives it."""
    return code << 8 if code >= 0 else -code


def _kill(genuine: Callable[[int, int], None]) -> Callable[[int, int], None]:
    @wraps(genuine)
    def send(pid: int, number: int, /) -> None:
        child = living(pid)
        if child is not None:
            child.signal(number)
        elif (leader := _leader(pid, -1)) is not None:
            leader.signal(number)
        else:
            _note(pid, number)
            genuine(pid, number)

    return send


def _note(pid: int, number: int) -> None:
    """Let the record of a real process know of a signal, unless it is told by whom the program has asked for it."""
    real = running.get(abs(pid)) if isinstance(pid, int) else None  # the genuine function refuses others
    if real is not None and sys._getframe(2).f_globals.get("__name__") not in _SENDERS:
        real.signalled(int(number), by_library=False)


_SENDERS = ("subprocess", "asyncio.base_subprocess", "asyncio.unix_events")


def _killpg(genuine: Callable[[int, int], None]) -> Callable[[int, int], None]:
    @wraps(genuine)
    def send(pgid: int, number: int, /) -> None:
        child = _leader(pgid)
        if child is None:
            _note(pgid, number)
            genuine(pgid, number)
        else:
            child.signal(number)

    return send


def _leader(group: Any, sign: int = 1) -> Child | None:
    """The scripted child that leads a process group; `os.kill` gives the group as a negative number."""
    child = living(sign * group) if isinstance(group, int) else None
    return child if child is not None and child.own_session else None


def _group(genuine: Callable[[int], int]) -> Callable[[int], int]:
    @wraps(genuine)
    def group(pid: int, /) -> int:
        child = living(pid)
        if child is None:
            return genuine(pid)
        return child.pid if child.own_session else genuine(0)

    return group


def _waitpid(genuine: Callable[[int, int], tuple[int, int]]) -> Callable[[int, int], tuple[int, int]]:
    @wraps(genuine)
    def waitpid(pid: int, options: int, /) -> tuple[int, int]:
        child = waitable(pid)
        if child is None:
            found, status = genuine(pid, options)
            if (real := running.pop(found, None)) is not None:
                ended = os.waitstatus_to_exitcode(status)
                real.code = lambda: ended
                real.finish()
            return found, status
        code = child.look() if options & os.WNOHANG else child.wait()
        if code is None:
            return 0, 0
        forget(child)
        child.returncode = 0  # what a Popen tells of a child that somebody else has waited for
        return child.pid, _status(code)

    return waitpid

"""The seam of asyncio: what makes a subprocess transport, on asyncio's own event loops and on uvloop's."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

from tripwire import Target
from tripwire.plugins._processes._command import recorded
from tripwire.plugins._processes._popen_seam import Start, fill_in, started_by_asyncio
from tripwire.plugins._processes._private import expect_attributes, expect_parameters
from tripwire.plugins._processes._spawn import Handles, Spawn, caller
from tripwire.plugins._processes._transport import ScriptedTransport, check_private_names

if TYPE_CHECKING:
    from tripwire.plugins._processes._processes import Processes

_MAKE = "_make_subprocess_transport"

_PARAMETERS = ("self", "protocol", "args", "shell", "stdin", "stdout", "stderr", "bufsize", "extra")


def targets(processes: type[Processes]) -> Iterable[Target]:
    """The names to patch."""
    check_private_names()
    expect_attributes(asyncio.subprocess.Process, "asyncio.subprocess.Process", ["_transport"])
    loops = [loop for loop in _subclasses(asyncio.BaseEventLoop) if _MAKE in vars(loop)]
    for loop in loops or [asyncio.SelectorEventLoop]:
        expect_attributes(loop, _name(loop), [_MAKE])
        expect_parameters(getattr(loop, _MAKE), f"{_name(loop)}.{_MAKE}", _PARAMETERS)
    for loop in loops:
        yield Target(loop, _MAKE, lambda genuine: _make(genuine, processes))
    yield Target("uvloop:Loop", "subprocess_exec", lambda genuine: _uvloop_exec(genuine, processes))
    yield Target("uvloop:Loop", "subprocess_shell", lambda genuine: _uvloop_shell(genuine, processes))
    yield Target(asyncio.subprocess.Process, "communicate", _communicate)


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _make(
    genuine: Callable[..., Awaitable[Any]], processes: type[Processes]
) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def make_subprocess_transport(
        self: Any,
        protocol: Any,
        args: Any,
        shell: bool,
        stdin: Any,
        stdout: Any,
        stderr: Any,
        bufsize: int,
        extra: Any = None,
        **kwargs: Any,
    ) -> Any:
        start = _start(processes, args, shell, Handles(stdin, stdout, stderr), kwargs)
        if start.processes is not None:
            return await _scripted(self, protocol, start, args, shell, extra=extra, **kwargs)
        with started_by_asyncio(start):
            return await genuine(
                self, protocol, args, shell, stdin, stdout, stderr, bufsize, extra=extra, **kwargs
            )

    return make_subprocess_transport


def _uvloop_exec(
    genuine: Callable[..., Awaitable[Any]], processes: type[Processes]
) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def subprocess_exec(
        self: Any, protocol_factory: Any, program: Any, *args: Any, shell: bool = False, **kwargs: Any
    ) -> Any:
        start = _start_on_uvloop(processes, (program, *args), False, kwargs)
        if start.processes is None:
            return await genuine(self, protocol_factory, program, *args, shell=shell, **kwargs)
        if shell:
            raise ValueError("shell must be False")
        return await _scripted_on_uvloop(self, protocol_factory, start, (program, *args), False, kwargs)

    return subprocess_exec


def _uvloop_shell(
    genuine: Callable[..., Awaitable[Any]], processes: type[Processes]
) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def subprocess_shell(
        self: Any, protocol_factory: Any, cmd: Any, *, shell: bool = True, **kwargs: Any
    ) -> Any:
        start = _start_on_uvloop(processes, cmd, True, kwargs)
        if start.processes is None:
            return await genuine(self, protocol_factory, cmd, shell=shell, **kwargs)
        if not shell:
            raise ValueError("shell must be True")
        return await _scripted_on_uvloop(self, protocol_factory, start, cmd, True, kwargs)

    return subprocess_shell


def _start_on_uvloop(processes: type[Processes], args: Any, shell: bool, kwargs: dict[str, Any]) -> Start:
    handles = Handles(*(kwargs.get(name, subprocess.PIPE) for name in Handles._fields))
    return _start(processes, args, shell, handles, kwargs)


_UVLOOP_REFUSES = {
    "universal_newlines": (False, "universal_newlines must be False"),
    "bufsize": (0, "bufsize must be 0"),
    "startupinfo": (None, "startupinfo is not supported"),
    "creationflags": (0, "creationflags is not supported"),
}

_UVLOOP_TAKES = {
    *(
        "preexec_fn",
        "close_fds",
        "cwd",
        "env",
        "restore_signals",
        "start_new_session",
        "executable",
        "pass_fds",
    ),
}


async def _scripted_on_uvloop(
    loop: Any, protocol_factory: Any, start: Start, args: Any, shell: bool, kwargs: dict[str, Any]
) -> Any:
    options = {name: value for name, value in kwargs.items() if name not in Handles._fields}
    for name, (allowed, message) in _UVLOOP_REFUSES.items():
        if options.pop(name, allowed) != allowed:
            raise ValueError(message)
    if unexpected := options.keys() - _UVLOOP_TAKES:
        raise ValueError(f"unexpected kwargs: {', '.join(name for name in options if name in unexpected)}")
    protocol = protocol_factory()
    return await _scripted(loop, protocol, start, args, shell, **options), protocol


def _start(
    processes: type[Processes], args: Any, shell: bool, handles: Handles, kwargs: dict[str, Any]
) -> Start:
    how = caller("loop.subprocess_shell" if shell else "loop.subprocess_exec").how
    spawn = Spawn(recorded(args, shell), handles.stdin, how, "async_subprocess", kwargs.get("cwd"))
    return Start(processes.catching(spawn), spawn, handles)


async def _scripted(
    loop: Any, protocol: Any, start: Start, args: Any, shell: bool, **kwargs: Any
) -> ScriptedTransport:
    connected = loop.create_future()
    transport = ScriptedTransport(
        loop, protocol, args, shell, *start.handles, 0, waiter=connected, start=start, **kwargs
    )
    try:
        await connected
    except BaseException:
        transport.close()
        await transport.reaped()
        raise
    return transport


def _communicate(genuine: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def communicate(self: Any, input: Any = None) -> Any:  # noqa: A002
        transport = self._transport
        if not isinstance(transport, ScriptedTransport):
            return await genuine(self, input)
        child = transport.child
        result = child.communicate(input)
        out = await genuine(self, input)
        return out if result is None else fill_in(child, result, out, bytes)

    return communicate

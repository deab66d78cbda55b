"""The seam of asyncio: what makes a subprocess transport, on asyncio's own event loops and on uvloop's."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import weakref
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire import Target
from tripwire.plugins._processes._clock import clock_of
from tripwire.plugins._processes._command import recorded
from tripwire.plugins._processes._popen_seam import fill_in
from tripwire.plugins._processes._private import expect_attributes, expect_parameters
from tripwire.plugins._processes._real import RealRun, running
from tripwire.plugins._processes._spawn import Handles, Spawn, caller
from tripwire.plugins._processes._start import IsReal, Start, started_by_asyncio
from tripwire.plugins._processes._transport import ScriptedTransport, check_private_names

if TYPE_CHECKING:
    from tripwire.plugins._processes._processes import Processes

_MAKE = "_make_subprocess_transport"

_PARAMETERS = ("self", "protocol", "args", "shell", "stdin", "stdout", "stderr", "bufsize", "extra")


def targets(processes: type[Processes]) -> Iterable[Target]:
    """The names to patch."""
    check_private_names()
    expect_attributes(asyncio.subprocess.Process, "asyncio.subprocess.Process", ["_protocol", "_transport"])
    loops = [loop for loop in _subclasses(asyncio.BaseEventLoop) if _MAKE in vars(loop)]
    for loop in loops or [asyncio.SelectorEventLoop]:
        expect_attributes(loop, _name(loop), [_MAKE])
        expect_parameters(getattr(loop, _MAKE), f"{_name(loop)}.{_MAKE}", _PARAMETERS)
    for loop in loops:
        yield Target(loop, _MAKE, partial(_make, processes=processes))
    yield from _others(processes)  # type: ignore[arg-type] # see `_popen_seam`


@cache
def _others(processes: type[Processes]) -> tuple[Target, ...]:
    return (
        Target("uvloop:Loop", "subprocess_exec", partial(_uvloop_exec, processes=processes)),
        Target("uvloop:Loop", "subprocess_shell", partial(_uvloop_shell, processes=processes)),
        Target(asyncio.subprocess.Process, "communicate", _communicate),
        Target(asyncio.subprocess.Process, "wait", _wait),
        Target(asyncio.subprocess.Process, "send_signal", _send_signal),
        Target(asyncio.subprocess.Process, "terminate", partial(_send_signal, number=signal.SIGTERM)),
        Target(asyncio.subprocess.Process, "kill", partial(_send_signal, number=signal.SIGKILL)),
    )


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
        start = _start(self, processes, args, shell, Handles(stdin, stdout, stderr), kwargs)
        real: RealRun | None = None
        if start.processes is not None:
            try:
                return await _scripted(self, protocol, start, args, shell, extra=extra, **kwargs)
            except IsReal as found:
                real = found.real
        if real is not None:
            real.has_protocol(protocol)
        with started_by_asyncio(start._replace(processes=None)):
            return await _let_through(
                real,
                protocol,
                genuine(self, protocol, args, shell, stdin, stdout, stderr, bufsize, extra=extra, **kwargs),
            )

    return make_subprocess_transport


async def _let_through(real: RealRun | None, protocol: Any, begin: Awaitable[Any]) -> Any:
    """A real transport; `begin` gives it, on uvloop with the protocol."""
    if real is None:
        return await begin
    try:
        made = await begin
    except BaseException as error:
        real.failed(error)
        raise
    transport, protocol = made if isinstance(made, tuple) else (made, protocol)
    real.code = transport.get_returncode
    running[transport.get_pid()] = real
    real.has_transport(transport, protocol)
    _real[protocol] = real
    return made


def _observed(factory: Callable[[], Any], real: RealRun | None) -> Callable[[], Any]:
    def make() -> Any:
        protocol = factory()
        if real is not None:
            real.has_protocol(protocol)
        return protocol

    return make


_real: weakref.WeakKeyDictionary[Any, RealRun] = weakref.WeakKeyDictionary()
"""The records of real processes, by their protocols."""


def _uvloop_exec(
    genuine: Callable[..., Awaitable[Any]], processes: type[Processes]
) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def subprocess_exec(
        self: Any, protocol_factory: Any, program: Any, *args: Any, shell: bool = False, **kwargs: Any
    ) -> Any:
        start = _start_on_uvloop(self, processes, (program, *args), False, kwargs)
        real: RealRun | None = None
        if start.processes is not None:
            if shell:
                raise ValueError("shell must be False")
            try:
                return await _scripted_on_uvloop(
                    self, protocol_factory, start, (program, *args), False, kwargs
                )
            except IsReal as found:
                real = found.real
        make = _observed(protocol_factory, real)
        begin = genuine(self, make, program, *args, shell=shell, **kwargs)
        return await _let_through(real, None, begin)

    return subprocess_exec


def _uvloop_shell(
    genuine: Callable[..., Awaitable[Any]], processes: type[Processes]
) -> Callable[..., Awaitable[Any]]:
    @wraps(genuine)
    async def subprocess_shell(
        self: Any, protocol_factory: Any, cmd: Any, *, shell: bool = True, **kwargs: Any
    ) -> Any:
        start = _start_on_uvloop(self, processes, cmd, True, kwargs)
        real: RealRun | None = None
        if start.processes is not None:
            if not shell:
                raise ValueError("shell must be True")
            try:
                return await _scripted_on_uvloop(self, protocol_factory, start, cmd, True, kwargs)
            except IsReal as found:
                real = found.real
        begin = genuine(self, _observed(protocol_factory, real), cmd, shell=shell, **kwargs)
        return await _let_through(real, None, begin)

    return subprocess_shell


def _start_on_uvloop(
    loop: Any, processes: type[Processes], args: Any, shell: bool, kwargs: dict[str, Any]
) -> Start:
    handles = Handles(*(kwargs.get(name, subprocess.PIPE) for name in Handles._fields))
    return _start(loop, processes, args, shell, handles, kwargs)


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
    loop: Any, processes: type[Processes], args: Any, shell: bool, handles: Handles, kwargs: dict[str, Any]
) -> Start:
    how = caller("loop.subprocess_shell" if shell else "loop.subprocess_exec").how
    cwd, env, executable = (kwargs.get(name) for name in ("cwd", "env", "executable"))
    spawn = Spawn(recorded(args, shell), handles.stdin, how, "async_subprocess", shell, cwd, env, executable)
    return Start(processes.catching(spawn), spawn, handles, clock_of(loop))


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
            real = _real.get(self._protocol)
            with _giving_up(real):
                out = await genuine(self, input)
            if real is not None:
                real.communicated(input, out)
            return out
        child = transport.child
        child.communicate_later(input, input if self.stdin is not None else None)
        out = await genuine(self, input)
        return fill_in(child, out, bytes)

    return communicate


def _wait(genuine: Callable[..., Awaitable[int]]) -> Callable[..., Awaitable[int]]:
    @wraps(genuine)
    async def wait(self: Any) -> int:
        real = _real.get(self._protocol)
        with _giving_up(real):
            code = await genuine(self)
        if real is not None:
            real.finish()
        return code

    return wait


@contextlib.contextmanager
def _giving_up(real: RealRun | None) -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError as error:
        if real is not None:
            real.outlasted(error)
        raise


def _send_signal(genuine: Callable[..., None], number: int | None = None) -> Callable[..., None]:
    @wraps(genuine)
    def send_signal(self: Any, *given: Any) -> None:
        real = _real.get(self._protocol)
        sent = number if number is not None or not given else given[0]
        if real is not None and sent is not None and self.returncode is None:
            real.signalled(int(sent), by_library=False)
        genuine(self, *given)

    return send_signal

"""A scripted child under asyncio's genuine `Process`, `StreamReader` and `StreamWriter`, without descriptors.

Everything private to `asyncio.base_subprocess` is named here.
"""

from __future__ import annotations

import asyncio
import subprocess
import weakref
from asyncio import base_subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

from tripwire import TripError
from tripwire.plugins._processes._child import Child
from tripwire.plugins._processes._clock import LoopClock
from tripwire.plugins._processes._pipes import ReadPipe, WritePipe
from tripwire.plugins._processes._popen_seam import child_of
from tripwire.plugins._processes._private import expect_attributes, expect_parameters
from tripwire.plugins._processes._script import NEVER, Sink
from tripwire.plugins._processes._start import Start, started_by_asyncio

_Streams = asyncio.subprocess.SubprocessStreamProtocol

_PROTOCOLS = ("ReadSubprocessPipeProto", "WriteSubprocessPipeProto")

_NAMES = (
    *("_start", "_wait", "_call", "_process_exited"),
    *("_closed", "_exit_waiters", "_loop", "_pipes", "_proc", "_protocol", "_returncode"),
)

_PARAMETERS = (
    *("self", "loop", "protocol", "args", "shell", "stdin", "stdout", "stderr", "bufsize"),
    *("waiter", "extra"),
)


class ScriptedTransport(base_subprocess.BaseSubprocessTransport):
    """The transport of one scripted child; its `Popen` is genuine too, but for its pipes."""

    child: Child
    _pipes: Any
    _still_reads = _is_reaping = False
    _sleeps: asyncio.Future[None] | None = None
    _unseen: asyncio.Future[None] | None = None

    def __init__(self, *args: Any, start: Start, **kwargs: Any) -> None:
        self._tripwire_start = start
        super().__init__(*args, **kwargs)

    def _start(
        self, args: Any, shell: bool, stdin: Any, stdout: Any, stderr: Any, bufsize: int, **kwargs: Any
    ) -> None:
        merged_into_pipe = stderr == subprocess.STDOUT and stdout in (None, subprocess.PIPE)
        with started_by_asyncio(self._tripwire_start):
            self._proc = subprocess.Popen(
                args,
                shell=shell,
                stdin=_not_piped(stdin),
                stdout=_not_piped(stdout),
                stderr=None if merged_into_pipe else _not_piped(stderr),
                bufsize=bufsize,
                **kwargs,
            )
        child = child_of(self._proc)
        assert child is not None
        self.child = child
        child.ended = self._child_ended
        child.unwaited = type(self._protocol) is not _Streams
        child.shut = partial(_shut, weakref.ref(self))
        child.changes.append(weakref.WeakMethod(self._look_after))
        self._connect()

    def _connect(self) -> None:
        pipes = self._pipes
        for fd in (1, 2):
            if fd in pipes:
                pipes[fd] = base_subprocess.ReadSubprocessPipeProto(self, fd)
                ReadPipe(self._loop, pipes[fd], self._exit_by_itself)
        if 0 in pipes:
            pipes[0] = base_subprocess.WriteSubprocessPipeProto(self, 0)
            WritePipe(self._loop, pipes[0], self._stdin_changed, self.child.hear)
        files = self.child.sink
        assert files is not None  # its Popen has made them
        self.child.begin(_Streamed(self._pipes, files))
        self._call(self._begin)

    def _begin(self) -> None:
        for fd in (1, 2):
            if fd in self._pipes:
                self._pipes[fd].pipe.flow()
        self._look_after()

    def _stdin_changed(self) -> None:
        if self._pipes[0].pipe.is_closing() and self.child.returncode is None:
            self.child.hung_up()
        self._exit_by_itself()

    # -- the end

    def _look_after(self) -> None:
        """Something has happened to the child: see whether it ends, and let the clock know when it will."""
        loop = self._loop
        if loop is None or loop.is_closed() or self.child.returncode is not None:
            return
        if asyncio._get_running_loop() is not loop:
            loop.call_soon_threadsafe(self._look_after)
            return
        if self._sleeps is not None:
            self._sleeps.cancel()
        if self.child.goes_on():
            clock = self.child.clock
            assert isinstance(clock, LoopClock)
            self._sleeps = clock.until(self.child.due())
            self._sleeps.add_done_callback(self._wakes)
        self._exit_by_itself()

    def _wakes(self, sleeper: asyncio.Future[None]) -> None:
        if not sleeper.cancelled():
            self._look_after()
            if type(self._protocol) is _Streams and not self.child.goes_on():
                self._expire()

    def _expire(self) -> None:
        """Its time has come. Until the program has seen that, nobody need wait for more."""
        self.child.expire()
        assert isinstance(self.child.clock, LoopClock)
        self._unseen = self._unseen or self.child.clock.until(NEVER)

    def _is_seen(self) -> None:
        if self._unseen is not None and not self._unseen.get_loop().is_closed():
            self._unseen.cancel()

    def _exit_by_itself(self) -> None:
        """End, if nobody has to wait for it, when all output is out and stdin is done with."""
        pipes, kind, child = self._pipes, type(self._protocol), self.child
        if child.returncode is not None or self._loop is None:
            return
        if kind is _Streams and not child.script.exits_by_itself:
            return  # the program calls `wait` or `communicate`
        if child.goes_on() or not all(pipes[fd].pipe.is_closing() for fd in pipes if fd):
            return
        if not issubclass(kind, _Streams) or 0 not in pipes or pipes[0].pipe.is_closing():
            self._exit_unasked()
        elif kind is not _Streams:
            # anyio waits for its protocol to be told of the end, which nobody here can see. It may write first,
            # or never: no child reads for ever from somebody who does not write. So when all is quiet it ends.
            assert isinstance(child.clock, LoopClock)
            child.clock.when_quiet(self._exit_unwritten)

    def _exit_unwritten(self) -> None:
        if self.child.returncode is None and self._loop is not None:
            self._exit_unasked(still_reads=True)

    def _exit_unasked(self, still_reads: bool = False) -> None:
        self._still_reads = still_reads
        try:
            self.child.exit_unasked()
        except TripError:
            # It is remembered; here, where nobody is to catch it, the program would wait for ever.
            self.child.abandon()

    def _child_ended(self) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        if asyncio._get_running_loop() is loop:
            self._exit() if self._is_reaping else loop.call_soon(self._exit)
        else:  # the child was reached by another thread
            loop.call_soon_threadsafe(self._exit)

    def _exit(self) -> None:
        code = self.child.returncode
        assert code is not None
        if self._sleeps is not None:
            self._sleeps.cancel()
        if 0 in self._pipes:
            stdin = self._pipes[0].pipe
            stdin.linger() if self._still_reads else stdin.close()
        self._process_exited(code)

    async def reaped(self) -> int:
        """The return code, when the end has come. No step of the script."""
        return await super()._wait()

    # -- what the library asks of a transport

    def get_returncode(self) -> int | None:
        """The code, once the event loop has been told; a look at the child."""
        self.child.look()
        if self._returncode is not None:
            self._is_seen()
        return self._returncode

    async def _wait(self) -> int:
        child, clock = self.child, self.child.clock
        assert isinstance(clock, LoopClock)
        while child.asks("wait"):
            if child.due() == NEVER and clock.has_no_timers() and len(asyncio.all_tasks()) == 1:
                break  # nobody is left who could end it
            changed = clock.until(child.due())
            told = _Told(changed)
            child.changes.append(told)
            try:
                await changed
            finally:
                child.changes.remove(told)
        if self._returncode is not None:
            child.wait()
            self._is_seen()
            return int(self._returncode)
        # As the genuine one waits; but there before the end is, which then need not wait for it either.
        code: asyncio.Future[int] = self._loop.create_future()
        self._exit_waiters.append(code)
        self._is_reaping = True
        try:
            child.wait()
        finally:
            self._is_reaping = False
        self._is_seen()
        if code.done():  # pragma: no cover - Python 3.10, whose protocol has yet to be told
            await asyncio.sleep(0)
        return await code

    def close(self) -> None:
        """Close the pipes, and let a child that still runs be killed."""
        if self._loop is not None and asyncio._get_running_loop() is None:
            self._is_seen()
        if self._still_reads:
            self._closed = True  # the protocol closes, now that it knows of the end; stdin lingers
            return
        if not self._closed and self._proc is not None and self.child.returncode is None:
            self.child.abandon()
            self._proc.returncode = self.child.returncode
        super().close()


class _Streamed(Sink):
    """Puts what a child writes into the pipes of its transport, or into files of the caller's."""

    def __init__(self, pipes: Any, files: Sink) -> None:
        self._pipes, self._files = pipes, files

    def write(self, descriptor: int, data: bytes) -> None:
        """Write it where it is to go."""
        if descriptor in self._pipes:
            self._pipes[descriptor].pipe.feed(data)
        else:
            self._files.write(descriptor, data)

    def end(self) -> None:
        """Nothing more will come out."""
        for descriptor in (1, 2):
            if descriptor in self._pipes:
                self._pipes[descriptor].pipe.feed_eof()
        self._files.end()

    def closed(self) -> None:
        """Read no more."""
        self._files.closed()


class _Told:
    """Lets a future be done as soon as something happens to a child, in whatever thread."""

    def __init__(self, future: asyncio.Future[None]) -> None:
        self._future = future

    def __call__(self) -> Callable[[], object]:
        return self._tell

    def _tell(self) -> None:
        loop = self._future.get_loop()
        if asyncio._get_running_loop() is loop:
            self._be_done()
        elif not loop.is_closed():
            loop.call_soon_threadsafe(self._be_done)

    def _be_done(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


def _shut(dropped: weakref.ref[ScriptedTransport]) -> None:
    """Close a transport whose child is about to be cut off, where its loop can hear of it."""
    transport = dropped()
    loop = None if transport is None else transport._loop
    if transport is None or loop is None:
        return
    if loop.is_running() and transport.child.returncode is not None:
        return  # it is on its way, and its output may be read still
    if not loop.is_running() or loop is asyncio._get_running_loop():
        transport.close()
        return
    transport.child.abandon()
    try:
        loop.call_soon_threadsafe(transport.close)
    except RuntimeError:  # pragma: no cover - the loop has been closed meanwhile, by another thread
        transport.close()


def check_private_names() -> None:
    """See to it that asyncio still has what is used of it here.

    Raises:
        TripwireError: it has not.
    """
    base = base_subprocess.BaseSubprocessTransport
    expect_attributes(base_subprocess, "asyncio.base_subprocess", _PROTOCOLS)
    expect_attributes(base, "asyncio.base_subprocess.BaseSubprocessTransport", _NAMES)
    expect_parameters(base.__init__, "asyncio.base_subprocess.BaseSubprocessTransport", _PARAMETERS)


def _not_piped(given: Any) -> Any:
    return None if given == subprocess.PIPE else given

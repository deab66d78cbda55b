"""Descriptors of scripted children of sync callers: what they write to, and what they read from.

What a pipe holds at once is written at once, and costs nothing. The rest is the work of one thread for all
children, which ends when there is no more of it.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

_CHUNK = 64 * 1024


class Outlet:
    """Where a child writes to: the end of a pipe, or a file of the caller's, which stays the caller's."""

    def __init__(self, stage: Stage, descriptor: int, *, is_pipe: bool) -> None:
        self._stage, self._is_pipe = stage, is_pipe
        self._chunks: deque[memoryview] = deque()
        self._ends = False
        self.descriptor: int = descriptor if is_pipe else os.dup(descriptor)
        if is_pipe:
            os.set_blocking(descriptor, False)

    @property
    def pending(self) -> bool:
        """Whether something is yet to be written."""
        return bool(self._chunks)

    def write(self, data: bytes) -> None:
        """Write now what can be written now, and the rest as there is room."""
        if self.descriptor == -1 or self._ends or not data:
            return
        self._chunks.append(memoryview(data))
        self.flush()
        if self._chunks:
            self._stage.watch(self, selectors.EVENT_WRITE)

    def flush(self) -> None:
        """Write what can be written now."""
        while self._chunks and (self._is_pipe or _is_ready(self.descriptor)):
            chunk = self._chunks[0]
            try:
                # A pipe that blocks takes this much if it is ready, and no more for sure.
                written = os.write(self.descriptor, chunk if self._is_pipe else chunk[: select.PIPE_BUF])
            except BlockingIOError:
                return
            except OSError:  # it is the child that would fail, not the parent
                self._chunks.clear()
                return
            if written == len(chunk):
                self._chunks.popleft()
            else:
                self._chunks[0] = chunk[written:]

    def end(self) -> None:
        """Close it, when all is written."""
        self._ends = True
        if not self._chunks:
            self.close()

    def happens(self) -> None:
        """There is room."""
        self.flush()
        if not self._chunks:
            self._stage.leave(self)
            if self._ends:
                self.close()

    def abandon(self) -> None:
        """Close it, but for what a child that has ended left to be read."""
        if not (self._ends and self._chunks):
            self.close()

    def close(self) -> None:
        """Close it now."""
        self._chunks.clear()
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor != -1:
            self._stage.leave(self, descriptor)
            os.close(descriptor)


class Inlet:
    """Where a child reads from: the end of a pipe, or a file of the caller's."""

    def __init__(
        self,
        stage: Stage,
        descriptor: int,
        hear: Callable[[bytes], object],
        hung_up: Callable[[], object],
        *,
        is_pipe: bool,
    ) -> None:
        self._stage, self._hear, self._hung_up = stage, hear, hung_up
        self.descriptor: int = descriptor if is_pipe else os.dup(descriptor)
        os.set_blocking(self.descriptor, False)
        stage.watch(self, selectors.EVENT_READ)

    def drain(self) -> None:
        """Read what is there."""
        while self.descriptor != -1:
            try:
                data = os.read(self.descriptor, _CHUNK)
            except BlockingIOError:
                return
            except OSError:  # pragma: no cover - a finaliser has closed it at this very moment
                if self.descriptor != -1:
                    raise
                return
            if not data:
                self.close()
                self._hung_up()
            else:
                self._hear(data)

    happens = drain

    def abandon(self) -> None:
        """Nobody writes there any more."""
        self.close()

    def close(self) -> None:
        """Close it: whoever writes there from now on finds nobody."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor != -1:
            self._stage.leave(self, descriptor)
            os.close(descriptor)


class Stage:
    """The thread that serves the descriptors of one verifier's children.

    Everything happens under `lock`, which the calls of children hold too.
    """

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._served: dict[int, tuple[Any, int]] = {}
        self._thread: threading.Thread | None = None
        self._selector: selectors.BaseSelector | None = None
        self._wake = -1
        self._knocking = threading.RLock()  # of its own: a finaliser of a Popen comes without the other lock
        self._stopping = False
        self._outside = threading.Event()
        self._all: set[threading.Thread] = set()

    def watch(self, served: Any, events: int) -> None:
        """Serve a descriptor from now on; the caller holds the lock."""
        if served.descriptor in self._served or self._stopping:
            return
        self._served[served.descriptor] = served, events
        if self._selector is not None:
            self._selector.register(served.descriptor, events, served)
            self._knock()
        else:
            self._start()

    def leave(self, served: Any, descriptor: int | None = None) -> None:
        """Serve a descriptor no longer."""
        number = served.descriptor if descriptor is None else descriptor
        known, selector = self._served.pop(number, None) is not None, self._selector
        if known and selector is not None and not self._stopping:
            with contextlib.suppress(KeyError):  # the thread has just ended: it had nothing left to serve
                selector.unregister(number)
            if threading.current_thread() is not self._thread:
                # As long as it is polled a descriptor stays open, whoever closes it.
                self._knock()
                self._outside.wait(1)

    def stop(self) -> None:
        """Close everything, and wait for the thread."""
        thread = self._thread
        if thread is not None:
            self._knock()
        self._stopping = True  # from here on the thread may be gone, and its descriptors with it
        try:
            for one in list(self._all):
                one.join()
            for served, _ in list(self._served.values()):
                served.close()
        finally:
            self._stopping = False

    def _knock(self) -> None:
        with self._knocking, contextlib.suppress(BlockingIOError):  # it has been knocked at often enough
            if self._wake != -1:
                os.write(self._wake, b"!")

    def _start(self) -> None:
        selector = self._selector = selectors.PollSelector()
        for number, (served, events) in self._served.items():
            selector.register(number, events, served)
        woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        selector.register(woken, selectors.EVENT_READ)
        thread = threading.Thread(
            target=self._run, args=(selector, woken, self._wake), name="tripwire children", daemon=True
        )
        self._thread = thread
        self._all.add(thread)
        thread.start()

    def _run(self, selector: selectors.BaseSelector, woken: int, wake: int) -> None:
        goes_on = True
        while goes_on:
            self._outside.clear()
            ready = selector.select()
            self._outside.set()
            while not self._lock.acquire(timeout=0.01):
                if self._stopping:
                    break
            else:
                try:
                    goes_on = self._serve(ready, woken)
                finally:
                    self._lock.release()
                continue
            goes_on = False
        if self._selector is selector:
            self._thread = self._selector = None
        selector.close()
        with self._knocking:
            if self._wake == wake:  # pragma: no branch - else another thread has just been started
                self._wake = -1
            for descriptor in (woken, wake):
                os.close(descriptor)
        self._all.discard(threading.current_thread())

    def _serve(self, ready: Any, woken: int) -> bool:
        for key, _ in ready:
            if key.fd == woken:
                os.read(woken, _CHUNK)
            elif self._served.get(key.fd, (None, 0))[0] is key.data:
                key.data.happens()
        if self._served:
            return True
        self._thread = self._selector = None  # under the lock: whoever comes next starts another one
        return False


def _is_ready(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))

"""Scenarios whose child does more than to write and to end: a shell script plays it, and a session does."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvloop

import tripwire

from .harness import See, assert_all, descriptors

Script = Callable[[Any], Any]
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.SelectorEventLoop,
    "uvloop": uvloop.new_event_loop,
}

SLEEP = "exec sleep 60"
ECHO = 'while read l; do echo "got $l"; done'
TRAP = "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.01; done"


@dataclass(frozen=True)
class Play:
    """A function that uses a child; the shell script that is the real one; and what is expected of the scripted one."""

    run: Callable[..., Any]
    shell: str
    script: Script
    children: int = 1

    def __str__(self) -> str:
        return self.run.__name__

    @property
    def command(self) -> list[str]:
        """What starts it."""
        return ["/bin/sh", "-c", self.shell]


class Plays(list[Play]):
    """The plays of one module for the subprocess module; calling it adds one more."""

    def __call__(self, shell: str, script: Script, children: int = 1) -> Callable[..., Any]:
        def add(run: Callable[..., Any]) -> Callable[..., Any]:
            self.append(Play(run, shell, script, children))
            return run

        return add


class AsyncioPlays(list[tuple[Play, str]]):
    """The plays of one module for asyncio, each with the name of its event loop; calling it adds one more."""

    def __call__(
        self, shell: str, script: Script, children: int = 1, *, loops: Iterable[str] = tuple(LOOPS)
    ) -> Callable[..., Any]:
        """On which loops: uvloop's own transport behaves in some ways as no other, see `differences`."""

        def add(run: Callable[..., Any]) -> Callable[..., Any]:
            self.extend((Play(run, shell, script, children), loop) for loop in loops)
            return run

        return add


def echoes(session: Any) -> None:
    """What `ECHO` does with two words."""
    for word in (b"one", b"two"):
        session.expect("reply", to=word + b"\n", returns=b"got " + word + b"\n")
    session.expect("wait", returns=0)


def shuts_down(session: Any) -> None:
    """What `TRAP` does when it is told to end."""
    session.expect("stdout", returns=b"up\n").expect("signal", returns=None)
    session.expect("stdout", returns=b"bye\n").expect("wait", returns=7)


def ends(code: int = 0, **options: Any) -> Script:
    """A child that only ends."""
    return lambda session: session.expect("wait", returns=code, **options)


def says(*parts: bytes, err: bytes = b"", code: int = 0, **options: Any) -> Script:
    """A child that writes, and ends."""

    def script(session: Any) -> None:
        session.expect("stdout", returns=parts)
        session.expect("stderr", returns=err)
        session.expect("wait", returns=code, **options)

    return script


def runs(*parts: bytes, err: bytes = b"", code: int | None = None) -> Script:
    """A child that writes, and runs until a signal comes."""

    def script(session: Any) -> None:
        session.expect("stdout", returns=parts)
        session.expect("stderr", returns=err)
        session.expect("signal", returns=code)

    return script


def fails(error: OSError) -> Script:
    """A child that cannot be started; its step is the one before."""
    return lambda session: setattr(session._steps[-1], "raises", error)


class Seen(See):
    """What was seen of one world, and which one it is."""

    def __init__(self, *, real: bool) -> None:
        super().__init__()
        self.real = real

    @contextmanager
    def warned(self) -> Iterator[None]:
        """See the warnings of the block, and what it leaves to be collected."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
            gc.collect()
        self([(one.category, "" if one.category is ResourceWarning else str(one.message)) for one in caught])


def compare(play: Play, plugin: str, perform: Callable[[Seen], Any]) -> tuple[list[Any], list[Any]]:
    """Perform in both worlds, see that nothing is left open, and give what was seen, of the scripted one first."""
    before = descriptors()
    real, scripted = Seen(real=True), Seen(real=False)
    perform(real)
    assert descriptors(before) == before, "left by the real one"
    for _ in range(play.children):
        session = getattr(tripwire, plugin).new_session().expect("spawn", returns=None)
        play.script(session)
    with tripwire.sandbox():
        perform(scripted)
    assert descriptors(before) == before
    assert_all()
    return scripted.seen, real.seen


def compare_on(loop_name: str, play: Play) -> tuple[list[Any], list[Any]]:
    """Compare a play for asyncio, on new loops of this kind."""

    def perform(see: Seen) -> None:
        loop = LOOPS[loop_name]()
        try:
            loop.run_until_complete(play.run(play.command, see))
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()

    return compare(play, "async_subprocess", perform)

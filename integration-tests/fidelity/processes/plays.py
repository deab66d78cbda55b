"""Scenarios whose child does more than to write and to end: a shell script plays it, and a session does."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import tripwire

from .harness import See, assert_all, descriptors

Script = Callable[[Any], Any]


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

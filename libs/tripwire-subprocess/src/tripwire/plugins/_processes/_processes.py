"""One plugin behind the three: it holds the seams, and decides who serves a process."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tripwire import Answer, Call, Candidate, Plugin, Source, StrictVerifier, Target
from tripwire.plugins._processes import _asyncio_seam, _clock, _os_seam, _popen_seam
from tripwire.plugins._processes._child import Child
from tripwire.plugins._processes._clock import Clock, WallClock
from tripwire.plugins._processes._real import RealRun
from tripwire.plugins._processes._spawn import Handles, Role, Spawn
from tripwire.plugins._processes._stage import Stage

if TYPE_CHECKING:
    from tripwire.plugins._processes._script import Script
    from tripwire.verifying import Claim, Served, Truth, TruthSettings


class Member(Plugin):
    """A plugin that serves processes."""

    role: ClassVar[Role]
    _inner = ("answers", "call", "nearest", "real", "role", "script")

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self.processes: Processes = verifier.plugin(Processes)
        self.processes.members[self.role] = self

    def script(self, answer: Answer) -> Script:
        """The script of the child that an answer starts."""
        raise NotImplementedError

    def real(self, answer: Answer) -> RealRun | None:  # noqa: ARG002 - for those who can let a start through
        """The record of a real process, if an answer lets one start."""
        return None

    def answers(self, spawn: Spawn) -> bool:
        """Whether something is registered that fits a start."""
        raise NotImplementedError

    def call(self, spawn: Spawn) -> Call:
        """The start of a process as a call."""
        raise NotImplementedError

    @classmethod
    def truth(cls, settings: TruthSettings) -> Truth | None:
        """The programs of this machine; the setting is `subprocess`, for all that serve processes.

        Raises:
            TripwireConfigError: it is wrong.
        """
        from tripwire.plugins._processes._verifying import truth

        return truth(settings)

    def claims(self, served: Sequence[Served]) -> Iterable[Claim]:
        """What the mocks say of programs: that they exist, take such options, and end with such codes."""
        from tripwire.plugins._processes._verifying_claims import claims

        return claims(served)

    def nearest(self, spawn: Spawn) -> list[Candidate]:
        """What is registered for other commands, the nearest first, and why it does not fit."""
        raise NotImplementedError


class Processes(Plugin):
    """Catches every start of a process, sync and async. Made by the plugins that serve them."""

    name = "processes"

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self.members: dict[Role, Member] = {}
        self.clock: WallClock = WallClock()
        self.stage: Stage = Stage(verifier.lock)
        self._children: weakref.WeakSet[Child] = weakref.WeakSet()
        self._at_close: list[Callable[[], object]] = []

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """Every seam; they come together, since asyncio's own child is a Popen."""
        yield from _popen_seam.targets(cls)
        yield from _asyncio_seam.targets(cls)
        yield from _os_seam.targets(cls)  # type: ignore[arg-type] # see `_popen_seam`
        yield from _clock.targets()

    @classmethod
    def catching(cls, spawn: Spawn) -> Processes | None:
        """The instance that serves a start made here and now, or None if it is to be the real one."""
        found = cls.serving(_START[spawn.role], spawn)
        return found if found is not None and found._has_member(spawn.role) else None

    def _has_member(self, role: Role) -> bool:
        return role in self.members or "run" in self.members

    def start(self, spawn: Spawn, handles: Handles, clock: Clock | None = None) -> Child | RealRun:
        """Let a mocked command or a session serve a start, and record it; a real one is only recorded.

        Raises:
            UnmockedInteractionError: nobody serves it.
            BaseException: the script says that the start fails.
        """
        runs, sessions = self.members.get("run"), self.members.get(spawn.role)
        with self.verifier.lock:
            member = runs if runs is not None and self._is_for(runs, sessions, spawn) else sessions or runs
            assert member is not None  # or the call would not have been caught
            answer = member.intercept(member.call(spawn._replace(path=os.environ.get("PATH"))))
        if answer.raises is not None:
            raise answer.raises
        real = member.real(answer)
        if real is not None:
            self._at_close.append(real.closed)
            return real
        child = Child(member.script(answer), handles, clock or self.clock, self.verifier.lock)
        self._children.add(child)
        return child

    def _is_for(self, runs: Member, sessions: Member | None, spawn: Spawn) -> bool:
        """Whether a start is the business of those who answer by command: a recording writes nothing else."""
        if runs.answers(spawn):
            return True
        scribe = self.verifier.scribe
        return scribe is not None and scribe.records(runs) and not (sessions and sessions.answers(spawn))

    def closed(self) -> None:
        """End what still lives: nobody can answer it any more, and another test would hear of it."""
        for child in list(self._children):
            child.cut_off()
            _os_seam.forget(child)
        self._children.clear()
        while self._at_close:
            self._at_close.pop()()
        self.stage.stop()
        _clock.stop_all()


_START: dict[Any, Source] = {
    "popen": Source("popen.spawn"),
    "async_subprocess": Source("async_subprocess.spawn"),
    "os": Source("subprocess.run"),
}
"""The sources of a start, by whose sessions serve it."""


def start_source(role: Role) -> Source:
    """The source a plugin gives its users as `spawn`, or for whole commands as `run`."""
    return _START["os" if role == "run" else role]

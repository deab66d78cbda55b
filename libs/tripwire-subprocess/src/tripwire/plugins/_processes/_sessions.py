"""Sessions of processes: spawn, then communicate or wait. Shared by both plugins that serve sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tripwire import (
    Answer,
    Call,
    Candidate,
    Interaction,
    SessionHandle,
    SessionQueue,
    Source,
    StateMachine,
    Unmatched,
    _routing,
)
from tripwire import _messages as core
from tripwire._values import is_a
from tripwire.plugins._processes import _wording
from tripwire.plugins._processes._child import Result, Script
from tripwire.plugins._processes._command import plain, value_of
from tripwire.plugins._processes._processes import Member
from tripwire.plugins._processes._spawn import Spawn

if TYPE_CHECKING:
    from typing_extensions import Self

    from tripwire import StrictVerifier, UnusedMock

MACHINE = StateMachine(
    "created",
    {
        "spawn": {"created": "running"},
        "communicate": {"running": "terminated"},
        "wait": {"running": "terminated"},
    },
)


class ProcessSession(SessionHandle):
    """The script of one child; made by `new_session()`, filled by `expect()`.

    `spawn` returns None; `communicate` returns `(stdout, stderr, returncode)`, the output as bytes;
    `wait` returns the return code.
    """

    _code_seen = False

    def expect(
        self, method: str, *, returns: Any, raises: BaseException | None = None, required: bool = True
    ) -> Self:
        """Add a step; see `SessionHandle.expect`.

        Raises:
            TypeError: also where `returns` is not what the step gives.
        """
        wanted = (
            _wording.wrong_returns(method, returns) if is_a(method, str) and method in MACHINE.methods else ""
        )
        if wanted and raises is None:
            raise TypeError(f"{method!r} returns {wanted}, not {core.short(returns)}")
        return super().expect(method, returns=returns, raises=raises, required=required)

    def take(self, method: str) -> Any:
        """The step for a call; one that raises leaves the child running, as a timeout does."""
        before = self._state
        step = super().take(method)
        if step.raises is not None and method != "spawn":
            self._state = before
        return step

    def terminal(self) -> Any:
        """The step that ends the child when somebody asks for its return code, or None."""
        step = self.peek("communicate", "wait")
        return None if step is None or step.raises is not None else step

    def code_seen(self) -> None:
        """The program knows the return code: the step that gives it has been used."""
        self._code_seen = True

    def begins(self) -> str:
        """Which session this is, and where it was scripted."""
        first = next(iter(self._steps), None)
        return f"{self._label}{core.at(first and first.place)}"

    def endless(self) -> Unmatched:
        """Why nothing will end the child."""
        upcoming = next(iter(self.remaining), None)
        if upcoming is None:
            return self._unmatched("wait")
        why = "it is the next step, and does not end the child"
        return Unmatched(candidates=[Candidate(str(upcoming), why, upcoming.place)])

    def unused(self) -> Any:
        """The required steps no call took."""
        seen = self.terminal() if self._code_seen else None
        left = [step for step in self.remaining if step.required]
        return (mock for step, mock in zip(left, super().unused()) if step is not seen)  # noqa: B905


@dataclass(frozen=True)
class ChildCall:
    """A call on a child that runs; its `str()` is the call in words.

    Where nothing will ever end the child, `method` is what the program waits for in vain: no step.
    """

    session: ProcessSession
    method: str
    spawn: Spawn
    given: object = None

    def __str__(self) -> str:
        if self.method not in MACHINE.methods:
            return f"{self.method} of the child {core.short(self.spawn.command)}"
        given = "" if self.given is None else core.short(self.given)
        return f"{self.method}({given}) of the child {core.short(self.spawn.command)}"


class SessionPlugin(Member):
    """What `tripwire.popen` and `tripwire.async_subprocess` have in common."""

    spawn: ClassVar[Source]
    communicate: ClassVar[Source]
    wait: ClassVar[Source]

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._sessions = SessionQueue(f"tripwire.{self.name}", MACHINE, ProcessSession)

    def new_session(self) -> SessionHandle:
        """Script one more child; sessions serve in the order they are made."""
        return self._sessions.new()

    def assert_spawn(self, *, command: Any, stdin: Any) -> None:
        """Assert the next interaction: the start of a process.

        Args:
            command: a list for a program and its arguments, a string for a shell's command.
            stdin: what the program gave as `stdin`, such as `subprocess.PIPE`; None if it gave nothing.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.spawn, {"command": plain(command), "stdin": stdin})

    def assert_communicate(self, *, input: Any) -> None:  # noqa: A002 - the library's own name
        """Assert the next interaction: a call of `communicate`.

        Args:
            input: what the program gave as `input`, or None.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.communicate, {"input": input})

    def assert_wait(self) -> None:
        """Assert the next interaction: a call of `wait`.

        Raises:
            InteractionMismatchError: the next interaction is another.
        """
        __tracebackhide__ = True
        self.verifier.take(self.wait, {})

    # -- the road of a call

    def call(self, spawn: Spawn) -> Call:
        """The start of a process as a call."""
        return Call(self.spawn, {"command": spawn.command, "stdin": spawn.stdin}, spawn)

    def script(self, answer: Answer) -> Script:
        """The script of the child that an answer starts."""
        session, spawn = answer.value
        return SessionScript(self, session, spawn)

    def decide(self, call: Call) -> Answer:
        """Take the session's step for a call."""
        if isinstance(call.summary, ChildCall):
            return self._decide_child(call.summary)
        spawn = call.summary
        assert isinstance(spawn, Spawn)
        try:
            session, step = self._sessions.begin("spawn")
        except Unmatched as unmatched:
            raise _wording.unmatched(spawn, self.processes.members, unmatched) from None
        return Answer((session, spawn), step.raises)

    def _decide_child(self, call: ChildCall) -> Answer:
        session = call.session
        method = call.method
        if method == "wait" and session.peek("wait") is None and session.peek("communicate") is not None:
            # The program has read the output itself: the step it was scripted by gives the code.
            method = "communicate"
        try:
            if method not in MACHINE.methods:
                raise session.endless()
            step = session.take(method)
        except Unmatched as unmatched:
            unmatched.paste = _wording.step(call.method)
            lines = (unmatched.explanation, f"the step below belongs to {session.begins()}")
            unmatched.explanation = "\n".join(filter(None, lines))
            raise
        if step.raises is not None:
            return Answer(raises=step.raises)
        return Answer(_result(step))

    def unused(self) -> Iterable[UnusedMock]:
        """The required steps no call took."""
        return self._sessions.unused()

    # -- words

    def describe(self, interaction: Interaction) -> str:
        """An interaction in words."""
        return _wording.describe(interaction)

    def assertion_for(self, interaction: Interaction) -> str:
        """The typed helper that asserts it."""
        return _wording.assertion(self.name, interaction)


class SessionScript(Script):
    """A child whose calls are the steps of a session."""

    fills_in = True

    _unasked: Interaction | None = None
    """The `communicate` nobody has called, whose input is what was written to stdin."""

    def __init__(self, plugin: SessionPlugin, session: ProcessSession, spawn: Spawn) -> None:
        self._plugin, self._session, self._spawn = plugin, session, spawn

    def output(self, encoding: str) -> tuple[bytes, bytes]:  # noqa: ARG002 - it is bytes already
        """The output of the next `communicate` that does not raise: a program may read it from the pipes."""
        for step in self._session.remaining:
            if step.method == "communicate" and step.raises is None:
                result = _result(step)
                return result.stdout, result.stderr
        return b"", b""

    def exit_code(self) -> int | None:
        """The code of the step that ends the child, if it is the next."""
        step = self._session.terminal()
        return None if step is None else _result(step).returncode

    def look(self) -> int | None:
        """The code; the step that gives it is used without a call."""
        code = self.exit_code()
        if code is None:
            return self._never("the return code")
        self._session.code_seen()
        return code

    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """Take the step of a `communicate`."""
        answer = self._take("communicate", self._plugin.communicate, given, ended=ended)
        return None if answer is None else _value(answer)

    def wait(self, *, ended: bool) -> int | None:
        """Take the step of a `wait`."""
        answer = self._take("wait", self._plugin.wait, ended=ended)
        return None if answer is None else _value(answer).returncode

    def unasked(self, written: bytes) -> int | None:
        """Take the step that ends the child; what was written to stdin is its input."""
        step = self._session.terminal()
        if step is None:
            return self._never("the end")
        if step.method == "wait":
            return self.wait(ended=False)
        answer = self._call("communicate", self._plugin.communicate, written or None)
        self._unasked = answer.interaction
        return _value(answer).returncode

    def finished(self, written: bytes) -> None:
        """Record what was written to stdin, where no `communicate` was given it."""
        if self._unasked is not None:
            self._unasked.complete(input=written or None)

    def _never(self, awaited: str) -> int:
        return _value(self._call(awaited, self._plugin.wait)).returncode

    def _take(self, method: str, source: Source, given: object = None, *, ended: bool) -> Answer | None:
        if ended and not self._has_step(method):
            return None
        return self._call(method, source, given)

    def _call(self, method: str, source: Source, given: object = None) -> Answer:
        call = ChildCall(self._session, method, self._spawn, given)
        fields = {"input": value_of(given)} if method == "communicate" else {}
        _routing.require_sandbox(source, call, self._plugin.verifier)
        answer = self._plugin.intercept(Call(source, fields, call))
        if answer.raises is not None:
            raise answer.raises
        return answer

    def _has_step(self, method: str) -> bool:
        upcoming = next(iter(self._session.remaining), None)
        return (upcoming is not None and upcoming.method == method) or self._session.terminal() is not None


def _value(answer: Answer) -> Result:
    result: Result = answer.value
    return result


def _result(step: Any) -> Result:
    return Result(b"", b"", step.returns) if step.method == "wait" else Result(*step.returns)

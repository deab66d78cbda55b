"""Sessions of processes: spawn, then communicate or wait. Shared by both plugins that serve sessions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tripwire import (
    Answer,
    Call,
    Interaction,
    SessionHandle,
    SessionQueue,
    Source,
    StateMachine,
    Unmatched,
    _routing,
)
from tripwire import _messages as core
from tripwire.plugins._processes import _wording
from tripwire.plugins._processes._child import Result, Script
from tripwire.plugins._processes._command import plain
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
        wanted = _wording.wrong_returns(method, returns) if method in MACHINE.methods else ""
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

    def unused(self) -> Any:
        """The required steps no call took."""
        seen = self.terminal() if self._code_seen else None
        left = [step for step in self.remaining if step.required]
        return (mock for step, mock in zip(left, super().unused()) if step is not seen)  # noqa: B905


@dataclass(frozen=True)
class ChildCall:
    """A call on a child that runs; its `str()` is the call in words."""

    session: ProcessSession
    method: str
    spawn: Spawn
    given: object = None

    def __str__(self) -> str:
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
            step = session.take(method)
        except Unmatched as unmatched:
            unmatched.paste = _wording.step(call.method)
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

    def __init__(self, plugin: SessionPlugin, session: ProcessSession, spawn: Spawn) -> None:
        self._plugin, self._session, self._spawn = plugin, session, spawn

    def output(self, encoding: str) -> tuple[bytes, bytes]:
        """The output of the next `communicate` that does not raise: a program may read it from the pipes."""
        for step in self._session.remaining:
            if step.method == "communicate" and step.raises is None:
                stdout, stderr, _ = _result(step, encoding)
                return stdout, stderr
        return b"", b""

    def exit_code(self) -> int | None:
        """The code of the step that ends the child, if it is the next."""
        step = self._session.terminal()
        return None if step is None else _result(step).returncode

    def seen(self) -> None:
        """The step is used without a call."""
        self._session.code_seen()

    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """Take the step of a `communicate`."""
        return self._take("communicate", self._plugin.communicate, given, ended=ended)

    def wait(self, *, ended: bool) -> int | None:
        """Take the step of a `wait`."""
        result = self._take("wait", self._plugin.wait, ended=ended)
        return None if result is None else result.returncode

    def unasked(self, written: bytes) -> int | None:
        """Take the step that ends the child; what was written to stdin is its input."""
        step = self._session.terminal()
        if step is None:
            return None
        if step.method == "wait":
            return self.wait(ended=False)
        result = self.communicate(written or None, ended=False)
        return None if result is None else result.returncode

    def _take(self, method: str, source: Source, given: object = None, *, ended: bool) -> Result | None:
        if ended and not self._has_step(method):
            return None
        call = ChildCall(self._session, method, self._spawn, given)
        verifier = self._plugin.verifier
        _routing.require_sandbox(source, call, verifier)
        given = bytes(given) if isinstance(given, (bytearray, memoryview)) else given
        fields = {"input": given} if method == "communicate" else {}
        answer = self._plugin.intercept(Call(source, fields, call))
        if answer.raises is not None:
            raise answer.raises
        result: Result = answer.value
        return result

    def _has_step(self, method: str) -> bool:
        upcoming = next(iter(self._session.remaining), None)
        return (upcoming is not None and upcoming.method == method) or self._session.terminal() is not None


def _result(step: Any, encoding: str = "utf-8") -> Result:
    if step.method == "wait":
        return Result(b"", b"", step.returns)
    stdout, stderr, returncode = step.returns
    return Result(_bytes(stdout, encoding), _bytes(stderr, encoding), returncode)


def _bytes(output: Any, encoding: str) -> bytes:
    return output.encode(encoding) if isinstance(output, str) else bytes(output or b"")

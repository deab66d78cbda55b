"""The child of a session: its calls are the steps of the session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire import Answer, Call, Interaction, Source, Unmatched, _routing
from tripwire import _messages as core
from tripwire._values import short
from tripwire.plugins._processes._command import value_of
from tripwire.plugins._processes._environment import without_secrets
from tripwire.plugins._processes._script import HARMLESS, NEVER, NOW, Result, Script
from tripwire.plugins._processes._spawn import Spawn
from tripwire.plugins._processes._steps import ENDS, MACHINE, ProcessSession, details, heard

if TYPE_CHECKING:
    from tripwire.plugins._processes._sessions import SessionPlugin


class ChildCall(NamedTuple):
    """A call on a child that runs; its `str()` is the call in words.

    Where nothing will ever end the child, `method` is what the program waits for in vain: no step.
    """

    session: ProcessSession
    method: str
    spawn: Spawn
    given: object = None
    consults: bool = False

    def __str__(self) -> str:
        if self.method not in MACHINE.methods:
            return f"{self.method} of the child {short(without_secrets(self.spawn.command))}"
        given = "" if self.given is None else core.short(self.given)
        return f"{self.method}({given}) of the child {short(without_secrets(self.spawn.command))}"


class SessionScript(Script):
    """A child whose calls are the steps of a session."""

    fills_in = True

    def __init__(self, plugin: SessionPlugin, session: ProcessSession, spawn: Spawn) -> None:
        self._plugin, self._session, self._spawn = plugin, session, spawn
        self._said: list[bytes] = [b"", b""]
        self._unheard = b""
        self._hung_up = False
        self._reached: float | None = None
        self._at: Any = None
        self._unasked: Interaction | None = None
        self._stdin: Interaction | None = None
        self._consulted: dict[Any, Interaction] = {}

    # -- what it writes, and what it hears

    def outputs(self, encoding: str) -> Iterator[tuple[int, bytes]]:  # noqa: ARG002 - it is bytes already
        """What it writes before it has to wait; at last the output of the next `communicate` that does not raise.

        A program may read that from the pipes.
        """
        session = self._session
        while (step := session.next_step) is not None and step.method in ("stdout", "stderr", "reply"):
            if step.method == "reply" and not self._answers(step):
                return
            session.take(step.method)
            for chunk in _chunks(step.returns):
                yield self._say(2 if step.method == "stderr" else 1, chunk)
        if session.awaited() is not None:
            return
        for step in session.remaining:
            if step.method == "communicate" and step.raises is None:
                result = result_of(step)
                yield self._say(1, result.stdout)
                yield self._say(2, result.stderr)
                return  # for good: nothing is held back any more, and nobody asks again

    def _say(self, descriptor: int, data: bytes) -> tuple[int, bytes]:
        self._said[descriptor - 1] += data
        return descriptor, data

    def _answers(self, step: Any) -> bool:
        if not self._unheard:
            return False
        count = heard(step.to, self._unheard)
        self._unheard = self._unheard[max(count, 0) :]
        return count > 0

    def holds_back(self) -> bool:
        """Whether there is an answer to come."""
        awaited = self._session.awaited()
        return awaited is not None and not (awaited.method == "reply" and self._hung_up)

    def listens(self) -> bool:
        """Whether it answers anything."""
        return any(step.method == "reply" for step in self._session.remaining)

    def gets_no_input(self) -> None:
        """From the start nothing is answered."""
        self._hung_up = True

    def heard(self, data: bytes) -> None:
        """Keep it for the next answers."""
        self._unheard += data
        self._refuse_what_is_never_answered()

    def hung_up(self) -> None:
        """From here on nothing is answered."""
        self._hung_up = True

    def _refuse_what_is_never_answered(self) -> None:
        unheard = self._unheard
        for step in self._session.remaining:
            if step.method == "signal" or (step.method in ENDS and step.raises is None):
                return
            if step.method == "reply":
                count = heard(details(step).to, unheard)
                if count == -1:
                    self._call(f"the answer to {short(unheard)}", self._plugin.stdin)
                if count <= 0:
                    return
                unheard = unheard[count:]

    # -- when it ends

    def due(self) -> float:
        """When its end comes, counted from when it has got there."""
        step = self._session.ending()
        if self._session.next_step is not self._at or self._reached is None:
            self._at, self._reached = self._session.next_step, self.clock.now()
        if step is not None:
            after = step.after
            return self._reached + after if after else NOW
        awaited = self._session.awaited()
        if awaited is None or (awaited.method == "reply" and self._hung_up):
            return NOW
        return NEVER

    def consulted(self, method: str, given: object) -> None:
        """Record the call; the step is used by it, and still to be taken."""
        step = self._session.ending()
        if step is not None and step not in self._consulted:
            answer = self._call(method, self._source(method), given, consults=True)
            self._consulted[step] = answer.interaction
            self._session.see(step)

    def exit_code(self) -> int | None:
        """The code of the step that ends the child, if it is the next and its time has come."""
        step = self._session.terminal()
        if step is None or self.goes_on():
            return None
        return result_of(step).returncode

    def look(self) -> int | None:
        """The code; the step that gives it is used without a call."""
        code = self.exit_code()
        if code is None:
            return self._never("the return code")
        self._session.see(self._session.terminal())
        return code

    def expired(self) -> int | None:
        """The code, unless a call waits for the end and takes it."""
        step = self._session.terminal()
        return None if step in self._consulted else self.exit_code()

    def code_known(self) -> None:
        """The step that gives it is used without a call."""
        step = self._session.terminal()
        if step is not None:
            self._session.see(step)

    # -- the calls of the program

    def communicate(self, given: object, *, ended: bool) -> Result | None:
        """Take the step of a `communicate`."""
        answer = self._take("communicate", self._plugin.communicate, given, ended=ended)
        if answer is None:
            return None
        result: Result = answer.value
        return Result(self._said[0], self._said[1], result.returncode)

    def wait(self, *, ended: bool) -> int | None:
        """Take the step of a `wait`."""
        answer = self._take("wait", self._plugin.wait, ended=ended)
        return None if answer is None else _code(answer)

    def signal(self, number: int) -> int | None:
        """Take the step of a signal; without another step after it, it ends the child.

        A script that says no more than that the child starts and ends lets it be ended by any signal.
        """
        if self._session.is_plain():
            return self._ended_by(number)
        answer = self._call("signal", self._plugin.signal, number)
        if self._session.terminal() is not None:
            return self.exit_code()
        if self._session.next_step is not None or (number in HARMLESS and answer.value is None):
            return None
        code: int | None = answer.value
        return -number if code is None else code

    def _ended_by(self, number: int) -> int | None:
        call = ChildCall(self._session, "signal", self._spawn, number)
        _routing.require_sandbox(self._plugin.signal, call, self._plugin.verifier)
        if number in HARMLESS:
            return None
        code = self.exit_code()
        return -number if code is None else code

    def killed(self, number: int) -> None:
        """Its step, if there is one, is used without a call of the program's; so is an end it comes before."""
        step = self._session.ending()
        if step is not None and self.goes_on():
            self._session.see(step)
        self._session.take_signal(number)

    def unasked(self, written: bytes) -> int | None:
        """Take the step that ends the child; what was written to stdin is its input."""
        step = self._session.terminal()
        if step is None:
            return None
        if step.method == "wait":
            self.written(written)
            return self.wait(ended=False)
        answer = self._call("communicate", self._plugin.communicate, written or None)
        self._unasked = answer.interaction
        return _code(answer)

    def written(self, data: bytes) -> None:
        """Record what was written to stdin: as the input of a `communicate` that nobody has called, or by itself."""
        if not data:
            return
        if self._unasked is not None:
            self._unasked.complete(input=data)
        elif self._stdin is not None:
            self._stdin.complete(data=data)
        else:
            self._stdin = self._plugin.verifier.record(self._plugin, self._plugin.stdin, {"data": data})

    def _never(self, awaited: str) -> int:
        return _code(self._call(awaited, self._plugin.wait))

    def _source(self, method: str) -> Source:
        return self._plugin.communicate if method == "communicate" else self._plugin.wait

    def _take(self, method: str, source: Source, given: object = None, *, ended: bool) -> Answer | None:
        step = self._session.terminal()
        if ended and (not self._has_step(method) or step in self._consulted):
            return None
        if step is not None and step in self._consulted and not ended:
            # Its call is recorded already: it had to wait for the end.
            self._session.take(step.method)
            if method == "communicate" and repr(self._consulted[step].source).endswith(method):
                self._consulted[step].complete(input=value_of(given))
            return Answer(result_of(step))
        return self._call(method, source, given)

    def _call(self, method: str, source: Source, given: object = None, *, consults: bool = False) -> Answer:
        call = ChildCall(self._session, method, self._spawn, given, consults)
        fields: dict[str, Any] = {}
        if method == "communicate":
            fields = {"input": value_of(given)}
        elif method == "signal":
            fields = {"signal": given}
        _routing.require_sandbox(source, call, self._plugin.verifier)
        answer = self._plugin.intercept(Call(source, fields, call))
        if answer.raises is not None:
            raise answer.raises
        return answer

    def _has_step(self, method: str) -> bool:
        upcoming = self._session.next_step
        return (upcoming is not None and upcoming.method == method) or self._session.terminal() is not None


def decide(call: ChildCall) -> Answer:
    """Take the session's step for a call.

    Raises:
        Unmatched: it has none.
    """
    session, method = call.session, call.method
    if call.consults:
        return Answer()
    if method == "signal":
        step = session.take_signal(call.given)  # type: ignore[arg-type]
        if step is None:
            raise _no_signal(session)
        return Answer(step.returns)
    if method not in MACHINE.methods:
        raise session.endless()
    ending = session.peek(method) or session.ending()
    if (
        ending is not None
        and ending.method != method
        and not (method == "communicate" and session.is_plain())
    ):
        # The program reads the output itself, or lets the library do so: either step tells how the child ends.
        method = ending.method
    elif ending is None and session.awaited() is not None:
        raise session.endless()
    step = session.take(method)
    return Answer(raises=step.raises) if step.raises is not None else Answer(result_of(step))


def _no_signal(session: ProcessSession) -> Unmatched:
    if session.next_step is None:
        return session.endless()
    why = session.endless()
    return Unmatched(candidates=why.candidates, explanation=why.explanation)


def result_of(step: Any) -> Result:
    """What a step that ends the child says."""
    return Result(b"", b"", step.returns) if step.method == "wait" else Result(*step.returns)


def _code(answer: Answer) -> int:
    result: Result = answer.value
    return result.returncode


def _chunks(returns: Any) -> tuple[bytes, ...]:
    return (returns,) if isinstance(returns, bytes) else tuple(returns)

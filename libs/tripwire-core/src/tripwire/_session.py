"""Scripted sessions: what one connection or process is expected to go through."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tripwire import _messages
from tripwire._errors import InvalidStateError, wrong_use
from tripwire._frames import Place, user_place
from tripwire._plugin import Candidate, Unmatched
from tripwire._unused import UnusedMock
from tripwire._values import equal, is_a, items_of

if TYPE_CHECKING:
    from typing_extensions import Self


class StateMachine:
    """The states a session goes through.

    `initial` is the state before any step; `moves` maps a method to the state it leads to from each
    state that allows it.
    """

    initial: str
    moves: Mapping[str, Mapping[str, str]]

    def __init__(self, initial: str, moves: Mapping[str, Mapping[str, str]]) -> None:
        if not is_a(initial, str):
            raise wrong_use(TypeError, _messages.no_state(initial))
        self.initial, self.moves = initial, _checked(moves)

    @property
    def methods(self) -> Collection[str]:
        """The names of the steps."""
        return self.moves.keys()

    def check(self, method: object, label: str) -> None:
        """Refuse what is no step.

        Raises:
            ValueError: naming the nearest step.
        """
        if not is_a(method, str) or method not in self.moves:
            raise wrong_use(ValueError, _messages.no_step(label, method, self.methods))


def _checked(moves: object) -> Mapping[str, Mapping[str, str]]:
    checked: dict[str, dict[str, str]] = {}
    steps = items_of(moves)
    for method, states in steps or ():
        allowed = items_of(states)
        if is_a(method, str) and allowed is not None and all(is_a(s, str) for pair in allowed for s in pair):
            checked[method] = dict(allowed)
    if steps is None or len(checked) != len(steps):
        raise wrong_use(TypeError, _messages.no_moves(moves))
    return checked


class Step:
    """One scripted step: `method`, `returns` or `raises`, whether it is `required`, and its `place`."""

    __slots__ = ("method", "place", "raises", "required", "returns")

    method: str
    returns: Any
    raises: BaseException | None
    required: bool
    place: Place | None

    def __init__(
        self, method: str, returns: Any, raises: BaseException | None, required: bool, place: Place | None
    ) -> None:
        self.method, self.returns, self.raises = method, returns, raises
        self.required, self.place = required, place

    def __str__(self) -> str:
        raises = self.raises is not None
        outcome = (
            f"raises={_messages.short(self.raises)}" if raises else f"returns={_messages.short(self.returns)}"
        )
        return f"expect({self.method!r}, {outcome})"


class SessionHandle:
    """The script of one connection or process; made by `new_session()`, filled by `expect()`."""

    def __init__(self, label: str, machine: StateMachine) -> None:
        self._label, self._machine = label, machine
        self._state = machine.initial
        self._steps: list[Step] = []
        self._next = 0

    def expect(
        self, method: str, *, returns: Any, raises: BaseException | None = None, required: bool = True
    ) -> Self:
        """Add a step.

        Args:
            method: the step's name.
            returns: what the step gives.
            raises: an exception to raise instead.
            required: whether the step, left unused, fails the test.

        Raises:
            ValueError: there is no step of that name.
            TypeError: `raises` is no exception, or `required` no bool.
        """
        self._machine.check(method, self._label)
        if raises is not None and not is_a(raises, BaseException):
            raise wrong_use(TypeError, _messages.no_instance_to_raise(raises))
        if not is_a(required, bool):
            raise wrong_use(TypeError, _messages.no_bool("required= must be", required))
        self._steps.append(Step(method, returns, raises, required, user_place()))
        return self

    @property
    def state(self) -> str:
        """The state the session is in."""
        return self._state

    @property
    def remaining(self) -> Sequence[Step]:
        """The steps that are still to come."""
        return self._steps[self._next :]

    def peek(self, *methods: str) -> Step | None:
        """The step that one of these methods would take now, without taking it."""
        for position in range(self._next, len(self._steps)):
            step = self._steps[position]
            asked = any(equal(step.method, method) for method in methods)
            if asked and self._state in self._machine.moves[step.method]:
                return step
            if step.required:
                return None
        return None

    def take(self, method: str) -> Step:
        """The step for a call of a method; optional steps that do not fit are passed over.

        Raises:
            Unmatched: the script has no such step now, or has it in a state that does not allow it.
            ValueError: there is no step of that name.
        """
        self._machine.check(method, self._label)
        moves = self._machine.moves[method]
        for position in range(self._next, len(self._steps)):
            step = self._steps[position]
            if step.method == method and self._state in moves:
                self._next = position + 1
                self._state = moves[self._state]
                return step
            if step.required or step.method == method:
                break
        raise self._unmatched(method)

    def _unmatched(self, method: str) -> Unmatched:
        upcoming = next(iter(self.remaining), None)
        if upcoming is not None and self._state not in (allowed := self._machine.moves[upcoming.method]):
            message = _messages.invalid_state(self._label, upcoming.method, self._state, list(allowed))
            if upcoming.place is not None:
                message += f"\n  scripted at {upcoming.place}"
            error = InvalidStateError(
                message, method=upcoming.method, state=self._state, allowed=list(allowed)
            )
            return Unmatched(error=error)
        if upcoming is None:
            return Unmatched(explanation=f"{self._label} (state {self._state!r}) has no steps left")
        candidate = Candidate(str(upcoming), f"it is the next step, and not {method!r}", upcoming.place)
        return Unmatched(candidates=[candidate])

    def unused(self) -> Iterator[UnusedMock]:
        """The required steps no call took."""
        for step in self.remaining:
            if step.required:
                yield UnusedMock(f"{self._label}.{step}", step.place)


class SessionQueue:
    """The sessions of one plugin, handed out in the order they were made.

    A plugin that checks its steps when they are scripted gives its own subclass of SessionHandle as `kind`.
    """

    def __init__(self, label: str, machine: StateMachine, kind: type[SessionHandle] = SessionHandle) -> None:
        self._label, self._machine, self._kind = label, machine, kind
        self._sessions: list[SessionHandle] = []
        self._handed_out = 0

    def new(self) -> SessionHandle:
        """Make a session and put it at the end."""
        number = len(self._sessions) + 1
        session = self._kind(f"{self._label} session {number}", self._machine)
        self._sessions.append(session)
        return session

    def upcoming(self) -> SessionHandle | None:
        """The session that is handed out next."""
        return self._sessions[self._handed_out] if self._handed_out < len(self._sessions) else None

    def begin(self, method: str) -> tuple[SessionHandle, Step]:
        """Hand out the next session and take its first step.

        Raises:
            Unmatched: there is no session left, or it does not begin with this step.
            ValueError: there is no step of that name.
        """
        self._machine.check(method, self._label)
        session = self.upcoming()
        if session is None:
            made = len(self._sessions)
            why = f"all {made} scripted sessions are in use" if made else "no session is scripted"
            raise Unmatched(explanation=why)
        step = session.take(method)
        self._handed_out += 1
        return session, step

    def unused(self) -> Iterable[UnusedMock]:
        """The required steps of all sessions that no call took."""
        for session in self._sessions:
            yield from session.unused()

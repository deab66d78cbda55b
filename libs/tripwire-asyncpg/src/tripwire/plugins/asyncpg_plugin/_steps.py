"""The script of a connection, or of all connections of a pool: its states, and how a call finds its step."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tripwire import Candidate, SessionHandle, StateMachine, Unmatched, UnusedMock
from tripwire._errors import wrong_use
from tripwire._frames import user_place
from tripwire._session import Step
from tripwire._values import equal, is_a, short
from tripwire.plugins.asyncpg_plugin import _compare
from tripwire.plugins.asyncpg_plugin._returns import EXAMPLES, checked

if TYPE_CHECKING:
    from typing_extensions import Self

    from tripwire._frames import Place

ANSWERED = ("begin", "savepoint", "commit", "rollback", "unlisten")
"""What needs no step: it is answered all the same, and recorded."""
PUSHED = ("notify", "notice", "drop")
"""What the server does by itself when the script comes to it."""
UNKNOWN: Any = object()
"""Stands for arguments that are not known yet."""

_WITHIN = [method for method in EXAMPLES if method not in ("connect", "close")]
WITHOUT_QUERY = ("connect", "close", "listen", "unlisten", "notify", "notice")

MACHINE = StateMachine(
    "disconnected",
    {
        "connect": {"disconnected": "connected"},
        **{method: {"connected": "connected"} for method in _WITHIN},
        "close": {"connected": "closed"},
    },
)
POOL_MACHINE = StateMachine("open", {method: {"open": "open"} for method in EXAMPLES})
"""The connections of a pool come and go; none of that changes the state of their common script."""


class StatementStep(Step):
    """One scripted step; `left` is how many more calls it answers."""

    __slots__ = ("args", "delay", "held", "left", "position", "query", "shown", "times")

    times: int
    left: int

    def __init__(
        self, method: str, returns: Any, raises: BaseException | None, required: bool, place: Place | None
    ) -> None:
        super().__init__(method, returns, raises, required, place)
        self.shown: Any = returns
        self.query: Any = None
        self.args: Any = None
        self.delay: float = 0.0
        self.times = self.left = 1
        self.position: int = 0
        self.held: int = 0  # by calls that are under way

    def fits(self, method: str, query: str, args: Any) -> bool:
        """Whether it answers such a call."""
        if self.method != method and not (self.method == "drop" and self.query is not None):
            return False
        if self.query is not None and not _compare.matches(self.query, query):
            return False
        return self.args is None or args is UNKNOWN or equal(self.args, args)

    def why_not(self, method: str, query: str, args: Any) -> str:
        """What of a call it does not fit."""
        if self.method != method:
            return f"it is the next step, and not {method!r}"
        if self.query is not None and not _compare.matches(self.query, query):
            lines = _compare.marked(self.query, query, "scripted", "called")
            return "its query is another:\n" + "\n".join(f"      {line}" for line in lines)
        return f"its arguments are others: scripted {short(self.args)}, called {short(args)}"

    def __str__(self) -> str:
        named = "" if self.query is None else f", query={short(self.query)}"
        named += "" if self.args is None else f", args={short(self.args)}"
        outcome = f"returns={short(self.shown)}" if self.raises is None else f"raises={short(self.raises)}"
        return f"expect({self.method!r}{named}, {outcome})"


class ConnectionScript(SessionHandle):
    """The script of one connection, made by `tripwire.asyncpg.new_session()`."""

    ordered = True
    _steps: list[StatementStep]  # type: ignore[assignment]

    def expect(
        self,
        method: str,
        *,
        returns: Any,
        raises: BaseException | None = None,
        required: bool = True,
        query: Any = None,
        args: Any = None,
        columns: Sequence[str] | None = None,
        times: int = 1,
        delay: float = 0,
    ) -> Self:
        """Add a step.

        Args:
            method: what is called, such as "connect", "fetch" or "copy_in"; or what the server does by itself
                at this point: "notify", "notice" and "drop".
            returns: what the step gives: a status or a number of rows for "execute", rows (dicts, records, or
                tuples with `columns`) for "fetch", "fetchmany" and "cursor", for "fetch" also the status of a
                command that has no rows, one or None for "fetchrow", any value for "fetchval", chunks of bytes
                for "copy_out", (channel, payload) for "notify".
                Ignored where the step raises.
            raises: an exception to raise instead. A `PostgresError` is raised by asyncpg itself, from
                the fields of the given one; any other exception is raised as it is.
            required: whether the step, left unused, fails the test.
            query: the only query that the step answers: a text (white space and a trailing semicolon do not
                count), a compiled pattern, or a matcher. A "drop" with a query happens while it is at work.
            args: the only arguments that the step answers, as a list, or a matcher.
            columns: the names of the columns, where the rows are tuples or there are none.
            times: how many calls the step answers.
            delay: seconds until the answer. Nobody waits: a timeout of asyncpg that is shorter strikes at once.
                `math.inf` is an answer that never comes.

        Raises:
            ValueError: there is no step of that name, or `times` or `delay` is no number that can be.
            TypeError: an argument is of the wrong type.
        """
        self._machine.check(method, self._label)
        if raises is not None and not is_a(raises, BaseException):
            raise wrong_use(TypeError, f"raises= must be an exception instance, not {short(raises)}")
        if not is_a(required, bool):
            raise wrong_use(TypeError, f"required= must be True or False, not {short(required)}")
        if (query is not None or args is not None) and method in WITHOUT_QUERY:
            raise wrong_use(TypeError, f'.expect("{method}"): this step has neither query= nor args=')
        kept = checked(method, returns, columns) if raises is None else None
        step = StatementStep(method, kept, raises, required, user_place())
        step.shown, step.query, step.args = returns, query, args
        step.times = step.left = _times(times)
        step.delay = _seconds(delay)
        step.position = len(self._steps)
        self._steps.append(step)
        return self

    @property
    def remaining(self) -> Sequence[Step]:
        """The steps that are still to come."""
        steps: Any = [step for step in self._steps[self._next :] if step.left]
        return steps  # type: ignore[no-any-return]

    def seek(self, method: str, query: str = "", args: Any = UNKNOWN) -> StatementStep | None:
        """The step such a call would take now, without taking it."""
        for position in range(self._next, len(self._steps)):
            step = self._steps[position]
            if step.left <= step.held or (step.method in PUSHED and step.query is None):
                continue
            if step.fits(method, query, args) and self._state in self._machine.moves[step.method]:
                return step
            if self.ordered and step.required:
                return None
        return None

    def take(
        self, method: str, query: str = "", args: Any = UNKNOWN, *, first: StatementStep | None = None
    ) -> StatementStep:
        """Take the step for a call, `first` if that fits; optional steps that do not fit are passed over.

        Raises:
            Unmatched: the script has no such step now, or has it in a state that does not allow it.
        """
        if first is not None and first.left and first.fits(method, query, args):
            step: StatementStep | None = first
        else:
            step = self.seek(method, query, args)
        if step is None:
            raise self._misfit(method, query, args)
        self._state = self._machine.moves[step.method][self._state]
        self._use(step)
        return step

    def _use(self, step: StatementStep) -> None:
        step.left -= 1
        if self.ordered:
            self._next = max(self._next, step.position)
        while self._next < len(self._steps) and not self._steps[self._next].left:
            self._next += 1

    def pushed(self, step: StatementStep) -> Iterator[StatementStep]:
        """What the server does by itself after a step, in order."""
        for position in range(step.position + 1, len(self._steps)):
            found = self._steps[position]
            if step.left or found.method not in PUSHED or found.query is not None or not found.left:
                return
            self._use(found)
            yield found

    def _misfit(self, method: str, query: str, args: Any) -> Unmatched:
        remaining: Any = self.remaining
        if not self.ordered and remaining:
            near = sorted(remaining, key=lambda step: -_likeness(step.query, query))
            near = [step for step in near if step.method == method][:3] or near[:1]
            reasons = [
                step.why_not(method, query, args)
                if step.method == method
                else f"it answers {step.method!r}, not {method!r}"
                for step in near
            ]
            return Unmatched(
                candidates=[Candidate(str(s), why, s.place) for s, why in zip(near, reasons, strict=True)]
            )
        upcoming = next(iter(remaining), None)
        if upcoming is None or self._state not in self._machine.moves[upcoming.method]:
            return self._unmatched(method)
        return Unmatched(
            candidates=[Candidate(str(upcoming), upcoming.why_not(method, query, args), upcoming.place)]
        )

    def unused(self) -> Iterator[UnusedMock]:
        """The required steps that no call took, or too few."""
        for step in self._steps:
            if step.required and step.left:
                used = step.times - step.left
                note = f"used {used} of {step.times} times" if used else ""
                yield UnusedMock(f"{self._label}.{step}", step.place, note)


class PoolScript(ConnectionScript):
    """The common script of the connections of a pool, made by `tripwire.asyncpg.new_pool()`."""

    acquires = False
    opened: bool = False
    closed: bool = False
    place: Place | None = None  # where it was made

    def is_asked(self, method: str) -> bool:
        """Whether a connect or close is to be recorded: the first connect, and what has a step now."""
        return (method == "connect" and not self.opened) or self.seek(method) is not None

    def connect(self) -> StatementStep | None:
        """The step of a connection that is opened, if there is one."""
        step = None if self.seek("connect") is None else self.take("connect")
        self.opened = self.opened or step is None or step.raises is None
        return step


def _likeness(wanted: object, query: str) -> float:
    if not is_a(wanted, str):
        return 0
    return difflib.SequenceMatcher(None, _compare.plain(str.__str__(wanted))[:500], query[:500]).ratio()


def _times(times: object) -> int:
    if type(times) is not int:
        raise wrong_use(TypeError, f"times= must be a number of calls such as 3, not {short(times)}")
    if times < 1:
        raise wrong_use(
            ValueError, f"times={short(times)}: a step answers at least one call; leave it out instead"
        )
    return times


def _seconds(delay: object) -> float:
    if type(delay) not in (int, float):
        raise wrong_use(TypeError, f"delay= must be a number of seconds such as 2.5, not {short(delay)}")
    try:
        seconds = float(delay)  # type: ignore[arg-type]
    except OverflowError:
        seconds = -1
    if not seconds >= 0:
        raise wrong_use(ValueError, f"delay={short(delay)} is no time that can pass; write 0 or more seconds")
    return seconds

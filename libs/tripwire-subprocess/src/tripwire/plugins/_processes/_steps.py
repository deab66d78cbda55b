"""The script of one child: what `expect()` takes, and which step comes when."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tripwire import Candidate, SessionHandle, StateMachine, Unmatched
from tripwire import _messages as core
from tripwire._errors import wrong_use
from tripwire._session import Step
from tripwire._unset import UNSET
from tripwire._values import equal, is_a, short
from tripwire.plugins._processes import _wording
from tripwire.plugins._processes._command import accepted_by, is_function

if TYPE_CHECKING:
    from typing_extensions import Self

MACHINE = StateMachine(
    "created",
    {
        "spawn": {"created": "running"},
        **{name: {"running": "running"} for name in ("stdout", "stderr", "reply", "signal")},
        "communicate": {"running": "terminated"},
        "wait": {"running": "terminated"},
    },
)

ENDS = ("communicate", "wait")
_ANSWERS = ("reply", "signal")


class ProcessStep(Step):
    """A step that also says how long it takes (`after`, in seconds), or what it answers (`to`)."""

    __slots__ = ("after", "to")

    def __init__(self, step: Step, after: float, to: Any) -> None:
        super().__init__(step.method, step.returns, step.raises, step.required, step.place)
        self.after, self.to = after, to

    def __str__(self) -> str:
        to = "" if self.to is UNSET else f", to={short(self.to)}"
        after = f", after={self.after:g}" if self.after else ""
        return f"{super().__str__()[:-1]}{to}{after})"


class ProcessSession(SessionHandle):
    """The script of one child; made by `new_session()`, filled by `expect()`.

    `spawn` returns None. `stdout` and `stderr` return what comes out there: bytes, or chunks of them. `reply`
    returns the bytes that answer what the program writes. `signal` returns None, or the code that the child
    ends with. `communicate` returns `(stdout, stderr, returncode)`, the output as bytes; `wait` the return code.
    """

    def __init__(self, label: str, machine: StateMachine) -> None:
        super().__init__(label, machine)
        self._seen: set[Any] = set()

    def expect(
        self,
        method: str,
        *,
        returns: Any,
        raises: BaseException | None = None,
        required: bool = True,
        after: float = 0,
        to: Any = UNSET,
    ) -> Self:
        """Add a step; see `SessionHandle.expect`.

        Args:
            method: the step's name.
            returns: what it gives.
            raises: an exception to raise instead: by `spawn`, `communicate` and `wait`.
            required: whether the step, left unused, fails the test.
            after: how long the child takes until it ends, in seconds of a clock that nobody waits for; for
                `communicate` and `wait`.
            to: for `reply`, what the program writes: bytes that it begins with, or a matcher for it or for a
                line of it. For `signal`, the signal it is for; any, if it is not given.

        Raises:
            ValueError: there is no step of that name, or an argument is not for it.
            TypeError: also where `returns` is not what the step gives.
        """
        known = is_a(method, str) and method in MACHINE.methods
        if known:
            wanted = _wording.wrong_returns(method, returns)
            if wanted and raises is None:
                raise wrong_use(TypeError, f"{method!r} returns {wanted}, not {core.short(returns)}")
            _check_details(method, raises, after, to)
        super().expect(method, returns=returns, raises=raises, required=required)
        self._steps[-1] = ProcessStep(self._steps[-1], float(after), to)
        return self

    def take(self, method: str) -> Any:
        """The step for a call; one that raises leaves the child running, as a timeout does."""
        before = self._state
        step = super().take(method)
        if step.raises is not None and method != "spawn":
            self._state = before
        return step

    # -- what comes next

    @property
    def next_step(self) -> Any:
        """The next step, or None."""
        return self._steps[self._next] if self._next < len(self._steps) else None

    def ending(self) -> Any:
        """The step that a call which waits for the end would take now, raise or not; or None."""
        if self._state != "running":
            return None
        for position in range(self._next, len(self._steps)):
            step = self._steps[position]
            if step.method in ENDS:
                return step
            if step.required:
                return None
        return None

    def terminal(self) -> Any:
        """The step that ends the child when somebody asks for its return code, or None."""
        step = self.ending()
        return None if step is None or step.raises is not None else step

    def awaited(self) -> Any:
        """The answer the child has to give before it can end, or None."""
        for step in self.remaining:
            if step.method in _ANSWERS and step.required:
                return step
            if step.method in ENDS and step.raises is None:
                return None
        return None

    def is_plain(self) -> bool:
        """Whether the script says no more than that the child starts and ends."""
        return all(step.method in ("spawn", *ENDS) and not details(step).after for step in self._steps)

    def take_signal(self, number: int) -> Any:
        """The step for a signal, or None. It cuts an end short whose time has not come."""
        for position, step in enumerate(self.remaining):
            if step.method == "signal" and self._is_for(step, number):
                self._seen.update(one for one in self.remaining[:position] if one.method in ENDS)
                self._next += position + 1
                return step
            if step.required and not (step.method in ENDS and step in self._seen):
                return None
        return None

    def _is_for(self, step: Any, number: int) -> bool:
        to = step.to
        return to is UNSET or equal(to, number)

    # -- what was used

    def see(self, step: Any) -> None:
        """A step has had its effect without a call that takes it."""
        self._seen.add(step)

    def unused(self) -> Any:
        """The required steps no call took."""
        left = [step for step in self.remaining if step.required]
        return (mock for step, mock in zip(left, super().unused()) if step not in self._seen)  # noqa: B905

    def begins(self) -> str:
        """Which session this is, and where it was scripted."""
        first = next(iter(self._steps), None)
        return f"{self._label}{core.at(first and first.place)}"

    def endless(self) -> Unmatched:
        """Why nothing will end the child."""
        awaited = self.awaited() or self.next_step
        if awaited is None:
            return self._unmatched("wait")
        return Unmatched(candidates=[Candidate(str(awaited), self.doing(awaited), awaited.place)])

    def doing(self, step: Any) -> str:
        """What a child does that has come to a step, and does not end."""
        to = step.to
        if step.method == "reply":
            return f"the child waits for {short(to)} at its stdin"
        if step.method == "signal":
            return f"the child runs until {'a signal' if to is UNSET else f'signal {short(to)}'} comes"
        if step.method in ENDS and details(step).after:
            return f"the child ends of itself after {details(step).after:g} seconds"
        return "it is the next step, and does not end the child"


def details(step: Step) -> ProcessStep:
    """A step of a process; every one is."""
    assert isinstance(step, ProcessStep)
    return step


def _check_details(method: str, raises: object, after: object, to: object) -> None:
    if not (is_a(after, int) or is_a(after, float)) or is_a(after, bool):
        raise wrong_use(TypeError, f"after= must be a number of seconds, not {short(after)}")
    if not 0 <= after < math.inf:
        raise wrong_use(ValueError, f"after={short(after)} is no time to come; give seconds, 0 or more")
    if after and method not in ENDS:
        raise wrong_use(
            ValueError, f"after= is for the end of a child, 'wait' or 'communicate', not for {method!r}"
        )
    if to is UNSET and method == "reply":
        raise wrong_use(ValueError, "'reply' needs to=: what the program writes, as bytes or a matcher")
    if to is not UNSET and method not in _ANSWERS:
        raise wrong_use(ValueError, f"to= is for 'reply' and 'signal', not for {method!r}")
    if raises is not None and method in ("stdout", "stderr", "reply", "signal"):
        raise wrong_use(
            ValueError, f"{method!r} is nothing that raises; 'spawn', 'communicate' and 'wait' do"
        )


def heard(to: Any, data: bytes) -> int:
    """How much of what was written a reply answers: 0 for nothing yet, -1 if it never will."""
    wanted: Any = to.encode() if is_a(to, str) else to
    if is_a(wanted, (bytes)):
        if data.startswith(wanted):
            return len(wanted)
        return 0 if wanted.startswith(data) else -1
    fits = _caller(wanted)
    if fits(data):
        return len(data)
    end = data.find(b"\n") + 1
    while end:
        if fits(data[:end]):
            return end
        end = data.find(b"\n", end) + 1
    return -1 if data.endswith(b"\n") else 0


def _caller(wanted: Any) -> Callable[[bytes], bool]:
    if is_function(wanted):
        return lambda data: accepted_by(wanted, data)
    return lambda data: equal(wanted, data)

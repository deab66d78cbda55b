"""Every error tripwire raises. The words are made in `_messages`; here is what each one carries."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire._timeline import Interaction
    from tripwire._trips import Trip
    from tripwire._unused import UnusedMock
    from tripwire.verifying import Claim, Lie


E = TypeVar("E", bound=BaseException)
without_notes = False
"""Whether a doctest is at work on Python 3.10, which takes the last line, of a note, for the message."""


def with_help(error: E, code: str) -> E:
    """Let an error that is none of tripwire's own name its code, too."""
    from tripwire._messages import help_line  # not for a run without any error

    error.__notes__ = [*getattr(error, "__notes__", ()), help_line(code)]  # type: ignore[attr-defined, unused-ignore]
    return error


def wrong_use(kind: type[E], message: str) -> E:
    """An error about what a function of tripwire was given: of one of Python's own kinds, and with its code."""
    return with_help(kind(message), "wrong-use")


class TripwireError(Exception):
    """Base of every error raised by tripwire.

    Attributes: `code` (what `python -m tripwire explain` takes; an exception note says so below the message).
    """

    __module__ = "tripwire"
    code: str = "tripwire"
    __notes__: list[str]

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        from tripwire._messages import help_line

        # A lone surrogate, of a value in the message, would break the terminal or report file that shows it.
        super().__init__(message.encode("utf-8", "backslashreplace").decode())
        if code is not None:
            self.code = code
        self.__notes__ = [] if without_notes else [help_line(self.code)]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__ == __name__:
            cls.__module__ = "tripwire"  # reports name an error as users import it


class TripwireConfigError(TripwireError):
    """The configuration in `[tool.tripwire]` is wrong.

    Attributes: `key` (dotted name of the setting, or None) and `path` (the file, or None).
    """

    code = "configuration"

    key: str | None
    path: str | None

    def __init__(self, message: str, *, key: str | None = None, path: str | None = None) -> None:
        super().__init__(message)
        self.key, self.path = key, path


class NoActiveVerifierError(TripwireError):
    """Tripwire was used where no test is running: at import time, or in a fixture wider than a test."""

    code = "no-active-verifier"


class ConflictError(TripwireError):
    """Somebody else has patched a name that tripwire patches.

    Attributes: `target` (dotted name) and `patcher` (best guess at who holds it).
    """

    code = "conflict"

    target: str
    patcher: str

    def __init__(self, message: str, *, target: str, patcher: str, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.target, self.patcher = target, patcher


class TripError(TripwireError):
    """Base of the trips: violations made by the program under test while it ran.

    Attributes: `source` (what was called, as an assertion names it), `call` (the call in words) and
    `place` (file and line in the user's code, or None). In a trip that comes from a child process, `source`
    is a name, and `process` is the id of that process (else None).
    """

    code = "trip"

    source: object
    call: str
    place: Place | None
    process: int | None = None

    def __init__(
        self, message: str, *, source: object = None, call: str = "", place: Place | None = None
    ) -> None:
        super().__init__(message)
        self.source, self.call, self.place = source, call, place
        self.expected = False  # set where test code is seen to catch it

    def __copy__(self) -> TripError:
        return _rebuild(type(self), self.args, vars(self))

    def __reduce__(self) -> tuple[Any, ...]:
        named = self.source if self.source is None or isinstance(self.source, str) else repr(self.source)
        return _unpickle, (type(self), self.args, {**vars(self), "source": named}, os.getpid())


def _rebuild(kind: type[TripError], args: tuple[Any, ...], state: dict[str, Any]) -> TripError:
    error = kind.__new__(kind, *args)  # `__init__` may want more than the message
    vars(error).update(state)
    return error


def _unpickle(kind: type[TripError], args: tuple[Any, ...], state: dict[str, Any], process: int) -> TripError:
    error = _rebuild(kind, args, state)
    if process != os.getpid():
        from tripwire import _routing

        error.process = process
        _routing.arrived(error)
    return error


class UnmockedInteractionError(TripError):
    """A call was made that no mock and no script step answers."""

    code = "unmocked-interaction"


class WrongArgumentsError(TripError, TypeError):
    """A mock was called with arguments that the real thing would not take."""

    code = "wrong-arguments"


class InvalidStateError(TripError):
    """A scripted step came up in a state that does not allow it.

    Attributes beside those of a trip: `method`, `state` and `allowed` (the states that allow the method).
    """

    code = "invalid-state"

    method: str
    state: str
    allowed: tuple[str, ...]

    def __init__(
        self, message: str, *, method: str, state: str, allowed: Sequence[str] = (), **trip: Any
    ) -> None:
        super().__init__(message, **trip)
        self.method, self.state, self.allowed = method, state, tuple(allowed)


class SandboxNotActiveError(TripError):
    """A call could not be given to any open sandbox."""

    code = "sandbox-not-active"


class PostSandboxInteractionError(TripError):
    """A call was made by a task or thread whose sandbox has closed."""

    code = "post-sandbox-interaction"


class AssertionInsideSandboxError(TripwireError):
    """An assertion was made while the sandbox was still open."""

    code = "assertion-inside-sandbox"


class InteractionMismatchError(TripwireError, AssertionError):
    """An assertion does not describe the next interaction.

    Attributes: `source`, `expected` (the asserted fields) and `actual` (the interaction, or None if there is none).
    """

    code = "interaction-mismatch"

    source: object
    expected: dict[str, Any]
    actual: Interaction | None

    def __init__(
        self, message: str, *, source: object, expected: dict[str, Any], actual: Interaction | None
    ) -> None:
        super().__init__(message)
        self.source, self.expected, self.actual = source, expected, actual


class MissingAssertionFieldsError(TripwireError, AssertionError):
    """An assertion leaves out fields that must be stated.

    Attributes: `source`, `missing` (names of the fields) and `interaction`.
    """

    code = "missing-assertion-fields"

    source: object
    missing: tuple[str, ...]
    interaction: Interaction

    def __init__(
        self, message: str, *, source: object, missing: Sequence[str], interaction: Interaction
    ) -> None:
        super().__init__(message)
        self.source, self.missing, self.interaction = source, tuple(missing), interaction


class VerificationError(TripwireError, AssertionError):
    """A test left something open; raised itself where more than one promise is broken.

    Attributes: `interactions` (not asserted), `mocks` (not used) and `trips` (not settled).
    """

    code = "verification"

    interactions: tuple[Interaction, ...]
    mocks: tuple[UnusedMock, ...]
    trips: tuple[Trip, ...]

    def __init__(
        self,
        message: str,
        *,
        interactions: Sequence[Interaction] = (),
        mocks: Sequence[UnusedMock] = (),
        trips: Sequence[Trip] = (),
        code: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.interactions, self.mocks, self.trips = tuple(interactions), tuple(mocks), tuple(trips)


class UnassertedInteractionsError(VerificationError):
    """Calls were made and answered, and the test asserted nothing about them."""

    code = "unasserted-interactions"


class UnusedMocksError(VerificationError):
    """Mocks or script steps were registered that no call used."""

    code = "unused-mocks"


class SwallowedTripError(VerificationError):
    """A trip was raised while the program ran, and never reached the test."""

    code = "swallowed-trip"


class LyingMockError(VerificationError):
    """Under `--tripwire-verify`: mocks say of the world what is not true.

    Attributes: `lies` (pairs of a `tripwire.verifying.Claim` and the `Lie` in it).
    """

    code = "lying-mock"

    lies: tuple[tuple[Claim, Lie], ...]

    def __init__(self, message: str, *, lies: Sequence[tuple[Claim, Lie]]) -> None:
        super().__init__(message)
        self.lies = tuple(lies)


class TripwireWarning(UserWarning):
    """Something tripwire noticed that does not fail the test."""

    __module__ = "tripwire"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        # pytest shows no notes of a warning. One that comes from a worker of pytest-xdist has its line already.
        if code is not None:
            from tripwire._messages import help_line

            message = f"{message}\n{help_line(code)}"
        super().__init__(message)

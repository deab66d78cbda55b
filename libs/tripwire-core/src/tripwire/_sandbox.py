"""The context managers users see: the sandbox, the relaxed order, and the expected trip."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from tripwire import _held, _messages, _routing
from tripwire._errors import TripError, with_help, wrong_use
from tripwire._values import is_a

if TYPE_CHECKING:
    from tripwire._verifier import StrictVerifier


class _SyncAndAsync:
    """A context manager whose async form delegates to the sync one."""

    def __init__(self, verifier: StrictVerifier) -> None:
        self._verifier = verifier

    def _enter(self) -> None:
        raise NotImplementedError

    def _exit(self, error: BaseException | None) -> None:
        raise NotImplementedError

    def __enter__(self) -> StrictVerifier:
        self._enter()
        return self._verifier

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._exit(error)

    async def __aenter__(self) -> StrictVerifier:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._exit(error)


class SandboxContext(_SyncAndAsync):
    """The period in which calls are caught: `with tripwire.sandbox():` or `async with`.

    Raises:
        ConflictError: somebody else has patched what tripwire patches.
    """

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._entered: list[_routing.Sandbox] = []

    def _enter(self) -> None:
        self._entered.append(self._verifier.enter_sandbox())

    def _exit(self, error: BaseException | None = None) -> None:
        held = _held.current()  # tasks may share one context manager: each leaves what it entered
        if not self._entered:
            return
        sandbox = held if held in self._entered else self._entered[-1]
        self._entered.remove(sandbox)
        if sandbox.is_open:  # teardown may have closed it
            self._verifier.exit_sandbox(sandbox, quiet=error is not None)


class InAnyOrderContext(_SyncAndAsync):
    """The period in which assertions may come in any order."""

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._entered = 0

    def _enter(self) -> None:
        self._entered += 1
        self._verifier.relaxed += 1

    def _exit(self, error: BaseException | None = None) -> None:  # noqa: ARG002
        if self._entered:
            self._entered -= 1
            self._verifier.relaxed -= 1


class ExpectTripContext(_SyncAndAsync):
    """The period in which the program under test is expected to trip, and may swallow it.

    Raises:
        AssertionError: no such trip happened.
    """

    def __init__(self, verifier: StrictVerifier, kinds: tuple[type[TripError], ...]) -> None:
        super().__init__(verifier)
        for kind in kinds:
            if not is_a(kind, type) or not issubclass(kind, TripError):
                raise wrong_use(TypeError, _messages.no_trip_kind(kind))
        self._kinds = kinds
        self._before = 0

    def _enter(self) -> None:
        self._before = len(self._verifier.trips)

    def _exit(self, error: BaseException | None = None) -> None:
        expected = [t for t in self._verifier.trips[self._before :] if isinstance(t.error, self._kinds)]
        for trip in expected:
            trip.settled = True
        if not expected and error is None:
            raise with_help(AssertionError(_messages.no_trip(self._kinds)), "no-trip")

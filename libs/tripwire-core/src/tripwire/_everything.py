"""All that `tripwire` offers; loaded when the first of it is asked for."""

from __future__ import annotations

from typing import Any

from tripwire._context import current_verifier
from tripwire._doubles import MockFactory, SpyFactory
from tripwire._errors import (
    AssertionInsideSandboxError,
    ConflictError,
    InteractionMismatchError,
    InvalidStateError,
    LyingMockError,
    MissingAssertionFieldsError,
    NoActiveVerifierError,
    PostSandboxInteractionError,
    SandboxNotActiveError,
    SwallowedTripError,
    TripError,
    TripwireConfigError,
    TripwireError,
    TripwireWarning,
    UnassertedInteractionsError,
    UnmockedInteractionError,
    UnusedMocksError,
    VerificationError,
    WrongArgumentsError,
)
from tripwire._frames import Place, user_place
from tripwire._patching import Target
from tripwire._plugin import Answer, Call, Candidate, Plugin, Unmatched
from tripwire._sandbox import ExpectTripContext, InAnyOrderContext, SandboxContext
from tripwire._session import SessionHandle, SessionQueue, StateMachine
from tripwire._timeline import Interaction, Source
from tripwire._unused import UnusedMock
from tripwire._verifier import StrictVerifier
from tripwire._writing._statement import Code, Statement

__tracebackhide__ = True  # in every function: at import time no report is shortened

__all__ = [
    "Answer",
    "AssertionInsideSandboxError",
    "Call",
    "Candidate",
    "Code",
    "ConflictError",
    "ExpectTripContext",
    "InAnyOrderContext",
    "Interaction",
    "InteractionMismatchError",
    "InvalidStateError",
    "LyingMockError",
    "MissingAssertionFieldsError",
    "NoActiveVerifierError",
    "Place",
    "Plugin",
    "PostSandboxInteractionError",
    "SandboxContext",
    "SandboxNotActiveError",
    "SessionHandle",
    "SessionQueue",
    "Source",
    "StateMachine",
    "Statement",
    "StrictVerifier",
    "SwallowedTripError",
    "Target",
    "TripError",
    "TripwireConfigError",
    "TripwireError",
    "TripwireWarning",
    "UnassertedInteractionsError",
    "Unmatched",
    "UnmockedInteractionError",
    "UnusedMock",
    "UnusedMocksError",
    "VerificationError",
    "WrongArgumentsError",
    "assert_interaction",
    "current_verifier",
    "expect_trip",
    "in_any_order",
    "mock",
    "sandbox",
    "spy",
    "user_place",
    "verify_all",
]

mock: MockFactory = MockFactory()
spy: SpyFactory = SpyFactory()


def sandbox() -> SandboxContext:
    """The sandbox of the current test, as a context manager, sync and async; gives the verifier.

    ```python
    import tripwire

    def test_sandbox():
        with tripwire.sandbox() as verifier:  # the same as `with tripwire:`, and typed
            pass
        assert len(verifier.timeline) == 0
    ```
    """
    return current_verifier().sandbox()


def in_any_order() -> InAnyOrderContext:
    """A period in which assertions may come in any order, as a context manager, sync and async.

    ```python
    import tripwire

    def test_any_order():
        load = tripwire.mock("load").returns(1).returns(2)
        with tripwire:
            load("a"), load("b")
        with tripwire.in_any_order():
            load.assert_call(args=("b",), kwargs={}, returned=2)
            load.assert_call(args=("a",), kwargs={}, returned=1)
    ```
    """
    return current_verifier().in_any_order()


def assert_interaction(source: Source, **fields: Any) -> None:
    """Assert the current test's next interaction; see `StrictVerifier.assert_interaction`."""
    __tracebackhide__ = True
    current_verifier().assert_interaction(source, **fields)


def expect_trip(*kinds: type[TripError]) -> ExpectTripContext:
    """A period in which trips of these kinds are expected; see `StrictVerifier.expect_trip`.

    ```python
    import tripwire

    def ask(database):
        try:
            return database()
        except Exception:
            return None

    def test_the_program_asks():
        database = tripwire.mock("database")
        with tripwire, tripwire.expect_trip(tripwire.UnmockedInteractionError):
            ask(database)
    ```
    """
    return current_verifier().expect_trip(*kinds)


def verify_all() -> None:
    """Judge the current test now; see `StrictVerifier.verify_all`."""
    __tracebackhide__ = True
    current_verifier().verify_all()

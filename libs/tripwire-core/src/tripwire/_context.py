"""The verifier that module-level functions mean."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Mapping, Sequence
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tripwire import _held

if TYPE_CHECKING:
    from tripwire._chronicle import Chronicle
    from tripwire._errors import NoActiveVerifierError, SwallowedTripError, TripwireError
    from tripwire._leftovers import Work
    from tripwire._plugin import Answer, Call, Plugin
    from tripwire._trips import Trip
    from tripwire._verifier import StrictVerifier
    from tripwire._verifying._run import Verified, Verifying
    from tripwire._writing._merge import Asked
    from tripwire._writing._run import Writing
    from tripwire.verifying import Served

__tracebackhide__ = True  # in every function: at import time no report is shortened


class TestScope:
    """One run of one test: its verifier, made at first use, and how its body ended.

    Attributes: `failed` (the body did not pass; until it has run, it has not), `found` (what teardown is to fail
    with), `judgements` (the errors that judging the test raised), `used` (if it has had a verifier),
    `reported_failure` (if pytest has reported one); and when the scope is closed, the number of `interactions` and
    `trips`, and the `chronicle`. `asked` is what is to be written of the test, `verified` what became of its claims.
    """

    __test__ = False  # it is no test class, whatever pytest may think of its name

    def __init__(
        self,
        test_file: str | None,
        *,
        with_timeline: bool = False,
        writing: Writing | None = None,
        verifying: Verifying | None = None,
    ) -> None:
        self._test_file, self._with_timeline = test_file, with_timeline
        self._writing, self._verifying = writing, verifying
        self._witnessed: list[tuple[Plugin, Served]] = []
        self._lock = threading.RLock()
        self._held = _held.current()  # by a test that runs an inner session
        self._in_examples = False
        self._before: StrictVerifier | None = None
        self._late: list[Trip] = []
        self._work: list[Work] = []
        self._chained: list[tuple[BaseException, BaseException | None, bool]] = []
        self.verifier: StrictVerifier | None = None
        self.failed = True
        self._known: list[str] = []
        self._codes: list[str] = []
        self.found: list[TripwireError] = []
        self.judgements: list[BaseException] = []
        self.used = self.reported_failure = False
        self.interactions = self.trips = 0
        self.chronicle: Chronicle | None = None
        self.asked: Asked | None = None
        self.verified: Verified | None = None

    def get(self) -> StrictVerifier:
        """The verifier of the test, whichever of its threads asks first."""
        with self._lock:
            if self.verifier is None:
                from tripwire._verifier import (
                    StrictVerifier,
                )  # with all of tripwire: not for tests without it

                verifier = StrictVerifier()
                verifier.keep_patched = True
                if self._test_file is not None:  # pragma: no branch - else nobody asks
                    verifier.test_files.add(self._test_file)
                if self._with_timeline:
                    from tripwire._chronicle import Chronicle

                    verifier.chronicle = Chronicle()
                if self._writing is not None and not self._in_examples:
                    self._writing.observe(verifier)
                if self._verifying is not None:
                    verifier.witness = self._witness
                self.verifier, self.used = verifier, True
            return self.verifier

    def _witness(self, plugin: Plugin, call: Call, answer: Answer) -> None:
        from tripwire.verifying import Served

        self._witnessed.append((plugin, Served(call, answer)))

    def verify(self) -> TripwireError | None:
        """Hold what the mocks have said against the truth, where that is asked for; gives an error if they lie."""
        if self._verifying is None:
            return None
        self.verified, error = self._verifying.judge(self._witnessed)
        return error

    def settle(self) -> TripwireError | None:
        """Have the test rewritten, where that is asked for; gives an error for an assertion that is not."""
        if self._writing is None or self.verifier is None:
            return None
        self.asked, error = self._writing.settle(self.verifier, failed=self.failed)
        return error

    def ask_for_nothing(self) -> None:
        """Have nothing written of the test after all: its teardown has failed, after it was settled."""
        if self.asked is not None and self.asked["proposals"]:
            from tripwire import _messages

            self.asked = {**self.asked, "proposals": [], "refused": [_messages.FAILS_BY_ITSELF]}

    def judged(self, error: TripwireError) -> TripwireError:
        """Note an error that is about to be raised."""
        self.judgements.append(error)
        return error

    def chain(self, failure: BaseException, cause: BaseException) -> None:
        """Show a cause below a failure, until it is reported: the exception is the user's, and may be raised again."""
        self._chained.append((failure, failure.__cause__, failure.__suppress_context__))
        failure.__cause__ = cause

    def unchain(self) -> None:
        """Undo `chain`."""
        while self._chained:
            failure, cause, suppressed = self._chained.pop()
            failure.__cause__, failure.__suppress_context__ = cause, suppressed

    def add(self, *known: TripwireError, unfinished: Sequence[str] = ()) -> None:
        """Add to what is known beside a failure."""
        self._known += [*map(str, known), *unfinished]
        self._codes += [code for error in known for code in error.code.split()]
        self._codes += ["still-at-work"] * bool(unfinished)

    @property
    def left_open(self) -> str:
        """What is known beside a failure, in words."""
        if not self._known:
            return ""
        from tripwire import _messages

        return "\n\n".join(self._known) + f"\n{_messages.help_line(*self._codes)}"

    def begin_example(self) -> bool:
        """Give an example of a property-based test a verifier of its own.

        False if the test's fixtures use tripwire: the examples share what these have set up.
        """
        if self.verifier is not None and not self._in_examples:
            return False
        self._in_examples = True
        if self.verifier is not None:
            if self.verifier.innermost_open() is not None:
                self.verifier.close()
            # Targets are handed on: one verifier lets go of them when the next one has had its turn.
            self._let_go()
            self._before, self.verifier = self.verifier, None
        _held.forget_closed()
        return True

    def _let_go(self) -> None:
        if self._before is not None:
            self._before.close()
            if (late := self._before.judge_trips()) is not None:
                self._late += late.trips
            if any(self._before.work.unfinished()):
                self._work.append(self._before.work)
            self.interactions += len(self._before.timeline)
            self.trips += len(self._before.trips)
            self.chronicle = self._before.chronicle  # of examples, the last: the one that failed
            self._before = None

    def close(self) -> tuple[SwallowedTripError | None, list[str]]:
        """Restore every target; gives an error for late trips, and what is still at work, in words."""
        self._let_go()
        self._before, self.verifier = self.verifier, None
        self._let_go()
        _held.forget_closed()
        trips, self._late = self._late, []
        _held.hold(self._held)
        unfinished = [what for work in self._work for what in work.unfinished()]
        if not trips:
            return None, unfinished
        from tripwire import _messages
        from tripwire._errors import SwallowedTripError

        return SwallowedTripError(_messages.swallowed(trips), trips=trips), unfinished


running: list[TestScope] = []
"""The tests that are running, innermost last: more than one where a test runs an inner pytest session."""

wide_fixtures: list[tuple[str, str] | None] = []
"""Name and scope of the fixtures being set up or torn down that outlive a test, innermost last.

None stands where an inner pytest session begins.
"""


def is_loaded() -> bool:
    """Whether anything of tripwire has been asked for in this process: without it, there is nothing to be judged."""
    return "tripwire._verifier" in sys.modules


def current_verifier() -> StrictVerifier:
    """The verifier of this context's sandbox, or else of the running test.

    Raises:
        NoActiveVerifierError: no test is running, or a fixture wider than a test is at work.
    """
    if wide_fixtures and wide_fixtures[-1] is not None:
        raise _no_verifier(wide_fixtures[-1])
    verifier = _held.held_verifier()
    if verifier is not None:
        return verifier
    if not running:
        raise _no_verifier(None)
    return running[-1].get()


def _no_verifier(fixture: tuple[str, str] | None) -> NoActiveVerifierError:
    from tripwire import _messages
    from tripwire._errors import NoActiveVerifierError

    return NoActiveVerifierError(_messages.no_verifier(fixture))


def uses_tripwire(item: pytest.Item) -> bool:
    """Whether a test or one of its fixtures uses tripwire, as far as names tell.

    They do if the function's module holds the module `tripwire` or something of it, or the test itself
    imports it.
    """
    test = inspect.unwrap(getattr(item, "function", None))  # type: ignore[arg-type]
    if "tripwire" in getattr(getattr(test, "__code__", None), "co_names", ()):
        return True
    fixtures = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    functions = [test, *(inspect.unwrap(found.func) for same in fixtures.values() for found in same)]
    return any(_names_tripwire(getattr(one, "__globals__", {})) for one in functions)


def _names_tripwire(namespace: Mapping[str, Any]) -> bool:
    return any(_origin(value).partition(".")[0] == "tripwire" for value in list(namespace.values()))


def _origin(value: object) -> str:
    # By type only: a lazy object of the user's must not be woken.
    kind = type(value)
    if issubclass(kind, ModuleType):
        return str(value.__dict__.get("__name__"))
    if issubclass(kind, (type, FunctionType)):
        kind = value  # type: ignore[assignment]
    return str(getattr(kind, "__module__", ""))  # a class that was made at run time may have none

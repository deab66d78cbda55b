"""The verifier of one test: owns its plugins and its timeline, and judges them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tripwire import _assertions, _held, _messages, _project, _routing
from tripwire._errors import (
    AssertionInsideSandboxError,
    SwallowedTripError,
    TripError,
    UnassertedInteractionsError,
    UnusedMocksError,
    VerificationError,
    wrong_use,
)
from tripwire._frames import user_place
from tripwire._leftovers import Work
from tripwire._patching import PATCHER, naming
from tripwire._plugin import Answer, Call, Plugin
from tripwire._sandbox import ExpectTripContext, InAnyOrderContext, SandboxContext
from tripwire._timeline import Fields, Interaction, Source, Timeline
from tripwire._trips import Trip, chain, frames_of

if TYPE_CHECKING:
    from tripwire._chronicle import Chronicle
    from tripwire._config import Config
    from tripwire._unused import UnusedMock
    from tripwire._writing._scribe import Scribe

P = TypeVar("P", bound=Plugin)


class StrictVerifier:
    """Catches, records and judges the calls of one test.

    Under pytest each test has one, made at first use; `StrictVerifier()` makes one by hand, whose
    targets are restored when its outermost sandbox closes.

    Attributes: `timeline` (the recorded interactions), `trips` (all of them) and `config`.
    """

    def __init__(self) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.timeline: Timeline = Timeline()
        self.trips: list[Trip] = []
        self.work: Work = Work()
        self.relaxed = 0
        self.test_files: set[str] = set()
        self.keep_patched = False
        self._plugins: dict[type[Plugin], Plugin] = {}
        self._patched: list[type[Plugin]] = []
        self._open: list[_routing.Sandbox] = []
        self._reported: Counter[UnusedMock] = Counter()
        self.chronicle: Chronicle | None = None
        self.scribe: Scribe | None = None
        self.witness: Callable[[Plugin, Call, Answer], None] | None = None

    # -- what users call

    def sandbox(self) -> SandboxContext:
        """The period in which calls are caught, as a context manager, sync and async."""
        return SandboxContext(self)

    def in_any_order(self) -> InAnyOrderContext:
        """A period in which assertions may come in any order, as a context manager, sync and async."""
        return InAnyOrderContext(self)

    def expect_trip(self, *kinds: type[TripError]) -> ExpectTripContext:
        """A period in which trips of these kinds (any, if none is named) are expected, and do not fail the test."""
        return ExpectTripContext(self, kinds or (TripError,))

    def assert_interaction(self, source: Source, **fields: Any) -> None:
        """Assert the next interaction: its source, and those of its fields that are given.

        Raises:
            InteractionMismatchError: the next interaction is another, or a field differs.
            AssertionInsideSandboxError: the sandbox is still open.
        """
        __tracebackhide__ = True
        self.take(source, fields)

    def verify_all(self) -> None:
        """Judge what has happened so far; what is reported here is not reported again.

        Raises:
            SwallowedTripError: a trip never reached the test.
            UnassertedInteractionsError: interactions nobody asserted.
            UnusedMocksError: mocks nobody used.
            VerificationError: more than one of these.
        """
        __tracebackhide__ = True
        if (error := self.judge()) is not None:
            raise error

    # -- what plugins call

    @property
    def config(self) -> Config:
        """The project's `[tool.tripwire]`."""
        return _project.config()

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """The plugins that were made so far."""
        return tuple(self._plugins.values())

    def plugin(self, kind: type[P]) -> P:
        """The plugin of a type, made at first use."""
        with self.lock:
            found = self._plugins.get(kind)
            if found is not None:
                return found  # type: ignore[return-value]
            try:
                with naming(kind, "it was made"):
                    return kind(self)
            except BaseException:
                self._plugins.pop(kind, None)  # it may have been adopted before it failed
                raise

    def adopt(self, plugin: Plugin) -> None:
        """Take a plugin as the one of its type.

        Raises:
            ValueError: there is one already.
        """
        with self.lock:
            if type(plugin) in self._plugins:
                raise wrong_use(ValueError, _messages.second_plugin(plugin))
            self._plugins[type(plugin)] = plugin

    def record(self, plugin: Plugin, source: Source, fields: Fields, *, is_real: bool = False) -> Interaction:
        """Append an interaction to the timeline; its fields, or what makes them."""
        place = user_place()
        with self.lock:
            timeline = self.timeline
            interaction = Interaction(source, fields, plugin=plugin, place=place, sequence=len(timeline))
            timeline.append(interaction)
            if self.chronicle is not None:
                self.chronicle.add(interaction)
            if self.scribe is not None:
                self.scribe.recorded(interaction, is_real=is_real)
            return interaction

    def remember_trip(self, error: TripError) -> None:
        """Keep a trip, so that swallowing its exception does not hide it."""
        with self.lock:
            self.trips.append(trip := Trip(error))
            if self.chronicle is not None:
                self.chronicle.add(trip)

    def take(
        self,
        source: Source,
        expected: dict[str, Any],
        *,
        required: Callable[[Interaction, Collection[str]], Collection[str]] = lambda *_: (),
    ) -> Interaction:
        """Find the interaction an assertion means, mark it asserted, and return it.

        `required` names, for the interaction found and the names that are expected, those that must be.

        Raises:
            InteractionMismatchError, MissingAssertionFieldsError, AssertionInsideSandboxError
        """
        __tracebackhide__ = True
        if self._open:
            raise AssertionInsideSandboxError(_messages.assertion_inside(source, user_place()))
        with self.lock:
            take = _assertions.take if self.scribe is None else self.scribe.take
            found = take(self.timeline, source, expected, required=required, any_order=self.relaxed > 0)
            if self.chronicle is not None:
                self.chronicle.add_assertion(found)
            return found

    # -- the sandbox

    def enter_sandbox(self) -> _routing.Sandbox:
        """Open a sandbox in this context."""
        kinds = self._kinds()
        PATCHER.check(kinds, self.config.allow_patchers)
        with self.lock:
            missing = [kind for kind in kinds if kind not in self._patched]
            PATCHER.acquire(missing)
            self._patched += missing
            if self not in _routing.alive:
                _routing.alive.append(self)
            try:
                if not self._open:
                    self._each_opened()
                    if self.chronicle is not None:
                        self.chronicle.open()
                    if self.scribe is not None:
                        self.scribe.opened()
            except BaseException:
                self._release_unless_kept()
                raise
            sandbox = _routing.open_sandbox(self)
            self._open.append(sandbox)
            if sandbox.place is not None:  # pragma: no branch - a thread may begin here, unseen by coverage
                self.test_files.add(sandbox.place.filename)
            return sandbox

    def _kinds(self) -> list[type[Plugin]]:
        """The types of every plugin that is active here; creates those that were not used yet."""
        with self.lock:
            for kind in _project.active():
                if kind not in self._plugins:
                    self.plugin(kind)
            return list(self._plugins)

    def _each_opened(self) -> None:
        done: list[Plugin] = []
        try:
            for plugin in [one for one in self._plugins.values() if type(one).opened is not Plugin.opened]:
                done.append(plugin)
                with naming(type(plugin), "the sandbox opened"):
                    plugin.opened()
        except BaseException:
            for plugin in reversed(done):
                plugin.closed()
            raise

    def exit_sandbox(self, sandbox: _routing.Sandbox, *, quiet: bool) -> None:
        """Close a sandbox. With `quiet`, an exception is under way and must not be replaced.

        Raises:
            ConflictError: somebody has laid a patch over ours.
        """
        with self.lock:
            self.work.leave_loop(sandbox.loop)
            _routing.close_sandbox(sandbox)
            self._open.remove(sandbox)
            if self._open:
                return
            try:
                if not quiet:
                    allowed = self.config.allow_patchers
                    PATCHER.check_overlaid(self._patched, allowed)
                    for plugin in self._plugins.values():
                        if type(plugin).patches is not Plugin.patches and plugin.patches:
                            PATCHER.check_in_place(plugin.patches, allowed)
            finally:
                doing = [one for one in self._plugins.values() if type(one).closed is not Plugin.closed]
                _each_of([self._release_unless_kept, *[plugin.closed for plugin in doing]])

    @property
    def is_open(self) -> bool:
        """Whether a sandbox is open."""
        return bool(self._open)

    def innermost_open(self) -> _routing.Sandbox | None:
        """The sandbox a bare `tripwire.__exit__` closes: this context's, or else the last one opened."""
        held = _held.current()
        if held is not None and held.is_open and held.verifier is self:
            return held
        return self._open[-1] if self._open else None

    def _release_unless_kept(self) -> None:
        if not self.keep_patched:
            self.release()

    def release(self) -> None:
        """Restore the targets this verifier keeps patched."""
        with self.lock:
            if self in _routing.alive:
                _routing.alive.remove(self)
            patched, self._patched = self._patched, []
            release = partial(PATCHER.release, patched)
            _each_of([release, *[plugin.released for plugin in self._plugins.values()]])

    def close(self) -> None:
        """Close what is still open, and restore every target."""
        while self._open:
            self.exit_sandbox(self._open[-1], quiet=True)
        self.release()

    # -- judgement

    def unsettled_trips(self) -> list[Trip]:
        """The trips that no test code caught and no test expected.

        Where a call is tried again, and the trip of the last try goes from there to the test, it knows of those
        before.
        """
        frames: dict[object, set[int]] = {}
        unsettled = []
        for trip in reversed(self.trips):
            tries = frames.setdefault((type(trip.error), trip.error.call, trip.error.place), set())
            if trip.settle(self.test_files):
                if trip.reached(self.test_files):
                    tries |= frames_of(trip.error)
            elif not trip.was_caught_in(tries):
                unsettled.append(trip)
        return unsettled[::-1]

    def settle(self, error: BaseException | None) -> None:
        """Settle the trips that an exception, which has reached the test, tells of.

        They are those it holds; and those that test code caught which was left by this exception later: its
        frame cannot have been left by the trip, too.
        """
        held, frames = {id(one) for one in chain(error)}, frames_of(error)
        for trip in self.trips:
            if id(trip.error) in held or (
                trip.was_caught_in(frames) and trip.is_in_test_code(self.test_files)
            ):
                trip.settled = True

    def judge_trips(self) -> SwallowedTripError | None:
        """An error for the unsettled trips, which then count as reported."""
        trips = self.unsettled_trips()
        for trip in trips:
            trip.settled = True
        return SwallowedTripError(_messages.swallowed(trips), trips=trips) if trips else None

    def judge(self) -> VerificationError | None:
        """An error for all that is open, which then counts as reported; None if all is well."""
        with self.lock:
            trips = self.judge_trips()
            interactions = list(self.timeline.open())
            for interaction in interactions:
                interaction.asserted = True
            mocks = self._newly_unused()
        errors: list[VerificationError] = [] if trips is None else [trips]
        if interactions:
            message = _messages.unasserted(interactions)
            errors.append(UnassertedInteractionsError(message, interactions=interactions))
        if mocks:
            errors.append(UnusedMocksError(_messages.unused(mocks), mocks=mocks))
        if len(errors) < 2:
            return errors[0] if errors else None
        return VerificationError(
            "\n\n".join(map(str, errors)),
            interactions=interactions,
            mocks=mocks,
            trips=trips.trips if trips is not None else (),
            code=" ".join(error.code for error in errors),
        )

    def accept(self, interactions: Collection[Interaction], mocks: Collection[UnusedMock]) -> None:
        """Count interactions as asserted, and unused mocks as reported: what is written of them says so."""
        for interaction in interactions:
            interaction.asserted = True
        self._reported.update(mocks)

    def _newly_unused(self) -> list[UnusedMock]:
        """The unused mocks that were not reported yet: alike ones are told by their number."""
        reported, mocks = self._reported.copy(), []
        for plugin in self._plugins.values():
            for mock in plugin.unused():
                if reported[mock]:
                    reported[mock] -= 1
                else:
                    mocks.append(mock)
        self._reported.update(mocks)
        return mocks


def _each_of(calls: list[Callable[[], None]]) -> None:
    """Make each call, the last one first, whatever another one raises."""
    try:
        while calls:
            calls.pop()()
    finally:
        if calls:
            _each_of(calls)

"""For the authors of plugins: `PluginContract`, the tests every plugin must pass, and `RecordingContract`."""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import mock

import pytest

import tripwire
from tripwire._patching import import_owner
from tripwire._trips import chain

if TYPE_CHECKING:
    from tripwire._writing._statement import Statement

__all__ = ["PluginContract", "RecordingContract"]

SEVERAL = 8


class PluginContract:
    """Subclass it in a test module, name it `Test...`, set `plugin`, and write three methods.

    The plugin must be installed (an editable install will do), so that `tripwire.<name>` is found by its
    entry point. A `number` stands for one of several calls that differ; calls of equal numbers are alike.
    """

    plugin: ClassVar[type[tripwire.Plugin]]
    """The plugin under test."""

    beneath: ClassVar[Sequence[type[tripwire.Plugin]]] = ()
    """Plugins that hold its targets, where several share them."""

    def mock(self, number: int) -> None:
        """Register what answers one call of this number, through `tripwire.<name>`."""
        raise NotImplementedError

    def call(self, number: int) -> Any:
        """Make the call through the library, as a program would; sync, or `async def`."""
        raise NotImplementedError

    def check(self, number: int) -> None:
        """Assert the interaction of this call, or all of them where it makes several."""
        raise NotImplementedError

    # -- found and activated

    def test_it_is_found_by_its_entry_point(self) -> None:
        """`tripwire.<name>` is this plugin."""
        plugin = getattr(tripwire, self.plugin.name)
        kind = tripwire.current_verifier().plugin(self.plugin)
        assert type(kind) is self.plugin
        assert repr(plugin) == f"<tripwire.{self.plugin.name}>"

    def test_targets_are_patched_in_the_sandbox_and_pristine_after(self) -> None:
        """Also nested, and after an exception."""
        targets = self._targets()
        pristine = [_held(target) for target in targets]
        verifier = tripwire.StrictVerifier()
        with suppress(KeyError), verifier.sandbox():
            with verifier.sandbox():
                pass
            unpatched = [str(t) for t, was in zip(targets, pristine, strict=True) if _held(t) is was]
            assert unpatched == [], "a target's make() must return another object than it gets"
            raise KeyError
        assert [_held(target) for target in targets] == pristine

    def test_somebody_elses_patch_is_a_conflict(self) -> None:
        """For each of the public names."""
        tried = 0
        for path in self.plugin.public_names:
            owner, _, name = path.replace(":", ".").rpartition(".")
            try:
                patch = mock.patch(f"{owner}.{name}")
                patch.start()
            except (ModuleNotFoundError, AttributeError):  # a library or a version that is not installed
                continue
            try:
                with pytest.raises(tripwire.ConflictError) as caught, tripwire.StrictVerifier().sandbox():
                    raise AssertionError(f"a patch of {path} was not noticed")  # pragma: no cover - it is
                assert (caught.value.target, caught.value.patcher) == (f"{owner}.{name}", "unittest.mock")
            finally:
                patch.stop()
            tried += 1
        assert tried, "name in public_names what users of other tools would patch"

    def test_a_patch_laid_over_ours_is_a_conflict(self) -> None:
        """For each of the targets; afterwards all is pristine."""
        for target in self._targets():
            if not isinstance(_owner(target), (type, ModuleType)):
                continue  # an object of the plugin's own, which nobody else patches
            was = _held(target)
            overlay = mock.patch.object(_owner(target), target.name)
            with pytest.raises(tripwire.ConflictError) as caught, tripwire.StrictVerifier().sandbox():
                overlay.start()
            assert caught.value.target == str(target)
            overlay.stop()
            with tripwire.StrictVerifier().sandbox():
                pass  # takes back what was overlaid
            assert _held(target) is was

    # -- calls

    def test_mocked_calls_are_recorded_in_order(self) -> None:
        """Each with its place in the user's files, and as a line that asserts it."""
        with self._mocked(2) as verifier:
            self._make(0)
            self._make(1)
        assert verifier.timeline, "a call must be recorded"
        for interaction in verifier.timeline:
            assert repr(interaction.source).startswith("tripwire."), "a source is named as tests write it"
            assert interaction.place is not None
            assert interaction.place.filename == inspect.getfile(type(self))
            assert "\n" not in interaction.plugin.describe(interaction)
        self.check(0)
        self.check(1)

    def test_its_mocks_can_be_held_against_a_truth(self) -> None:
        """What they claim is told in one line, with a place in the user's files; and its key can be looked up."""
        from tripwire.verifying import Served

        served: list[tuple[tripwire.Plugin, Served]] = []
        with self._mocked(2) as verifier:
            verifier.witness = lambda plugin, call, answer: served.append((plugin, Served(call, answer)))
            self._make(0)
            self._make(1)
        for plugin in dict.fromkeys(plugin for plugin, _ in served):
            for claim in plugin.claims([one for owner, one in served if owner is plugin]):
                assert "\n" not in claim.what
                assert claim.place is not None
                assert claim.place.filename == inspect.getfile(type(self))
                hash(claim.key)
        self.check(0)
        self.check(1)

    def test_the_order_counts(self) -> None:
        """An assertion of the second call does not fit the first."""
        with self._mocked(2):
            self._make(0)
            self._make(1)
        with pytest.raises(tripwire.InteractionMismatchError):
            self.check(1)
        with pytest.raises(tripwire.UnassertedInteractionsError):
            tripwire.verify_all()

    def test_in_any_order(self) -> None:
        """There it does."""
        with self._mocked(2):
            self._make(0)
            self._make(1)
        with tripwire.in_any_order():
            self.check(1)
            self.check(0)

    def test_an_unmocked_call_trips(self) -> None:
        """It is named with its place, and with code to paste."""
        with tripwire.expect_trip(tripwire.UnmockedInteractionError), tripwire.sandbox() as verifier:
            error = self._trip(0)
        (trip, *_) = verifier.trips
        assert trip.error in chain(error), "the trip must reach the program, or be the cause of what does"
        assert trip.error.call, "the call must be named"
        assert trip.error.place is not None
        assert trip.error.place.filename == inspect.getfile(type(self))
        _, found, paste = str(trip.error).partition("to mock it, put this before the sandbox:\n")
        assert found, "give Unmatched a paste="
        ast.parse(inspect.cleandoc(paste))

    def test_an_unmocked_call_cannot_be_hidden(self) -> None:
        """A program that swallows the trip fails its test."""
        with tripwire.sandbox():
            self._trip(0)
        with pytest.raises(tripwire.SwallowedTripError):
            tripwire.verify_all()

    def test_an_unasserted_call_is_reported_with_code_to_paste(self) -> None:
        """What `assertion_for` gives stands in the report."""
        with self._mocked(1) as verifier:
            self._make(0)
        with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
            tripwire.verify_all()
        for interaction in verifier.timeline:
            assert interaction.plugin.assertion_for(interaction).splitlines()[0] in str(caught.value)

    def test_the_pasted_code_asserts_the_call(self) -> None:
        """What `assertion_for` gives is run; `mock` in it is that of unittest."""
        with self._mocked(1) as verifier:
            self._make(0)
        for interaction in verifier.timeline:
            exec(interaction.plugin.assertion_for(interaction), {"tripwire": tripwire, "mock": mock})
        tripwire.verify_all()

    def test_the_written_code_asserts_the_call(self) -> None:
        """What `--tripwire-fix` makes of `assertion` is run; it calls what the pasted line calls."""
        with self._mocked(1) as verifier:
            self._make(0)
        for interaction in verifier.timeline:
            statement = interaction.plugin.assertion(interaction)
            assert f"{statement.function}(" in interaction.plugin.assertion_for(interaction)
            exec(_written(statement, is_assertion=True), {"tripwire": tripwire})
        tripwire.verify_all()

    def test_an_unused_mock_is_reported_with_its_place(self) -> None:
        """The place is a line of the test."""
        with self._mocked(1):
            pass
        with pytest.raises(tripwire.UnusedMocksError) as caught:
            tripwire.verify_all()
        for unused in caught.value.mocks:
            assert unused.label
            assert unused.place is not None, "give UnusedMock the tripwire.user_place() of its registration"
            assert unused.place.filename == inspect.getfile(type(self))

    def test_a_mock_answers_once(self) -> None:
        """A second call trips."""
        with tripwire.expect_trip(tripwire.UnmockedInteractionError), self._mocked(1):
            self._make(0)
            self._trip(0)
        self.check(0)

    # -- threads and tasks

    def test_threads_of_the_sandbox(self) -> None:
        """No call is lost, none is doubled."""
        with self._alike():
            threads = [Thread(target=self._make, args=(0,)) for _ in range(SEVERAL)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self._check_alike()

    def test_tasks_of_the_sandbox(self) -> None:
        """No call is lost, none is doubled."""

        async def make() -> None:
            result = self.call(0)
            if inspect.isawaitable(result):
                await result

        async def main() -> None:
            await asyncio.gather(*(make() for _ in range(SEVERAL)))

        with self._alike():
            asyncio.run(main())
        self._check_alike()

    def test_a_call_after_the_sandbox_trips(self) -> None:
        """Made by what was started inside it."""
        with tripwire.sandbox() as verifier:
            inside = copy_context()
        with tripwire.expect_trip(tripwire.PostSandboxInteractionError):
            error = inside.run(self._trip, 0)
        assert verifier.trips[0].error in chain(error)

    # -- what these tests are made of

    def _targets(self) -> list[tripwire.Target]:
        """Those that exist here."""
        found = []
        for target in (target for kind in (self.plugin, *self.beneath) for target in kind.targets()):
            try:
                _held(target)
            except ModuleNotFoundError:
                continue
            except AttributeError:
                assert target.optional, f"{target} is not there; if it may be missing, it is optional=True"
            else:
                found.append(target)
        assert found, "targets() names nothing that is there"
        return found

    @contextmanager
    def _mocked(self, calls: int) -> Iterator[tripwire.StrictVerifier]:
        for number in range(calls):
            self.mock(number)
        with tripwire.sandbox() as verifier:
            yield verifier

    @contextmanager
    def _alike(self) -> Iterator[None]:
        for _ in range(SEVERAL):
            self.mock(0)
        with tripwire.sandbox():
            yield

    def _check_alike(self) -> None:
        timeline = tripwire.current_verifier().timeline
        assert [one.sequence for one in timeline] == list(range(len(timeline)))
        with tripwire.in_any_order():
            for _ in range(SEVERAL):
                self.check(0)

    def _make(self, number: int) -> None:
        result = self.call(number)
        if inspect.isawaitable(result):
            asyncio.run(_finish(result))

    def _trip(self, number: int) -> Exception:
        try:
            self._make(number)
        except Exception as error:  # noqa: BLE001 - a library may make its own of a trip
            return error
        raise AssertionError("the call must not succeed")  # pragma: no cover - it trips


class RecordingContract(PluginContract):
    """The same, and more, for a plugin that implements `let_through`.

    Its `call` must reach something real, on this machine.
    """

    def test_what_is_recorded_answers_again(self) -> None:
        """The mocks and assertions that `--tripwire-record` would write are run."""
        from tripwire._writing._policy import EVERY, Policy  # as in a run that writes, and in no other
        from tripwire._writing._scribe import Scribe

        verifier = tripwire.current_verifier()
        verifier.scribe = scribe = Scribe(Policy([EVERY]))
        with tripwire.sandbox():
            self._make(0)
            self._make(1)
        recorded = [one.interaction for period in scribe.periods for one in period.seen if one.is_real]
        assert recorded, "let_through() must give an Answer"
        assert len(recorded) == len(verifier.timeline)
        plugins = dict.fromkeys(one.plugin for one in recorded)
        found = [
            _written(mock, is_assertion=False)
            for plugin in plugins
            for mock in plugin.mocks([one for one in recorded if one.plugin is plugin])
        ]
        verifier.scribe = None
        self.check(0)
        self.check(1)
        for code in found:
            exec(code, {"tripwire": tripwire})
        with tripwire.sandbox():
            self._make(0)
            self._make(1)
        for interaction in recorded:
            code = _written(interaction.plugin.assertion(interaction), is_assertion=True)
            exec(code, {"tripwire": tripwire})
        tripwire.verify_all()


def _written(statement: Statement, *, is_assertion: bool) -> str:
    """The code of a statement, as it goes into a test, below the imports it needs."""
    from tripwire._writing._render import Masks, call

    code = call(statement, None, Masks.of(tripwire.current_verifier().config), is_assertion=is_assertion)
    return "\n".join([*sorted(code.imports), code.text])


def _owner(target: tripwire.Target) -> Any:
    return import_owner(target.owner) if isinstance(target.owner, str) else target.owner


def _held(target: tripwire.Target) -> Any:
    owner = _owner(target)
    look = inspect.getattr_static if isinstance(owner, (type, ModuleType)) else getattr
    return look(owner, target.name)


async def _finish(awaitable: Any) -> Any:
    return await awaitable

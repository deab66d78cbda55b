"""What mocks and spies share: the plugin that serves them, and how a call is recorded and asserted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from tripwire import _aside, _messages, _routing
from tripwire._errors import ConflictError, wrong_use
from tripwire._frames import Place, user_place
from tripwire._pasting import Member, Named
from tripwire._patching import PATCHER, Patch, Target
from tripwire._plugin import Answer, Call, Plugin
from tripwire._snapshot import snapshot
from tripwire._timeline import Interaction, Source
from tripwire._unset import UNSET
from tripwire._unused import UnusedMock
from tripwire._values import LONGEST_VALUE, PASSES, cut
from tripwire._writing._statement import Statement

if TYPE_CHECKING:
    from typing_extensions import Self

    from tripwire._verifier import StrictVerifier
    from tripwire.verifying import Claim, Served, Truth, TruthSettings


beneath: ContextVar[bool] = ContextVar("tripwire_beneath", default=False)
"""Whether a recording is inside what a mock replaces: what is called there, the mock that it writes will not call."""


class MockPlugin(Plugin):
    """Serves mocks and spies. Part of core; reached as `tripwire.mock` and `tripwire.spy`."""

    name = "mock"

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self.doubles: list[Double] = []
        self.is_open: bool = False
        self._targets: dict[tuple[int, str], tuple[Target, Place | None]] = {}
        self._patches: list[Patch] = []

    def place(self, owner: object, name: str, double: Double) -> None:
        """Put a double in the place of an attribute, for as long as the sandbox is open.

        Raises:
            ValueError: there is a double in that place already.
            TypeError: the attribute cannot be replaced.
        """
        key = (id(owner), name)
        if key in self._targets:
            _, place = self._targets[key]
            raise wrong_use(ValueError, _messages.placed_twice(repr(double), place))
        target = Target(owner, name, lambda _: double)
        try:
            patch = _place(target)  # at once, also before the sandbox: here is the line to blame
        except (ConflictError, *PASSES):
            raise
        except BaseException as error:
            raise wrong_use(TypeError, _messages.cannot_replace(repr(double), error)) from error
        self._targets[key] = (target, user_place())
        if self.is_open:
            self._patches.append(patch)
        else:
            PATCHER.restore(patch)

    @property
    def patches(self) -> Collection[Patch]:
        """The doubles that are in their places."""
        return self._patches

    def opened(self) -> None:
        """Put every double in its place."""
        self.is_open = True
        if not self._patches:
            for target, _ in self._targets.values():
                self._patches.append(_place(target))

    def closed(self) -> None:
        """Put the pristine attributes back, unless work that was started in the sandbox could still reach them."""
        self.is_open = False
        if self._patches and not (self.verifier.keep_patched and any(self.verifier.work.unfinished())):
            self.released()

    def released(self) -> None:
        """Put the pristine attributes back."""
        while self._patches:
            PATCHER.restore(self._patches.pop())

    def decide(self, call: Call) -> Answer:
        """Take the next outcome of the double that was called."""
        return cast("Double", call.source)._tripwire_next()

    def unused(self) -> Iterator[UnusedMock]:
        """The outcomes no call took."""
        for double in self.doubles:
            yield from double._tripwire_unused()

    def describe(self, interaction: Interaction) -> str:
        """The call and what came of it."""
        fields = interaction.fields
        words = Words(interaction.source, fields["args"], fields["kwargs"])
        if "raised" in fields:
            return f"{words} raised {_messages.short(fields['raised'])}"
        return f"{words} returned {_messages.short(fields.get('returned'))}"

    def assertion_for(self, interaction: Interaction) -> str:
        """The call of `assert_call`, on the double by its name."""
        paste = cast("Double", interaction.source)._tripwire_paste
        line = self.assertion(interaction).in_a_line(_messages.code, str(paste))
        return "\n".join(filter(None, (paste.remark, line)))

    def assertion(self, interaction: Interaction, also: Collection[str] = ()) -> Statement:  # noqa: ARG002 - has all
        """The call of `assert_call`, on the double."""
        return Statement("assert_call", kwargs=dict(interaction.fields), on=interaction.source)

    @classmethod
    def truth(cls, settings: TruthSettings) -> Truth | None:
        """The signatures and annotations of what mocks stand for; `mock = false` asks for none.

        Raises:
            TripwireConfigError: it is no bool, or typeguard is not installed.
        """
        asked = settings.get("mock")
        if asked is False:
            return None
        if asked not in (None, True):
            raise settings.error("mock", _messages.of_wrong_kind("true or false", asked))
        try:
            from tripwire._verifying._objects import Objects
        except ImportError as missing:
            from tripwire._verifying._objects_words import NEEDS_TYPEGUARD

            raise settings.error("mock", NEEDS_TYPEGUARD) from missing
        return Objects()

    def claims(self, served: Sequence[Served]) -> Iterable[Claim]:
        """What the mocks say: that what they stand for takes such arguments, and gives such values."""
        from tripwire._verifying import _objects

        return _objects.claims(self, served)

    def mocks(self, interactions: Sequence[Interaction]) -> Sequence[Statement]:
        """The outcomes of the calls that reached what the doubles replace."""
        return [
            Statement(how, (one.fields[field],), on=one.source)
            for one in interactions
            for how, field in (("returns", "returned"), ("raises", "raised"))
            if field in one.fields
        ]

    def let_through(self, call: Call) -> Answer | None:
        """The answer that makes a double call what it replaces; None if that is nothing."""
        return cast("Double", call.source)._tripwire_genuine()


class Words:
    """A call in words, made only when a message needs it."""

    def __init__(self, source: Source, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._source, self._args, self._kwargs = source, args, kwargs

    def __str__(self) -> str:
        given = [_messages.short(arg) for arg in self._args]
        given += [f"{cut(name, LONGEST_VALUE)}={_messages.short(v)}" for name, v in self._kwargs.items()]
        return f"{self._source!r}({', '.join(given)})"


class Double(Source):
    """A mock or a spy. Everything of ours begins with `_tripwire`, to leave names to the double."""

    def __init__(self, plugin: MockPlugin, name: str, paste: Named | Member) -> None:
        super().__init__(name)
        self._tripwire_plugin = plugin
        self._tripwire_paste = paste  # how code that is pasted into the test names it
        self._tripwire_children: dict[str, Any] = {}
        self._tripwire_parent: tuple[Double, str] | None = None
        plugin.doubles.append(self)

    def __repr__(self) -> str:
        return self._tripwire_name

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def assert_call(
        self,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        returned: Any = UNSET,
        raised: Any = UNSET,
    ) -> None:
        """Assert the next call: its arguments, and what came of it where given.

        Args:
            args: the positional arguments.
            kwargs: the keyword arguments; none, by default.
            returned: what came back.
            raised: what was raised: an exception of the same type and arguments, its class, or a matcher.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
            MissingAssertionFieldsError: the call raised, and `raised` is not given.
        """
        __tracebackhide__ = True
        expected: dict[str, Any] = {"args": args, "kwargs": {} if kwargs is None else kwargs}
        if returned is not UNSET:
            expected["returned"] = returned
        if raised is not UNSET:
            expected["raised"] = raised
        self._tripwire_plugin.verifier.take(self, expected, required=_must_state)

    def _tripwire_next(self) -> Answer:
        return Answer()

    def _tripwire_genuine(self) -> Answer | None:
        return None  # pragma: no cover - a spy lets every call through by itself

    def _tripwire_unused(self) -> Iterable[UnusedMock]:
        return ()

    def _tripwire_record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
        __tracebackhide__ = True
        fields = {"args": snapshot(args), "kwargs": snapshot(kwargs)}
        return self._tripwire_plugin.intercept(Call(self, fields, Words(self, args, kwargs)))

    def _tripwire_served(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        __tracebackhide__ = True
        if _aside.thread.is_aside:
            return False
        words = Words(self, args, kwargs)
        return _routing.serving(self, words, owner=self._tripwire_plugin.verifier) is not None


def receivers(double: Double) -> Iterator[tuple[Double, str]]:
    """What a test could reach a double from, nearest first: itself, then those it is an attribute of, and the way."""
    path = ""
    yield double, path
    while double._tripwire_parent is not None:
        double, name = double._tripwire_parent
        path = f".{name}{path}"
        yield double, path


def _must_state(interaction: Interaction, _given: Collection[str]) -> Collection[str]:
    return ("raised",) if "raised" in interaction.fields else ()


@contextmanager
def completing(interaction: Interaction) -> Iterator[dict[str, Any]]:
    """Add to a record what the block came to: what it put into the dict, or what it raised."""
    outcome: dict[str, Any] = {}
    try:
        yield outcome
    except BaseException as error:
        outcome["raised"] = error
        raise
    finally:
        interaction.complete(**snapshot(outcome))


def _place(target: Target) -> Patch:
    holder = PATCHER.holder(target)
    if holder is not None:
        message = _messages.caught_there(str(target), holder)
        raise ConflictError(message, target=str(target), patcher="tripwire")
    return PATCHER.apply(target)

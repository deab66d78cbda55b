"""What a plugin is: the base class, the call it makes of what it caught, and the answer it gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from tripwire import _messages, _routing
from tripwire._errors import TripError, UnmockedInteractionError
from tripwire._frames import user_place
from tripwire._timeline import Interaction, Source, joined
from tripwire._values import PASSES
from tripwire._writing._statement import Code, Statement, parsed

if TYPE_CHECKING:
    from typing_extensions import Self

    from tripwire._patching import Patch, Target
    from tripwire._unused import UnusedMock
    from tripwire._verifier import StrictVerifier
    from tripwire.verifying import Claim, Served, Truth, TruthSettings


_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Call:
    """One caught call, in plain values: what it was (`source`), its `fields`, and in words (`summary`).

    The summary may be any object; its `str()` is asked for only where a message needs it. The fields may be a
    function that makes them, which is called if somebody asks for them.
    """

    source: Source
    fields: Any  # a dict, or a function that makes one: a plugin knows which it gives
    summary: object


@dataclass(slots=True)
class Answer:
    """What a mock or script step gives for a call.

    `value` is returned, or `raises` is raised, by the plugin. `fields` join the call's fields in the
    record. `interaction` is the record, set by the core.
    """

    value: Any = None
    raises: BaseException | None = None
    fields: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    interaction: Interaction = field(init=False)


@dataclass(frozen=True)
class Candidate:
    """A mock or step that was near but did not fit: what it is, where it was registered, and why not."""

    label: str
    reason: str
    place: object = None


class Unmatched(Exception):  # noqa: N818 - no error by itself: the core makes one of it
    """Raised by `Plugin.decide`: nothing answers this call.

    `candidates` are the nearest, best first; `paste` is code that would mock the call; `explanation` is
    put before them. `error` replaces the UnmockedInteractionError where another trip fits better.
    """

    candidates: Sequence[Candidate]
    paste: str
    explanation: str
    error: TripError | None

    def __init__(
        self,
        *,
        candidates: Sequence[Candidate] = (),
        paste: str = "",
        explanation: str = "",
        error: TripError | None = None,
    ) -> None:
        super().__init__()
        self.candidates, self.paste = candidates, paste
        self.explanation, self.error = explanation, error


class Plugin:
    """Catches one library. Subclass it, and offer the class under the entry point group `tripwire.plugins`.

    One instance belongs to one verifier, and is created by it at first use or at the first sandbox.

    Raises:
        ValueError: the verifier already has a plugin of this type.
    """

    name: ClassVar[str]
    """The attribute of `tripwire` and the entry point's name, such as `"http"`."""

    public_names: ClassVar[Sequence[str]] = ()
    """Names that nobody else may have patched when a sandbox opens, as `"package.module:Class.method"`."""

    tested_with: ClassVar[Mapping[str, str]] = {}
    """The client libraries: the name of each distribution, and the versions that are tested, as a specifier."""

    config_keys: ClassVar[Mapping[str, type]] = {}
    """The keys of `[tool.tripwire.<name>]` and the type of each."""

    _inner: ClassVar[Collection[str]] = ()
    # Public names that are for the plugin's own modules: a prompt that completes `tripwire.<name>.` leaves them out.

    def __init__(self, verifier: StrictVerifier) -> None:
        self.verifier = verifier
        verifier.adopt(self)

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """The names to patch. Evaluated whenever targets are applied; must import nothing."""
        return ()

    @property
    def config(self) -> Mapping[str, Any]:
        """The table `[tool.tripwire.<name>]`."""
        return self.verifier.config.table(self.name)

    # -- the road of a call

    @classmethod
    def serving(cls, source: Source, call: object) -> Self | None:
        """The instance that is to serve a call made here and now, or None if the call is to be the real one.

        Raises:
            PostSandboxInteractionError, SandboxNotActiveError: as the rules of routing say.
        """
        verifier = _routing.serving(source, call)
        return None if verifier is None else verifier.plugin(cls)

    def intercept(self, call: Call) -> Answer:
        """Decide a call and record it: the one place where both are done.

        Raises:
            UnmockedInteractionError: nothing answers the call. The verifier remembers the trip.
            InvalidStateError: a script step answers it, but not in this state. Likewise.
            PostSandboxInteractionError, SandboxNotActiveError: no sandbox of the verifier is open any more.
        """
        __tracebackhide__ = True
        verifier = self.verifier
        if not verifier.is_open:
            _routing.require_sandbox(call.source, call.summary, verifier)
        with verifier.lock:
            scribe = verifier.scribe
            answer: Answer | None = None
            why: Unmatched | None = None
            try:
                answer = self.decide(call)
            except Unmatched as unmatched:
                why = unmatched
                if scribe is not None:
                    answer = scribe.let_through(self, call, why)
            except PASSES:
                raise
            except BaseException as failure:  # noqa: BLE001 - whatever fails here must not hide the call
                why = Unmatched(explanation=f"the plugin {self.name!r} failed: {_messages.short(failure)}")
                why.__cause__ = failure
            if answer is not None:
                fields = joined(call.fields, answer.fields) if answer.fields else call.fields
                answer.interaction = verifier.record(self, call.source, fields, is_real=why is not None)
                if verifier.witness is not None and why is None:
                    verifier.witness(self, call, answer)
                return answer
        assert why is not None
        return self.refuse(call, why)

    def refuse(self, call: Call, why: Unmatched) -> NoReturn:
        """Raise the trip of a call that nothing answers; the verifier remembers it."""
        __tracebackhide__ = True
        place = user_place()
        error = why.error or UnmockedInteractionError(_messages.unmocked(call, place, why))
        error.source, error.call, error.place = call.source, str(call.summary), place
        self.verifier.remember_trip(error)
        raise error from why.__cause__

    # -- what a plugin supplies

    def decide(self, call: Call) -> Answer:
        """Find the mock or step for a call and use it up. Runs under the verifier's lock, must not block.

        Raises:
            Unmatched: nothing answers the call.
        """
        raise NotImplementedError

    def unused(self) -> Iterable[UnusedMock]:
        """What was registered as required and not used."""
        return ()

    @property
    def patches(self) -> Collection[Patch]:
        """What this instance has patched by itself, beside the targets."""
        return ()

    def opened(self) -> None:
        """The verifier's outermost sandbox has opened."""

    def closed(self) -> None:
        """The verifier's outermost sandbox is closing."""

    def released(self) -> None:
        """The test's teardown has ended, or outside pytest the outermost sandbox: targets are being restored."""

    def describe(self, interaction: Interaction) -> str:
        """An interaction in words, in one line."""
        fields = ", ".join(f"{k}={_messages.short(v)}" for k, v in interaction.fields.items())
        return f"{interaction.source!r}({fields})"

    def shown(self, name: str, value: Any) -> Any:  # noqa: ARG002 - for plugins that look at it
        """What a message shows of a field, or of what is expected of it; a plugin may mask secrets."""
        return value

    def assertion_for(self, interaction: Interaction) -> str:
        """The line of code that asserts an interaction: `assertion`, as messages show it."""
        return self.assertion(interaction).in_a_line(_messages.code)

    # -- what a plugin supplies for `--tripwire-record` and `--tripwire-fix`

    def assertion(self, interaction: Interaction, also: Collection[str] = ()) -> Statement:  # noqa: ARG002
        """The call that asserts an interaction, with plain values; `also` names arguments it must have."""
        if type(self).assertion_for is not Plugin.assertion_for:  # of a plugin that knows only lines
            return parsed(self.assertion_for(interaction))
        source = Code(repr(interaction.source))
        return Statement("tripwire.assert_interaction", (source,), dict(interaction.fields))

    def mocks(self, interactions: Sequence[Interaction]) -> Sequence[Statement]:  # noqa: ARG002
        """The calls that would have answered these interactions of one sandbox, which were let through, in order."""
        return ()

    def let_through(self, call: Call) -> Answer | None:  # noqa: ARG002
        """The answer that leads an unmocked call to the real thing, which records it; None if there is no way.

        Runs under the verifier's lock, must not block.
        """
        return None

    def host_of(self, call: Call) -> str | None:  # noqa: ARG002
        """The host that a call would reach, without a port; None for what stays on this machine."""
        return None

    # -- what a plugin supplies for `--tripwire-verify`

    @classmethod
    def truth(cls, settings: TruthSettings) -> Truth | None:  # noqa: ARG003
        """What the mocks of this plugin are held against, if the settings name it. Must not connect to anything yet.

        Raises:
            TripwireConfigError: its setting is wrong.
        """
        return None

    def claims(self, served: Sequence[Served]) -> Iterable[Claim]:
        """What the mocks that have answered these calls say of the world; nothing of a call that was real."""
        from tripwire.verifying import Claim

        for one in served:
            interaction = one.answer.interaction
            yield Claim(self.describe(interaction), one, interaction.place)

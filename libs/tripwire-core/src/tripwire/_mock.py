"""Doubles for Python objects: free-standing mocks, mocks at an import path, and spies."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from tripwire import _messages, _routing
from tripwire._frames import Place, user_place
from tripwire._patching import PATCHER, Patch, Target
from tripwire._plugin import Answer, Call, Candidate, Plugin, Unmatched
from tripwire._session import UNSET
from tripwire._snapshot import snapshot
from tripwire._spec import Spec
from tripwire._timeline import Interaction, Source
from tripwire._unused import UnusedMock

if TYPE_CHECKING:
    from typing_extensions import Self

    from tripwire._verifier import StrictVerifier


class MockPlugin(Plugin):
    """Serves mocks and spies. Part of core; reached as `tripwire.mock` and `tripwire.spy`."""

    name = "mock"

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._mocks: list[Mock] = []
        self._targets: list[Target] = []
        self._patches: list[Patch] = []
        self._is_open = False

    def add(self, mock: Mock) -> None:
        """Look after a mock: report what it has left over."""
        self._mocks.append(mock)

    def place(self, owner: object, name: str, double: object) -> None:
        """Put a double in the place of an attribute, for as long as the sandbox is open."""
        target = Target(owner, name, lambda _: double)
        self._targets.append(target)
        if self._is_open:
            self._patches.append(PATCHER.apply(target))

    def opened(self) -> None:
        """Put every double in its place."""
        self._is_open = True
        for target in self._targets:
            self._patches.append(PATCHER.apply(target))

    def closed(self) -> None:
        """Put the pristine attributes back."""
        self._is_open = False
        while self._patches:
            PATCHER.restore(self._patches.pop())

    def decide(self, call: Call) -> Answer:
        """Take the next configured outcome of the mock that was called; a spy always goes through."""
        double = call.source
        return double._tripwire_next() if isinstance(double, Mock) else Answer()

    def unused(self) -> Iterator[UnusedMock]:
        """The outcomes no call took."""
        for mock in self._mocks:
            yield from mock._tripwire_unused()

    def describe(self, interaction: Interaction) -> str:
        """The call and what came of it."""
        fields = interaction.fields
        words = Words(interaction.source, fields["args"], fields["kwargs"])
        if "raised" in fields:
            return f"{words} raised {_messages.short(fields['raised'])}"
        return f"{words} returned {_messages.short(fields.get('returned'))}"

    def assertion_for(self, interaction: Interaction) -> str:
        """The call of `assert_call`, on the double by its name."""
        given = ", ".join(f"{name}={_messages.short(v)}" for name, v in interaction.fields.items())
        double = cast(Double, interaction.source)
        return f"{double._tripwire_paste}.assert_call({given})"


class Words:
    """A call in words, made only when a message needs it."""

    def __init__(self, source: Source, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._source, self._args, self._kwargs = source, args, kwargs

    def __str__(self) -> str:
        given = [_messages.short(arg) for arg in self._args]
        given += [f"{name}={_messages.short(value)}" for name, value in self._kwargs.items()]
        return f"{self._source!r}({', '.join(given)})"


class Double(Source):
    """What mocks and spies share. Everything of ours begins with `_tripwire`, to leave names to the double."""

    def __init__(self, plugin: MockPlugin, name: str, paste: str) -> None:
        super().__init__(name)
        self._tripwire_paste = paste  # how code that is pasted into the test names it
        self._tripwire_plugin = plugin
        self._tripwire_children: dict[str, Any] = {}

    def __repr__(self) -> str:
        return self._tripwire_name

    def assert_call(
        self,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        returned: Any = UNSET,
        raised: Any = UNSET,
    ) -> None:
        """Assert the next call: its arguments, and what came of it where given.

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
        verifier = self._tripwire_plugin.verifier
        upcoming = next(verifier.timeline.open_of(self), None)
        required = ("raised",) if upcoming is not None and "raised" in upcoming.fields else ()
        verifier.take(self, expected, required=required)

    def _tripwire_record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
        call = Call(self, {"args": snapshot(args), "kwargs": snapshot(kwargs)}, Words(self, args, kwargs))
        return self._tripwire_plugin.intercept(call)

    def _tripwire_served(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        words = Words(self, args, kwargs)
        return _routing.serving(self, words, owner=self._tripwire_plugin.verifier) is not None


@contextmanager
def _completing(interaction: Interaction) -> Iterator[dict[str, Any]]:
    """Add to a record what the block came to: what it put into the dict, or what it raised."""
    outcome: dict[str, Any] = {}
    try:
        yield outcome
    except BaseException as error:
        outcome["raised"] = error
        raise
    finally:
        interaction.complete(**outcome)


class _Outcome:
    __slots__ = ("how", "place", "value")

    def __init__(self, how: str, value: Any, place: Place | None) -> None:
        self.how, self.value, self.place = how, value, place


class Mock(Double):
    """A double that answers as configured; its attributes are mocks too, made when they are named.

    Each configured outcome serves one call, in order.
    """

    def __init__(self, plugin: MockPlugin, name: str, paste: str, spec: Spec, real: Any = UNSET) -> None:
        super().__init__(plugin, name, paste)
        self._tripwire_outcomes: deque[_Outcome] = deque()
        self._tripwire_used = 0
        self._tripwire_required = True
        self._tripwire_spec, self._tripwire_real = spec, real
        plugin.add(self)

    def returns(self, value: Any) -> Self:
        """Let one more call return a value."""
        return self._tripwire_add("returns", value)

    def raises(self, error: BaseException | type[BaseException]) -> Self:
        """Let one more call raise an exception, given as an instance or a class."""
        is_class = isinstance(error, type) and issubclass(error, BaseException)
        if not is_class and not isinstance(error, BaseException):
            raise TypeError(f"raises() takes an exception or its class, not {_messages.short(error)}")
        return self._tripwire_add("raises", error)

    def calls(self, function: Callable[..., Any]) -> Self:
        """Let one more call be answered by a function, which gets its arguments."""
        if not callable(function):
            raise TypeError(f"calls() takes a function, not {_messages.short(function)}")
        return self._tripwire_add("calls", function)

    def required(self, required: bool) -> Self:
        """Say whether outcomes of this mock that stay unused fail the test (they do, by default)."""
        if not isinstance(required, bool):
            raise TypeError(f"required() takes True or False, not {_messages.short(required)}")
        self._tripwire_required = required
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._tripwire_served(args, kwargs):
            if self._tripwire_real is UNSET:
                words = Words(self, args, kwargs)
                raise _routing.not_active(self, words, self._tripwire_plugin.verifier)
            return self._tripwire_real(*args, **kwargs)
        self._tripwire_spec.check_call(args, kwargs)
        if self._tripwire_spec.is_async:
            return self._tripwire_answer_async(args, kwargs)
        return self._tripwire_answer(args, kwargs)

    def __getattr__(self, name: str) -> Mock:
        if name.startswith(("__", "_tripwire", "assert")):
            hint = "; to assert a call, use assert_call" if name.startswith("assert") else ""
            raise AttributeError(f"{self!r} has no attribute {name!r}{hint}")
        child = self._tripwire_children.get(name)
        if child is None:
            spec = self._tripwire_spec.attribute(name, repr(self))
            paste = f"{self._tripwire_paste}.{name}"
            child = Mock(self._tripwire_plugin, f"{self!r}.{name}", paste, spec)
            self._tripwire_children[name] = child
        return child

    def _tripwire_add(self, how: str, value: Any) -> Self:
        self._tripwire_outcomes.append(_Outcome(how, value, user_place()))
        return self

    def _tripwire_answer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        answer = self._tripwire_record(args, kwargs)
        if answer.raises is not None:
            raise answer.raises
        if "returned" in answer.fields:
            return answer.value
        with _completing(answer.interaction) as outcome:
            outcome["returned"] = answer.value(*args, **kwargs)
        return outcome["returned"]

    async def _tripwire_answer_async(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        answer = self._tripwire_record(args, kwargs)
        if answer.raises is not None:
            raise answer.raises
        if "returned" in answer.fields:
            return answer.value
        with _completing(answer.interaction) as outcome:
            value = answer.value(*args, **kwargs)
            outcome["returned"] = await value if inspect.isawaitable(value) else value
        return outcome["returned"]

    def _tripwire_next(self) -> Answer:
        if not self._tripwire_outcomes:
            raise self._tripwire_unmatched()
        outcome = self._tripwire_outcomes.popleft()
        self._tripwire_used += 1
        if outcome.how == "returns":
            return Answer(outcome.value, fields={"returned": outcome.value})
        if outcome.how == "calls":
            return Answer(outcome.value)
        error = outcome.value() if isinstance(outcome.value, type) else outcome.value
        return Answer(raises=error, fields={"raised": error})

    def _tripwire_unmatched(self) -> Unmatched:
        paste = f"{self._tripwire_paste}.returns(...)"
        if self._tripwire_used:
            times = f"{self._tripwire_used} configured outcome{'s are' if self._tripwire_used > 1 else ' is'} used up"
            return Unmatched(paste=paste, explanation=f"the {times}")
        configured = [
            Candidate(repr(mock), "it is another mock", mock._tripwire_outcomes[0].place)
            for mock in self._tripwire_plugin._mocks
            if mock._tripwire_outcomes
        ]
        return Unmatched(paste=paste, candidates=configured[:3])

    def _tripwire_unused(self) -> Iterable[UnusedMock]:
        if self._tripwire_required:
            for outcome in self._tripwire_outcomes:
                value = _messages.short(outcome.value)
                yield UnusedMock(f"{self!r}.{outcome.how}({value})", outcome.place)


class Spy(Double):
    """A double that calls the real thing and records what came back or was raised."""

    def __init__(self, plugin: MockPlugin, name: str, paste: str, real: Any, *, binds: bool = False) -> None:
        super().__init__(plugin, name, paste)
        self._tripwire_real, self._tripwire_binds = real, binds

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._tripwire_call(self._tripwire_real, args, kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        # In the place of a method, the real function wants its `self`; the record does not.
        if instance is None or not self._tripwire_binds:
            return self
        bound = self._tripwire_real.__get__(instance, owner)
        return lambda *args, **kwargs: self._tripwire_call(bound, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._tripwire_real, name)
        if name.startswith("__") or not callable(value):
            return value
        if name not in self._tripwire_children:
            paste = f"{self._tripwire_paste}.{name}"
            child = Spy(self._tripwire_plugin, f"{self!r}.{name}", paste, value)
            self._tripwire_children[name] = child
        return self._tripwire_children[name]

    def _tripwire_call(self, real: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self._tripwire_served(args, kwargs):
            return real(*args, **kwargs)
        if inspect.iscoroutinefunction(real):
            return self._tripwire_call_async(real, args, kwargs)
        with _completing(self._tripwire_record(args, kwargs).interaction) as outcome:
            outcome["returned"] = real(*args, **kwargs)
        return outcome["returned"]

    async def _tripwire_call_async(self, real: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with _completing(self._tripwire_record(args, kwargs).interaction) as outcome:
            outcome["returned"] = await real(*args, **kwargs)
        return outcome["returned"]

"""Mocks: doubles that answer as they were configured."""

from __future__ import annotations

import inspect
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from tripwire import _messages, _routing
from tripwire._double import Double, MockPlugin, Words, beneath, completing
from tripwire._errors import WrongArgumentsError, wrong_use
from tripwire._frames import Place, user_place
from tripwire._pasting import Member, Named
from tripwire._plugin import Answer, Candidate, Unmatched
from tripwire._snapshot import snapshot
from tripwire._spec import Spec
from tripwire._unset import UNSET
from tripwire._unused import UnusedMock
from tripwire._values import PASSES, is_a

if TYPE_CHECKING:
    from typing_extensions import Self

OWN_NAMES = ("assert_call", "calls", "raises", "required", "returns")
"""Attributes a mock has for itself, and a real thing must not have."""


class _Outcome:
    __slots__ = ("how", "place", "value")

    def __init__(self, how: str, value: Any, place: Place | None) -> None:
        self.how, self.value, self.place = how, value, place


class Mock(Double):
    """A double that answers as configured; its attributes are mocks too, made when they are named.

    Each configured outcome serves one call, in order.
    """

    def __init__(
        self, plugin: MockPlugin, name: str, paste: Named | Member, spec: Spec, real: Any = UNSET
    ) -> None:
        super().__init__(plugin, name, paste)
        self._tripwire_outcomes: deque[_Outcome] = deque()
        self._tripwire_taken: list[_Outcome] = []
        self._tripwire_required = True
        self._tripwire_spec, self._tripwire_real = spec, real
        self._tripwire_behind = real  # as `real`, but also where that cannot be called
        spec.refuse_names(OWN_NAMES, name)
        if spec.is_async:
            _mark_coroutine_function(self)

    def returns(self, value: Any) -> Self:
        """Let one more call return a value."""
        return self._tripwire_add("returns", value)

    def raises(self, error: BaseException | type[BaseException]) -> Self:
        """Let one more call raise an exception, given as an instance, or as a class that needs no arguments."""
        if is_a(error, type) and issubclass(error, BaseException):
            kind = error
            try:
                error = kind()
            except PASSES:
                raise
            except BaseException as why:
                raise wrong_use(TypeError, _messages.needs_instance(kind, why)) from why
        if not is_a(error, BaseException):
            raise wrong_use(TypeError, _messages.no_exception(error))
        return self._tripwire_add("raises", error)

    def calls(self, function: Callable[..., Any]) -> Self:
        """Let one more call be answered by a function, which gets its arguments."""
        if not callable(function):
            raise wrong_use(TypeError, _messages.no_function(function))
        return self._tripwire_add("calls", function)

    def required(self, required: bool) -> Self:
        """Say whether outcomes of this mock that stay unused fail the test (they do, by default)."""
        if not is_a(required, bool):
            raise wrong_use(TypeError, _messages.no_bool("required() takes", required))
        self._tripwire_required = required
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return self._tripwire_call(self._tripwire_real, args, kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        # A method's call that finds no sandbox is the real call, as it may be where somebody records; and the real
        # function wants its `self`.
        plugin = self._tripwire_plugin
        is_served = plugin.is_open and plugin.verifier.scribe is None
        if instance is None or is_served or not self._tripwire_spec.takes_self:
            return self
        real = self._tripwire_real.__get__(instance, owner)
        return lambda *args, **kwargs: self._tripwire_call(real, args, kwargs)

    def __getattr__(self, name: str) -> Mock:
        if name.startswith(("__", "_tripwire", "_is_coroutine")):
            raise AttributeError(_messages.no_attribute("a mock", name))  # no repr: self may be half made
        if name.startswith("assert"):
            raise wrong_use(
                AttributeError, _messages.no_attribute(repr(self), name, "to assert a call, use assert_call")
            )
        child = self._tripwire_children.get(name)
        if child is None:
            spec = self._tripwire_spec.attribute(name, repr(self))
            paste = Member(self._tripwire_paste, name)
            child = Mock(self._tripwire_plugin, f"{self!r}.{name}", paste, spec)
            child._tripwire_parent = self, name
            self._tripwire_children[name] = child
        return child

    def _tripwire_add(self, how: str, value: Any) -> Self:
        self._tripwire_outcomes.append(_Outcome(how, value, user_place()))
        return self

    def _tripwire_call(self, real: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        if real is UNSET:
            words = Words(self, args, kwargs)
            _routing.require_sandbox(self, words, self._tripwire_plugin.verifier)
        elif not self._tripwire_served(args, kwargs):
            return real(*args, **kwargs)
        self._tripwire_check(args, kwargs)
        if self._tripwire_spec.is_async:
            return self._tripwire_answer_async(real, args, kwargs)
        return self._tripwire_answer(real, args, kwargs)

    def _tripwire_check(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        __tracebackhide__ = True
        try:
            self._tripwire_spec.check_call(args, kwargs)
        except TypeError as why:
            place, words = user_place(), str(Words(self, args, kwargs))
            error = WrongArgumentsError(_messages.wrong_arguments(words, place, why))
            error.source, error.call, error.place = self, words, place
        else:
            return
        self._tripwire_plugin.verifier.remember_trip(error)
        raise error

    def _tripwire_begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
        __tracebackhide__ = True
        answer = self._tripwire_record(args, kwargs)
        if answer.raises is not None:
            raise answer.raises
        return answer

    def _tripwire_answer(self, real: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        answer = self._tripwire_begin(args, kwargs)
        if "returned" in answer.fields:
            return answer.value
        with completing(answer.interaction) as outcome, self._tripwire_function(answer, real) as function:
            value = outcome["returned"] = function(*args, **kwargs)
        return value

    async def _tripwire_answer_async(self, real: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        answer = self._tripwire_begin(args, kwargs)
        if "returned" in answer.fields:
            return answer.value
        with completing(answer.interaction) as outcome, self._tripwire_function(answer, real) as function:
            value = function(*args, **kwargs)
            value = outcome["returned"] = await value if inspect.isawaitable(value) else value
        return value

    def _tripwire_next(self) -> Answer:
        if not self._tripwire_outcomes:
            raise self._tripwire_unmatched()
        outcome = self._tripwire_outcomes.popleft()
        self._tripwire_taken.append(outcome)
        if outcome.how == "returns":
            return Answer(outcome.value, fields={"returned": snapshot(outcome.value)})
        if outcome.how == "calls":
            return Answer(outcome.value)
        return Answer(raises=outcome.value, fields={"raised": outcome.value})

    def _tripwire_genuine(self) -> Answer | None:
        return Answer(_REPLACED) if callable(self._tripwire_replaced()) else None

    def _tripwire_replaced(self) -> Any:
        """What a recording calls in its place; an attribute, too, stands for that of the real thing."""
        if self._tripwire_behind is not UNSET or self._tripwire_parent is None:
            return self._tripwire_behind
        parent, name = self._tripwire_parent
        return _attribute(cast("Mock", parent)._tripwire_replaced(), name)

    @contextmanager
    def _tripwire_function(self, answer: Answer, real: Any) -> Iterator[Any]:
        """What answers a call, to be called in this block."""
        if answer.value is not _REPLACED:
            yield answer.value
            return
        before = beneath.set(True)
        try:
            yield self._tripwire_replaced() if real is UNSET else real
        finally:
            beneath.reset(before)

    def _tripwire_unmatched(self) -> Unmatched:
        paste = "\n".join(filter(None, (self._tripwire_paste.remark, f"{self._tripwire_paste}.returns(...)")))
        if self._tripwire_taken:
            return Unmatched(paste=paste, explanation=_messages.used_up(len(self._tripwire_taken)))
        configured = (
            Candidate(repr(mock), "it is another mock", mock._tripwire_outcomes[0].place)
            for mock in self._tripwire_plugin.doubles
            if isinstance(mock, Mock) and mock._tripwire_outcomes
        )
        return Unmatched(paste=paste, candidates=list(islice(configured, 3)))

    def _tripwire_unused(self) -> Iterable[UnusedMock]:
        if self._tripwire_required:
            note = _meant(repr(self)) if self._tripwire_outcomes and self._tripwire_real is UNSET else ""
            for outcome in self._tripwire_outcomes:
                value = _messages.short(outcome.value)
                yield UnusedMock(f"{self!r}.{outcome.how}({value})", outcome.place, note)


_REPLACED = object()
"""Stands for what a mock replaces."""


def _attribute(owner: Any, name: str) -> Any:
    """An attribute of what a mock replaces; UNSET where there is none."""
    if owner is UNSET:
        return UNSET
    try:
        return getattr(owner, name, UNSET)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - then nobody can call it
        return UNSET


def _meant(name: str) -> str:
    """A note, where a free-standing mock has the name of something real: a colon was forgotten."""
    path, parts = "", name.split(".")
    for length in range(1, len(parts)):
        module, rest = ".".join(parts[:length]), parts[length:]
        held: Any = sys.modules.get(module)
        for part in rest:
            held = vars(held).get(part) if isinstance(held, (ModuleType, type)) else None
        if held is not None:
            path = f"{module}:{'.'.join(rest)}"
    return _messages.replaces_nothing(name, path) if path else ""


def _mark_coroutine_function(mock: Mock) -> None:
    """Let frameworks that ask see that a call gives an awaitable."""
    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(mock)
    else:  # pragma: no cover - before Python 3.12
        import asyncio

        vars(mock)["_is_coroutine"] = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]

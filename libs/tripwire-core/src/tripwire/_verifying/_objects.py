"""Python objects: mocks are held against the signatures and annotations of what they stand for."""

from __future__ import annotations

import inspect
import typing
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from typing_extensions import Unpack  # which typeguard brings

from tripwire import _messages
from tripwire._double import MockPlugin, Words
from tripwire._mock import Mock
from tripwire._unset import UNSET
from tripwire._verifying import _objects_words as words
from tripwire._verifying._objects_real import Form, Real, real_thing
from tripwire._verifying._objects_specs import Scope, attributes_of, callable_of
from tripwire._verifying._objects_types import misfit
from tripwire.verifying import Claim, Lie, Served, Truth, Unchecked

_UNPACKED = (Unpack, getattr(typing, "Unpack", Unpack))
_EMPTY = inspect.Parameter.empty


@dataclass(frozen=True, eq=False)  # its values need not have a hash
class Said:
    """What a mock says by one answer.

    `how` it was configured, what it was `given`, what came `back` (UNSET if nothing did), and whether it `raised`.
    """

    mock: Mock
    how: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    back: Any
    raised: bool
    test_files: Collection[str]


def claims(plugin: MockPlugin, served: Sequence[Served]) -> Iterator[Claim]:
    """What mocks say; spies are real."""
    answered: Counter[Mock] = Counter()
    for one in served:
        if not isinstance(one.call.source, Mock):
            continue
        mock, fields = one.call.source, one.answer.interaction.fields
        outcome = mock._tripwire_taken[answered[mock]]
        answered[mock] += 1
        said = Said(
            mock,
            outcome.how,
            fields["args"],
            fields["kwargs"],
            fields.get("returned", UNSET),
            "raised" in fields,
            plugin.verifier.test_files,
        )
        yield Claim(f"{mock!r}.{outcome.how}({_messages.short(outcome.value)})", said, outcome.place)


class Objects(Truth):
    """Knows the functions and classes that mocks stand for."""

    def check(self, claim: Claim) -> Iterable[Lie | Unchecked]:
        """Whether the real thing takes what it was given, and gives what came back."""
        said: Said = claim.detail
        spec = callable_of(said.mock)
        if spec.real is UNSET:
            yield Unchecked(_why_unknown(said.mock))
            return
        parent = said.mock._tripwire_parent
        if not callable(spec.real) and parent is not None:  # the default of what each instance has for itself
            yield Unchecked(words.OF_A_VALUE)
            return
        if not callable(spec.real):
            call = Words(said.mock, said.args, said.kwargs)
            yield Lie(words.answers(call), words.not_callable(spec.real))
            return
        receiver = attributes_of(cast("Mock", parent[0])).real if parent is not None else UNSET
        real = real_thing(spec, receiver)
        if isinstance(real, Unchecked):
            yield real
            return
        findings = dict.fromkeys(_findings(said, real))
        if real.is_sure:
            yield from findings
        else:
            yield from dict.fromkeys(
                Unchecked(real.doubt) if isinstance(one, Lie) else one for one in findings
            )


def _why_unknown(mock: Mock) -> str:
    root: Any = mock
    while root._tripwire_parent is not None:
        root, _ = root._tripwire_parent
    return words.NOTHING_REAL if root._tripwire_spec.real is UNSET else words.OF_A_VALUE


def _findings(said: Said, real: Real) -> Iterator[Lie | Unchecked]:
    if not real.forms:
        yield Unchecked(words.OWN_ARGUMENTS)
        yield from _of_what_came_back(said, real, None)
        return
    found = [[*_of_arguments(said, real, form), *_of_what_came_back(said, real, form)] for form in real.forms]
    for one in found:
        if not any(isinstance(finding, Lie) for finding in one):
            yield from one
            return
    if len(found) == 1:
        yield from found[0]
        return
    call = Words(said.mock, said.args, said.kwargs)
    gives = "" if said.back is UNSET else f", and {words.gives(said.how, said.back)}"
    yield Lie(f"the program calls {call}{gives}", words.no_overload(len(found)))


def _of_arguments(said: Said, real: Real, form: Form) -> Iterator[Lie | Unchecked]:
    try:
        bound = form.signature.bind(*said.args, **said.kwargs)
    except TypeError as error:
        call = Words(said.mock, said.args, said.kwargs)
        yield Lie(f"the program calls {call}", words.wrong_arguments(error))
        return
    for parameter_name, given in bound.arguments.items():
        parameter = form.signature.parameters[parameter_name]
        if parameter.annotation is _EMPTY:
            yield Unchecked(_unannotated(form))
            continue
        resolved = form.resolved(parameter_name, parameter.annotation)
        for name, value, wanted in _values(parameter, given, resolved):
            why = (
                None
                if value is parameter.default
                else misfit(value, wanted, form.scope, real.self_type, said.test_files)
            )
            if isinstance(why, Unchecked):
                yield why
            elif why is not None:
                yield Lie(words.passes(name, value), words.takes(parameter_name, parameter.annotation, why))


def _values(parameter: inspect.Parameter, given: Any, resolved: Any) -> Iterable[tuple[str, Any, Any]]:
    """What an argument has brought, by name, and the type of each."""
    if isinstance(resolved, (typing.ParamSpecArgs, typing.ParamSpecKwargs)):
        return ()
    if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        return ((parameter.name, given, resolved),)
    if typing.get_origin(resolved) in _UNPACKED:
        return ((parameter.name, given, typing.get_args(resolved)[0]),)
    if parameter.kind is parameter.VAR_KEYWORD:
        return ((name, value, resolved) for name, value in given.items())
    return ((f"{parameter.name}[{number}]", value, resolved) for number, value in enumerate(given))


def _of_what_came_back(said: Said, real: Real, form: Form | None) -> Iterator[Lie | Unchecked]:
    if said.raised:
        return
    if said.back is UNSET:
        yield Unchecked(words.NOT_BACK)
        return
    claimed = words.gives(said.how, said.back)
    if real.gives is not None:
        why = misfit(said.back, real.gives, Scope({}), None, said.test_files)
        name = real.gives.__name__
        if isinstance(why, Unchecked):
            yield why
        elif why is not None and real.says:
            yield Lie(claimed, real.says)
        elif why is not None:
            yield Lie(claimed, words.gives_instance(name, why), words.instance_instead(name))
        return
    assert form is not None
    annotation = form.signature.return_annotation
    if annotation is _EMPTY:
        yield Unchecked(_unannotated(form))
        return
    resolved = form.resolved("return", annotation)
    why = misfit(said.back, resolved, form.scope, real.self_type, said.test_files)
    if isinstance(why, Unchecked):
        yield why
    elif why is not None:
        is_class = isinstance(resolved, type) and not typing.get_args(resolved)
        is_class = is_class and resolved.__module__ != "builtins"
        remedy = words.instance_instead(resolved.__name__) if is_class and words.NO_INSTANCE in why else ""
        yield Lie(claimed, words.is_annotated(annotation, why), remedy)


def _unannotated(form: Form) -> str:
    found = [one.annotation for one in form.signature.parameters.values()]
    has_some = any(one is not _EMPTY for one in (*found, form.signature.return_annotation))
    return words.PARTLY_ANNOTATED if has_some else words.UNANNOTATED

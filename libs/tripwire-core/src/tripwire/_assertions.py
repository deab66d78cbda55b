"""How an assertion finds the interaction it means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tripwire import _messages
from tripwire._errors import InteractionMismatchError, MissingAssertionFieldsError, wrong_use
from tripwire._timeline import Interaction, Source, Timeline
from tripwire._values import PASSES, equal, is_a


class Check:
    """An expected value that looks at the whole interaction, under whatever name it is expected."""

    def differences(self, interaction: Interaction) -> list[str]:
        """In what the interaction differs, a line each; empty if it does not."""
        raise NotImplementedError

    def holds(self, interaction: Interaction) -> bool:
        """Whether the interaction does not differ; one that is told of many should word no differences for it."""
        return not self.differences(interaction)

    def is_met_by(self, interaction: Interaction) -> bool:
        """The same; not if looking raises."""
        try:
            return self.holds(interaction)
        except PASSES:
            raise
        except BaseException:  # noqa: BLE001 - the user's values may do anything
            return False

    def found_in(self, interaction: Interaction) -> list[str]:
        """The differences; or what looking for them raises."""
        try:
            return self.differences(interaction)
        except PASSES:
            raise
        except BaseException as error:  # noqa: BLE001 - the user's values may do anything
            return [f"comparing raises {_messages.short(error)}"]


def take(
    timeline: Timeline,
    source: Source,
    expected: dict[str, Any],
    *,
    required: Callable[[Interaction, Collection[str]], Collection[str]],
    any_order: bool,
) -> Interaction:
    """Mark the interaction as asserted and return it, or raise what is wrong."""
    __tracebackhide__ = True
    if not is_a(source, Source):
        raise wrong_use(TypeError, _messages.not_a_source(source))
    found, fitting = (_in_any_order if any_order else _in_order)(timeline, source, expected)
    if found is None or not fitting:
        message = _messages.mismatch(timeline, source, expected, found, any_order=any_order)
        raise InteractionMismatchError(message, source=source, expected=expected, actual=found)
    if missing := [name for name in required(found, expected) if name not in expected]:
        message = _messages.missing_fields(found, missing)
        raise MissingAssertionFieldsError(message, source=source, missing=missing, interaction=found)
    found.asserted = True
    return found


def _in_order(
    timeline: Timeline, source: Source, expected: dict[str, Any]
) -> tuple[Interaction | None, bool]:
    found = timeline.next_open()
    return found, found is not None and found.source is source and fits(expected, found)


def _in_any_order(
    timeline: Timeline, source: Source, expected: dict[str, Any]
) -> tuple[Interaction | None, bool]:
    nearest = None
    for interaction in timeline.open_like(source, expected):
        if fits(expected, interaction):
            return interaction, True
        nearest = nearest or interaction
    return nearest, False


def fits(expected: Mapping[str, Any], interaction: Interaction) -> bool:
    """Whether every expected field is there and equal."""
    return all(_is_as_expected(name, value, interaction) for name, value in expected.items())


def differences(expected: Mapping[str, Any], interaction: Interaction) -> list[str]:
    """Names of the expected fields that are not there or not equal."""
    return [name for name, value in expected.items() if not _is_as_expected(name, value, interaction)]


def _is_as_expected(name: str, value: object, interaction: Interaction) -> bool:
    if is_a(value, Check):
        return value.is_met_by(interaction)
    fields = interaction.fields
    return name in fields and (equal(value, fields[name]) or _same_error(value, fields[name]))


def _same_error(expected: object, actual: object) -> bool:
    """Exceptions are told by type and arguments: a test seldom holds the very instance."""
    if not is_a(actual, BaseException):
        return False
    if is_a(expected, type):
        return is_a(actual, expected)
    return type(expected) is type(actual) and equal(_arguments(expected), _arguments(actual))


def _arguments(error: object) -> object:
    return BaseException.__dict__["args"].__get__(error)

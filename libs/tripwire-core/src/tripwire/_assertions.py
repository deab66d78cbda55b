"""How an assertion finds the interaction it means."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tripwire import _messages
from tripwire._errors import InteractionMismatchError, MissingAssertionFieldsError
from tripwire._timeline import Interaction, Source, Timeline


def take(
    timeline: Timeline,
    source: Source,
    expected: dict[str, Any],
    *,
    required: Callable[[Interaction], Collection[str]],
    any_order: bool,
) -> Interaction:
    """Mark the interaction as asserted and return it, or raise what is wrong."""
    __tracebackhide__ = True
    if not isinstance(source, Source):
        raise TypeError(_messages.not_a_source(source))
    found = _in_any_order(timeline, source, expected) if any_order else timeline.next_open()
    if found is None or found.source is not source or not fits(expected, found):
        message = _messages.mismatch(timeline, source, expected, found, any_order=any_order)
        raise InteractionMismatchError(message, source=source, expected=expected, actual=found)
    if missing := [name for name in required(found) if name not in expected]:
        message = _messages.missing_fields(found, missing)
        raise MissingAssertionFieldsError(message, source=source, missing=missing, interaction=found)
    found.asserted = True
    return found


def _in_any_order(timeline: Timeline, source: Source, expected: dict[str, Any]) -> Interaction | None:
    nearest = None
    for interaction in timeline.open_of(source):
        if fits(expected, interaction):
            return interaction
        nearest = nearest or interaction
    return nearest


def fits(expected: Mapping[str, Any], interaction: Interaction) -> bool:
    """Whether every expected field is there and equal."""
    return not any(differences(expected, interaction))


def differences(expected: Mapping[str, Any], interaction: Interaction) -> list[str]:
    """Names of the expected fields that are not there or not equal."""
    fields = interaction.fields
    return [
        name
        for name, value in expected.items()
        if name not in fields or not (equal(value, fields[name]) or _same_error(value, fields[name]))
    ]


def _same_error(expected: object, actual: object) -> bool:
    """Exceptions are told by type and arguments: a test seldom holds the very instance."""
    if not isinstance(actual, BaseException):
        return False
    if isinstance(expected, type):
        return isinstance(actual, expected)
    return type(expected) is type(actual) and equal(expected.args, actual.args)


def equal(expected: object, actual: object) -> bool:
    """Whether `expected == actual`, matchers on the left; a comparison that raises is not equal."""
    try:
        return bool(expected == actual)
    except Exception:  # noqa: BLE001 - any matcher may be written by anybody
        return expected is actual


def comparison_error(expected: object, actual: object) -> Exception | None:
    """What `expected == actual` raises, if it does."""
    try:
        bool(expected == actual)
    except Exception as error:  # noqa: BLE001 - any matcher may be written by anybody
        return error
    return None

"""Assertions: in what they differ from what happened, and code to paste."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tripwire._messages._parts import at, bullets, nearest, pasted_block
from tripwire._values import PASSES, code, comparison_error, is_a, short

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire._timeline import Interaction, Timeline


def described(interaction: Interaction) -> str:
    """An interaction in words."""
    try:
        return interaction.plugin.describe(interaction)
    except PASSES:
        raise
    except BaseException as error:  # noqa: BLE001 - a report must survive any plugin
        return f"{interaction.source!r} (which its plugin fails to describe: {short(error)})"


def shown(interaction: Interaction | None, name: str, value: Any) -> str:
    """A field for a message, as its plugin wants it shown."""
    if interaction is None:
        return short(value)
    try:
        return short(interaction.plugin.shown(name, value))
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - a report must survive any plugin
        return short(value)


def pasted(interaction: Interaction) -> str:
    try:
        return interaction.plugin.assertion_for(interaction)
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - a report must survive any plugin
        return generic_assertion(interaction)


def mismatch(
    timeline: Timeline,
    source: object,
    expected: dict[str, Any],
    found: Interaction | None,
    *,
    any_order: bool,
) -> str:
    """InteractionMismatchError."""
    fields = ", ".join(f"{k}={shown(found, k, v)}" for k, v in expected.items())
    asserted = f"{source!r}{f' with {fields}' if fields else ''}"
    if found is None:
        rest = list(timeline.open())
        if not len(timeline):
            return f"asserted {asserted}, but no interaction was recorded at all"
        if not rest:
            return f"asserted {asserted}, but every recorded interaction is asserted already"
        lines = [f"{described(i)}{at(i.place)}" for i in rest]
        return f"asserted {asserted}, but none of that source is left; left are:\n{bullets(lines)}"
    if found.source is not source:
        return (
            f"asserted {asserted}, but the next interaction is another:\n"
            f"  {described(found)}{at(found.place)}\n"
            f"assert this first, or use `with tripwire.in_any_order():`\n" + pasted_block([pasted(found)])
        )
    which = "the nearest interaction" if any_order else "the next interaction"
    return (
        f"{which} of {source!r} differs{at(found.place)}:\n"
        + "\n".join(_differing(expected, found))
        + "\nas it happened:\n"
        + pasted_block([pasted(found)])
    )


def _differing(expected: dict[str, Any], found: Interaction) -> list[str]:
    from tripwire._assertions import Check, differences

    lines = []
    for name in differences(expected, found):
        value = expected[name]
        if is_a(value, Check):
            lines += [f"  {name}:", *(f"    {line}" for line in value.found_in(found))]
        elif name not in found.fields:
            lines.append(f"  {name}: there is no such field; {nearest(name, found.fields)}")
        else:
            lines += [
                f"  {name}:",
                f"    asserted {shown(found, name, value)}",
                f"    happened {shown(found, name, found.fields[name])}",
            ]
            if (trouble := comparison_error(value, found.fields[name])) is not None:
                lines.append(f"    comparing them raises {short(trouble)}")
    return lines


def missing_fields(found: Interaction, missing: Sequence[str]) -> str:
    """MissingAssertionFieldsError."""
    lines = [
        f"{name}={shown(found, name, found.fields[name])}" if name in found.fields else name
        for name in missing
    ]
    return (
        f"this assertion of {found.source!r} must also state:\n{bullets(lines)}\n"
        f"as it happened{at(found.place)}:\n{pasted_block([pasted(found)])}"
    )


def assertion_inside(source: object, place: Place | None) -> str:
    """AssertionInsideSandboxError."""
    return (
        f"{source!r} was asserted inside the sandbox{at(place)}\n"
        "assert after the `with tripwire:` block, when all calls have been made"
    )


def generic_assertion(interaction: Interaction) -> str:
    """The assertion any interaction can be written as."""
    fields = "".join(f", {name}={code(value)}" for name, value in interaction.fields.items())
    return f"tripwire.assert_interaction({interaction.source!r}{fields})"


def not_a_source(source: object) -> str:
    """TypeError."""
    return f"{short(source)} is not a source; name what was called, such as tripwire.http.request or a mock's method"

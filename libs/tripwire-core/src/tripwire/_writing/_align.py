"""Which assertion means which interaction, where a test and its program have grown apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tripwire import _assertions
from tripwire._timeline import Interaction
from tripwire._writing._scribe import Asserted, Seen

_MOST = 250_000  # comparisons: with more of them a test is not one that a person reads
_ALONE = 1.0  # what it costs to leave an assertion or an interaction by itself
_DIFFERENT = 0.2  # what it costs to pair two that differ, beside the share of what differs
_NEVER = float("inf")


class Pair(NamedTuple):
    """An assertion and the interaction it means; one of them is None where the other stands by itself."""

    asserted: Asserted | None
    seen: Seen | None


class TooMany(Exception):  # noqa: N818 - no error by itself
    """There is more to compare than a person would read."""


def differences(asserted: Asserted, interaction: Interaction) -> list[str]:
    """The names of what an assertion says otherwise of an interaction, or must say and does not."""
    expected = asserted.expected
    missing = [name for name in asserted.required(interaction, expected) if name not in expected]
    return _assertions.differences(expected, interaction) + missing


def aligned(assertions: Sequence[Asserted], seen: Sequence[Seen]) -> list[Pair]:
    """Each of them once, paired as cheaply as can be; in order, but for what was found in any order.

    Raises:
        TooMany: the test is too long.
    """
    found = {id(one.found): one for one in assertions if one.any_order and one.error is None}
    pairs = [Pair(found[id(one.interaction)], one) for one in seen if id(one.interaction) in found]
    left = [one for one in assertions if not (one.any_order and one.error is None)]
    return [*pairs, *_in_order(left, [one for one in seen if id(one.interaction) not in found])]


def _in_order(assertions: Sequence[Asserted], seen: Sequence[Seen]) -> Iterator[Pair]:
    start = 0
    while start < min(len(assertions), len(seen)) and _cost(assertions[start], seen[start]) == 0:
        yield Pair(assertions[start], seen[start])
        start += 1
    rows, columns = assertions[start:], seen[start:]
    if len(rows) * len(columns) > _MOST:
        raise TooMany
    together = [[_cost(asserted, one) for one in columns] for asserted in rows]
    # What the rest costs, from each row and column on.
    rest = [
        [_ALONE * (len(rows) - r + len(columns) - c) for c in range(len(columns) + 1)]
        for r in range(len(rows) + 1)
    ]
    for r in reversed(range(len(rows))):
        for c in reversed(range(len(columns))):
            alone = _ALONE + min(rest[r + 1][c], rest[r][c + 1])
            rest[r][c] = min(alone, together[r][c] + rest[r + 1][c + 1])
    r = c = 0
    while r < len(rows) and c < len(columns):
        if rest[r][c] == together[r][c] + rest[r + 1][c + 1]:
            yield Pair(rows[r], columns[c])
            r, c = r + 1, c + 1
        elif rest[r][c] == _ALONE + rest[r + 1][c]:
            yield Pair(rows[r], None)
            r += 1
        else:
            yield Pair(None, columns[c])
            c += 1
    yield from (Pair(asserted, None) for asserted in rows[r:])
    yield from (Pair(None, one) for one in columns[c:])


def _cost(asserted: Asserted, seen: Seen) -> float:
    interaction = seen.interaction
    if asserted.source is not interaction.source:
        return _NEVER
    differing = len(differences(asserted, interaction))
    return 0 if not differing else _DIFFERENT + differing / max(len(asserted.expected), differing)

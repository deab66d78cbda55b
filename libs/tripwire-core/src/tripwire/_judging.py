"""What the pytest plugin needs for a test that uses tripwire, or fails; other runs do not load this."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tripwire import _expected, _messages, _public_names, _suite
from tripwire._context import TestScope
from tripwire._errors import SwallowedTripError, TripwireWarning
from tripwire._help_lines import shown_below


def name_likely_cause(failure: BaseException, scope: TestScope) -> None:
    """Hang a swallowed trip below the failure, where pytest shows it first."""
    verifier = scope.verifier
    if verifier is None or isinstance(failure, (pytest.skip.Exception, SwallowedTripError)):
        return
    _expected.settle_in_doctests(verifier.trips)
    verifier.settle(failure)
    swallowed = verifier.judge_trips()
    if swallowed is None:
        return
    root, seen = failure, {id(failure)}
    while (below := shown_below(root)) is not None and id(below) not in seen:
        root = below
        seen.add(id(root))
    scope.chain(root, swallowed)


def told(scope: TestScope) -> _suite.Told:
    """What the run is summed up from."""
    shown = scope.chronicle if scope.reported_failure else None
    allowed = sorted(_public_names.met)
    _public_names.met.clear()
    return _suite.Told(
        interactions=scope.interactions,
        trips=scope.trips,
        allowed=allowed,
        timeline=shown.rows() if shown is not None else [],
        asked=scope.asked,
        verified=scope.verified,
    )


def in_words(unfinished: Iterable[str]) -> list[str]:
    """What is still at work when a test is over."""
    return [_messages.still_at_work(what) for what in unfinished]


def warning(unfinished: Iterable[str]) -> TripwireWarning:
    """The warning that tells of it."""
    return TripwireWarning("\n".join(unfinished), code="still-at-work")

"""A mock and an assertion that the tests have written, and where."""

from __future__ import annotations

from typing import Any

from tripwire._writing import _changes
from tripwire._writing._edits import Change
from tripwire._writing._statement import Code

MOCK = Code("tripwire.toy.mock('GET', 1)")
ASSERTION = Code("tripwire.toy.assert_it('GET', 1)")


def beside(source: Any, site: Any, how: str, place: Any = None) -> list[Change]:
    """The assertion written `before` or `after` what is at work, where there is a place for it."""
    spot = getattr(source, how)(site, place)
    return [] if spot is None else [_changes.insertion(source, spot, [ASSERTION], any_order=False)]

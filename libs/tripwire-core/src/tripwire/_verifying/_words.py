"""What is said where mocks are held against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tripwire._messages._parts import at, bullets, count, indent, nearest
from tripwire._values import short

if TYPE_CHECKING:
    from tripwire.verifying import Claim, Lie

SANDBOX_IS_OPEN = "a sandbox was still open when the test was over"
_MOST_OF_A_LINE = 5  # a property-based test comes there a hundred times


def lying(lies: Mapping[Claim, Sequence[Lie]]) -> str:
    """LyingMockError: each mock once, with all that is wrong with it; a line that makes many of them, some times."""
    by_mock: dict[tuple[str, str], dict[str, None]] = {}
    for claim, wrong in lies.items():
        by_mock.setdefault((claim.what, at(claim.place)), {}).update(dict.fromkeys(map(_told, wrong)))
    verb = "says" if len(by_mock) == 1 else "say"
    of_line: Counter[str] = Counter()
    blocks = []
    for (what, where), told in by_mock.items():
        of_line[where] += 1
        if not where or of_line[where] <= _MOST_OF_A_LINE:
            blocks.append("\n".join([f"{what}{where}", *told]))
    if left := len(by_mock) - len(blocks):
        blocks.append(f"and {left:,} more from the same {'line' if len(of_line) == 1 else 'lines'}")
    return f"{count(len(by_mock), 'mock')} {verb} what is not true:\n{bullets(blocks)}"


def _told(lie: Lie) -> str:
    parts = [_under("it says: ", lie.said), _under("true is: ", lie.true)]
    return "\n".join([*parts, *filter(None, [indent(lie.remedy, "    ")])])


def _under(head: str, text: str) -> str:
    first, *rest = text.splitlines() or [""]
    return "\n".join([f"    {head}{first}", *(f"    {' ' * len(head)}{line}" for line in rest)])


def no_truth_of(key: str, known: Iterable[str]) -> str:
    """TripwireConfigError."""
    from tripwire._registry import DISTRIBUTIONS

    if key in DISTRIBUTIONS and key not in known:
        return f"the plugin {key!r} is not installed or not enabled: pip install '{DISTRIBUTIONS[key]}'"
    return f"nothing has its truth under this name; {nearest(key, known)}"


def no_fixture_yet(name: str) -> str:
    """TruthError."""
    return f"[tool.tripwire] verify: the fixture {name!r} was not set up: no test has run that could have it"


def no_fixture(name: str) -> str:
    """TruthError."""
    return f"[tool.tripwire] verify: there is no fixture {name!r}; define it in the conftest.py at the root"


def fixture_of_scope(name: str, scope: str) -> str:
    """TruthError."""
    return (
        f"[tool.tripwire] verify: the fixture {name!r} has the scope {scope!r}; what a whole run is held "
        "against must have the scope 'session'"
    )


def fixture_failed(name: str, error: BaseException) -> str:
    """TruthError."""
    return f"[tool.tripwire] verify: the fixture {name!r} failed: {short(error)}"


def no_truth(plugin: str) -> str:
    """Why claims are unchecked."""
    return f"[tool.tripwire.verify] has no truth for {plugin!r}"


def truth_is_gone(plugin: str) -> str:
    """Why claims are unchecked."""
    return f"the truth of {plugin!r} could not be asked"


def truth_failed(plugin: str, claim: Claim | None = None, error: BaseException | None = None) -> str:
    """TripwireError; without a claim, why that is unchecked."""
    told = f"the truth of {plugin!r} failed"
    return told if claim is None else f"{told} to check {claim.what}{at(claim.place)}: {short(error)}"


def verified(claims: int, lying: int, unchecked: int) -> str:
    """The summary of a run."""
    told = f"tripwire verify: {count(claims, 'claim')}"
    told += f", lies in {count(lying, 'test')}" if lying else ", no lies"
    return f"{told}, {unchecked:,} unchecked" if unchecked else told


def unchecked(number: int, why: str) -> str:
    """A line of that summary."""
    return f"tripwire verify: {number:,} unchecked: {why}"

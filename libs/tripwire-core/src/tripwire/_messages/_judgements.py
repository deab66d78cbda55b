"""What fails a test at its end: what it has left open, and what never reached it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tripwire._messages._assertions import described, pasted
from tripwire._messages._parts import LONGEST_LIST, at, bullets, count, indent, pasted_block

if TYPE_CHECKING:
    from tripwire._timeline import Interaction
    from tripwire._trips import Trip
    from tripwire._unused import UnusedMock


def swallowed(trips: Sequence[Trip]) -> str:
    """SwallowedTripError."""
    alike: dict[tuple[object, ...], list[Trip]] = {}
    for trip in trips:
        key = (type(trip.error), trip.error.call, trip.error.place, str(trip.error))
        alike.setdefault(key, []).append(trip)
    lines = [_swallowed_line(same) for same in alike.values()]
    kinds = dict.fromkeys(f"tripwire.{type(trip.error).__name__}" for trip in trips)
    are_unmocked = all(trip.error.code == "unmocked-interaction" for trip in trips)
    remedy = "mock the call" if are_unmocked else "mend what the trip tells of"
    return (
        f"{count(len(trips), 'trip')} never reached the test:\n{bullets(lines)}\n"
        f"{remedy}; or, where the test is about the program's reaction, expect it:\n"
        f"    with tripwire.expect_trip({', '.join(kinds)}):"
    )


def _swallowed_line(alike: Sequence[Trip]) -> str:
    trip, times = alike[0], f", {len(alike):,} times" if len(alike) > 1 else ""
    what = f"{type(trip.error).__name__}: {trip.error.call}{at(trip.error.place)}"
    thread = f", in thread {trip.thread!r}" if trip.thread != "MainThread" else ""
    if trip.error.process is not None:
        thread = f", in process {trip.error.process}"
    where = "".join(f"\n    {one}" for one in dict.fromkeys(map(_caught, alike)))
    return f"{what}{times}{thread}{where}\n{indent(str(trip.error), '    | ')}"


def _caught(trip: Trip) -> str:
    caught = trip.caught_at()
    if caught is None:
        return "swallowed at a place that is not known: its traceback is gone"
    where = "swallowed at" if trip.was_handled() else "swallowed at or after"
    passed = trip.let_through_at()
    through = "" if passed is None else f", let through at {passed} in {passed.function}"
    return f"{where} {caught} in {caught.function}{through}"


def no_trip(kinds: Sequence[type[BaseException]]) -> str:
    """`expect_trip` without a trip."""
    return f"expected a trip ({' or '.join(kind.__name__ for kind in kinds)}), and there was none"


def unasserted(interactions: Sequence[Interaction]) -> str:
    """UnassertedInteractionsError."""
    shown = interactions[:LONGEST_LIST]
    lines = [f"{described(i)}{at(i.place)}" for i in shown]
    more = len(interactions) - len(shown)
    pastes = [pasted(i) for i in shown]
    if more:
        lines.append(f"... and {more:,} more")
        pastes.append(f"# ... and {more:,} more")
    verb = "was" if len(interactions) == 1 else "were"
    return (
        f"{count(len(interactions), 'interaction')} {verb} not asserted:\n"
        + "\n".join(f"  - {line}" for line in lines)
        + "\nput this after the sandbox:\n"
        + pasted_block(pastes)
    )


def unused(mocks: Sequence[UnusedMock]) -> str:
    """UnusedMocksError."""
    verb = "was" if len(mocks) == 1 else "were"
    lines = [f"{mock.label}{at(mock.place)}{': ' if mock.note else ''}{mock.note}" for mock in mocks]
    return (
        f"{count(len(mocks), 'mock')} {verb} never used:\n{bullets(lines)}\n"
        "make the call, take the mock away, or register it with required=False"
    )


def still_at_work(what: str) -> str:
    """TripwireWarning."""
    return (
        f"{what} was started inside the sandbox and is still at work, now that the test is over; "
        "from here on its calls are real. Join or cancel it in the test"
    )

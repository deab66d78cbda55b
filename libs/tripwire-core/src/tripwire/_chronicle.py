"""When things happened in one test, for `--tripwire-timeline`."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING, TypedDict

from tripwire import _messages
from tripwire._frames import Place, user_place
from tripwire._timeline import Interaction

if TYPE_CHECKING:
    from tripwire._trips import Trip

LONGEST = 100
_NARROWEST = 36


class Row(TypedDict):
    """One line of the table, in words: what travels from the workers of pytest-xdist."""

    time: str
    source: str
    call: str
    outcome: str
    asserted: str
    is_trip: bool


class Chronicle:
    """What happened in a test, in order, and which lines have asserted it. Its verifier locks it."""

    def __init__(self) -> None:
        self._opened = perf_counter()
        self._happened: list[tuple[float, Interaction | Trip]] = []
        self._asserted: dict[int, Place | None] = {}

    def open(self) -> None:
        """The first sandbox has opened: times count from here, and anew for the next one after its end."""
        self._opened = perf_counter()

    def add(self, one: Interaction | Trip) -> None:
        """Note an interaction or a trip."""
        self._happened.append((perf_counter() - self._opened, one))

    def add_assertion(self, interaction: Interaction) -> None:
        """Note where an interaction is being asserted."""
        self._asserted[interaction.sequence] = user_place()

    def rows(self) -> list[Row]:
        """The table: the last hundred lines, below one that counts the others."""
        earlier = len(self._happened) - LONGEST
        rows = [self._row(seconds, one) for seconds, one in self._happened[max(earlier, 0) :]]
        if earlier > 0:
            call = _messages.earlier(earlier)
            rows.insert(0, Row(time="", source="...", call=call, outcome="", asserted="", is_trip=False))
        return rows

    def _row(self, seconds: float, one: Interaction | Trip) -> Row:
        time = f"{seconds * 1000:,.1f} ms"
        if isinstance(one, Interaction):
            asserted, place = one.sequence in self._asserted, self._asserted.get(one.sequence)
            return Row(
                time=time,
                source=repr(one.source),
                call=_messages.described(one),
                outcome=_messages.outcome(one),
                asserted=f"{place or 'asserted'}" if asserted else "",
                is_trip=False,
            )
        error = one.error
        outcome = type(error).__name__
        return Row(
            time=time,
            source=repr(error.source),
            call=str(error.call),
            outcome=outcome,
            asserted="",
            is_trip=True,
        )


def lines(rows: list[Row], width: int) -> Iterator[tuple[str, Row | None]]:
    """The table as text, its head first. Calls are cut where it would be wider than the terminal."""
    head = Row(
        time="time", source="source", call="call", outcome="outcome", asserted="asserted by", is_trip=False
    )
    told = [_told(row) for row in (head, *rows)]
    time, source, call, outcome, asserted = (max(map(len, column)) for column in zip(*told, strict=True))
    call = min(call, max(width - time - source - outcome - asserted - 8, _NARROWEST))
    for row, cells in zip((None, *rows), told, strict=True):
        middle = cells[2] if len(cells[2]) <= call else f"{cells[2][: call - 3]}..."
        text = f"{cells[0]:>{time}}  {cells[1]:{source}}  {middle:{call}}  {cells[3]:{outcome}}  {cells[4]}"
        yield text.rstrip(), row


def _told(row: Row) -> tuple[str, str, str, str, str]:
    asserted = row["asserted"] or ("" if row["is_trip"] or not row["time"] else "not asserted")
    call = " ".join(row["call"].split())
    return row["time"], row["source"], call, row["outcome"], asserted

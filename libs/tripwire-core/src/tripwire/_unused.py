"""A registered mock or step that no call used."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tripwire._frames import Place


class UnusedMock(NamedTuple):
    """What was registered (`label`), where (`place`), and anything worth knowing (`note`)."""

    label: str
    place: Place | None
    note: str = ""

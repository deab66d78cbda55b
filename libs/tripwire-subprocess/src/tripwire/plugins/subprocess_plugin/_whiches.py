"""Mocked look-ups: what `mock_which` registers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tripwire import Answer, Call, Candidate, Unmatched, UnusedMock
from tripwire._assertions import equal
from tripwire._frames import Place


class Which:
    """One mocked look-up."""

    def __init__(self, name: Any, returns: str | None, required: bool, place: Place | None) -> None:
        self.name, self.returns, self.required, self.place = name, returns, required, place
        self.used = False

    def __str__(self) -> str:
        return f"mock_which({self.name!r}, returns={self.returns!r})"


class Whiches:
    """The mocked look-ups of one verifier; each serves once."""

    def __init__(self) -> None:
        self._all: list[Which] = []

    def add(self, which: Which) -> None:
        """Register one."""
        self._all.append(which)

    def decide(self, call: Call) -> Answer:
        """Use up the first that fits."""
        name = call.fields["name"]
        for which in self._all:
            if not which.used and equal(which.name, name):
                which.used = True
                return Answer(which.returns, fields={"returns": which.returns})
        candidates = [
            Candidate(
                str(one), "it is used up" if equal(one.name, name) else "it is for another program", one.place
            )
            for one in self._all
        ]
        raise Unmatched(
            candidates=candidates[:3], paste=f"tripwire.subprocess.mock_which({name!r}, returns=...)"
        )

    def unused(self) -> Iterator[UnusedMock]:
        """Those that are required and not used."""
        return (UnusedMock(str(one), one.place) for one in self._all if one.required and not one.used)

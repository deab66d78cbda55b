"""The ordered record of caught calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from tripwire import _messages
from tripwire._errors import wrong_use
from tripwire._index import Index
from tripwire._values import is_a

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire._plugin import Plugin


Fields: TypeAlias = "dict[str, Any] | Callable[[], dict[str, Any]]"


class Source:
    """What an assertion names, such as `tripwire.http.request`. Compared by identity."""

    def __init__(self, name: str) -> None:
        if not is_a(name, str) or not name:
            raise wrong_use(TypeError, _messages.needs_name("a source", name))
        self._tripwire_name = name

    def __repr__(self) -> str:
        return f"tripwire.{self._tripwire_name}"


def joined(fields: Fields, more: Mapping[str, Any]) -> Fields:
    """Fields and more of them: a function, where the fields are made by one."""
    if callable(fields):
        return lambda: {**fields(), **more}
    return {**fields, **more}


class Interaction:
    """One caught call.

    Attributes: `source`, `fields` (what an assertion may compare), `sequence` (from 0, dense),
    `place` (where in the user's files, or None), `plugin` and `asserted`.
    """

    __slots__ = ("_fields", "asserted", "place", "plugin", "sequence", "source")

    place: Place | None
    plugin: Plugin
    source: Source

    def __init__(
        self,
        source: Source,
        fields: Fields,
        *,
        plugin: Plugin,
        place: Place | None,
        sequence: int,
    ) -> None:
        self.source, self._fields, self.plugin, self.place = source, fields, plugin, place
        self.sequence: int = sequence
        self.asserted: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """What an assertion may compare; made when it is first asked for, where the plugin gave what makes it."""
        fields = self._fields
        if type(fields) is dict:
            return fields
        with self.plugin.verifier.lock:
            if callable(fields := self._fields):  # pragma: no branch - another thread may have been faster
                fields = self._fields = fields()
            return fields

    def complete(self, **fields: Any) -> None:
        """Add what is known only after the call came back."""
        self.fields.update(fields)

    def __repr__(self) -> str:
        return f"<Interaction {self.sequence} {self.source!r}>"


class Timeline:
    """The interactions of one verifier, in order. Not locked: its verifier is."""

    def __init__(self) -> None:
        self._all: list[Interaction] = []
        self._by_source: dict[Source, list[Interaction]] = {}
        self._sorted = 0
        self._first_open = 0
        self._first_open_of: dict[Source, int] = {}
        self._indices: dict[Source, Index] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Interaction]:
        return iter(self._all)

    def append(self, interaction: Interaction) -> None:
        """Record an interaction; its sequence is its place in the timeline."""
        self._all.append(interaction)

    def next_open(self) -> Interaction | None:
        """The earliest interaction that is not asserted."""
        self._first_open = _skip_asserted(self._all, self._first_open)
        return self._all[self._first_open] if self._first_open < len(self._all) else None

    def open(self) -> Iterator[Interaction]:
        """All interactions that are not asserted, in order."""
        self.next_open()
        return (i for i in self._all[self._first_open :] if not i.asserted)

    def open_of(self, source: Source) -> Iterator[Interaction]:
        """Those of one source that are not asserted, in order."""
        of_source = self._of(source)
        start = _skip_asserted(of_source, self._first_open_of.get(source, 0))
        self._first_open_of[source] = start
        return (of_source[n] for n in range(start, len(of_source)) if not of_source[n].asserted)

    def open_like(self, source: Source, expected: Mapping[str, Any]) -> Iterator[Interaction]:
        """Those of one source that could be what is expected, likely ones first; some may come twice."""
        yield from islice(self.open_of(source), 1)
        if of_source := self._of(source):
            index = self._indices.get(source)
            if index is None:
                index = self._indices[source] = Index(of_source)
            yield from (one for one in index.candidates(expected) if not one.asserted)
            yield from self.open_of(source)

    def _of(self, source: Source) -> list[Interaction]:
        """Those of one source. Sorted when first asked for: mostly, what is asserted in order is all there is."""
        for interaction in islice(self._all, self._sorted, None):
            self._by_source.setdefault(interaction.source, []).append(interaction)
        self._sorted = len(self._all)
        return self._by_source.get(source, [])


def _skip_asserted(interactions: list[Interaction], start: int) -> int:
    while start < len(interactions) and interactions[start].asserted:
        start += 1
    return start

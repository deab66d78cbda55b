"""The mocks of one verifier, found by what identifies a request and never by looking at all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tripwire._plugin import Answer, Candidate
from tripwire._unused import UnusedMock
from tripwire._values import short
from tripwire.plugins.http_plugin import _url
from tripwire.plugins.http_plugin._where import Exact

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire.plugins.http_plugin._exchange import Request
    from tripwire.plugins.http_plugin._outcome import Outcome
    from tripwire.plugins.http_plugin._wanted import Want
    from tripwire.plugins.http_plugin._where import Where

NEAREST = 3

_Key = tuple[str, str, str, "int | None", str]


@dataclass(eq=False)
class HttpMock:
    """One registered mock: what it wants of a request, and what it does with one.

    `methods` is None for any, `times` for any number. `query` holds the parameters a request must have: those
    of the URL, and those given beside it.
    """

    label: Callable[[], str]
    methods: tuple[str, ...] | None
    where: Where
    query: tuple[_url.Pair, ...]
    wants: tuple[Want, ...]
    outcome: Outcome
    required: bool
    times: int | None
    place: Place | None
    number: int = 0
    served: int = 0
    answer: Answer | None = field(default=None, repr=False)

    @property
    def key(self) -> _Key | None:
        """What a request must have in common with this mock, beside the query; None if that is a pattern."""
        if self.methods is None or len(self.methods) > 1 or not isinstance(self.where, Exact):
            return None
        return (self.methods[0], *self.where.url[:4])

    @property
    def is_used_up(self) -> bool:
        """Whether it serves no more requests."""
        return self.times is not None and self.served >= self.times

    def fits(self, request: Request, url: _url.Url) -> bool:
        """Whether a request is as wanted, of which method and URL were looked at."""
        return not _url.query_reason(self.query, url.query) and all(
            want.is_met(request) for want in self.wants
        )

    def reasons(self, request: Request, url: _url.Url) -> list[str]:
        """In what a request differs from what is wanted."""
        why = []
        if self.methods is not None and request.method.upper() not in self.methods:
            mine = " or ".join(map(repr, self.methods))
            why.append(f"its method is {mine}, the call's is {short(request.method.upper())}")
        why += self.where.reasons(url, request.url)
        if query := _url.query_reason(self.query, url.query):
            why.append(query)
        return why + [
            f"its {want.name}: {difference}"
            for want in self.wants
            for difference in want.differences(request)
        ]


class MockTable:
    """Registered mocks: each serves as often as it says, earlier ones first."""

    def __init__(self) -> None:
        self._all: list[HttpMock] = []
        self._waiting: dict[_Key, dict[_url.Pair | None, deque[HttpMock]]] = {}
        self._patterns: list[HttpMock] = []

    def add(self, mock: HttpMock) -> None:
        """Register a mock, behind those that are there."""
        mock.number = len(self._all)
        self._all.append(mock)
        if (key := mock.key) is None:
            self._patterns.append(mock)
            return
        here = self._waiting.setdefault(key, {})
        # Filed under its rarest parameter, so that a thousand pages of one path are a thousand entries.
        named = (pair for pair in mock.query if type(pair[1]) is str)
        filed = min(named, key=lambda pair: len(here.get(pair, ())), default=None)
        here.setdefault(filed, deque()).append(mock)

    def take(self, request: Request, url: _url.Url) -> HttpMock | None:
        """The earliest mock that fits a request; it has served once more."""
        method = request.method.upper()
        best: tuple[HttpMock, deque[HttpMock] | list[HttpMock]] | None = None
        here = self._waiting.get((method, *url[:4]), {})
        for filed in (None, *dict.fromkeys(url.query)) if here else ():
            waiting = here.get(filed, ())
            fitting = next((mock for mock in waiting if mock.fits(request, url)), None)
            if fitting is not None and (best is None or fitting.number < best[0].number):
                best = fitting, here[filed]
        for mock in self._patterns:
            if best is not None and best[0].number < mock.number:
                break
            if (
                (mock.methods is None or method in mock.methods)
                and not mock.where.reasons(url, request.url)
                and mock.fits(request, url)
            ):
                best = mock, self._patterns
                break
        if best is None:
            return None
        best[0].served += 1
        if best[0].is_used_up:
            best[1].remove(best[0])
        return best[0]

    def unused(self) -> Iterator[UnusedMock]:
        """The required mocks that served no request, or fewer than they should."""
        for mock in self._all:
            if mock.required and mock.served < (1 if mock.times is None else mock.times):
                note = f"served {mock.served:,} of {mock.times:,} times" if mock.served else ""
                yield UnusedMock(mock.label(), mock.place, note)

    def nearest(self, request: Request) -> list[Candidate]:
        """The mocks most like a request, best first, and why each was passed over."""
        url = _url.parse(request.url)
        judged = [(mock.reasons(request, url), mock) for mock in self._all]
        judged.sort(key=lambda one: (len(one[0]), one[1].is_used_up, one[1].number))
        return [
            Candidate(mock.label(), "; ".join(why) or _used_up(mock), mock.place)
            for why, mock in judged[:NEAREST]
        ]


def _used_up(mock: HttpMock) -> str:
    place = mock.answer.interaction.place if mock.answer is not None else None
    return f"it is used up by the call at {place}" if place is not None else "it is used up"

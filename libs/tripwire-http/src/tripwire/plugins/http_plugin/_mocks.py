"""The mocks of one verifier, found by what identifies a request and never by looking at all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tripwire._plugin import Answer, Candidate
from tripwire._values import short
from tripwire.plugins.http_plugin import _url

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire.plugins.http_plugin._exchange import Request
    from tripwire.plugins.http_plugin._outcome import Outcome

NEAREST = 3

_Key = tuple[str, str, str, "int | None", str]


@dataclass(eq=False)
class HttpMock:
    """One registered mock: answers one request with a reply or an error, or, with neither, lets it through."""

    label: str
    method: str
    url: _url.Url
    required: bool
    place: Place | None
    params: tuple[_url.Pair, ...] = ()
    outcome: Outcome = None
    number: int = 0
    answer: Answer | None = field(default=None, repr=False)

    @property
    def query(self) -> tuple[_url.Pair, ...]:
        """The parameters a request must have: those of the URL, and those given beside it."""
        return self.url.query + self.params

    @property
    def key(self) -> _Key:
        """What a request must have in common with this mock, beside the query."""
        return (self.method, *self.url[:4])


class MockTable:
    """Registered mocks: each is given out once, earlier ones first."""

    def __init__(self) -> None:
        self._all: list[HttpMock] = []
        self._waiting: dict[_Key, dict[_url.Pair | None, deque[HttpMock]]] = {}

    def add(self, mock: HttpMock) -> None:
        """Register a mock, behind those that are there."""
        mock.number = len(self._all)
        self._all.append(mock)
        here = self._waiting.setdefault(mock.key, {})
        # Filed under its rarest parameter, so that a thousand pages of one path are a thousand entries.
        filed = min(mock.query, key=lambda pair: len(here.get(pair, ())), default=None)
        here.setdefault(filed, deque()).append(mock)

    def take(self, method: str, url: _url.Url) -> HttpMock | None:
        """The earliest mock that fits a request; it is used up."""
        here = self._waiting.get((method.upper(), *url[:4]))
        if here is None:
            return None
        best: tuple[HttpMock, deque[HttpMock]] | None = None
        for filed in (None, *dict.fromkeys(url.query)):
            waiting = here.get(filed, ())
            fitting = next((mock for mock in waiting if not _url.query_reason(mock.query, url.query)), None)
            if fitting is not None and (best is None or fitting.number < best[0].number):
                best = fitting, here[filed]
        if best is None:
            return None
        best[1].remove(best[0])
        return best[0]

    def unused(self) -> Iterator[HttpMock]:
        """The required mocks that served no request."""
        return (mock for mock in self._all if mock.required and mock.answer is None)

    def nearest(self, request: Request) -> list[Candidate]:
        """The mocks most like a request, best first, and why each was passed over."""
        url = _url.parse(request.url)
        judged = [(reasons(mock, request.method, url), mock) for mock in self._all]
        judged.sort(key=lambda one: (len(one[0]), one[1].answer is not None, one[1].number))
        return [
            Candidate(mock.label, "; ".join(why) or _used_up(mock), mock.place)
            for why, mock in judged[:NEAREST]
        ]


def reasons(mock: HttpMock, method: str, url: _url.Url) -> list[str]:
    """In what a request differs from what a mock wants."""
    wanted, why = mock.url, []
    pairs = (
        ("method", mock.method, method.upper()),
        ("scheme", wanted.scheme, url.scheme),
        ("host", wanted.host, url.host),
        # Where the schemes differ, so do the ports: that is one reason and not two.
        ("port", wanted.port, url.port if wanted.scheme == url.scheme else wanted.port),
        ("path", wanted.path, url.path),
    )
    why += [
        f"its {name} is {short(mine)}, the call's is {short(theirs)}"
        for name, mine, theirs in pairs
        if mine != theirs
    ]
    if query := _url.query_reason(mock.query, url.query):
        why.append(query)
    return why


def _used_up(mock: HttpMock) -> str:
    place = mock.answer.interaction.place if mock.answer is not None else None
    return f"it is used up by the call at {place}" if place is not None else "it is used up"

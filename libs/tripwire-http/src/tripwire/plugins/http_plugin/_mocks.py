"""The mocks of one verifier, found by what identifies a request and never by looking at all of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tripwire._plugin import Answer, Candidate
from tripwire._unused import UnusedMock
from tripwire._values import is_a, short
from tripwire.plugins.http_plugin import _compare, _secrets, _url
from tripwire.plugins.http_plugin._exchange import Failure
from tripwire.plugins.http_plugin._where import Exact

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire.plugins.http_plugin._exchange import Request
    from tripwire.plugins.http_plugin._outcome import Outcome
    from tripwire.plugins.http_plugin._wanted import Want
    from tripwire.plugins.http_plugin._where import Method, Where

NEAREST = 3

_Key = tuple[str, str, str, "int | None", str, "_url.Pair | None"]


@dataclass(eq=False, slots=True)
class HttpMock:
    """One registered mock: what it wants of a request, and what it does with one.

    `method` and `params` are as they were given; `methods` is None for any, `times` for any number. `query` holds the
    parameters a request must have: those of the URL, and those given beside it.
    """

    kind: str
    method: Method
    methods: tuple[str, ...] | None
    where: Where
    params: _url.Params | None
    query: tuple[_url.Pair, ...]
    wants: tuple[Want, ...]
    outcome: Outcome
    required: bool
    times: int | None
    place: Place | None
    number: int = 0
    served: int = 0
    answer: Answer | None = None

    @property
    def label(self) -> str:
        """The code that registered it."""
        method = self.method
        given = [short(method.upper() if is_a(method, str) else method), str(self.where)]
        if self.params is not None:
            given.append(f"params={_secrets.in_value(self.params)}")
        given += (f"{want.name}={want.shown}" for want in self.wants)
        if isinstance(self.outcome, (BaseException, Failure)):
            raised = self.outcome.name if isinstance(self.outcome, Failure) else self.outcome
            given.append(f"raises={short(raised)}")
        return f"tripwire.http.{self.kind}({', '.join(given)})"

    @property
    def is_used_up(self) -> bool:
        """Whether it serves no more requests."""
        return self.times is not None and self.served >= self.times

    def fits(self, request: Request, url: _url.Url) -> bool:
        """Whether a request is as wanted, of which method and URL were looked at."""
        if self.query and _url.query_reason(self.query, url.query):
            return False
        return not self.wants or all(want.is_met(request) for want in self.wants)

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
            for difference in want.differences(request, _compare.OF_MOCK)
        ]


class MockTable:
    """Registered mocks: each serves as often as it says, earlier ones first."""

    def __init__(self) -> None:
        self._all: list[HttpMock] = []
        self._waiting: dict[_Key, deque[HttpMock]] = {}
        self._patterns: list[HttpMock] = []

    def add(self, mock: HttpMock) -> None:
        """Register a mock, behind those that are there."""
        mock.number = len(self._all)
        self._all.append(mock)
        if mock.methods is None or len(mock.methods) > 1 or not isinstance(mock.where, Exact):
            self._patterns.append(mock)
            return
        here = (mock.methods[0], *mock.where.url[:4])
        rarest = None
        if mock.query:  # a thousand pages of one path are to be a thousand entries
            named = (pair for pair in mock.query if type(pair[1]) is str)
            rarest = min(named, key=lambda pair: len(self._waiting.get((*here, pair), ())), default=None)
        self._waiting.setdefault((*here, rarest), deque()).append(mock)

    def take(self, request: Request, url: _url.Url) -> HttpMock | None:
        """The earliest mock that fits a request; it has served once more."""
        method = request.method.upper()
        best, best_key = self._earliest_waiting(request, method, url)
        for mock in self._patterns:
            if best is not None and best.number < mock.number:
                break
            if (
                (mock.methods is None or method in mock.methods)
                and not mock.where.reasons(url, request.url)
                and mock.fits(request, url)
            ):
                best, best_key = mock, None
                break
        if best is None:
            return None
        best.served += 1
        if best.is_used_up:
            self._forget(best, best_key)
        return best

    def _earliest_waiting(
        self, request: Request, method: str, url: _url.Url
    ) -> tuple[HttpMock | None, _Key | None]:
        """The earliest that fits of those found by a key, and its key."""
        best, best_key = None, None
        here = (method, *url[:4])
        for filed in (None, *dict.fromkeys(url.query)) if url.query else (None,):
            key: _Key = (*here, filed)
            for mock in self._waiting.get(key, ()):
                if best is not None and best.number < mock.number:
                    break
                if mock.fits(request, url):
                    best, best_key = mock, key
                    break
        return best, best_key

    def _forget(self, mock: HttpMock, key: _Key | None) -> None:
        """Offer a mock no more."""
        if key is None:
            self._patterns.remove(mock)
            return
        waiting = self._waiting[key]
        if len(waiting) == 1:
            del self._waiting[key]
        else:
            waiting.remove(mock)

    def unused(self) -> Iterator[UnusedMock]:
        """The required mocks that served no request, or fewer than they should."""
        for mock in self._all:
            if mock.required and mock.served < (1 if mock.times is None else mock.times):
                note = f"served {mock.served:,} of {mock.times:,} times" if mock.served else ""
                yield UnusedMock(mock.label, mock.place, note)

    def nearest(self, request: Request) -> list[Candidate]:
        """The mocks most like a request, best first, and why each was passed over."""
        url = _url.parse(request.url)
        judged = [(mock.reasons(request, url), mock) for mock in self._all]
        judged.sort(key=lambda one: (len(one[0]), one[1].is_used_up, one[1].number))
        return [
            Candidate(mock.label, "; ".join(why) or _used_up(mock), mock.place)
            for why, mock in judged[:NEAREST]
        ]


def _used_up(mock: HttpMock) -> str:
    place = mock.answer.interaction.place if mock.answer is not None else None
    return f"it is used up by the call at {place}" if place is not None else "it is used up"

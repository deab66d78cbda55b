"""The mocks that would have answered what a recording let through to real servers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from tripwire._timeline import Interaction
from tripwire._writing import _render
from tripwire._writing._render import Masks
from tripwire._writing._statement import Code, Statement
from tripwire.plugins.http_plugin import _recorded_outcome, _statements, _url, _where
from tripwire.plugins.http_plugin._recorded_url import Written
from tripwire.plugins.http_plugin._statements import request_of

_MOST_LOOKED_AT = 100  # back from a request, for an equal one


class _Mock:
    """One mock to be written, and the first request it serves; `number` is that of the call in its sandbox."""

    def __init__(self, number: int, interaction: Interaction, written: Written) -> None:
        self.number, self.request = number, request_of(interaction)
        self.url = _statements.without(*written)
        self.outcome: dict[str, Any] = _recorded_outcome.arguments(interaction)
        self.times = 1
        self.is_told_apart = False
        self._query = _where.where(self.url).query
        address = self.url.partition("?")[0]
        # Two that are written alike may serve each other's requests.
        self.group = (self.request.method.upper(), address if "*" in address else _url.parse(address)[:4])

    @property
    def specificity(self) -> int:
        """How many parameters a request must have."""
        return len(self._query)

    def would_serve(self, other: _Mock) -> bool:
        """Whether the request of another mock of its group could come to this one."""
        if self.is_told_apart and self.request.body != other.request.body:
            return False
        return not _url.query_reason(self._query, _url.parse(other.request.url).query)

    def is_like(self, other: _Mock) -> bool:
        """Whether the two can be one."""
        return (
            self.url == other.url
            and repr(self.outcome) == repr(other.outcome)  # to == True is 1
            and (not self.is_told_apart or self.request.body == other.request.body)
        )

    def statement(self, masks: Masks) -> Statement:
        """The call that registers it; what it is told apart by has to be so again, as what an assertion says."""
        said = dict(self.outcome)
        if self.is_told_apart and self.request.body:
            body = _statements.body_arguments(self.request)
            said |= {
                f"match_{name}": _render.value(value, masks, name=name, is_assertion=True)
                for name, value in body.items()
            }
        if self.times > 1:
            said["times"] = self.times
        kind = "mock_error" if "raises" in said else "mock_response"
        return Statement(f"tripwire.http.{kind}", (self.request.method, Code(repr(self.url))), said)


def mocks(
    interactions: Sequence[Interaction],
    actor_of: Callable[[Interaction], object],
    written: Callable[[Interaction], Written],
    masks: Masks,
) -> Sequence[Statement]:
    """The mocks that answer these requests as they were answered.

    Registered in the order of the calls they answer a program that makes them in order again. Only where several
    threads or tasks ask for one URL, which may come in any order, are requests told apart by their bodies.
    """
    groups: dict[object, list[_Mock]] = defaultdict(list)
    actors: dict[object, set[object]] = defaultdict(set)
    for number, interaction in enumerate(interactions):
        mock = _Mock(number, interaction, written(interaction))
        groups[mock.group].append(mock)
        actors[mock.group].add(actor_of(interaction))
    placed: list[tuple[int, _Mock]] = []
    for key, group in groups.items():
        in_any_order = len(actors[key]) > 1
        if in_any_order:
            _tell_apart(group)
        merged = _merged(group)
        numbers = [mock.number for mock in merged]
        if in_any_order:  # one that wants less of a query would take what is for another
            merged.sort(key=lambda mock: -mock.specificity)
        placed += zip(numbers, merged, strict=True)
    placed.sort(key=lambda one: one[0])
    return [mock.statement(masks) for _, mock in placed]


def _tell_apart(group: Sequence[_Mock]) -> None:
    bodies = {mock.request.body for mock in group}
    if len(bodies) > 1 and len({repr(mock.outcome) for mock in group}) > 1:
        for mock in group:
            mock.is_told_apart = True


def _merged(group: Sequence[_Mock]) -> list[_Mock]:
    """The same with equal ones as one, where this changes nothing for the requests in between."""
    found: list[_Mock] = []
    for mock in group:
        for earlier in reversed(found[-_MOST_LOOKED_AT:]):
            if earlier.is_like(mock):
                earlier.times += 1
                break
            if mock.would_serve(earlier):
                found.append(mock)
                break
        else:
            found.append(mock)
    return found

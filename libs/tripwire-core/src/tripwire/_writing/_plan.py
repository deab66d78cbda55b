"""What is to be changed in the source of one test, so that it says what has happened."""

from __future__ import annotations

import ast
import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire._frames import shorten
from tripwire._writing import _changes, _words
from tripwire._writing._align import TooMany, aligned, differences
from tripwire._writing._edits import CallPlace, Change, Unwritable
from tripwire._writing._flow import own
from tripwire._writing._naming import code_of
from tripwire._writing._rewording import CREATE, UPDATE, refuse_alias, reworded
from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code

if TYPE_CHECKING:
    from tripwire._plugin import Plugin
    from tripwire._timeline import Interaction
    from tripwire._unused import UnusedMock
    from tripwire._verifier import StrictVerifier
    from tripwire._writing._edits import SandboxPlace, Spot
    from tripwire._writing._render import Masks
    from tripwire._writing._scribe import Asserted, Period, Scribe, Seen
    from tripwire._writing._sites import Site

TRIM = "trim"
KINDS = (CREATE, UPDATE, TRIM)

_REPEATING = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Proposal(NamedTuple):
    """A change one test asks for, in plain data: what travels from the workers of pytest-xdist.

    `function` is the first line of the function it lies in: every test that comes by there has a say. `kind` is one
    of `KINDS`; `what` tells of it in words.
    """

    path: str
    digest: str
    function: int
    kind: str
    change: Change
    what: str


@dataclass
class Plan:
    """All that one test asks for.

    `visited` are the functions it came by, as path and first line; `refused` tells what cannot be written, and why.
    `interactions`, `assertions` and `mocks` are those that are in order once this is written.
    """

    proposals: list[Proposal] = field(default_factory=list)
    visited: set[tuple[str, int]] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    assertions: list[Asserted] = field(default_factory=list)
    mocks: list[UnusedMock] = field(default_factory=list)


@dataclass
class _Wish:
    """What one run of a line asks for, and what would be in order then."""

    proposals: list[Proposal] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    assertions: list[Asserted] = field(default_factory=list)
    mocks: list[UnusedMock] = field(default_factory=list)


class Planner:
    """Makes the plan of one test."""

    def __init__(
        self, scribe: Scribe, verifier: StrictVerifier, kinds: Collection[str], masks: Masks, began: int
    ) -> None:
        self._scribe, self._verifier, self._kinds, self._masks = scribe, verifier, kinds, masks
        self._began = began  # nanoseconds since the epoch: what has changed since is not what has run
        self._sources: dict[str, SourceFile] = {}
        self._wishes: dict[tuple[str, int], list[_Wish]] = defaultdict(list)  # of a caller's line: -start
        self._plan = Plan()

    def plan(self) -> Plan:
        """Look at all that was observed."""
        scribe, plan = self._scribe, self._plan
        self._visit()
        try:
            pairs = aligned(scribe.assertions, [one for period in scribe.periods for one in period.seen])
        except TooMany:
            plan.refused.append("there are too many calls to compare")
            return plan
        meant = {id(seen): asserted for asserted, seen in pairs if seen is not None and asserted is not None}
        for asserted, seen in pairs:
            if asserted is not None:
                is_right = seen is not None and not differences(asserted, seen.interaction)
                self._trying(asserted.sites, self._reword, asserted, seen, is_right=is_right)
        for number, period in enumerate(scribe.periods):
            is_right = all(id(one) in meant and not one.is_real for one in period.seen)
            self._trying(period.sites, self._fill_in, number, meant, is_right=is_right)
        self._drop_unused()
        self._agree()
        return plan

    def refusal(self, why: str) -> Plan:
        """Ask for nothing, and so that no other test writes where this one came by."""
        self._visit()
        return Plan(visited=self._plan.visited, refused=[why])

    def _visit(self) -> None:
        """Note the functions that the test came by: that of an assertion in a lambda is the one around it."""
        visited = self._plan.visited
        visited.update((site.filename, site.first) for sites in self._all_sites() for site in sites)
        for asserted in self._scribe.assertions:
            for site in asserted.sites[:1]:
                with suppress(Exception):  # a fault of ours, or one of the file's
                    visited.add((site.filename, self._source(site.filename).call(site).function))

    def _trying(self, sites: Sequence[Site], step: Any, *arguments: Any, is_right: bool = False) -> None:
        """Take a step, and tell why it is not taken; but for what is right as it is, and in no need of it."""
        try:
            step(*arguments)
        except Unwritable as why:
            if is_right:
                return
            place = f"{shorten(sites[0].filename)}:{sites[0].lineno}: " if sites else ""
            self._plan.refused.append(f"{place}{why}")

    def _source(self, path: str) -> SourceFile:
        if path not in self._sources:
            source = SourceFile.read(path)
            if os.stat(path).st_mtime_ns > self._began:
                raise Unwritable(_words.CHANGED_BEFORE)
            self._sources[path] = source
        return self._sources[path]

    def _proposal(self, source: SourceFile, function: int, kind: str, change: Change, what: str) -> Proposal:
        return Proposal(source.path, source.digest, function, kind, change, what)

    # -- assertions that are there

    def _reword(self, asserted: Asserted, seen: Seen | None) -> None:
        """Let an assertion say what has happened, or go."""
        if not asserted.sites:
            raise Unwritable(_words.ASSERTION_ELSEWHERE)
        source = self._source(asserted.sites[0].filename)
        call = source.call(asserted.sites[0])
        wish = _Wish(assertions=[asserted])
        if seen is None:
            refuse_alias(call, asserted.sites[0])
            what = f"asserts a call that is not made: {asserted.source!r}"
            removal = _changes.removal(source, [call])
            wish.proposals.append(self._proposal(source, call.function, TRIM, removal, what))
        else:
            wish.interactions.append(seen.interaction)
            for kind, change in reworded(source, call, asserted, seen.interaction, self._masks):
                what = f"asserts {seen.interaction.plugin.describe(seen.interaction)}"
                wish.proposals.append(self._proposal(source, call.function, kind, change, what))
        self._wishes[source.path, call.start].append(wish)

    # -- what is missing

    def _fill_in(self, number: int, meant: dict[int, Asserted]) -> None:
        """The mocks before a sandbox, and the assertions after it."""
        period = self._scribe.periods[number]
        level, place = self._sandbox(period)
        source = self._source(period.sites[level].filename)
        wish = _Wish()
        if codes := self._mocks(period, period.sites[level]):
            change = _changes.insertion(source, place.before, codes, any_order=False)
            what = f"{len(codes)} mock{'s' * (len(codes) != 1)}"
            wish.proposals.append(self._proposal(source, place.function, CREATE, change, what))
        for run, before, after in _runs(period, meant):
            site, spot = self._spot(number, level, place, before, after)
            there = self._source(site.filename)
            codes = [self._assertion(one.interaction, site) for one in run]
            at_once = len({one.actor for one in run}) > 1 and not there.is_in_any_order(spot)
            if at_once:  # what says more comes first: what says less could mean it, too
                codes.sort(key=lambda code: -len(code.text))
            change = _changes.insertion(there, spot, codes, any_order=at_once)
            what = f"{len(codes)} assertion{'s' * (len(codes) != 1)}"
            proposal = self._proposal(there, site.first, CREATE, change, what)
            interactions = [one.interaction for one in run]
            if site is period.sites[level]:
                wish.proposals.append(proposal)
                wish.interactions += interactions
            else:  # a caller's line, which may run less often than the sandbox is opened
                self._wishes[there.path, -spot.start].append(_Wish([proposal], interactions))
        self._wishes[source.path, place.start].append(wish)

    def _sandbox(self, period: Period) -> tuple[int, SandboxPlace]:
        """The statement that has opened a sandbox; of a context manager of the user's, the one that uses it."""
        if not period.sites:
            raise Unwritable(_words.SANDBOX_ELSEWHERE)
        place = self._source(period.sites[0].filename).sandbox(period.sites[0])
        level = 0
        while place.yields and level + 1 < len(period.sites):
            level += 1
            place = self._source(period.sites[level].filename).sandbox(period.sites[level])
        return level, place

    def _mocks(self, period: Period, site: Site) -> list[Code]:
        """The registrations that would have answered what was let through."""
        real: dict[Plugin, list[Interaction]] = defaultdict(list)
        for one in period.seen:
            if one.is_real:
                real[one.interaction.plugin].append(one.interaction)
        return [
            code_of(statement, site, self._masks, is_assertion=False)
            for plugin, interactions in real.items()
            for statement in plugin.mocks(interactions)
        ]

    def _spot(
        self, number: int, level: int, place: SandboxPlace, before: Asserted | None, after: Asserted | None
    ) -> tuple[Site, Spot]:
        """Where assertions go: beside their neighbours in the timeline, or else after the sandbox."""
        sites = self._scribe.periods[number].sites
        home = sites[level]
        source = self._source(home.filename)
        is_beside = False
        for asserted, find in ((before, source.after), (after, source.before)):
            for site in asserted.sites if asserted is not None and asserted.after > number else ():
                if (site.filename, site.first) == (home.filename, home.first):
                    spot = find(site, within=place)
                    if spot is not None:
                        return home, spot
                    is_beside = True
        if is_beside:
            raise Unwritable(_words.NOTHING_BEHIND)
        if place.after is not None:
            if any(isinstance(node, ast.Return) for node in own(place.statement)):
                raise Unwritable(_words.LEFT_BY_RETURN)
            return home, place.after
        for site in sites[level + 1 :]:
            spot = self._source(site.filename).after(site)
            if spot is not None:
                return site, spot
        raise Unwritable(_words.NOTHING_AFTER)

    def _assertion(self, interaction: Interaction, site: Site) -> Code:
        return code_of(interaction.plugin.assertion(interaction), site, self._masks, is_assertion=True)

    # -- mocks nobody used

    def _drop_unused(self) -> None:
        """Let the registrations go that served nothing, those of one statement together."""
        found: dict[tuple[str, int], list[tuple[UnusedMock, CallPlace]]] = defaultdict(list)
        for plugin in self._verifier.plugins:
            for mock in plugin.unused():
                self._trying((), self._look_for, mock, found)
        for (path, start), mocks in found.items():
            self._trying((), self._drop, path, start, mocks)

    def _look_for(
        self, mock: UnusedMock, found: dict[tuple[str, int], list[tuple[UnusedMock, CallPlace]]]
    ) -> None:
        place = mock.place
        tests = {(sites[-1].filename, sites[-1].function) for sites in self._all_sites() if sites}
        if place is None:
            raise Unwritable(_words.elsewhere(mock.label))
        if not tests:
            raise Unwritable(_words.SANDBOX_ELSEWHERE)
        if (place.filename, place.function) not in tests:
            raise Unwritable(_words.needed_by_others(place, mock.label))
        source = self._source(place.filename)
        taken = [call.end for mocks in found.values() for _, call in mocks]
        call = source.registration(place.lineno, mock.label, taken)
        if any(isinstance(node, _REPEATING) for node in source.around_within(call.node)):
            raise Unwritable(_words.runs_several_times(place, mock.label))
        found[source.path, source.start(call.statement)].append((mock, call))

    def _drop(self, path: str, start: int, mocks: list[tuple[UnusedMock, CallPlace]]) -> None:
        source = self._source(path)
        removal = _changes.removal(source, [call for _, call in mocks])
        wish = _Wish(mocks=[mock for mock, _ in mocks])
        what = "removes " + ", ".join(mock.label for mock, _ in mocks)
        wish.proposals.append(self._proposal(source, mocks[0][1].function, TRIM, removal, what))
        self._wishes[path, start].append(wish)

    def _all_sites(self) -> list[tuple[Site, ...]]:
        return [one.sites for one in self._scribe.periods] + [one.sites for one in self._scribe.assertions]

    # -- one mind

    def _agree(self) -> None:
        """Take over what every run of a line asks for, if its kind is to be written."""
        plan = self._plan
        for (path, start), wishes in self._wishes.items():
            asked = [one.proposals for one in wishes]
            if any(one != asked[0] for one in asked) or (start < 0 and len(asked) > 1):
                line = self._source(path).line_of(abs(start))
                plan.refused.append(
                    f"{shorten(path)}:{line}: it runs {len(asked)} times, and would have to say "
                    f"something else each time"
                )
                continue
            if not all(proposal.kind in self._kinds for proposal in asked[0]):
                continue
            plan.proposals += asked[0]
            for wish in wishes:
                plan.interactions += wish.interactions
                plan.assertions += wish.assertions
                plan.mocks += wish.mocks


def _runs(
    period: Period, meant: dict[int, Asserted]
) -> Iterator[tuple[list[Seen], Asserted | None, Asserted | None]]:
    """The interactions without an assertion that follow one another, and the assertions around them."""
    run: list[Seen] = []
    before: Asserted | None = None
    for one in period.seen:
        asserted = meant.get(id(one))
        if asserted is None:
            run.append(one)
            continue
        if run:
            yield run, before, asserted
            run = []
        before = asserted
    if run:
        yield run, before, None

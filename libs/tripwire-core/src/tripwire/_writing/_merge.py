"""What all tests of a run ask for together: they may come by the same lines, and want different ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, TypedDict

from tripwire import _messages
from tripwire._writing._edits import Change
from tripwire._writing._plan import Plan, Proposal


class Asked(TypedDict):
    """What one test asks for, in values that travel from the workers of pytest-xdist."""

    proposals: list[list[Any]]
    visited: list[list[Any]]
    refused: list[str]


class Merged(NamedTuple):
    """The proposals that every test concerned agrees to, by file, and what is refused."""

    files: dict[str, list[Proposal]]
    refused: list[str]


def asked(plan: Plan) -> Asked:
    """A plan as it travels."""
    proposals = [[*one, *one.change[:3], list(one.change.imports)] for one in plan.proposals]
    for one in proposals:
        del one[Proposal._fields.index("change")]
    return Asked(
        proposals=proposals, visited=[list(one) for one in sorted(plan.visited)], refused=plan.refused
    )


def merged(tests: Iterable[tuple[str, Asked]]) -> Merged:
    """The proposals of all tests, which are named by their node ids."""
    refused: list[str] = []
    visitors: dict[tuple[str, int], dict[str, list[Proposal]]] = defaultdict(dict)
    for name, one in tests:
        refused += [f"{name}: {why}" for why in one["refused"]]
        for path, function in one["visited"]:
            visitors[path, function].setdefault(name, [])
        for proposal in map(_arrived, one["proposals"]):
            visitors[proposal.path, proposal.function].setdefault(name, []).append(proposal)
    files: dict[str, list[Proposal]] = defaultdict(list)
    for (path, function), wanted in visitors.items():
        first, *others = wanted.values()
        if any(other != first for other in others):
            refused.append(_messages.tests_differ(path, function, sorted(wanted)))
        else:
            files[path] += first
    return Merged({path: sorted(found, key=_order) for path, found in files.items() if found}, refused)


def _arrived(sent: list[Any]) -> Proposal:
    path, digest, function, kind, what, start, end, text, imports = sent
    return Proposal(path, digest, function, kind, Change(start, end, text, tuple(imports)), what)


def _order(proposal: Proposal) -> tuple[int, int]:
    return proposal.change[:2]

"""The quick form of the benchmarks: nothing crashes, nothing grows. Absolute times are never looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks import table
from benchmarks.rows import Row, rows
from benchmarks.scenarios import canned, clients, floor, strict

WIDE = 3.0
"""Under load, a machine may be so much slower for one size than for the other; a scan would be so a hundred times."""


@pytest.mark.parametrize(
    "scenario", [strict.httpx_sync, strict.httpx_async, strict.urllib], ids=lambda one: one.__name__
)
def test_a_call_costs_the_same_with_many_mocks(scenario: Callable[..., dict[str, float]]) -> None:
    taken = scenario((10, 2_000))
    assert taken["2000"] < taken["10"] * WIDE


def test_an_assertion_costs_the_same_at_many_interactions() -> None:
    taken = strict.asserting((100, 10_000))
    assert taken["10000"] < taken["100"] * WIDE


def test_the_order_of_assertions_costs_little() -> None:
    taken = strict.relaxed((3_000,))
    assert taken["reverse 3000"] < taken["in order 3000"] * 3 * WIDE


def test_the_other_scenarios_run() -> None:
    """With the real database and the fresh environments left to the long form."""
    strict.sandbox(())
    assert set(strict.registering(())) == {"http", "mock", "run", "step"}
    strict.processes(())
    strict.asyncpg((1,))
    strict.memory((50,))
    assert strict.report((1_000,))["lines"] < 60
    floor.httpx_sync(())
    with canned.connections():
        clients.timed(clients.requests(), 3, lambda _: None)
        clients.timed_async(clients.aiohttp, 3, lambda _: None)


def test_every_row_is_told_with_its_limit_and_without_a_figure() -> None:
    every = list(rows())
    whole = {
        figure.run: {"any": 2.0} for row in every for figure in (row.ours, row.against) if figure is not None
    }
    for row in every:
        for figure in filter(None, (row.ours, row.against)):
            whole[figure.run][figure.key] = 2.0
    found = table.entries(every, [whole, whole])
    assert all(entry["value"] is not None for entry in found)
    lines = table.markdown(found, 2, "none").splitlines()
    assert sum(line.startswith("| ") for line in lines) == 1 + len(every)
    assert {entry["value"] for entry in table.entries(every, [{}])} == {None}


def test_a_ratio_is_of_one_round_and_the_median_of_all() -> None:
    row = next(row for row in rows() if row.most == 0.75)
    assert row.against is not None
    rounds = [
        {row.ours.run: {row.ours.key: mine}, row.against.run: {row.against.key: theirs}}
        for mine, theirs in ((1.0, 2.0), (8.0, 10.0), (3.0, 5.0))
    ]
    (entry,) = table.entries([row], rounds)
    assert (entry["value"], entry["tripwire"], entry["other"], entry["reached"]) == (0.6, 3.0, 5.0, True)
    assert isinstance(row, Row)

"""`python -m benchmarks run` measures all of it and writes the page; `quick` looks for crashes and growth."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from benchmarks import table, tools
from benchmarks.rows import Row, Run, rows

PAGE = tools.ROOT / "docs" / "pages" / "benchmarks.md"


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("form", choices=["run", "quick"])
    parser.add_argument("--rounds", type=int, default=5, help="rounds whose medians are taken")
    parser.add_argument("--only", default="", help="only rows whose text has this; nothing is written")
    given = parser.parse_args()
    if given.form == "quick":
        import pytest

        return int(pytest.main(["-q", "-n", "0", str(tools.ROOT / "integration-tests" / "benchmarks")]))
    chosen = [row for row in rows() if given.only in row.what]
    rounds = []
    for number in range(given.rounds):
        rounds.append(_round(chosen, number))
        _tell(
            chosen, rounds, write=not given.only
        )  # after each: whoever interrupts a long run keeps what there is
    return 0


def _tell(chosen: Sequence[Row], rounds: Sequence[table.Round], *, write: bool) -> None:
    found = table.entries(chosen, rounds)
    peers = ("respx", "pytest-httpx", "responses", "aioresponses", "pytest-subprocess", "httpx")
    versions = {
        **tools.versions("peers", *peers),
        **tools.versions("tripwire", "pytest", "asyncpg", "aiohttp"),
    }
    page = table.markdown(
        found, len(rounds), ", ".join(f"{name} {one}" for name, one in sorted(versions.items()))
    )
    print(page)
    if write:
        PAGE.write_text(page)
        PAGE.with_suffix(".json").write_text(
            json.dumps({"machine": table.machine(), "rows": found}, indent=1) + "\n"
        )


def _round(chosen: Sequence[Row], number: int) -> table.Round:
    """Every run of the table once. Those of one scenario come one after another: they share the machine's mood."""
    figures = [figure for row in chosen for figure in (row.ours, row.against) if figure is not None]
    taken: table.Round = {}
    for run in dict.fromkeys(figure.run for figure in figures):
        print(f"round {number + 1}: {run.environment} {run.scenario}", file=sys.stderr)
        try:
            taken[run] = _measure(run)
        except RuntimeError as error:  # the others count all the same
            print(error, file=sys.stderr)
    return taken


def _measure(run: Run) -> dict[str, float]:
    if run.module != "outer":
        return tools.measure(run.environment, run.module, run.scenario, run.sizes)
    measured = getattr(tools, run.scenario)(run.environment, *run.sizes)
    return dict(measured)


if __name__ == "__main__":
    sys.exit(main())

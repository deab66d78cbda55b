"""The figures as a table, in Markdown and in JSON."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from benchmarks.rows import Figure, Row, Run

Round = dict[Run, dict[str, float]]

BUSY = """!!! warning "Measured on a busy machine"
    Other work ran beside this, so single lines may be far off, on either side of their limit.
    Measure anew before relying on one.
"""

HEAD = """# Benchmarks

What a test suite pays. Each line compares two figures of one run on one machine: only the ratio tells something about
another machine. Each is the median of {rounds} round(s), in which every tool had its turn. Where a line names a limit,
it is what tripwire wants to keep. `hatch run bench:run` measures anew and writes this page.

- {date}
- {machine}
- {versions}

| what | tripwire | against | | ratio | limit | |
|---|---|---|---|---|---|---|
"""


def entries(rows: Iterable[Row], rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """A mapping for each row, of which table and JSON are made. A row that could not be measured has no value."""
    return [_entry(row, rounds) for row in rows]


def _entry(row: Row, rounds: Sequence[Round]) -> dict[str, Any]:
    mine = [_of(row.ours, one) for one in rounds]
    theirs = [_of(row.against, one) for one in rounds] if row.against is not None else []
    value: float | None = None
    if None not in (*mine, *theirs):
        value = statistics.median(
            _compared(row, one, other) for one, other in zip(mine, theirs or mine, strict=True)
        )
    reached = None if value is None or row.most is None else (value <= row.most) is not row.at_least
    return {
        "what": row.what,
        "tripwire": _median(mine),
        "against": row.against.tool if row.against is not None else None,
        "other": _median(theirs),
        "value": value,
        "kind": "difference" if row.minus else "ratio" if row.against is not None else row.unit,
        "unit": row.unit,
        "limit": row.most,
        "at_least": row.at_least,
        "reached": reached,
    }


def _compared(row: Row, one: float | None, other: float | None) -> float:
    assert one is not None
    assert other is not None
    if row.against is None:
        return one
    return one - other if row.minus else one / other


def _of(figure: Figure, one: Round) -> float | None:
    return one.get(figure.run, {}).get(figure.key)


def _median(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None


def markdown(found: Iterable[dict[str, Any]], rounds: int, versions: str) -> str:
    """The page."""
    head = HEAD.format(rounds=rounds, date=_date(), machine=machine(), versions=versions)
    if is_busy():
        head = head.replace("\n- ", f"\n{BUSY}\n- ", 1)
    return head + "".join(f"| {' | '.join(_cells(entry))} |\n" for entry in found)


def _cells(entry: dict[str, Any]) -> list[str]:
    show = _seconds if entry["unit"] == "s" else lambda number: f"{number:,.0f} {entry['unit']}".strip()
    tell: Callable[[float], str] = show if entry["kind"] != "ratio" else lambda number: f"{number:.3g}"
    limit = "" if entry["limit"] is None else f"{'≥' if entry['at_least'] else '≤'} {tell(entry['limit'])}"
    reached = {None: "", True: "reached", False: "**missed**"}[entry["reached"]]
    return [
        entry["what"],
        "?" if entry["tripwire"] is None else show(entry["tripwire"]),
        entry["against"] or "",
        "" if entry["against"] is None else "?" if entry["other"] is None else show(entry["other"]),
        "" if entry["value"] is None or entry["against"] is None else tell(entry["value"]),
        limit,
        reached,
    ]


def _seconds(number: float) -> str:
    for size, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if abs(number) >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number * 1e6:.2g} µs"


def _date() -> str:
    return f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}"


def is_busy() -> bool:
    """Whether more is at work than this: a run of its own makes a load of about one."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > 1.5


def machine() -> str:
    """What it ran on, in one line."""
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    load = f", load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else ""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, {model}{load}"

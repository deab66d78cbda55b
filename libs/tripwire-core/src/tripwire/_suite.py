"""What is told about a whole run, once: also where the tests have run in workers of pytest-xdist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import pytest

from tripwire import _chronicle, _messages, _registry
from tripwire._errors import TripwireError


class Told(TypedDict):
    """What the report of a test's teardown carries to where the run is summed up."""

    interactions: int
    trips: int
    allowed: list[str]
    timeline: list[_chronicle.Row]


def tell(report: pytest.TestReport, told: Told) -> None:
    """Let a report carry what is to be summed up: in plain values, for workers send it."""
    report.tripwire = told  # type: ignore[attr-defined]


class Suite:
    """A pytest plugin of its own, one a session: sums up what the reports tell."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._interactions = self._trips = 0
        self._tests: set[str] = set()
        self._allowed: set[str] = set()
        self._timelines: dict[str, list[_chronicle.Row]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in a report, of this process or of a worker."""
        told: Told | None = getattr(report, "tripwire", None)
        if told is not None:
            self._tests.add(report.nodeid)
            self._interactions += told["interactions"]
            self._trips += told["trips"]
            self._allowed.update(told["allowed"])
            self._timelines.pop(report.nodeid, None)  # of a run that is repeated
            if told["timeline"]:
                self._timelines[report.nodeid] = told["timeline"]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print it, if a test has used tripwire."""
        if not self._tests:
            return
        if self._timelines:
            terminalreporter.section("tripwire: timelines of failing tests")
            for nodeid, rows in self._timelines.items():
                terminalreporter.write_sep("_", nodeid)
                self._write(terminalreporter, rows)
        terminalreporter.write_line(_messages.summary(self._interactions, len(self._tests), self._trips))
        for warning in self._warnings():
            terminalreporter.write_line(f"tripwire: {warning}", yellow=True)

    def _write(self, terminalreporter: Any, rows: list[_chronicle.Row]) -> None:
        width = self._config.get_terminal_writer().fullwidth
        for text, row in _chronicle.lines(rows, width):
            if row is None:
                terminalreporter.write_line(text, bold=True)
            elif row["is_trip"]:
                terminalreporter.write_line(text, red=True)
            else:
                terminalreporter.write_line(text, green=bool(row["asserted"]), yellow=not row["asserted"])

    def _warnings(self) -> Iterator[str]:
        try:
            config, kinds = _registry.config(), _registry.active()
        except TripwireError:
            return  # which has been told as an error
        for name in config.allow_patchers:
            if name not in self._allowed:
                yield _messages.not_met(name)
        yield from _untested(dict.fromkeys(pair for kind in kinds for pair in kind.tested_with.items()))


def _untested(tested: Iterable[tuple[str, str]]) -> Iterator[str]:
    from tripwire._diagnosis import Client  # with what reads specifiers of versions: not for every start

    for library, versions in tested:
        client = Client(library, _registry.version_of(library), versions)
        if not client.is_tested:
            yield _messages.not_tested(library, str(client.version), versions)

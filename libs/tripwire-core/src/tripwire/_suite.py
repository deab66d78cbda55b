"""What is told about a whole run, once: also where the tests have run in workers of pytest-xdist."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypedDict

import pytest

from tripwire import _context, _project

if TYPE_CHECKING:
    from tripwire import _chronicle
    from tripwire._verifying._run import Verified
    from tripwire._writing._merge import Asked


class Told(TypedDict):
    """What the report of a test's teardown carries to where the run is summed up."""

    interactions: int
    trips: int
    allowed: list[str]
    timeline: list[_chronicle.Row]
    asked: Asked | None
    verified: Verified | None


def tell(report: pytest.TestReport, told: Told) -> None:
    """Let a report carry what is to be summed up: in plain values, for workers send it."""
    report.tripwire = told  # type: ignore[attr-defined]


def is_of_concern(error: BaseException) -> bool:
    """Whether the report of an error may have something of tripwire to show: tests that are skipped load nothing."""
    return _context.is_loaded() or not isinstance(error, pytest.skip.Exception)


class Suite:
    """A pytest plugin of its own, one a session: sums up what the reports tell."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._interactions = self._trips = 0
        self._tests: set[str] = set()
        self._allowed: set[str] = set()
        self._timelines: dict[str, list[_chronicle.Row]] = {}

    def pytest_report_header(self) -> str:
        """Say which tripwire it is, and which plugins it has."""
        from tripwire import _messages  # here as below, what a quiet run without tripwire does not need
        from tripwire._errors import TripwireError

        try:
            plugins = [name for name in _project.offered() if _project.config().enables(name)]
        except TripwireError:
            plugins = []  # whoever uses it is told
        return _messages.header(str(_project.version_of("tripwire-core")), plugins)

    # The innermost wrapper: whoever judges by tracebacks needs the whole of them.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Shorten the tracebacks that are shown, until the report is made."""
        error = call.excinfo
        if (error is None or not is_of_concern(error.value)) and not getattr(item, "_excinfo", None):
            return (yield)  # what a TestCase has collected is in the second
        from tripwire import _tracebacks

        with _tracebacks.shortened(item, call):
            return (yield)

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
        from tripwire import _messages

        if self._timelines:
            terminalreporter.section("tripwire: timelines of failing tests")
            for nodeid, rows in self._timelines.items():
                terminalreporter.write_sep("_", nodeid)
                self._write(terminalreporter, rows)
        terminalreporter.write_line(_messages.summary(self._interactions, len(self._tests), self._trips))
        if warnings := [*self._warnings()]:
            for warning, _ in warnings:
                terminalreporter.write_line(f"tripwire: {warning}", yellow=True)
            terminalreporter.write_line(_messages.help_line(*(code for _, code in warnings)), yellow=True)

    def _write(self, terminalreporter: Any, rows: list[_chronicle.Row]) -> None:
        from tripwire import _chronicle

        width = self._config.get_terminal_writer().fullwidth
        for text, row in _chronicle.lines(rows, width):
            if row is None:
                terminalreporter.write_line(text, bold=True)
            elif row["is_trip"]:
                terminalreporter.write_line(text, red=True)
            else:
                terminalreporter.write_line(text, green=bool(row["asserted"]), yellow=not row["asserted"])

    def _warnings(self) -> Iterator[tuple[str, str]]:
        """Each with its code."""
        from tripwire import _messages
        from tripwire._errors import TripwireError

        try:
            config, kinds = _project.config(), _project.active()
        except TripwireError:
            return  # which has been told as an error
        for name in config.allow_patchers:
            if name not in self._allowed:
                yield _messages.not_met(name), "unmet-patcher"
        yield from _untested(dict.fromkeys(pair for kind in kinds for pair in kind.tested_with.items()))


def _untested(tested: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    from tripwire import _messages
    from tripwire._diagnosis import Client

    for library, versions in tested:
        client = Client(library, _project.version_of(library), versions)
        if not client.is_tested:
            yield _messages.not_tested(library, str(client.version), versions), "untested-version"

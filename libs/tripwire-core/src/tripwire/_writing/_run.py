"""A run of pytest that writes: its options, and what becomes of what the tests ask for."""

from __future__ import annotations

import difflib
import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tripwire import _messages, _project
from tripwire._errors import TripwireError
from tripwire._frames import shorten
from tripwire._verifier import StrictVerifier
from tripwire._writing import _changes, _words
from tripwire._writing._edits import Unwritable
from tripwire._writing._merge import Asked, asked, merged
from tripwire._writing._plan import KINDS, Plan, Planner, Proposal
from tripwire._writing._policy import EVERY, Policy
from tripwire._writing._render import Masks
from tripwire._writing._rewording import CREATE
from tripwire._writing._scribe import Scribe
from tripwire._writing._source import SourceFile


class Writing:
    """A pytest plugin of its own, in a session in which one of the options is given.

    Raises:
        pytest.UsageError: an option does not fit, or not here.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config, option = config, config.option
        self._began = time.time_ns()
        self._recorded = _chosen(option.tripwire_record, "--tripwire-record", ())
        kinds = _chosen(option.tripwire_fix, "--tripwire-fix", KINDS)
        self._kinds: Collection[str] = kinds or ([CREATE] if self._recorded else KINDS)
        self._shows, self._asks = option.tripwire_diff, option.tripwire_review
        is_worker = hasattr(config, "workerinput")
        if self._asks and not is_worker and (os.environ.get("CI") or not self._is_on_terminal()):
            raise pytest.UsageError(_messages.NO_TERMINAL)
        self._temporary = [str(option.basetemp)] if getattr(option, "basetemp", None) else []
        self._item: pytest.Item | None = None
        self._tests: dict[str, Asked] = {}
        self._told: list[str] = []
        self._patches: list[str] = []

    def _is_on_terminal(self) -> bool:
        """Whether somebody can answer: pytest has put something else in the place of the standard input."""
        with self._uncaptured():
            return sys.stdin.isatty()

    @contextmanager
    def _uncaptured(self) -> Iterator[None]:
        capture: Any = self._config.pluginmanager.getplugin("capturemanager")
        capture.suspend(in_=True)
        try:
            yield
        finally:
            capture.resume()

    # -- in each test

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Know which test is at work."""
        self._item = item

    def observe(self, verifier: StrictVerifier) -> None:
        """Let a scribe look on; not at a test that is expected to fail, as it would then pass."""
        if self._item is not None and self._item.get_closest_marker("xfail") is not None:
            return
        verifier.scribe = Scribe(Policy(self._recorded, verifier.config.record_hosts))

    def settle(self, verifier: StrictVerifier, *, failed: bool) -> tuple[Asked | None, TripwireError | None]:
        """What a test that is over asks for, and how it fails beside that.

        What would be in order, if it were written, counts as such.
        """
        scribe, verifier.scribe = verifier.scribe, None
        if scribe is None or not (scribe.periods or scribe.assertions):
            return None, None
        plan = self._plan(scribe, verifier, failed=failed)
        verifier.accept(plan.interactions, plan.mocks)
        fine = {id(one) for one in plan.assertions}
        errors = [one.error for one in scribe.assertions if one.error is not None and id(one) not in fine]
        return asked(plan), errors[0] if errors else None

    def _plan(self, scribe: Scribe, verifier: StrictVerifier, *, failed: bool) -> Plan:
        masks = Masks.of(verifier.config, temporary=self._temporary)
        planner = Planner(scribe, verifier, self._kinds, masks, self._began)
        if failed:
            return planner.refusal(_messages.FAILS_BY_ITSELF)
        try:
            return planner.plan()
        except Exception as error:  # noqa: BLE001 - a fault of ours must not change how a test is judged
            return planner.refusal(_messages.writing_failed(error))

    # -- once a run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what a test asks for, of this process or of a worker."""
        told: Any = getattr(report, "tripwire", None)
        if told is not None and told.get("asked"):
            self._tests[report.nodeid] = told["asked"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write, where all is over; a run that has written, or would have, has not passed."""
        if hasattr(self._config, "workerinput") or not self._tests:
            return
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            self._told.append("nothing was written: the run was interrupted")
            return
        files, refused = merged(self._tests.items())
        for path, proposals in sorted(files.items()):
            self._write(path, proposals)
        self._told += [f"not written: {why}" for why in refused]
        is_asked = any(
            one["proposals"] for one in self._tests.values()
        )  # written or not: such a test has passed
        if is_asked and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _write(self, path: str, proposals: Sequence[Proposal]) -> None:
        name = shorten(path)
        try:
            self._write_into(name, path, proposals)
        except Unwritable as why:
            self._told.append(f"not written: {name}: {why}")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the run
            self._told.append(f"not written: {name}: {_messages.writing_failed(error)}")

    def _write_into(self, name: str, path: str, proposals: Sequence[Proposal]) -> None:
        source = SourceFile.read(path)
        if any(proposal.digest != source.digest for proposal in proposals):
            raise Unwritable(_words.CHANGED_SINCE)
        if self._asks:
            proposals = [one for one in proposals if self._is_wanted(source, one)]
            if not proposals:
                return
        text = _changes.combined(source, [proposal.change for proposal in proposals])
        if self._shows:
            self._patches += _patch(name, source.text, text)
        else:
            _changes.write(source, text)
            self._told += _summary(name, proposals)

    def _is_wanted(self, source: SourceFile, proposal: Proposal) -> bool:
        """Show one change, and ask."""
        name = shorten(source.path)
        terminal: Any = self._config.pluginmanager.getplugin("terminalreporter")
        with self._uncaptured():
            terminal.write_line("")
            self._show(terminal, _patch(name, source.text, _changes.combined(source, [proposal.change])))
            answer = input(f"{proposal.what}: write this? [Y/n] ")
        return answer.strip().lower() in ("", "y", "yes")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell what was written where, or would be."""
        if self._patches:
            terminalreporter.section("tripwire: what would be written")
            self._show(terminalreporter, self._patches)
        if self._told:
            terminalreporter.section("tripwire: what was written")
            for line in self._told:
                terminalreporter.write_line(
                    line, yellow=line.startswith("not"), green=not line.startswith("not")
                )
            if not all(line.startswith("not") for line in self._told):
                terminalreporter.write_line("read it, then run the tests again")

    @staticmethod
    def _show(terminal: Any, patch: Iterable[str]) -> None:
        for line in patch:
            added, removed = line.startswith("+"), line.startswith("-")
            terminal.write_line(line, green=added, red=removed, bold=line.startswith(("+++", "---")))


def _chosen(given: str | None, option: str, known: Collection[str]) -> list[str]:
    """The words of an option's value; for plugins, those that are installed.

    Raises:
        pytest.UsageError: naming one that is not known.
    """
    if given is None:
        return []
    if not known:
        known = [EVERY, "mock", *(kind.name for kind in _project.active())]
    words = [word.strip() for word in given.split(",") if word.strip()]
    for word in words:
        if word not in known:
            raise pytest.UsageError(_messages.unknown_word(option, given, word, known))
    return words


def _patch(name: str, before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{name}", f"b/{name}", lineterm=""
    )
    return iter(list(lines))


def _summary(name: str, proposals: Sequence[Proposal]) -> Iterator[str]:
    """A line for each function that was changed."""
    functions: dict[int, Counter[str]] = {}
    for proposal in proposals:
        functions.setdefault(proposal.function, Counter())[proposal.what] += 1
    for function, what in functions.items():
        yield f"{name}:{function}: {', '.join(what)}"

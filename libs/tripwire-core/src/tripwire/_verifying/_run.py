"""A run of pytest that holds mocks against the truth: what is asked of whom, and what is told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypedDict

import pytest

from tripwire import _project, _routing
from tripwire._errors import LyingMockError, TripwireError
from tripwire._patching import naming
from tripwire._plugin import Plugin
from tripwire._verifying import _words
from tripwire.verifying import Claim, Lie, Served, Truth, TruthError, TruthSettings, Unchecked, _NotSetUp


class Verified(TypedDict):
    """What became of a test's claims, in plain values: their number, and the words for what is wrong."""

    claims: int
    lies: list[str]
    unchecked: dict[str, int]


class Verifying:
    """A pytest plugin of its own, in a session in which the option is given."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._only_warns: bool = _mode(config.option.tripwire_verify) == "warn"
        self._settings: TruthSettings | None = None
        self._truths: dict[type[Plugin], Truth | None] = {}
        self._broken: dict[Truth, TruthError] = {}
        self._found: dict[tuple[Truth, Hashable], Sequence[Lie | Unchecked]] = {}
        self._tests: dict[str, Verified] = {}
        self._failed: set[str] = set()

    def pytest_sessionstart(self) -> None:
        """Make the truths: what is wrong in their settings is said before any test runs.

        Raises:
            pytest.UsageError: something is.
        """
        try:
            self._make_truths()
        except TripwireError as error:
            raise pytest.UsageError("\n".join((str(error), *error.__notes__))) from None

    def _make_truths(self) -> None:
        read = _project.config()
        folder = Path(read.path).parent if read.path else self._config.rootpath
        table = dict(read.verify)
        if schema := self._config.getoption("tripwire_schema"):
            asyncpg = table.get("asyncpg")
            kept = {k: v for k, v in asyncpg.items() if k != "server"} if isinstance(asyncpg, dict) else {}
            table["asyncpg"] = {**kept, "schema": str(self._config.invocation_params.dir / schema)}
        settings = self._settings = TruthSettings(table, read.path, folder)
        for kind in _project.active():
            with naming(kind, "its truth was made"):
                self._truths[kind] = kind.truth(settings)
        for key in table:
            if key not in settings.known:
                raise settings.error(key, _words.no_truth_of(key, settings.known))

    # -- in each test

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Ask for the fixtures that truths are made of, in the first test that could give them."""
        try:
            return (yield)
        finally:
            assert self._settings is not None
            for name, value in self._settings.fixtures.items():
                if isinstance(value, _NotSetUp):
                    self._settings.fixtures[name] = _value_of_fixture(item, name)

    def judge(self, witnessed: Iterable[tuple[Plugin, Served]]) -> tuple[Verified, TripwireError | None]:
        """Check what the mocks of a test have claimed; an error tells of the lies, or of a truth that is gone."""
        served: dict[Plugin, list[Served]] = {}
        for plugin, one in witnessed:
            served.setdefault(plugin, []).append(one)
        lies: dict[Claim, list[Lie]] = {}
        unchecked: Counter[str] = Counter()
        number = 0
        failure: TripwireError | None = None
        for plugin, calls in served.items():
            with naming(type(plugin), "its claims were asked for"):
                claims = list(plugin.claims(calls))
            number += len(claims)
            for claim in claims:
                try:
                    found = self._findings(plugin, claim)
                except TruthError as error:
                    found, failure = [Unchecked(_words.truth_is_gone(plugin.name))], failure or error
                except Exception as error:  # noqa: BLE001 - a fault of a truth must not pass for what it says
                    found = [Unchecked(_words.truth_failed(plugin.name))]
                    failed = TripwireError(
                        _words.truth_failed(plugin.name, claim, error), code="broken-plugin"
                    )
                    failed.__cause__ = error
                    failure = failure or failed
                unchecked.update({one.why: 1 for one in found if isinstance(one, Unchecked)})
                if wrong := [one for one in found if isinstance(one, Lie)]:
                    lies[claim] = wrong
        message = _words.lying(lies) if lies else ""
        verified = Verified(claims=number, lies=[message] * bool(lies), unchecked=dict(unchecked))
        if failure is not None and self._only_warns:
            verified["lies"].append(str(failure))
            failure = None
        if lies and not self._only_warns:
            told = message if failure is None else f"{message}\n\n{failure}"
            return verified, LyingMockError(
                told, lies=[(claim, lie) for claim in lies for lie in lies[claim]]
            )
        return verified, failure

    def _findings(self, plugin: Plugin, claim: Claim) -> Sequence[Lie | Unchecked]:
        truth = self._truths.get(type(plugin))
        if truth is None:
            return [Unchecked(_words.no_truth(plugin.name))]
        if truth in self._broken:
            return [Unchecked(_words.truth_is_gone(plugin.name))]
        if _routing.is_any_open():
            return [Unchecked(_words.SANDBOX_IS_OPEN)]
        key = None if claim.key is None else (truth, claim.key)
        if key is not None and key in self._found:
            return self._found[key]
        try:
            found = list(truth.check(claim))
        except _NotSetUp as error:
            return [Unchecked(str(error))]
        except TruthError as error:
            if error.whole:
                self._broken[truth] = error
            raise
        if key is not None:
            self._found[key] = found
        return found

    # -- once a run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what became of a test and its claims, in this process or in a worker."""
        if report.failed:
            self._failed.add(report.nodeid)
        told: Any = getattr(report, "tripwire", None)
        if told is not None and told.get("verified"):
            self._tests[report.nodeid] = told["verified"]

    def pytest_sessionfinish(self) -> None:
        """Let go of the truths."""
        for truth in self._truths.values():
            if truth is not None:
                truth.close()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell how much was checked, and what was not; and the lies that no failure has told."""
        if self._config.getoption("collectonly"):
            return
        told = [
            (test, lie)
            for test, verified in self._tests.items()
            if self._only_warns or test not in self._failed  # it was skipped, or expected to fail
            for lie in verified["lies"]
        ]
        if told:
            terminalreporter.section("tripwire: mocks that lie", yellow=True)
            for test, lie in told:
                terminalreporter.write_sep("_", test)
                terminalreporter.write_line(lie)
        for number, line in enumerate(self._summary()):
            terminalreporter.write_line(line, yellow=number > 0)

    def _summary(self) -> Iterator[str]:
        unchecked: Counter[str] = Counter()
        for verified in self._tests.values():
            unchecked.update(verified["unchecked"])
        claims = sum(verified["claims"] for verified in self._tests.values())
        lying = sum(bool(verified["lies"]) for verified in self._tests.values())
        yield _words.verified(claims, lying, sum(unchecked.values()))
        for why, number in unchecked.most_common():
            yield _words.unchecked(number, why)


def _mode(given: str) -> str:
    """What lies are to do.

    Raises:
        pytest.UsageError: the option has another value.
    """
    if given not in ("fail", "warn"):
        raise pytest.UsageError(f"--tripwire-verify={given}: it takes no value, or =warn")
    return given


def _value_of_fixture(item: pytest.Item, name: str) -> Any:
    request = getattr(item, "_request", None)
    if request is None:  # no function: a later test may be one
        return _NotSetUp(_words.no_fixture_yet(name))
    found = item.session._fixturemanager.getfixturedefs(name, item)
    if not found:
        return TruthError(_words.no_fixture(name))
    if found[-1].scope != "session":
        return TruthError(_words.fixture_of_scope(name, found[-1].scope))
    try:
        return request.getfixturevalue(name)
    except Exception as error:  # noqa: BLE001 - of the user's fixture
        return TruthError(_words.fixture_failed(name, error))

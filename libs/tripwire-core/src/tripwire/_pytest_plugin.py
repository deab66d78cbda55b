"""The pytest plugin: one verifier a test, judged when the test's own fixtures are done."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from typing import Any

import pytest

from tripwire import _context, _expected, _messages, _registry, _routing
from tripwire._context import TestScope
from tripwire._errors import SwallowedTripError, TripwireError, TripwireWarning, VerificationError
from tripwire._patching import PATCHER, Patch
from tripwire._registry import Project
from tripwire._verifier import StrictVerifier

_SCOPE = pytest.StashKey[TestScope]()
_CALL_FAILED = pytest.StashKey[bool]()
_LEFT_OPEN = pytest.StashKey[str]()


_PROJECT = pytest.StashKey[Project]()
_watching: list[Patch] = []


def pytest_configure(config: pytest.Config) -> None:
    """Begin a session's project."""
    project = config.stash[_PROJECT] = Project(config.rootpath)
    _registry.projects.append(project)
    if len(_registry.projects) == 2:  # not in a session within a session
        _watching.extend(_expected.watch())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End it: an outer session may be running. There is none if another plugin's configuration failed first."""
    project = config.stash.get(_PROJECT, None)
    if project is not None:
        _registry.projects.remove(project)
    if len(_registry.projects) == 1:
        _expected.unwatch(_watching)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Report a wrong configuration once and at once, not in every test that meets it."""
    try:
        session.config.stash[_PROJECT].config()
    except TripwireError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.fixture
def tripwire_verifier() -> StrictVerifier:
    """The verifier of this test."""
    return _context.current_verifier()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin a test's scope, and judge the test after its last function-scoped fixture."""
    _routing.hold(None)
    scope = item.stash[_SCOPE] = TestScope(str(item.path))
    _context.running.append(scope)

    # pytest runs an item's teardown after the finalisers of its fixtures, and before wider ones.
    teardown = item.teardown

    def teardown_and_judge() -> None:
        __tracebackhide__ = True
        del item.teardown  # the instance attribute set below
        try:
            teardown()
        finally:
            _judge(item, scope)

    item.teardown = teardown_and_judge  # type: ignore[method-assign]


def _judge(item: pytest.Item, scope: TestScope) -> None:
    __tracebackhide__ = True
    _context.running.remove(scope)
    _routing.forget_closed()
    if scope.verifier is None:
        return
    error = scope.verifier.judge()
    if error is None:
        return
    if item.stash.get(_CALL_FAILED, True):  # also where set-up failed or skipped: there was no call
        item.stash[_LEFT_OPEN] = str(error)
    else:
        raise error


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge the trips when the test's body is done, so that xfail sees them."""
    __tracebackhide__ = True
    item.stash[_CALL_FAILED] = True
    result = yield
    verifier = item.stash[_SCOPE].verifier
    if verifier is not None and (swallowed := verifier.judge_trips()) is not None:
        raise swallowed
    item.stash[_CALL_FAILED] = False
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Restore every target when teardown has ended, and judge trips that came late."""
    __tracebackhide__ = True
    late: VerificationError | None = None
    unfinished: list[str] = []
    try:
        result = yield
    finally:
        scope = item.stash.get(_SCOPE, None)
        if scope is not None and scope.verifier is not None:
            scope.verifier.close()
            late = scope.verifier.judge_trips()
            unfinished = list(scope.verifier.work.unfinished())
        if scope in _context.running:  # skipped at set-up: the item's own teardown never ran
            _context.running.remove(scope)
        PATCHER.sweep()
    if late is not None:
        raise late
    for what in unfinished:
        warnings.warn(TripwireWarning(_messages.still_at_work(what)), stacklevel=1)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Open the report of a failed test with a swallowed trip, and add what the test left open."""
    scope = item.stash.get(_SCOPE, None)
    raised = call.excinfo.value if call.excinfo is not None else None
    known = raised is None or isinstance(raised, (pytest.skip.Exception, SwallowedTripError))
    if call.when == "call" and scope is not None and scope.verifier is not None and not known:
        _name_likely_cause(raised, scope.verifier)
    report = yield
    if call.when == "call" and call.excinfo is not None:
        item.stash[_CALL_FAILED] = True  # only now does a unittest.TestCase tell of its failure
        if isinstance(raised, SwallowedTripError) and call.excinfo.value is not raised:
            report.sections.append(("tripwire, the likely cause", str(raised)))
    if call.when == "teardown":
        if left_open := item.stash.get(_LEFT_OPEN, ""):
            report.sections.append(("tripwire, at teardown", left_open))
        if scope is not None:
            scope.verifier = None  # items live as long as the session
    return report


def _name_likely_cause(failure: BaseException | None, verifier: StrictVerifier) -> None:
    """Hang a swallowed trip below the failure, where pytest shows it first."""
    verifier.settle(failure)
    swallowed = verifier.judge_trips()
    if swallowed is None or failure is None:
        return
    root, seen = failure, {id(failure)}
    while (below := _shown_below(root)) is not None and id(below) not in seen:
        root = below
        seen.add(id(root))
    root.__cause__ = swallowed


def _shown_below(error: BaseException) -> BaseException | None:
    """The exception that a traceback shows before this one."""
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any],
) -> Generator[None, Any, Any]:
    """Know which fixture wider than a test is being set up: tripwire must not be used there."""
    if fixturedef.scope == "function":
        return (yield)
    _context.wide_fixtures.append((fixturedef.argname, fixturedef.scope))
    try:
        return (yield)
    finally:
        _context.wide_fixtures.pop()


@pytest.hookimpl(trylast=True)
def pytest_fixture_post_finalizer() -> None:
    """A fixture may have closed, in another context, a sandbox that this one still holds."""
    _routing.forget_closed()

"""The pytest plugin: one verifier a test, judged when the test's own fixtures are done."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import tripwire._installation  # noqa: F401 - it looks at core's own files, before any of them fails
from tripwire import _context, _expected, _messages, _public_names, _registry, _routing, _suite
from tripwire._context import TestScope
from tripwire._errors import SwallowedTripError, TripwireError, TripwireWarning
from tripwire._patching import PATCHER, Patch
from tripwire._registry import Project
from tripwire._verifier import StrictVerifier

_SCOPE = pytest.StashKey[TestScope]()
_RUNNING = pytest.StashKey["TestScope | None"]()
_PROJECT = pytest.StashKey[Project]()
_watching: list[Patch] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that shows the timelines of failing tests."""
    parser.getgroup("tripwire").addoption(
        "--tripwire-timeline",
        action="store_true",
        default=False,
        help="show what each failing test has called: when, what came of it, and which line has asserted it",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin a session's project."""
    config.pluginmanager.register(_suite.Suite(config), "tripwire-suite")
    project = config.stash[_PROJECT] = Project(config.rootpath)
    _registry.projects.append(project)
    _context.wide_fixtures.append(None)
    if len(_registry.projects) == 2:  # not in a session within a session
        _watching.extend(_expected.watch())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End it: an outer session may be running. There is none if another plugin's configuration failed first."""
    project = config.stash.get(_PROJECT, None)
    if project is not None:
        _registry.projects.remove(project)
        _context.wide_fixtures.pop()
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
    """The verifier of this test, with its `timeline` and `trips`; `with tripwire:` and the like need no fixture."""
    return _context.current_verifier()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that use tripwire for pytest-run-parallel, if it is there: a test has one verifier."""
    if hasattr(config.option, "parallel_threads"):
        for item in items:
            if _context.uses_tripwire(item):
                item.add_marker(pytest.mark.thread_unsafe(reason="uses tripwire"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin a test's scope, and judge the test after its last function-scoped fixture."""
    scope = TestScope(str(item.path), with_timeline=item.config.getoption("tripwire_timeline", False))
    item.stash[_SCOPE] = item.config.stash[_RUNNING] = scope
    _routing.hold(None)
    _context.running.append(scope)

    # pytest runs an item's teardown after the finalisers of its fixtures, and before wider ones.
    item.__dict__.pop("teardown", None)  # of an earlier run that was skipped at set-up
    teardown = item.teardown

    def teardown_and_judge() -> None:
        del item.teardown  # the instance attribute set below
        try:
            teardown()
        finally:
            _judge(scope)

    item.teardown = teardown_and_judge  # type: ignore[method-assign]


def _judge(scope: TestScope) -> None:
    _context.running.remove(scope)
    _routing.forget_closed()
    error = scope.verifier.judge() if scope.verifier is not None else None
    if error is not None and scope.failed:
        scope.add(error)
    elif error is not None:
        scope.found.append(error)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge the trips when the test's body is done, so that xfail sees them."""
    __tracebackhide__ = True
    scope = item.stash[_SCOPE]
    scope.failed = False  # a failing subtest says so while the body runs
    try:
        with _examples(item, scope):
            result = yield
        if scope.verifier is not None:
            _expected.settle_in_doctests(scope.verifier.trips)
            if collected := getattr(item, "_excinfo", None):  # a unittest.TestCase raises nothing
                scope.failed = True
                _name_likely_cause(collected[0].value, scope)
            elif (swallowed := scope.verifier.judge_trips()) is not None:
                raise scope.judged(swallowed)
    except BaseException:
        scope.failed = True
        raise
    return result


@contextmanager
def _examples(item: pytest.Item, scope: TestScope) -> Iterator[None]:
    """Judge each example of a hypothesis test by itself, so that hypothesis can shrink a failing one."""
    test = getattr(item, "obj", None) if "hypothesis" in sys.modules else None
    handle = getattr(test, "hypothesis", None)
    if getattr(test, "is_hypothesis_test", False) is not True or handle is None:
        yield
        return
    inner = handle.inner_test
    handle.inner_test = _per_example(inner, scope)
    try:
        yield
    finally:
        handle.inner_test = inner


def _per_example(inner: Callable[..., Any], scope: TestScope) -> Callable[..., Any]:
    @functools.wraps(inner)
    def example(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with _Example(scope):
            return inner(*args, **kwargs)

    @functools.wraps(inner)
    async def async_example(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with _Example(scope):
            return await inner(*args, **kwargs)

    return async_example if inspect.iscoroutinefunction(inner) else example


class _Example:
    def __init__(self, scope: TestScope) -> None:
        self._scope = scope

    def __enter__(self) -> None:
        self._is_own = self._scope.begin_example()

    def __exit__(self, kind: object, failure: BaseException | None, traceback: object) -> None:
        __tracebackhide__ = True
        verifier = self._scope.verifier
        if verifier is None:
            return
        if type(failure).__name__ == "UnsatisfiedAssumption":  # hypothesis forgets such an example
            if (swallowed := verifier.judge_trips()) is not None:
                raise swallowed
        elif failure is not None:
            _name_likely_cause(failure, self._scope)
        elif (error := verifier.judge() if self._is_own else verifier.judge_trips()) is not None:
            raise error


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Restore every target when teardown has ended, and judge trips that came late."""
    __tracebackhide__ = True
    scope = item.stash.get(_SCOPE, None) or TestScope(None)
    try:
        result = yield
    except BaseException:
        unfinished = _end(item.config, scope)
        scope.add(*scope.found, *unfinished)
        raise
    unfinished = _end(item.config, scope)
    if scope.found:
        error, *others = scope.found
        scope.add(*others, *unfinished)
        raise scope.judged(error)
    if unfinished:
        item.warn(TripwireWarning("\n".join(unfinished)))
    return result


def _end(config: pytest.Config, scope: TestScope) -> list[str]:
    config.stash[_RUNNING] = None
    if scope in _context.running:  # skipped at set-up: the item's own teardown never ran
        _context.running.remove(scope)
    late, unfinished = scope.close()
    if late is not None:
        scope.found.append(late)
    PATCHER.sweep()
    return [_messages.still_at_work(what) for what in unfinished]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, Any, Any]:
    """End the test that was interrupted: pytest runs its finalisers here, and no other hook for it."""
    try:
        return (yield)
    finally:
        scope = session.config.stash.get(_RUNNING, None)
        if scope is not None:
            _end(session.config, scope)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Open the report of a failed test with a swallowed trip, and add what the test left open."""
    scope = item.stash.get(_SCOPE, None)
    if scope is None:
        return (yield)
    if call.when != "teardown" and call.excinfo is not None:
        _name_likely_cause(call.excinfo.value, scope)
    report = yield
    scope.unchain()
    if call.excinfo is not None and any(one is call.excinfo.value for one in scope.judgements):
        report.longrepr = _without_traceback(call.excinfo)
    if call.when == "call" and report.failed:
        scope.failed = True  # also the report of a subtest, or of a unittest.TestCase
    scope.reported_failure = scope.reported_failure or report.failed
    if call.when == "teardown":
        if scope.used:
            _suite.tell(report, _told(scope))
        if scope.left_open:
            report.sections.append(("tripwire, at teardown", scope.left_open))
        del item.stash[_SCOPE]  # items live as long as the session
    return report


def _told(scope: TestScope) -> _suite.Told:
    """What the run is summed up from."""
    shown = scope.chronicle if scope.reported_failure else None
    allowed = sorted(_public_names.met)
    _public_names.met.clear()
    return _suite.Told(
        interactions=scope.interactions,
        trips=scope.trips,
        allowed=allowed,
        timeline=shown.rows() if shown is not None else [],
    )


def _without_traceback(error: pytest.ExceptionInfo[BaseException]) -> Any:
    """The report of a judgement: it was made between pytest and tripwire, with no line of the user's to show."""
    shown = error.getrepr(style="short", tbfilter=lambda info: type(info.traceback)([]), chain=False)
    shown.reprtraceback.extraline = None  # that all is hidden
    return shown


def _name_likely_cause(failure: BaseException, scope: TestScope) -> None:
    """Hang a swallowed trip below the failure, where pytest shows it first."""
    verifier = scope.verifier
    if verifier is None or isinstance(failure, (pytest.skip.Exception, SwallowedTripError)):
        return
    _expected.settle_in_doctests(verifier.trips)
    verifier.settle(failure)
    swallowed = verifier.judge_trips()
    if swallowed is None:
        return
    root, seen = failure, {id(failure)}
    while (below := _shown_below(root)) is not None and id(below) not in seen:
        root = below
        seen.add(id(root))
    scope.chain(root, swallowed)


def _shown_below(error: BaseException) -> BaseException | None:
    """The exception that a traceback shows before this one."""
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any],
) -> Generator[None, Any, Any]:
    """Know which fixture wider than a test is at work, at set-up and teardown: it must not use tripwire."""
    if fixturedef.scope == "function":
        return (yield)
    wide = (fixturedef.argname, fixturedef.scope)
    leave, enter = _context.wide_fixtures.pop, functools.partial(_context.wide_fixtures.append, wide)
    fixturedef.addfinalizer(leave)  # the last of its finalisers: they run in reverse order
    enter()
    try:
        return (yield)
    finally:
        leave()
        fixturedef.addfinalizer(enter)


@pytest.hookimpl(trylast=True)
def pytest_fixture_post_finalizer() -> None:
    """A fixture may have closed, in another context, a sandbox that this one still holds."""
    _routing.forget_closed()

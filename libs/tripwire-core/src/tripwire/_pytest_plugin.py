"""The pytest plugin: one verifier a test, judged when the test's own fixtures are done."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

import tripwire
from tripwire import _context, _expected, _held, _project, _suite
from tripwire._context import TestScope
from tripwire._options import pytest_addoption, pytest_load_initial_conftests
from tripwire._project import Project

if TYPE_CHECKING:
    from tripwire._verifier import StrictVerifier

_SCOPE = pytest.StashKey[TestScope]()
_RUNNING = pytest.StashKey["TestScope | None"]()
_PROJECT = pytest.StashKey[Project]()
_watching: list[_expected.Watched] = []

__all__ = ["pytest_addoption", "pytest_load_initial_conftests"]  # pytest finds them here


def pytest_configure(config: pytest.Config) -> None:
    """Begin a session's project."""
    config.pluginmanager.register(_suite.Suite(config), "tripwire-suite")
    if config.getoption("tripwire_record") or config.getoption("tripwire_fix"):
        from tripwire._writing._run import Writing

        config.pluginmanager.register(Writing(config), "tripwire-writing")
    elif config.getoption("tripwire_diff") or config.getoption("tripwire_review"):
        from tripwire import _messages

        option = "--tripwire-diff" if config.getoption("tripwire_diff") else "--tripwire-review"
        raise pytest.UsageError(_messages.option_needs(option, "--tripwire-fix or --tripwire-record"))
    if config.getoption("tripwire_verify"):
        from tripwire._verifying._run import Verifying

        config.pluginmanager.register(Verifying(config), "tripwire-verifying")
    elif config.getoption("tripwire_schema"):
        from tripwire import _messages

        raise pytest.UsageError(_messages.option_needs("--tripwire-schema", "--tripwire-verify"))
    project = config.stash[_PROJECT] = Project(config.rootpath)
    _project.projects.append(project)
    _context.wide_fixtures.append(None)
    if len(_project.projects) == 2:  # not in a session within a session
        _watching.extend(_expected.watch())


def pytest_unconfigure(config: pytest.Config) -> None:
    """End it: an outer session may be running. There is none if another plugin's configuration failed first."""
    project = config.stash.get(_PROJECT, None)
    if project is not None:
        _project.projects.remove(project)
        _context.wide_fixtures.pop()
    if len(_project.projects) == 1:
        _expected.unwatch(_watching)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Report a wrong configuration once and at once, not in every test that meets it."""
    try:
        session.config.stash[_PROJECT].config()
    except Exception as error:
        from tripwire._errors import TripwireError  # with all of its words

        if not isinstance(error, TripwireError):
            raise
        raise pytest.UsageError("\n".join((str(error), *error.__notes__))) from None


@pytest.fixture
def tripwire_verifier() -> StrictVerifier:
    """The verifier of this test, with its `timeline` and `trips`; `with tripwire:` and the like need no fixture."""
    return _context.current_verifier()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Load what the tests will use before the first of them has replaced what that is made of."""
    parents = dict.fromkeys(item.parent for item in session.items if item.parent is not None)
    files = dict.fromkeys(parent.getparent(pytest.Module) for parent in parents)
    names = [getattr(file.obj, "__dict__", {}) for file in files if file is not None]
    if any(value is tripwire for held in names for value in list(held.values())):
        from tripwire import _everything  # noqa: F401


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests that use tripwire for pytest-run-parallel, if it is there: a test has one verifier."""
    if hasattr(config.option, "parallel_threads"):
        for item in items:
            if _context.uses_tripwire(item):
                item.add_marker(pytest.mark.thread_unsafe(reason="uses tripwire"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin a test's scope, and judge the test after its last function-scoped fixture."""
    with_timeline = getattr(item.config.option, "tripwire_timeline", False)
    plugin = item.config.pluginmanager.getplugin
    scope = TestScope(
        str(item.path),
        with_timeline=with_timeline,
        writing=plugin("tripwire-writing"),
        verifying=plugin("tripwire-verifying"),
    )
    item.stash[_SCOPE] = item.config.stash[_RUNNING] = scope
    _held.hold(None)
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
    _held.forget_closed()
    if scope.verifier is None:
        return
    # An assertion that would have failed fails a skipped test, too; what is open does not.
    for error, is_beside in (
        (scope.settle(), scope.reported_failure),
        (scope.verifier.judge(), scope.failed),
        (scope.verify(), scope.failed),
    ):
        if error is not None and is_beside:
            scope.add(error)
        elif error is not None:
            scope.found.append(error)


@contextmanager
def _readable_by_doctest(item: pytest.Item) -> Iterator[None]:
    """Before Python 3.11, doctest takes the last line that is shown of an error for its message, also one of a note."""
    if sys.version_info >= (3, 11) or type(item).__name__ != "DoctestItem":
        yield
        return
    from tripwire import _errors  # pragma: no cover - Python 3.10

    _errors.without_notes = True  # pragma: no cover - as above
    try:  # pragma: no cover - as above
        yield
    finally:  # pragma: no cover - as above
        _errors.without_notes = False


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge the trips when the test's body is done, so that xfail sees them."""
    __tracebackhide__ = True
    scope = item.stash[_SCOPE]
    scope.failed = False  # a failing subtest says so while the body runs
    try:
        if "hypothesis" not in sys.modules:
            with _readable_by_doctest(item):
                result = yield
        else:
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
    test = getattr(item, "obj", None)
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
        scope.ask_for_nothing()
        scope.add(*scope.found, unfinished=unfinished)
        raise
    unfinished = _end(item.config, scope)
    if scope.found:
        error, *others = scope.found
        scope.add(*others, unfinished=unfinished)
        raise scope.judged(error)
    if unfinished:
        from tripwire import _judging

        item.warn(_judging.warning(unfinished))
    return result


def _end(config: pytest.Config, scope: TestScope) -> list[str]:
    config.stash[_RUNNING] = None
    if scope in _context.running:  # skipped at set-up: the item's own teardown never ran
        _context.running.remove(scope)
    late, unfinished = scope.close()
    if late is not None:
        scope.found.append(late)
    if not _context.is_loaded():
        return []
    from tripwire import _judging
    from tripwire._patching import PATCHER

    PATCHER.sweep()
    return _judging.in_words(unfinished)


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
    if call.excinfo is None or not _suite.is_of_concern(call.excinfo.value):
        report = yield
    else:
        from tripwire import _help_lines, _tracebacks

        hide = item.config.getoption("tbstyle", "auto") == "line"
        with _help_lines.once_each(call.excinfo.value, hide=hide) as lines:
            report = yield
            if any(one is call.excinfo.value for one in scope.judgements):
                report.longrepr = _tracebacks.of_judgement(call.excinfo)
        _help_lines.add_missing(report, lines)
    scope.unchain()
    if call.when == "call" and report.failed:
        scope.failed = True  # also the report of a subtest, or of a unittest.TestCase
    scope.reported_failure = scope.reported_failure or report.failed
    if call.when == "teardown":
        if scope.used:
            from tripwire import _judging

            _suite.tell(report, _judging.told(scope))
        if scope.left_open:
            report.sections.append(("tripwire, at teardown", scope.left_open))
        del item.stash[_SCOPE]  # items live as long as the session
    return report


def _name_likely_cause(failure: BaseException, scope: TestScope) -> None:
    if scope.verifier is not None:
        from tripwire import _judging

        _judging.name_likely_cause(failure, scope)


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
    _held.forget_closed()

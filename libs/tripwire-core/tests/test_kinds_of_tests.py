"""Tests of anyio, doctest, hypothesis, unittest, and under pytest-run-parallel."""

from __future__ import annotations

import sys

import pytest

PROGRAM = "def swallow(call):\n    try:\n        call()\n    except Exception:\n        pass\n"


pytestmark = pytest.mark.usefixtures("ini")


@pytest.mark.parametrize("plugin", ["asyncio", "trio"])
def test_anyio(pytester: pytest.Pytester, plugin: str) -> None:
    pytester.makeini("[pytest]\nasyncio_mode=strict\nasyncio_default_fixture_loop_scope=function\n")
    pytester.makepyfile(
        f"""
        import anyio, pytest, tripwire

        @pytest.fixture
        def anyio_backend():
            return {plugin!r}

        @pytest.fixture
        async def box():
            repo = tripwire.mock("repo").returns(1).returns(2)
            async with tripwire:
                yield repo
            with tripwire.in_any_order():
                repo.assert_call(args=("thread",))
                repo.assert_call(args=("task",))

        @pytest.mark.anyio
        async def test_it(box):
            await anyio.to_thread.run_sync(box, "thread")
            async with anyio.create_task_group() as group:
                async def work():
                    box("task")
                group.start_soon(work)
        """
    )
    pytester.runpytest("-p", "no:asyncio").assert_outcomes(passed=1)


def test_doctest_items(pytester: pytest.Pytester) -> None:
    pytester.maketxtfile(
        test_doc=">>> import tripwire\n>>> m = tripwire.mock('m').returns(1)\n>>> with tripwire.sandbox() as _:\n"
        "...     m()\n1\n"
    )
    pytester.runpytest().assert_outcomes(passed=1, errors=1)


HYPOTHESIS = '''
import functools, inspect, types

class Stop(BaseException):
    pass

def given(*values):
    """What the property-based library of this name does, as far as it matters here."""
    def decorate(inner):
        @functools.wraps(inner)
        def test():
            failure = None
            for value in values:
                result = test.hypothesis.inner_test
                try:
                    outcome = result(value)
                    if inspect.isawaitable(outcome):
                        try:
                            outcome.send(None)
                        except StopIteration:
                            pass
                except Stop:
                    pass
                except Exception as error:
                    failure = error
            if failure is not None:
                raise failure
        del test.__wrapped__
        test.is_hypothesis_test = True
        test.hypothesis = types.SimpleNamespace(inner_test=inner)
        return test
    return decorate
'''


EXAMPLES = """
import pytest, threading, tripwire, hypothesis, program
from hypothesis import given
genuine = threading.Thread.start
inside, go, done, end = (threading.Event() for _ in range(4))

@given(1, 2, 3)
def test_good(number):
    repo = tripwire.mock("repo").returns(number)
    with tripwire:
        assert repo() == number
    repo.assert_call()

@given(1, 2, 3)
async def test_good_async(number):
    repo = tripwire.mock("repo").returns(number)
    async with tripwire:
        assert repo() == number
    repo.assert_call()

@given(1, 2, 3)
def test_no_use(number):
    pass

@given(1, 2, 3)
def test_discarded(number):
    repo = tripwire.mock("repo").returns(number)
    tripwire.sandbox().__enter__()
    if number < 3:
        raise hypothesis.Stop
    assert repo() == 3
    tripwire.current_verifier().close()
    repo.assert_call()

@given(1, 2, 3)
def test_unasserted(number):
    repo = tripwire.mock("repo").returns(number)
    with tripwire:
        repo()
    if number != 2:
        repo.assert_call()

@given(1, 2, 3)
def test_trip_before_a_failure(number):
    repo = tripwire.mock("repo")
    with tripwire:
        if number == 3:
            program.swallow(repo.find)
        assert number < 3

@given(1, 2, 3, 4)
def test_late_thread(number):
    repo = tripwire.mock("repo")
    with tripwire:
        if number == 1:
            work = lambda: (inside.set(), go.wait(), program.swallow(repo.late), done.set(), end.wait())
            threading.Thread(target=work, name="late", daemon=True).start()
            inside.wait()
        if number == 2:
            go.set()
            done.wait()

@pytest.fixture
def opened():
    with tripwire:
        yield

@pytest.mark.usefixtures("opened")
@given(1, 2, 3)
def test_shared(number):
    tripwire.mock("repo").returns(number).required(False)

def test_nothing_is_left():
    end.set()
    assert threading.Thread.start is genuine
    assert tripwire.current_verifier().innermost_open() is None
"""


def test_examples_of_a_property_are_judged_one_by_one(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "hypothesis", raising=False)
    pytester.syspathinsert()
    pytester.makepyfile(hypothesis=HYPOTHESIS, program=PROGRAM, test_examples=EXAMPLES)
    result = pytester.runpytest("-p", "no:hypothesispytest", "-p", "no:randomly")
    result.assert_outcomes(passed=7, failed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of test_late_thread _*",
            "E *SwallowedTripError: 1 trip never reached the test:",
            "*- PostSandboxInteractionError: repo.late()  (program.py:3), in thread 'late'",
            "*- tripwire, at teardown -*",
            "the thread 'late' was started inside the sandbox and is still at work, *",
            "*_ test_unasserted _*",
            "E *UnassertedInteractionsError: 1 interaction was not asserted:",
            "E *- repo() returned 2  (test_examples.py:*)",
            "*_ test_trip_before_a_failure _*",
            "*1 trip never reached the test:",
            "*- UnmockedInteractionError: repo.find()  (program.py:3)",
            "The above exception was the direct cause of the following exception:",
            "E *assert 3 < 3",
        ]
    )


PARALLEL = """
import pytest
from fixtures import box
{imports}

def test_imports():
    pass

@pytest.mark.usefixtures("box")
def test_fixture():
    pass

def test_inside():
    import tripwire

def test_other():
    pass
"""


# A class without a `__module__`, as code makes it that has no module of its own.
HOMELESS = 'eval(\'type("Homeless", (), {})\', {"__builtins__": {"type": type}})'


@pytest.mark.parametrize(
    ("imports", "marked"),
    [
        ("import tripwire", 4),
        ("from tripwire import mock", 4),
        ("from tripwire import StrictVerifier as V", 4),
        ("from tripwire import verify_all", 4),
        ("import json", 2),
        (f"import json\nhomeless = {HOMELESS}", 2),
    ],
)
def test_tests_that_use_tripwire_are_marked_for_run_parallel(
    pytester: pytest.Pytester, imports: str, marked: int
) -> None:
    pytester.syspathinsert()
    pytester.makeconftest(
        "def pytest_addoption(parser):\n    parser.addoption('--parallel-threads', default=1)\n"
        "def pytest_configure(config):\n    config.addinivalue_line('markers', 'thread_unsafe')\n"
    )
    pytester.makepyfile(
        fixtures="import pytest, tripwire\n@pytest.fixture\ndef box():\n    pass\n",
        test_it=PARALLEL.format(imports=imports),
    )
    pytester.runpytest("-m", "thread_unsafe").assert_outcomes(passed=marked, deselected=4 - marked)


UNITTEST = """
import tripwire, unittest, program

class TestIt(unittest.TestCase):
    def setUp(self):
        self.repo = tripwire.mock("repo").returns(1).required(False)

    def test_trip(self):
        with tripwire:
            self.repo.find(1)

    def test_trip_before_a_failure(self):
        with tripwire:
            program.swallow(self.repo.find)
        self.fail("mine")

    def test_skipped(self):
        with tripwire:
            program.swallow(self.repo.find)
            self.repo()
        self.skipTest("enough")
"""


def test_trips_and_failures_of_a_unittest_test_case(pytester: pytest.Pytester) -> None:
    pytester.syspathinsert()
    pytester.makepyfile(program=PROGRAM, test_it=UNITTEST)
    result = pytester.runpytest("-p", "no:randomly")
    result.assert_outcomes(failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*_ TestIt.test_trip _*",
            "E *UnmockedInteractionError: nothing answers this call: repo.find(1)",
            "*_ TestIt.test_trip_before_a_failure _*",
            "*SwallowedTripError: 1 trip never reached the test:",
            "The above exception was the direct cause of the following exception:",
            "E *AssertionError: mine",
        ]
    )
    assert result.stdout.str().count("never reached the test") == 1


def test_a_doctest_may_expect_a_trip(pytester: pytest.Pytester) -> None:
    pytester.syspathinsert()
    pytester.makepyfile(program=PROGRAM)
    example = (
        ">>> import tripwire, program\n>>> repo = tripwire.mock('repo')\n>>> with tripwire:\n...     {}\n"
    )
    expected = "Traceback (most recent call last):\ntripwire.UnmockedInteractionError: nothing answers *\n"
    pytester.maketxtfile(test_expected=example.format("repo.find(1)") + expected)
    pytester.maketxtfile(test_swallowed=example.format("program.swallow(repo.find)"))
    pytester.maketxtfile(test_raised=example.format("repo.find(2)"))
    result = pytester.runpytest(
        "--doctest-glob=test*.txt", "-o", "doctest_optionflags=IGNORE_EXCEPTION_DETAIL"
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*_ [[]doctest] test_raised.txt _*",
            "UNEXPECTED EXCEPTION: UnmockedInteractionError('nothing answers this call: repo.find(2)*",
            "*_ [[]doctest] test_swallowed.txt _*",
            "E   tripwire.SwallowedTripError: 1 trip never reached the test:",
        ]
    )
    assert result.stdout.str().count("E   tripwire.SwallowedTripError") == 1

from __future__ import annotations

import sys
import threading

import pytest

from tripwire import _patching

PROGRAM = "def swallow(call):\n    try:\n        call()\n    except Exception:\n        pass\n"

MOCK = (
    "import pytest, tripwire\n\n@pytest.fixture\ndef repo():\n    return tripwire.mock('repo').returns(1)\n\n"
)


@pytest.fixture(autouse=True)
def ini(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_mode=auto\nasyncio_default_fixture_loop_scope=function\n")


def test_an_unasserted_interaction_fails_at_teardown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    with tripwire: repo(5)\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *UnassertedInteractionsError: 1 interaction was not asserted:",
            "*  - repo(5) returned 1  (test_an_unasserted_interaction_fails_at_teardown.py:8)",
            "*put this after the sandbox:",
            "*    repo.assert_call(args=(5,), kwargs={}, returned=1)",
        ]
    )


def test_an_unused_mock_fails_at_teardown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    with tripwire: pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *UnusedMocksError: 1 mock was never used:",
            "*  - repo.returns(1)  (test_an_unused_mock_fails_at_teardown.py:5)",
            "*make the call, take the mock away, or register it with required=False",
        ]
    )


def test_both_at_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    repo.returns(2)\n    with tripwire: repo(5)\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *VerificationError: 1 interaction was not asserted:",
            "*  - repo(5) returned 1*",
            "*1 mock was never used:",
            "*  - repo.returns(2)*",
        ]
    )


def test_a_failing_body_is_the_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    with tripwire: repo(5)\n    assert 1 == 2\n")
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E*assert 1 == 2", "*tripwire, at teardown*", "1 interaction was not asserted:"]
    )


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("def test_it(repo):\n    pytest.skip('no')\n", {"skipped": 1}),
        (
            "@pytest.mark.xfail\ndef test_it(repo):\n    with tripwire: repo(1)\n    assert 0\n",
            {"xfailed": 1},
        ),
        ("@pytest.fixture\ndef bad(repo):\n    raise KeyError\ndef test_it(bad):\n    pass\n", {"errors": 1}),
    ],
)
def test_a_test_without_a_passing_body_is_not_judged(
    pytester: pytest.Pytester, code: str, outcome: dict[str, int]
) -> None:
    pytester.makepyfile(MOCK + code)
    pytester.runpytest().assert_outcomes(**outcome)


def test_each_test_has_a_verifier_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import tripwire
        seen = []
        def test_one(tripwire_verifier):
            seen.append(tripwire_verifier)
            assert tripwire.current_verifier() is tripwire_verifier
        def test_two(tripwire_verifier):
            assert tripwire_verifier is not seen[0]
        """
    )
    pytester.runpytest().assert_outcomes(passed=2)


FIXTURES = """
import pytest, tripwire

@pytest.fixture
def sync_box():
    repo = tripwire.mock("repo").returns(1)
    with tripwire:
        yield repo
    repo.assert_call()

@pytest.fixture
async def async_box():
    repo = tripwire.mock("repo").returns(1)
    async with tripwire:
        yield repo
    repo.assert_call()
"""


@pytest.mark.parametrize("scope", ["function", "module", "session"])
@pytest.mark.parametrize("fixture", ["sync_box", "async_box"])
def test_fixtures_may_open_the_sandbox_and_assert_after_yield(
    pytester: pytest.Pytester, fixture: str, scope: str
) -> None:
    pytester.makeini(
        f"[pytest]\nasyncio_mode=auto\nasyncio_default_fixture_loop_scope={scope}\n"
        f"asyncio_default_test_loop_scope={scope}\n"
    )
    pytester.makepyfile(
        FIXTURES
        + f"async def test_async({fixture}):\n    {fixture}()\n"
        + f"def test_sync({fixture}):\n    {fixture}()\n"
        + "def test_after():\n    assert tripwire.current_verifier().innermost_open() is None\n"
    )
    pytester.runpytest("-p", "no:randomly").assert_outcomes(passed=3)


def test_real_clean_up_after_an_async_fixture_closed_its_sandbox(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        FIXTURES
        + """
import json

@pytest.fixture
def cleaned():
    yield
    assert json.dumps(1) == "1"

@pytest.fixture
async def spied():
    tripwire.mock("json:dumps").required(False)
    async with tripwire:
        yield

async def test_it(cleaned, spied):
    pass
"""
    )
    pytester.runpytest().assert_outcomes(passed=1)


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


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
@pytest.mark.parametrize("use", ["with tripwire: pass", "tripwire.mock('x')", "tripwire.current_verifier()"])
def test_a_wider_fixture_must_not_use_tripwire(pytester: pytest.Pytester, scope: str, use: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest, tripwire
        @pytest.fixture(scope="{scope}")
        def database():
            {use}
        def test_it(database):
            pass
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            f"E *NoActiveVerifierError: tripwire was used in the fixture 'database', whose scope is '{scope}': "
            "what it catches belongs to one test.",
            "E *Give the fixture function scope, or open the sandbox in a function-scoped fixture that uses it",
        ]
    )


def test_use_while_no_test_is_running(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import tripwire\ntripwire.mock('x')\ndef test_it():\n    pass\n")
    result = pytester.runpytest_subprocess()  # in this process a test, this one, is running
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *NoActiveVerifierError: tripwire was used while no test was running.",
            "E *Use it in a test or in a function-scoped fixture, with tripwire's pytest plugin active "
            "(no -p no:tripwire); outside pytest, make a tripwire.StrictVerifier()",
        ]
    )


def test_a_wider_fixture_must_not_use_tripwire_after_its_yield(pytester: pytest.Pytester) -> None:
    cases = [(kind, scope) for kind in ("", "async ") for scope in ("class", "module", "package", "session")]
    pytester.makepyfile(
        "import pytest, pytest_asyncio, tripwire\n"
        + "".join(
            f"""
@pytest_asyncio.fixture(scope="{scope}", loop_scope="{scope}")
{kind}def {kind.strip()}_{scope}():
    yield
    tripwire.mock("x")
@pytest.fixture(scope="{scope}")
def user_of_{kind.strip()}_{scope}({kind.strip()}_{scope}):
    yield
class Test{kind.strip()}{scope}:
    def test_it(self, user_of_{kind.strip()}_{scope}):
        tripwire.mock("x").required(False)
"""
            for kind, scope in cases
        )
    )
    result = pytester.runpytest("-p", "no:randomly")
    result.assert_outcomes(passed=8, errors=3)  # the last test has the errors of what is wider than a class
    for kind, scope in cases:
        result.stdout.fnmatch_lines_random(
            f"*NoActiveVerifierError: tripwire was used in the fixture '{kind.strip()}_{scope}', whose scope is "
            f"'{scope}': what it catches belongs to one test."
        )


ONCE_FOR_MANY = {
    "setUpClass": (
        "class TestIt(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        tripwire.mock('x')\n"
        "    def test_it(self): pass\n",
        "setUpClass or tearDownClass of 'TestIt', which runs once for the whole class: what it catches "
        "belongs to one test.",
        "setUp",
    ),
    "tearDownClass": (
        "class TestIt(unittest.TestCase):\n    @classmethod\n    def tearDownClass(cls):\n        tripwire.mock('x')\n"
        "    def test_it(self): pass\n",
        "setUpClass or tearDownClass of 'TestIt', which runs once for the whole class: what it catches "
        "belongs to one test.",
        "setUp",
    ),
    "setup_class": (
        "class TestIt:\n    def setup_class(self): tripwire.mock('x')\n    def test_it(self): pass\n",
        "setup_class or teardown_class of 'TestIt', which runs once for the whole class: what it catches "
        "belongs to one test.",
        "setup_method",
    ),
    "setup_module": (
        "def setup_module(): tripwire.mock('x')\ndef test_it(): pass\n",
        "setup_module or teardown_module of 'test_here', which runs once for the whole module: what it catches "
        "belongs to one test.",
        "setup_function",
    ),
}


@pytest.mark.parametrize("method", ONCE_FOR_MANY)
def test_methods_that_run_once_for_many_tests_must_not_use_tripwire(
    pytester: pytest.Pytester, method: str
) -> None:
    code, where, remedy = ONCE_FOR_MANY[method]
    pytester.makepyfile(test_here="import tripwire, unittest\n\n" + code)
    result = pytester.runpytest()
    result.assert_outcomes(errors=1, passed=method == "tearDownClass")
    result.stdout.fnmatch_lines(
        [
            f"E *NoActiveVerifierError: tripwire was used in {where}",
            f"E *Use it in {remedy}, or in a function-scoped fixture",
        ]
    )


def test_a_sandbox_left_open_is_closed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import threading, tripwire
        genuine = threading.Thread.start
        def test_one():
            tripwire.sandbox().__enter__()
        def test_two():
            assert threading.Thread.start is genuine
            assert tripwire.current_verifier().innermost_open() is None
        """
    )
    pytester.runpytest().assert_outcomes(passed=2)


def test_doctest_items(pytester: pytest.Pytester) -> None:
    pytester.maketxtfile(
        test_doc=">>> import tripwire\n>>> m = tripwire.mock('m').returns(1)\n>>> with tripwire.sandbox() as _:\n"
        "...     m()\n1\n"
    )
    pytester.runpytest().assert_outcomes(passed=1, errors=1)


def test_verify_all_in_the_body(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        MOCK
        + "def test_it(repo):\n    repo.returns(2)\n    with tripwire: repo(5)\n"
        + "    with pytest.raises(tripwire.VerificationError) as caught:\n        tripwire.verify_all()\n"
        + "    assert len(caught.value.interactions) == len(caught.value.mocks) == 1\n    tripwire.verify_all()\n"
    )
    pytester.runpytest().assert_outcomes(passed=1)


LEFTOVERS = {
    "a thread": (
        """
def test_it(hold):
    with tripwire:
        threading.Thread(target=lambda: hold.wait(), name="poller", daemon=True).start()
""",
        "the thread 'poller'",
    ),
    "a task": (
        """
@pytest.mark.asyncio(loop_scope="module")
async def test_it():
    async def poll():
        await asyncio.sleep(60)
    async with tripwire:
        keep.append(asyncio.create_task(poll(), name="poller"))
""",
        "the task 'poller' (test_it.<locals>.poll)",
    ),
}


@pytest.mark.parametrize("what", LEFTOVERS)
def test_what_is_still_at_work_is_named(pytester: pytest.Pytester, what: str) -> None:
    code, words = LEFTOVERS[what]
    pytester.makepyfile(
        "import asyncio, pytest, threading, tripwire\nkeep = []\n"
        "@pytest.fixture(scope='module')\ndef hold():\n"
        "    event = threading.Event()\n    yield event\n    event.set()\n"
        + code
        + "def test_after():\n    pass\n"
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(
        [f"*TripwireWarning: {words} was started inside the sandbox and is still at work*"]
    )


def test_idle_workers_and_finished_work_are_not_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import asyncio, threading, tripwire
        from concurrent.futures import ThreadPoolExecutor

        async def test_it():
            async with tripwire:
                ThreadPoolExecutor(1).submit(int).result()
                await asyncio.to_thread(int)
                thread = threading.Thread(target=int)
                thread.start()
                thread.join()
                await asyncio.create_task(asyncio.sleep(0))
                asyncio.create_task(asyncio.sleep(60))  # its loop ends with the test, and so does it
        """
    )
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_a_skipped_test_does_not_stay(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, tripwire
        @pytest.fixture(scope="module", autouse=True)
        def wide():
            yield
            with pytest.raises(tripwire.NoActiveVerifierError):
                tripwire.mock("x")
        @pytest.mark.skip
        def test_skipped():
            pass
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(skipped=1)


def test_a_wider_fixture_set_up_inside_the_sandbox(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest, tripwire
        @pytest.fixture(scope="session")
        def wide():
            with pytest.raises(tripwire.NoActiveVerifierError):
                tripwire.mock("x")
        def test_it(request):
            with tripwire:
                request.getfixturevalue("wide")
        """
    )
    pytester.runpytest().assert_outcomes(passed=1)


def test_busy_pool_work_is_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import threading, tripwire
        from concurrent.futures import ThreadPoolExecutor
        started, end, pool = threading.Event(), threading.Event(), ThreadPoolExecutor(1)

        def busy():
            started.set()
            end.wait()

        def test_it():
            with tripwire:
                pool.submit(busy)
                started.wait()

        def test_after():
            end.set()
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*TripwireWarning: work of a thread pool was started inside the sandbox*"])


def test_verifiers_do_not_outlive_their_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import gc, weakref, tripwire
        seen = []
        def test_one():
            seen.append(weakref.ref(tripwire.current_verifier()))
            with tripwire: pass
        def test_two():
            gc.collect()
            assert seen[0]() is None
        """
    )
    pytester.runpytest().assert_outcomes(passed=2)


def test_a_forgotten_task_never_reaches_the_real_function(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        mailer="def send(to):\n    raise SystemExit('really sent')\n\nclass Box:\n    def put(self, mail):\n"
        "        raise SystemExit('really put')\n",
        test_it="""
        import asyncio, pytest, tripwire, mailer
        genuine = mailer.send

        async def later(call):
            await asyncio.sleep(0.01)
            call()

        @pytest.mark.parametrize("call", [lambda: mailer.send("ada"), lambda: mailer.Box().put("mail")])
        async def test_it(call):
            tripwire.mock("mailer:send")
            tripwire.mock("mailer:Box.put")
            async with tripwire:
                task = asyncio.create_task(later(call))
                await asyncio.sleep(0)
            with pytest.raises(SystemExit):
                call()  # the test's own calls are real again
            with pytest.raises(tripwire.PostSandboxInteractionError):
                await task

        def test_after():
            assert mailer.send is genuine
        """,
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=3)


INTERRUPTED = """
import pytest, threading, tripwire
genuine = threading.Thread.start

@pytest.fixture
def box():
    with tripwire:
        yield
    assert threading.Thread.start is not genuine, "targets stay patched while fixtures clean up"

def test_it(box):
    {end}
"""


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "pytest.exit('enough')"])
def test_an_interrupted_test_leaves_nothing(pytester: pytest.Pytester, end: str) -> None:
    pytester.makepyfile(INTERRUPTED.replace("{end}", end))
    result = pytester.runpytest_inprocess(no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*!! KeyboardInterrupt !!*" if "Key" in end else "*!! *Exit: enough !!*"])
    assert not _patching.PATCHER._counts
    assert threading.Thread.start.__module__ == "threading"


def test_what_is_known_stands_beside_a_failing_teardown(pytester: pytest.Pytester) -> None:
    pytester.syspathinsert()
    pytester.makepyfile(
        program=PROGRAM,
        test_it="""
        import program, pytest, threading, tripwire
        inside, go, done, end = (threading.Event() for _ in range(4))

        @pytest.fixture(scope="class")
        def wide():
            yield
            go.set()
            done.wait()
            raise LookupError("wide teardown")

        class TestIt:
            def test_it(self, wide):
                repo = tripwire.mock("repo").returns(1)
                work = lambda: (inside.set(), go.wait(), program.swallow(repo.late), done.set(), end.wait())
                with tripwire:
                    threading.Thread(target=work, name="poller", daemon=True).start()
                    inside.wait()

        def test_after():
            end.set()
        """,
    )
    result = pytester.runpytest()
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of TestIt.test_it _*",
            "E *LookupError: wide teardown",
            "*- tripwire, at teardown -*",
            "1 mock was never used:",
            "  - repo.returns(1)  (*)",
            "",
            "1 trip never reached the test:",
            "*- PostSandboxInteractionError: repo.late()  (*), in thread 'poller'",
            "",
            "the thread 'poller' was started inside the sandbox and is still at work, *",
        ]
    )


def test_a_late_trip_beside_what_was_left(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        program=PROGRAM,
        test_it="""
        import program, pytest, threading, tripwire

        @pytest.fixture(scope="module")
        def wide():
            finish = []
            yield finish
            for call in finish:
                call()

        def test_it(wide):
            repo = tripwire.mock("repo").returns(1)
            inside, go = threading.Event(), threading.Event()
            work = lambda: (inside.set(), go.wait(), program.swallow(repo.late))
            with tripwire:
                thread = threading.Thread(target=work)
                thread.start()
                inside.wait()
            wide += [go.set, thread.join]
        """,
    )
    pytester.syspathinsert()
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "E *UnusedMocksError: 1 mock was never used:",
            "*- tripwire, at teardown -*",
            "1 trip never reached the test:",
            "*- PostSandboxInteractionError: repo.late()  (program.py:3), in thread *",
        ]
    )


def test_a_trip_before_a_failing_set_up_is_named_first(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        MOCK
        + "@pytest.fixture\ndef bad(repo):\n    with tripwire:\n        try: repo.find(1)\n"
        + "        finally: raise KeyError('mine')\n"
        + "def test_it(bad):\n    pass\n"
    )
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*_ ERROR at setup of test_it _*", "*nothing answers this call: repo.find(1)", "E *KeyError: 'mine'"]
    )
    result.stdout.no_fnmatch_line("*never reached the test*")


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


@pytest.mark.parametrize(
    ("imports", "marked"),
    [
        ("import tripwire", 4),
        ("from tripwire import mock", 4),
        ("from tripwire import StrictVerifier as V", 4),
        ("from tripwire import verify_all", 4),
        ("import json", 2),
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

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize("moment", ["import", "after"])
def test_use_while_no_test_is_running(pytester: pytest.Pytester, moment: str) -> None:
    code = {
        "import": "tripwire.mock('x')\ndef test_it():\n    pass\n",
        "after": "@pytest.fixture(scope='module')\ndef wide():\n    yield\n    tripwire.mock('x')\n"
        "def test_it(wide):\n    pass\n",
    }
    pytester.makepyfile("import pytest, tripwire\n" + code[moment])
    result = pytester.runpytest_subprocess()  # in this process a test, this one, is running
    result.assert_outcomes(errors=1, passed=1 if moment == "after" else 0)
    result.stdout.fnmatch_lines(["E *NoActiveVerifierError: tripwire was used while no test was running."])


def test_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        MOCK
        + "@pytest.mark.parametrize('n', range(6))\ndef test_it(repo, n):\n    with tripwire: repo(n)\n"
        + "    if n != 3: repo.assert_call(args=(n,))\n"
    )
    result = pytester.runpytest_subprocess("-n", "2")
    result.assert_outcomes(passed=6, errors=1)
    result.stdout.fnmatch_lines(["*    repo.assert_call(args=(3,), kwargs={}, returned=1)"])


def test_without_the_plugin(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOCK + "def test_it(repo):\n    pass\n")
    result = pytester.runpytest_subprocess("-p", "no:tripwire")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E **with tripwire's pytest plugin active (no -p no:tripwire); *"])


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

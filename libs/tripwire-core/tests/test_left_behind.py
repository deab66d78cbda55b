"""What a test leaves open or at work, and what is left of tripwire when it ends in whatever way."""

from __future__ import annotations

import threading

import pytest

from tripwire import _patching

PROGRAM = "def swallow(call):\n    try:\n        call()\n    except Exception:\n        pass\n"

MOCK = (
    "import pytest, tripwire\n\n@pytest.fixture\ndef repo():\n    return tripwire.mock('repo').returns(1)\n\n"
)


pytestmark = pytest.mark.usefixtures("ini")


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
    result.stdout.fnmatch_lines(
        ["*TripwireWarning: work of a thread pool, submitted at test_*.py:*, was started inside the sandbox*"]
    )


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

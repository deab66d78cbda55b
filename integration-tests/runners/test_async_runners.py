"""pytest-asyncio, anyio's plugin and pytest-trio."""

from __future__ import annotations

import pytest

from runners.conftest import Inner
from runners.suites import AUTO, STRICT, check, suite

SCOPES = ["function", "class", "module", "package", "session"]


def test_asyncio_with_every_loop_scope(inner: Inner) -> None:
    suites = {
        f"test_{scope}": suite(
            f"pytestmark = pytest.mark.asyncio(loop_scope={scope!r})\n",
            owner="class TestIt:" if scope == "class" else "",
            is_async=True,
        )
        for scope in SCOPES
    }
    check(inner(plugins=("asyncio",), ini=STRICT, **suites), *(f"{name}.py" for name in suites))


def test_asyncio_auto_mode(inner: Inner) -> None:
    ini = AUTO + "asyncio_default_test_loop_scope = session"
    check(inner(plugins=("asyncio",), ini=ini, test_suite=suite(is_async=True)))


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_async_fixtures_of_every_loop_scope_in_tests_of_every_loop_scope(inner: Inner, mode: str) -> None:
    code = "import pytest, pytest_asyncio, threading, tripwire\ngenuine = threading.Thread.start\n"
    for scope in SCOPES:
        code += f"""
@pytest_asyncio.fixture(loop_scope="{scope}")
async def box_{scope}():
    repo = tripwire.mock("repo").returns(1)
    async with tripwire:
        yield repo
    repo.assert_call(args=(5,))
"""
    code += "\nclass TestIt:\n"
    for test in SCOPES:
        for fixture in SCOPES:
            code += f"""
    @pytest.mark.asyncio(loop_scope="{test}")
    async def test_{test}_{fixture}(self, box_{fixture}):
        assert box_{fixture}(5) == 1

    def test_after_{test}_{fixture}(self):
        assert tripwire.current_verifier().innermost_open() is None
        assert threading.Thread.start is genuine
"""
    ini = {"strict": STRICT, "auto": AUTO}[mode]
    inner(plugins=("asyncio",), ini=ini, test_fixtures=code).assert_outcomes(passed=50)


STRAY = """
import asyncio, urllib.request

go, seen = asyncio.Event(), []

async def poll():
    while True:
        await go.wait()
        go.clear()
        try:
            seen.append(urllib.request.urlopen("http://127.0.0.1:9/").read())
        except Exception as error:
            seen.append(type(error).__name__)

async def call():
    go.set()
    await asyncio.sleep(0.01)
    return seen.pop()
"""

LEAVES_A_TASK = """
import asyncio, pytest, stray, tripwire
pytestmark = pytest.mark.asyncio(loop_scope="session")
task = None

async def test_leaves_a_task():
    global task
    tripwire.http.mock_response("GET", "http://127.0.0.1:9/", body=b"mine")
    async with tripwire:
        task = asyncio.create_task(stray.poll(), name="stray")
        assert await stray.call() == b"mine"
    tripwire.http.assert_request(method="GET", url="http://127.0.0.1:9/")

    assert await stray.call() == "PostSandboxInteractionError"  # targets stay patched: it is test_one's trip

async def test_is_real():
    assert await stray.call() == "URLError"
    assert not tripwire.current_verifier().trips

async def test_other():
    tripwire.http.mock_response("GET", "http://127.0.0.1:9/", body=b"other", required=False)
    async with tripwire:
        assert await stray.call() == "PostSandboxInteractionError"
    assert not list(tripwire.current_verifier().timeline)

async def test_end():
    assert await stray.call() == "URLError"
    task.cancel()
"""


def test_a_task_left_by_an_earlier_test_of_the_same_loop(inner: Inner) -> None:
    result = inner("-W", "default", plugins=("asyncio",), ini=STRICT, test_it=LEAVES_A_TASK, stray=STRAY)
    result.assert_outcomes(passed=2, failed=2, warnings=1)
    trip = [
        "E *SwallowedTripError: 1 trip never reached the test:",
        "*- PostSandboxInteractionError: GET http://127.0.0.1:9/  (stray.py:11)",
        "*swallowed at stray.py:11 in poll",
        "*| a task or thread went on after its sandbox had closed, and called: GET http://127.0.0.1:9/",
        "*|   called at stray.py:11; the sandbox was opened at test_it.py:*",
    ]
    result.stdout.fnmatch_lines(
        [
            "*_ test_leaves_a_task _*",
            *trip,
            "*_ test_other _*",  # which is told of it, since its own test is over; its mock is not used up
            *trip,
            "*TripwireWarning: the task 'stray' (poll) was started inside the sandbox and is still at work*",
        ]
    )


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio(inner: Inner, backend: str) -> None:
    head = f"""
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return {backend!r}
"""
    check(inner(plugins=("anyio",), test_suite=suite(head, is_async=True)))


def test_pytest_trio(inner: Inner) -> None:
    check(inner(plugins=("trio",), ini="trio_mode = true", test_suite=suite(is_async=True)))

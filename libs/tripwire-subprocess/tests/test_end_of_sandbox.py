"""What becomes of scripted children when their sandbox closes."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import warnings
from asyncio import create_subprocess_exec
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvloop

import tripwire

PIPE = subprocess.PIPE
EVERYTHING: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
LOOPS = pytest.mark.parametrize("make", [asyncio.SelectorEventLoop, uvloop.new_event_loop])


@pytest.fixture(scope="module", autouse=True)
def what_uvloop_keeps() -> None:
    """The first of its loops that runs opens descriptors for all of them."""
    loop = uvloop.new_event_loop()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def script(name: str, *steps: tuple[str, Any]) -> None:
    session = getattr(tripwire, name).new_session().expect("spawn", returns=None)
    for method, returns in steps:
        session.expect(method, returns=returns, required=False)


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@contextmanager
def nothing_left() -> Iterator[None]:
    """No warning, no descriptor, no thread."""
    before, threads = descriptors(), set(threading.enumerate())
    unraisable: list[Any] = []
    hook, sys.unraisablehook = sys.unraisablehook, unraisable.append
    try:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            yield
            gc.collect()
    finally:
        sys.unraisablehook = hook
    assert ([str(one.message) for one in seen], unraisable) == ([], [])
    # What other tests have left idle may end meanwhile.
    assert (max(descriptors(), before), set(threading.enumerate()) - threads) == (before, set())


def test_a_popen_ends_quietly() -> None:
    script("popen", ("wait", 7))
    tripwire.popen.new_session().expect("spawn", returns=None)
    tripwire.subprocess.mock_run(["c"])

    def work() -> None:
        with tripwire.sandbox():
            children: list[Any] = [subprocess.Popen([name], **EVERYTHING) for name in "abc"]
            children[2].stdin.write(b"written")
            children[1].kill()
            with tripwire.expect_trip(), pytest.raises(tripwire.UnmockedInteractionError):
                children[0].communicate()
        assert [child.returncode for child in children] == [7, -9, 0]
        assert [child.poll() for child in children] == [7, -9, 0]
        assert (children[0].stdin.closed, children[0].stdout.closed, children[0].stderr.closed) == (True,) * 3
        assert children[1].communicate() == (b"", b"")

    with nothing_left():
        work()
    for name in "ab":
        tripwire.popen.assert_spawn(command=[name], stdin=PIPE)
    tripwire.subprocess.assert_run(["c"], input="written")


def test_what_ended_in_the_sandbox_can_be_read_after_it() -> None:
    script("popen", ("communicate", (b"out", b"", 0)))
    with tripwire.sandbox():
        child: Any = subprocess.Popen(["x"], stdout=PIPE)
        assert child.wait() == 0
    with child.stdout:
        assert child.stdout.read() == b"out"
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.popen.assert_wait()


@pytest.mark.parametrize("method", ["wait", "communicate"])
def test_a_mocked_command_is_of_no_use_after_the_sandbox(method: str) -> None:
    tripwire.subprocess.mock_run(["x"])
    with tripwire.sandbox():
        child = subprocess.Popen(["x"])
    with pytest.raises(tripwire.SandboxNotActiveError, match=rf"{method}\(\) of the child \['x'\]"):
        getattr(child, method)()
    tripwire.subprocess.assert_run(["x"])


@LOOPS
@pytest.mark.parametrize("left", ["open", "closed"])
@pytest.mark.parametrize("is_timed", [True, False])
def test_a_transport_is_closed(make: Any, left: str, is_timed: bool) -> None:
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    if is_timed:
        session.expect("wait", returns=0, after=60, required=False)

    def work() -> None:
        loop = make()
        with tripwire.sandbox():
            child = loop.run_until_complete(create_subprocess_exec("x", **EVERYTHING))
            if left == "closed":
                loop.close()
        assert (child._transport.is_closing(), child.stdin.transport.is_closing()) == (True, True)
        if left == "open":
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    with nothing_left():
        work()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)


@LOOPS
def test_a_loop_closed_while_somebody_waits(make: Any) -> None:
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect("wait", returns=0, after=60)
    loop = make()
    with tripwire.sandbox():
        child = loop.run_until_complete(create_subprocess_exec("x"))
        waiting = loop.create_task(child.wait())
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
    assert not waiting.done()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


@LOOPS
def test_a_sandbox_inside_a_running_loop(make: Any) -> None:
    tripwire.async_subprocess.new_session().expect("spawn", returns=None)

    async def work() -> None:
        async with tripwire.sandbox():
            child = await create_subprocess_exec("x", **EVERYTHING)
            with pytest.raises(tripwire.UnmockedInteractionError):
                await child.communicate()
        assert child.stdout is not None
        assert await child.stdout.read() == b""
        assert child.returncode == -9
        with pytest.raises(tripwire.SandboxNotActiveError):
            await child.wait()

    with nothing_left():
        loop = make()
        loop.run_until_complete(work())
        loop.close()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)


@LOOPS
def test_a_loop_of_another_thread(make: Any) -> None:
    tripwire.async_subprocess.new_session().expect("spawn", returns=None)

    def work() -> None:
        loop = make()
        with tripwire.sandbox():
            thread = threading.Thread(target=loop.run_forever)
            thread.start()
            start = create_subprocess_exec("x", **EVERYTHING)
            child = asyncio.run_coroutine_threadsafe(start, loop).result(20)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(20)
        assert child.returncode == -9
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    with nothing_left():
        work()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)


@pytest.mark.parametrize("method", ["wait", "communicate"])
@pytest.mark.parametrize("steps", [(), (("communicate", (b"", b"", 0)),)])
def test_a_thread_that_outlives_the_sandbox(method: str, steps: Any) -> None:
    script("popen", *steps)
    go_on = threading.Event()
    caught: list[str] = []

    def work() -> None:
        child = subprocess.Popen(["x"])
        started.set()
        go_on.wait()
        try:
            getattr(child, method)()
        except tripwire.TripError as error:
            caught.append(type(error).__name__)

    started = threading.Event()
    with tripwire.expect_trip(tripwire.PostSandboxInteractionError):
        with tripwire.sandbox():
            thread = threading.Thread(target=work)
            thread.start()
            started.wait()
        go_on.set()
        thread.join()
    assert caught == ["PostSandboxInteractionError"]
    tripwire.popen.assert_spawn(command=["x"], stdin=None)


def test_a_child_that_outlives_its_test_trips_in_the_next(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"')
    pytester.makepyfile(
        program="""
        import subprocess

        children = []

        def start():
            children.append(subprocess.Popen(["x"]))

        def tidy_up():
            try:
                children[0].wait()
            except Exception:
                pass
        """,
        test_it="""
        import program, tripwire

        def test_one():
            session = tripwire.popen.new_session().expect("spawn", returns=None)
            session.expect("wait", returns=0, required=False)
            with tripwire:
                program.start()
            tripwire.popen.assert_spawn(command=["x"], stdin=None)

        def test_two():
            with tripwire:
                program.tidy_up()
        """,
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*1 trip never reached the test:", "*SandboxNotActiveError: wait() of the child [[]'x'[]]*"]
    )


@pytest.mark.parametrize("end", ["read", "dropped", "left"])
def test_output_larger_than_the_callers_own_pipe(end: str) -> None:
    out, err = b"o" * 300_000, b"e" * 300_000
    tripwire.subprocess.mock_run(["x"], stdout=out, stderr=err)
    with nothing_left():
        with tripwire.sandbox():
            read_end, write_end = os.pipe()
            subprocess.run(["x"], stdout=write_end, stderr=subprocess.STDOUT, check=True)
            os.close(write_end)
            if end == "read":
                with open(read_end, "rb") as file:
                    assert file.read() == out + err
            if end == "dropped":
                os.close(read_end)
        if end == "left":
            os.close(read_end)
    tripwire.subprocess.assert_run(["x"], stdout=out)

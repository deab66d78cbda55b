"""What a scripted child under asyncio does beyond the guide; on stock asyncio and on uvloop."""

from __future__ import annotations

import asyncio
import gc
import signal
import subprocess
import sys
import warnings
from asyncio import create_subprocess_exec
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import pytest
import uvloop

import tripwire

PIPE = subprocess.PIPE
Run = Callable[[Callable[[], Awaitable[Any]]], Any]


@pytest.fixture(params=["asyncio", "uvloop"])
def go(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Run a coroutine function in a sandbox, on a loop of its own."""
    loop = asyncio.SelectorEventLoop() if request.param == "asyncio" else uvloop.new_event_loop()

    def go(work: Callable[[], Awaitable[Any]]) -> Any:
        with tripwire.sandbox():
            return loop.run_until_complete(asyncio.wait_for(work(), 20))

    yield go
    loop.close()


def script(*steps: tuple[Any, ...]) -> tripwire.SessionHandle:
    session: tripwire.SessionHandle = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    for method, returns in steps:
        raises = returns if isinstance(returns, BaseException) else None
        session.expect(method, returns=returns, raises=raises)
    return session


OUTPUT = ("communicate", (b"out\n", b"err", 3))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (b"out\n", b"err")),
        ({"stdout": PIPE}, (b"out\n", b"err")),
        ({"stderr": subprocess.STDOUT}, (b"out\nerr", None)),
        ({"stdout": PIPE, "stderr": subprocess.STDOUT}, (b"out\nerr", None)),
        ({"stdout": subprocess.DEVNULL}, (None, b"err")),
    ],
)
def test_output_comes_back_even_without_a_pipe(options: Any, expected: Any, go: Run, assert_all: Any) -> None:
    script(OUTPUT)

    async def work() -> None:
        process = await create_subprocess_exec("x", **options)
        assert (process.stdout is None) == (options.get("stdout") != PIPE)
        assert await process.communicate() == expected
        assert await process.wait() == 3

    go(work)
    assert_all()


def test_output_can_be_read_before_a_wait(go: Run) -> None:
    script(OUTPUT)

    async def work() -> None:
        process = await create_subprocess_exec("x", stdout=PIPE, stderr=PIPE)
        assert process.stdout is not None
        assert [line async for line in process.stdout] == [b"out\n"]
        assert process.returncode is None
        assert await process.wait() == 3

    go(work)
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


@pytest.mark.parametrize("options", [{}, {"stdin": PIPE}])
def test_a_timeout_leaves_the_child_running(options: Any, go: Run, assert_all: Any) -> None:
    script(("communicate", asyncio.TimeoutError()), ("communicate", (b"late", b"", -9)))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdout=PIPE, **options)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(process.communicate(), 5)
        process.kill()
        assert await process.communicate() == (b"late", b"")
        assert process.returncode == -9

    go(work)
    assert_all()


def test_a_child_without_an_end_runs_until_it_is_killed(go: Run) -> None:
    script()

    async def work() -> None:
        process = await create_subprocess_exec("sleep")
        assert process.pid > 2**22
        assert process.returncode is None
        with pytest.raises(
            tripwire.UnmockedInteractionError, match=r"the return code of the child \['sleep'\]"
        ):
            assert process.returncode
        process.send_signal(signal.SIGCONT)
        with pytest.raises(tripwire.UnmockedInteractionError, match=r"wait\(\) of the child \['sleep'\]"):
            await process.wait()
        process.terminate()
        assert await process.wait() == -15
        with pytest.raises(ProcessLookupError):
            process.kill()

    go(work)
    tripwire.async_subprocess.assert_spawn(command=["sleep"], stdin=None)


def test_wait_does_not_need_stdin_to_be_closed(go: Run, assert_all: Any) -> None:
    script(("wait", 0))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        stdin = process.stdin
        assert stdin is not None
        stdin.write(b"never read")
        assert await process.wait() == 0
        assert stdin.is_closing()
        stdin.write(b"too late")
        with pytest.raises(ConnectionResetError):
            await stdin.drain()

    go(work)
    assert_all()


def test_stdin_takes_bytes(go: Run, assert_all: Any) -> None:
    script(("wait", 0))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdin=PIPE)
        stdin = process.stdin
        assert stdin is not None
        with pytest.raises(AssertionError, match="'text'"):
            stdin.write("text")  # type: ignore[arg-type]
        transport: Any = stdin.transport
        transport.set_write_buffer_limits(high=10)
        assert transport.get_write_buffer_size() == 0
        assert transport.get_write_buffer_limits() == (16384, 65536)
        transport.set_protocol(transport.get_protocol())
        assert stdin.can_write_eof()
        stdin.write_eof()
        transport.abort()
        transport.close()
        assert await process.wait() == 0

    go(work)
    assert_all()


def test_a_reader_that_pauses(go: Run, assert_all: Any) -> None:
    script(("communicate", (b"x" * 1_000_000, b"", 0)))

    async def work() -> None:
        process = await create_subprocess_exec("x", stdout=PIPE, limit=1000)
        assert process.stdout is not None
        transport: Any = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        for _ in range(10):
            await asyncio.sleep(0)
        assert not transport.is_reading()
        assert len(await process.stdout.read()) == 1_000_000
        transport.resume_reading()
        assert await process.wait() == 0

    go(work)
    assert_all()


class Protocol(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        stdin = transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.write(b"written")

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.events.append((fd, data))

    def process_exited(self) -> None:
        self.events.append("exited")

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set_result(self.events)


@pytest.mark.parametrize("step", [("communicate", (b"out", b"err", 3)), ("wait", 3)])
@pytest.mark.parametrize("shell", [True, False])
def test_a_protocol_of_the_programs_own_is_told_of_the_end(step: Any, shell: bool, go: Run) -> None:
    script(step)

    async def work() -> Any:
        loop = asyncio.get_running_loop()
        start = loop.subprocess_shell if shell else loop.subprocess_exec
        transport, protocol = await start(Protocol, "x")
        events = await protocol.over
        assert transport.get_returncode() == 3
        transport.close()
        return events

    output = [(1, b"out"), (2, b"err")] if step[0] == "communicate" else []
    assert go(work) == [*output, "exited"]
    tripwire.async_subprocess.assert_spawn(command="x" if shell else ["x"], stdin=PIPE)
    if step[0] == "wait":
        tripwire.async_subprocess.assert_stdin(data=b"written")
        tripwire.async_subprocess.assert_wait()
    else:
        tripwire.async_subprocess.assert_communicate(input=b"written")


def test_a_protocol_of_a_child_without_an_end(go: Run) -> None:
    script()

    async def work() -> Any:
        transport, protocol = await asyncio.get_running_loop().subprocess_exec(Protocol, "x", stdin=None)
        for _ in range(20):
            await asyncio.sleep(0)
        assert (protocol.events, transport.is_closing()) == ([], False)
        transport.close()
        return await protocol.over

    assert go(work) == ["exited"]
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)


def test_cancelled_while_it_starts(go: Run) -> None:
    script(OUTPUT)

    async def work() -> None:
        task = asyncio.ensure_future(create_subprocess_exec("x", stdin=PIPE, stdout=PIPE))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    go(work)
    gc.collect()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)
    with pytest.raises(tripwire.UnusedMocksError, match="communicate"):
        tripwire.verify_all()


def test_a_cancelled_communicate_has_been_called(go: Run) -> None:
    script(OUTPUT)

    async def work() -> None:
        process = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        task = asyncio.ensure_future(process.communicate())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        process.kill()
        assert await process.wait() == 3

    go(work)
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)
    tripwire.async_subprocess.assert_communicate(input=None)


def test_a_task_that_outlives_the_sandbox(go: Run) -> None:
    script(OUTPUT)
    processes: list[Any] = []
    tasks: list[Any] = []

    async def work() -> None:
        processes.append(await create_subprocess_exec("x"))
        tasks.append(asyncio.ensure_future(late()))

    async def late() -> None:
        await over.wait()
        await processes[0].communicate()

    async def after() -> None:
        over.set()
        await tasks[0]

    over = asyncio.Event()
    verifier = tripwire.current_verifier()
    loop = asyncio.new_event_loop()
    try:
        with verifier.sandbox():
            loop.run_until_complete(work())
        with pytest.raises(tripwire.PostSandboxInteractionError):
            loop.run_until_complete(after())
        with verifier.sandbox():
            loop.run_until_complete(processes[0].wait())
    finally:
        loop.close()
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shell": True}, "shell must be False"),
        ({"universal_newlines": True}, "universal_newlines must be False"),
        ({"bufsize": 3}, "bufsize must be 0"),
        ({"startupinfo": 3}, "startupinfo is not supported"),
        ({"creationflags": 3}, "creationflags is not supported"),
        ({"text": True, "cwd": "/"}, "unexpected kwargs: text"),
    ],
)
@pytest.mark.parametrize("go", ["uvloop"], indirect=True)
def test_what_uvloop_refuses(options: Any, message: str, go: Run) -> None:
    async def work() -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is compared
            await create_subprocess_exec("x", **options)
        assert str(caught.value) == message

    go(work)


@pytest.mark.parametrize("go", ["uvloop"], indirect=True)
def test_uvloop_refuses_a_shell_that_is_none(go: Run) -> None:
    async def work() -> None:
        with pytest.raises(ValueError, match="shell must be True"):
            await asyncio.create_subprocess_shell("x", shell=False)  # type: ignore[arg-type]

    go(work)


@pytest.mark.parametrize("make", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
@pytest.mark.parametrize("shell", [True, False])
def test_outside_a_sandbox_all_is_real(make: Any, shell: bool) -> None:
    with tripwire.sandbox():
        pass

    async def work() -> Any:
        if shell:
            process = await asyncio.create_subprocess_shell("echo 3", stdout=PIPE)
        else:
            process = await create_subprocess_exec(sys.executable, "-S", "-c", "print(3)", stdout=PIPE)
        return await process.communicate(), process.returncode

    loop = make()
    try:
        assert loop.run_until_complete(work()) == ((b"3\n", None), 0)
    finally:
        loop.close()


def test_a_debugging_loop(go: Run, assert_all: Any) -> None:
    script(OUTPUT)

    async def work() -> None:
        asyncio.get_running_loop().set_debug(True)
        process = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        assert await process.communicate(b"in") == (b"out\n", b"err")
        assert repr(process._transport).startswith("<ScriptedTransport")  # type: ignore[attr-defined]

    go(work)
    assert_all()


def test_a_program_killed_from_another_thread(go: Run, assert_all: Any) -> None:
    script()

    async def work() -> None:
        process = await create_subprocess_exec("x")
        await asyncio.to_thread(process.kill)
        assert await process.wait() == -9

    go(work)
    assert_all()


def test_a_mocked_command_under_a_protocol(go: Run) -> None:
    tripwire.subprocess.mock_run(["x"], stdout="out")

    async def work() -> Any:
        transport, protocol = await asyncio.get_running_loop().subprocess_exec(Protocol, "x")
        events = await protocol.over
        transport.close()
        return events

    assert go(work) == [(1, b"out"), "exited"]
    tripwire.subprocess.assert_run(["x"], input="written")


def forget(kept: list[Any]) -> None:
    kept.clear()
    gc.collect()


@pytest.mark.parametrize("make", [asyncio.SelectorEventLoop, uvloop.new_event_loop])
def test_a_loop_closed_while_a_child_lives(make: Any) -> None:
    kept: list[Any] = []

    async def work() -> None:
        kept.append(await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE))

    script()
    with tripwire.sandbox():
        loop = make()
        loop.run_until_complete(work())
        loop.close()
        with warnings.catch_warnings(record=True) as seen:  # Python 3.11 warns of the stream writer too
            warnings.simplefilter("always")
            forget(kept)
    unclosed = [str(one.message) for one in seen if issubclass(one.category, ResourceWarning)]
    assert any(words.startswith("unclosed transport <ScriptedTransport pid=") for words in unclosed)
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)


def test_anyio(go: Run) -> None:
    tripwire.subprocess.mock_run(["a"], stdout="out", stderr="err")
    script(OUTPUT)
    script(OUTPUT)
    script(("wait", 4))

    async def work() -> Any:
        done = await anyio.run_process(["a"], input=b"in")
        async with await anyio.open_process(["b"]) as process:
            assert process.stdout is not None
            lines = [chunk async for chunk in process.stdout]
        process = await anyio.open_process(["c"], stderr=None)
        assert process.stdin is not None
        for part in (b"on", b"e"):
            await process.stdin.send(part)
        return (
            done.stdout,
            done.stderr,
            lines,
            await process.wait(),
            await (await anyio.open_process("d")).wait(),
        )

    assert go(work) == (b"out", b"err", [b"out\n"], 3, 4)
    tripwire.subprocess.assert_run(["a"], input=b"in")
    for name, written in (("b", None), ("c", b"one")):
        tripwire.async_subprocess.assert_spawn(command=[name], stdin=PIPE)
        tripwire.async_subprocess.assert_communicate(input=written)
    tripwire.async_subprocess.assert_spawn(command="d", stdin=PIPE)
    tripwire.async_subprocess.assert_wait()


def test_anyio_ends_a_child(go: Run) -> None:
    script(("wait", -15))

    async def work() -> int:
        process = await anyio.open_process(["server"])
        process.terminate()
        return await process.wait()

    assert go(work) == -15
    tripwire.async_subprocess.assert_spawn(command=["server"], stdin=PIPE)
    tripwire.async_subprocess.assert_wait()


@pytest.mark.parametrize("mocked", [True, False])
def test_anyio_writes_after_the_end(mocked: bool, go: Run) -> None:
    tripwire.subprocess.mock_run(["x"]) if mocked else script(("communicate", (b"", b"", 0)))

    async def work() -> None:
        async with await anyio.open_process(["x"]) as process:
            assert process.stdin is not None
            assert await process.wait() == 0
            for part in (b"too ", b"late"):
                await process.stdin.send(part)

    go(work)
    if mocked:
        tripwire.subprocess.assert_run(["x"], input="too late")
    else:
        tripwire.async_subprocess.assert_spawn(command=["x"], stdin=PIPE)
        tripwire.async_subprocess.assert_communicate(input=b"too late")

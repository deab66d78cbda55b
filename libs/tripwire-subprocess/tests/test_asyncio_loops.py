"""What lies below a scripted child of asyncio: protocols of the program's own, and each event loop."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import warnings
from asyncio import create_subprocess_exec
from typing import Any

import pytest
import uvloop
from asyncio_children import OUTPUT, Run, script

import tripwire

PIPE = subprocess.PIPE


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

"""Commands of asyncio that a recording lets run, on its own loop and on uvloop's."""

from __future__ import annotations

import asyncio
from asyncio import create_subprocess_exec, create_subprocess_shell
from collections.abc import Callable
from subprocess import PIPE, STDOUT
from typing import Any

import pytest
import uvloop
from recording import ECHO, NO_FILE, NOT_THERE, Case, Recording, assert_run, both, mock_run, nothing_but


async def communicated() -> Any:
    process = await create_subprocess_exec(*ECHO, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    return await process.communicate(b"in\n"), process.returncode


async def streamed() -> Any:
    process = await create_subprocess_exec(*ECHO, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"one ")
    process.stdin.writelines([b"two ", b"three "])
    process.stdin.close()
    return await process.stdout.readline(), await process.stdout.read(), await process.wait()


async def by_a_shell() -> Any:
    process = await create_subprocess_shell("echo out; echo err >&2; exit 3", stdout=PIPE, stderr=STDOUT)
    return await process.communicate(), process.returncode


async def missing() -> Any:
    with pytest.raises(FileNotFoundError):
        await create_subprocess_exec(*NOT_THERE)


async def killed() -> Any:
    process = await create_subprocess_exec("sleep", "9", stdout=PIPE)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(process.communicate(), 0.1)
    process.kill()
    return await process.wait()


ASYNC_CASES = [
    Case(
        communicated,
        *both(ECHO, r"stdout='in\nend\n'", nothing_but(stdout=r"'in\nend\n'", input=r"b'in\n'")),
    ),
    Case(
        streamed,
        *both(
            ECHO,
            r"stdout='one two three end\n'",
            nothing_but(stdout=r"'one two three end\n'", input="'one two three '"),
        ),
    ),
    Case(
        by_a_shell,
        *both(
            "echo out; echo err >&2; exit 3",
            r"returncode=3, stdout='out\nerr\n'",
            nothing_but(returncode="3", stdout=r"'out\nerr\n'"),
        ),
    ),
    Case(
        killed,
        [mock_run("['sleep', '9']", "after=60")],
        [
            assert_run("['sleep', '9']", nothing_but(returncode="-9")),
            "tripwire.subprocess.assert_signal(signal=9)",
        ],
    ),
]


def on_a_loop(make: Any, program: Any) -> Callable[[], Any]:
    def on_a_loop() -> Any:
        loop = make()
        try:
            return loop.run_until_complete(program())
        finally:
            loop.close()

    return on_a_loop


@pytest.mark.parametrize("make", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("case", ASYNC_CASES, ids=lambda case: case.program.__name__)
def test_asyncio(case: Case, make: Any) -> None:
    program = on_a_loop(make, case.program)
    recording = Recording(program)
    assert (recording.mocks, recording.assertions) == (case.mocks, case.assertions)
    with recording.replayed():
        assert program() == recording.result


class Writer(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.seen = b""
        self.over: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.seen += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set_result(self.seen)


async def by_a_protocol() -> Any:
    transport, protocol = await asyncio.get_running_loop().subprocess_exec(Writer, *ECHO, stderr=None)
    pipe: Any = transport.get_pipe_transport(0)
    pipe.write(b"in ")
    pipe.close()
    found = await protocol.over
    transport.close()
    return found


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (asyncio.new_event_loop, "'in '"),
        (uvloop.new_event_loop, "None"),  # nobody can see what is written to its pipes
    ],
)
def test_a_protocol_of_the_programs_own(make: Any, given: str) -> None:
    program = on_a_loop(make, by_a_protocol)
    recording = Recording(program)
    mocks, assertions = both(ECHO, "stdout='in end\\n'", nothing_but(stdout="'in end\\n'", input=given))
    assert (recording.mocks, recording.assertions, recording.result) == (mocks, assertions, b"in end\n")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (asyncio.new_event_loop, NO_FILE),
        (uvloop.new_event_loop, "raises=FileNotFoundError(2, 'No such file or directory')"),
    ],
)
def test_what_cannot_be_started_under_asyncio(make: Any, error: str) -> None:
    program = on_a_loop(make, missing)
    recording = Recording(program)
    mocks, assertions = both(NOT_THERE, error, f"input=None, {error}")
    assert (recording.mocks, recording.assertions) == (mocks, assertions)
    with recording.replayed():
        program()

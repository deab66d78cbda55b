"""asyncio above a scripted child, compared with the same above a real one: stock event loop and uvloop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import tempfile
import warnings
from asyncio import create_subprocess_exec, create_subprocess_shell
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

import tripwire

from .harness import Program, Scenario, See, assert_all, descriptors, script_mocks, script_sessions

SCENARIOS: list[Scenario] = []

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.SelectorEventLoop,
    "uvloop": uvloop.new_event_loop,
}


def scenario(program: Program, **script: Any) -> Callable[..., Any]:
    def add(run: Callable[..., Any]) -> Callable[..., Any]:
        SCENARIOS.append(Scenario(run, program, **script))
        return run

    return add


HELLO = Program(b"hello\nworld\n", b"careful\n", 3)
ENDLESS = Program(b"begun\n", sleeps=True)


@scenario(HELLO)
async def communicate(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE, stderr=PIPE)
    see(type(process), process.returncode, process.stdin, type(process.stdout), type(process.stderr))
    see(await process.communicate(), process.returncode, await process.wait(), type(process.pid))
    see(process.stdout.at_eof())  # type: ignore[union-attr]


@scenario(HELLO)
async def merged(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE, stderr=STDOUT)
    see(process.stderr, await process.communicate(), process.returncode)


@scenario(HELLO)
async def nowhere(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    see(process.stdin, process.stdout, await process.communicate(), process.returncode)


@scenario(HELLO)
async def files(program: Program, see: See) -> None:
    with tempfile.TemporaryFile() as out:
        process = await create_subprocess_exec(*program.command, stdout=out, stderr=STDOUT)
        see(process.stdout, await process.communicate(), os.pread(out.fileno(), 100, 0))


@scenario(Program(b"a\nb\r\n\nc", b"err", 2), steps=(("communicate", (b"a\nb\r\n\nc", b"err", 2)),))
async def lines(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE, stderr=PIPE)
    see([line async for line in process.stdout])  # type: ignore[union-attr]
    see(await process.stderr.read(), await process.wait())  # type: ignore[union-attr]


@scenario(Program(b"0123456789\nrest"))
async def readers(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE)
    out = process.stdout
    assert out is not None
    see(await out.readexactly(4), await out.readline(), await out.read(2), await out.readuntil(b"s"))
    with see.error():
        await out.readexactly(5)
    see(await out.read(), out.at_eof(), await process.wait())


@scenario(Program(b"x" * 300_000 + b"", b""))
async def line_too_long(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE, limit=1000)
    try:
        await process.stdout.readline()  # type: ignore[union-attr]
    except ValueError as error:
        see(type(error), str(error).split(", ")[0])
    await process.stdout.read()  # type: ignore[union-attr]
    see(await process.wait())


@scenario(Program(b"x" * 3_000_000, b"y" * 1_000_000, reads=True))
async def big(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate(b"z" * 2_000_000)
    see(out == program.out, err == program.err, process.returncode)


@scenario(Program(b"answer", reads=True))
async def stdin_by_hand(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdin=PIPE, stdout=PIPE)
    stdin: Any = process.stdin
    assert stdin is not None
    see(type(stdin), stdin.write(b"one"), await stdin.drain(), stdin.writelines([b"two", b"three"]))
    see(stdin.can_write_eof(), stdin.is_closing(), stdin.write_eof(), await stdin.drain())
    see(stdin.close(), await stdin.wait_closed(), stdin.is_closing())
    see(await process.stdout.read(), await process.wait())  # type: ignore[union-attr]


@scenario(Program(b"answer", b"", reads=True))
async def stdin_of_communicate(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    see(await process.communicate(b"question"), process.stdin.is_closing())  # type: ignore[union-attr]


@scenario(Program(b"", b"", 5), steps=(("wait", 5),))
async def wait_twice(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command)
    see(process.returncode, await process.wait(), await process.wait(), process.returncode)
    for act in (process.kill, process.terminate, lambda: process.send_signal(signal.SIGINT)):
        with see.error():
            act()


@scenario(HELLO)
async def communicate_twice(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE, stderr=PIPE)
    see(await process.communicate(), await process.communicate(), process.returncode)


@scenario(
    ENDLESS,
    steps=(None, None, None),
    mocks=({"returncode": -signal.SIGKILL}, {"returncode": -signal.SIGTERM}, {"returncode": -signal.SIGINT}),
)
async def signals(program: Program, see: See) -> None:
    for send, number in (("kill", 9), ("terminate", 15), ("send_signal", 2)):
        process = await create_subprocess_exec(*program.command, stdin=PIPE, stderr=DEVNULL, stdout=DEVNULL)
        await asyncio.sleep(0 if process.pid > 2**22 else 0.3)
        see(process.returncode, getattr(process, send)(*([signal.SIGINT] if send == "send_signal" else [])))
        see(await process.wait() == -number, process.returncode == -number)


@scenario(ENDLESS, steps=(("communicate", (b"begun\n", b"", -9)),), mocks=({"returncode": -9},))
async def killed_while_read(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    see(await process.stdout.readline())  # type: ignore[union-attr]
    process.kill()
    see(await process.communicate(), process.returncode)


@scenario(Program(), steps=(FileNotFoundError(2, "No such file or directory", "no-such-program"),))
async def missing(program: Program, see: Seen) -> None:
    command = program.command if see.scripted else ["no-such-program"]
    try:
        await create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    except FileNotFoundError as error:  # uvloop gives no filename
        see(error.errno, error.strerror)


SCENARIOS[-1].mocks = ({"raises": FileNotFoundError(2, "No such file or directory", "no-such-program")},)


@scenario(Program(), steps=("none",), mocks=())
async def refused(program: Program, see: See) -> None:
    for options in (
        {"universal_newlines": True},
        {"bufsize": 5},
        {"shell": True},
        {"startupinfo": object()},
        {"creationflags": 7},
    ):
        with see.error():
            await create_subprocess_exec("x", **options)
    with see.error():
        await create_subprocess_shell("x", shell=False)  # type: ignore[arg-type]
    for options in ({"nonsense": 1},):
        with see.error():
            await create_subprocess_exec("x", **options)  # type: ignore[arg-type]


@scenario(Program(b"many"), steps=(("communicate", (b"many", b"", 0)),) * 20, mocks=({},) * 20)
async def many(program: Program, see: See) -> None:
    async def one() -> Any:
        process = await create_subprocess_exec(*program.command, stdout=PIPE, stderr=PIPE)
        return await process.communicate(), process.returncode

    see(await asyncio.gather(*(one() for _ in range(20))))


class Protocol(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.data: dict[int, bytes] = {}
        self.events: list[Any] = []
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.events.append("connection_made")

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.data[fd] = self.data.get(fd, b"") + data

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self.events.append((fd, type(exc)))

    def process_exited(self) -> None:
        self.events.append("process_exited")

    def connection_lost(self, exc: Exception | None) -> None:
        self.events.append("connection_lost")
        self.over.set_result(None)


@scenario(HELLO)
async def protocol(program: Program, see: See) -> None:
    loop = asyncio.get_running_loop()
    transport, made = await loop.subprocess_exec(Protocol, *program.command, stdin=DEVNULL)
    see(transport.get_returncode(), type(transport.get_pid()), transport.get_pipe_transport(7))
    await made.over
    see(made.data, made.events[0], made.events[-1], set(made.events), transport.get_returncode())
    transport.close()


@scenario(HELLO)
async def returncode_watched(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=DEVNULL, stderr=DEVNULL)
    see(process.returncode)
    while process.returncode is None:  # noqa: ASYNC110 - what some programs do
        await asyncio.sleep(0.001)
    see(process.returncode)


@scenario(HELLO)
async def waiting_in_two_tasks(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE, stderr=PIPE)
    see(await asyncio.gather(process.communicate(), process.wait()))


@scenario(Program(b"x" * 500_000))
async def slow_reader(program: Program, see: See) -> None:
    process = await create_subprocess_exec(*program.command, stdout=PIPE, limit=1000)
    await asyncio.sleep(0.01)
    total = 0
    while chunk := await process.stdout.read(10_000):  # type: ignore[union-attr]
        total += len(chunk)
        await asyncio.sleep(0)
    see(total, await process.wait())


class Seen(See):
    """What was seen, and whether the child is a scripted one."""

    def __init__(self, scripted: bool) -> None:
        super().__init__()
        self.scripted = scripted


def play(loop_name: str, work: Callable[[], Any]) -> None:
    loop = LOOPS[loop_name]()
    try:
        loop.run_until_complete(asyncio.wait_for(work(), 20))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


@pytest.mark.parametrize("served_by", ["mock_run", "session"])
@pytest.mark.parametrize("loop_name", LOOPS)
@pytest.mark.parametrize("one", SCENARIOS, ids=str)
def test_the_same_is_seen(one: Scenario, loop_name: str, served_by: str) -> None:
    real, scripted = Seen(scripted=False), Seen(scripted=True)
    play(loop_name, lambda: one.run(one.program, real))
    if served_by == "mock_run":
        script_mocks(one)
    elif one.steps != ("none",):
        script_sessions(one, tripwire.async_subprocess)
    before = descriptors()
    with tripwire.sandbox():
        play(loop_name, lambda: one.run(one.program, scripted))
    assert scripted.seen == real.seen
    assert_all()
    assert descriptors(before) == before


@pytest.mark.parametrize("loop_name", LOOPS)
def test_the_same_is_seen_through_a_shell(loop_name: str) -> None:
    async def run(see: See) -> None:
        process = await create_subprocess_shell(HELLO.shell, stdout=PIPE, stderr=PIPE)
        see(await process.communicate(), process.returncode)

    real, scripted = See(), See()
    play(loop_name, lambda: run(real))
    output = (HELLO.out, HELLO.err, HELLO.code)
    tripwire.async_subprocess.new_session().expect("spawn", returns=None).expect(
        "communicate", returns=output
    )
    with tripwire.sandbox():
        play(loop_name, lambda: run(scripted))
    assert scripted.seen == real.seen
    tripwire.async_subprocess.assert_spawn(command=HELLO.shell, stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)


@pytest.mark.parametrize("loop_name", LOOPS)
def test_a_timeout(loop_name: str) -> None:
    async def run(see: See) -> None:
        process = await create_subprocess_exec(*ENDLESS.command, stdout=PIPE, stderr=PIPE)
        try:
            await asyncio.wait_for(process.communicate(), 0.3)
        except asyncio.TimeoutError as error:
            see(type(error), process.returncode)
        process.kill()
        see(await process.wait())

    real, scripted = See(), See()
    play(loop_name, lambda: run(real))
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect("communicate", returns=None, raises=asyncio.TimeoutError())
    with tripwire.sandbox():
        play(loop_name, lambda: run(scripted))
    assert scripted.seen == real.seen
    assert_all()


def forget(kept: list[Any]) -> None:
    kept.clear()
    gc.collect()


@pytest.mark.parametrize("loop_name", LOOPS)
def test_a_loop_closed_while_a_child_lives(loop_name: str) -> None:
    async def run() -> None:
        kept.append(await create_subprocess_exec(*ENDLESS.command, stdin=PIPE, stdout=PIPE))

    kept: list[Any] = []
    tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    with tripwire.sandbox():
        play(loop_name, run)
        with warnings.catch_warnings(record=True) as seen:  # Python 3.11 warns of the stream writer too
            warnings.simplefilter("always")
            forget(kept)
    unclosed = [str(one.message) for one in seen if issubclass(one.category, ResourceWarning)]
    assert any(words.startswith("unclosed transport <ScriptedTransport pid=") for words in unclosed)
    tripwire.async_subprocess.assert_spawn(command=ENDLESS.command, stdin=PIPE)

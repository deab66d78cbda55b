"""The table of the guide: every way to start a process, and what of it can be mocked. Each cell is a test."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

import tripwire

from .harness import assert_all

GUIDE = Path(__file__).parents[3] / "docs" / "pages" / "guides" / "processes.md"
PIPE = subprocess.PIPE
COMMAND = ["/bin/sh", "-c", "printf out; exit 3"]
TEXT = "printf out; exit 3"
PIPES: Any = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
TIMEOUTS = (subprocess.TimeoutExpired, asyncio.TimeoutError, TimeoutError)

Start = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Way:
    """A way to start a process. `start(command, given, limit)` gives the return code and the output, or None.

    `sessions` is the plugin whose sessions serve it; `features` are those it has beside being mocked.
    """

    name: str
    start: Start
    sessions: str | None
    features: str
    shell: bool = False

    @property
    def command(self) -> Any:
        return TEXT if self.shell else COMMAND


def run(command: Any, given: Any, limit: Any) -> Any:
    done = subprocess.run(command, input=given, capture_output=True, timeout=limit, check=False)
    return done.returncode, done.stdout


def call(command: Any, given: Any, limit: Any) -> Any:
    return subprocess.call(command, timeout=limit), None


def check_call(command: Any, given: Any, limit: Any) -> Any:
    try:
        return subprocess.check_call(command, timeout=limit), None
    except subprocess.CalledProcessError as error:
        return error.returncode, None


def check_output(command: Any, given: Any, limit: Any) -> Any:
    try:
        return 0, subprocess.check_output(command, input=given, timeout=limit)
    except subprocess.CalledProcessError as error:
        return error.returncode, error.output


def getoutput(command: Any, given: Any, limit: Any) -> Any:
    return None, subprocess.getoutput(command).encode()


def getstatusoutput(command: Any, given: Any, limit: Any) -> Any:
    code, output = subprocess.getstatusoutput(command)
    return code, output.encode()


def popen(command: Any, given: Any, limit: Any) -> Any:
    with subprocess.Popen(command, **PIPES) as process:
        return (lambda out: (process.returncode, out))(process.communicate(given, timeout=limit)[0])


def os_popen(command: Any, given: Any, limit: Any) -> Any:
    pipe = os.popen(command)
    output = pipe.read().encode()
    status = pipe.close()
    return os.waitstatus_to_exitcode(status or 0), output


def on_a_loop(work: Callable[[Any, Any], Any]) -> Start:
    def start(command: Any, given: Any, limit: Any) -> Any:
        return asyncio.run(asyncio.wait_for(work(command, given), limit))

    return start


async def create_exec(command: Any, given: Any) -> Any:
    process = await asyncio.create_subprocess_exec(*command, **PIPES)
    return await communicated(process, given)


async def create_shell(command: Any, given: Any) -> Any:
    return await communicated(await asyncio.create_subprocess_shell(command, **PIPES), given)


async def communicated(process: Any, given: Any) -> Any:
    try:
        out, _ = await process.communicate(given)
    finally:
        if process.returncode is None:
            process._transport.close()
            await process.wait()
    return process.returncode, out


class Protocol(asyncio.SubprocessProtocol):
    def __init__(self) -> None:
        self.data = b""
        self.over = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set_result(None)


async def loop_exec(command: Any, given: Any) -> Any:
    transport, protocol = await asyncio.get_running_loop().subprocess_exec(Protocol, *command, **PIPES)
    stdin: Any = transport.get_pipe_transport(0)
    stdin.write(given or b"")
    stdin.close()
    try:
        await asyncio.shield(protocol.over)
    finally:
        transport.close()
    return transport.get_returncode(), protocol.data


async def anyio_run(command: Any, given: Any) -> Any:
    done = await anyio.run_process(command, input=given, check=False)
    return done.returncode, done.stdout


async def anyio_open(command: Any, given: Any) -> Any:
    async with await anyio.open_process(command, **PIPES) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if given:
            await process.stdin.send(given)
        await process.stdin.aclose()
        output = b"".join([chunk async for chunk in process.stdout])
    return process.returncode, output


def system(command: Any, given: Any, limit: Any) -> Any:
    return os.waitstatus_to_exitcode(os.system(command)), None


def spawn(command: Any, given: Any, limit: Any) -> Any:
    return os.spawnv(os.P_WAIT, command[0], command), None


def posix_spawn(command: Any, given: Any, limit: Any) -> Any:
    _, status = os.waitpid(os.posix_spawn(command[0], command, {}), 0)
    return os.waitstatus_to_exitcode(status), None


ALL = "output, input, timeout"
WAYS = [
    Way("`subprocess.run`", run, "popen", ALL),
    Way("`subprocess.call`", call, "popen", "timeout"),
    Way("`subprocess.check_call`", check_call, "popen", "timeout"),
    Way("`subprocess.check_output`", check_output, "popen", ALL),
    Way("`subprocess.getoutput`", getoutput, "popen", "output", shell=True),
    Way("`subprocess.getstatusoutput`", getstatusoutput, "popen", "output", shell=True),
    Way("`subprocess.Popen`", popen, "popen", ALL),
    Way("`os.popen`", os_popen, "popen", "output", shell=True),
    Way("`asyncio.create_subprocess_exec`", on_a_loop(create_exec), "async_subprocess", ALL),
    Way("`asyncio.create_subprocess_shell`", on_a_loop(create_shell), "async_subprocess", ALL, shell=True),
    Way("`loop.subprocess_exec`", on_a_loop(loop_exec), "async_subprocess", ALL),
    Way("`anyio.run_process`", on_a_loop(anyio_run), "async_subprocess", ALL),
    Way("`anyio.open_process`", on_a_loop(anyio_open), "async_subprocess", ALL),
    Way("`os.system`", system, None, "", shell=True),
    Way("`os.spawn*`", spawn, None, ""),
    Way("`os.posix_spawn`, `posix_spawnp`", posix_spawn, None, ""),
]


def mocked(way: Way) -> None:
    tripwire.subprocess.mock_run(way.command, returncode=3, stdout="out")
    code, output = perform(way)
    assert code in (3, None)
    assert output in (b"out", None)
    tripwire.subprocess.assert_run(way.command, returncode=3)


def session(way: Way) -> None:
    scripted = getattr(tripwire, way.sessions or "").new_session().expect("spawn", returns=None)
    scripted.expect("stdout", returns=b"out").expect("wait", returns=3)
    assert perform(way)[0] in (3, None)
    assert_all()


def output(way: Way) -> None:
    tripwire.subprocess.mock_run(way.command, stdout="out")
    assert perform(way)[1] == b"out"
    assert_all()


def given(way: Way) -> None:
    tripwire.subprocess.mock_run(way.command, input="in")
    perform(way, b"in")
    tripwire.subprocess.assert_run(way.command, input="in")


def timeout(way: Way) -> None:
    tripwire.subprocess.mock_run(way.command, after=3600)
    with pytest.raises(TIMEOUTS):
        perform(way, limit=60)
    assert_all()


def raises(way: Way) -> None:
    tripwire.subprocess.mock_run(way.command, raises=PermissionError(13, "no"))
    with pytest.raises(PermissionError):
        perform(way)
    assert_all()


def passed(way: Way) -> None:
    tripwire.subprocess.pass_through(way.command)
    assert perform(way)[0] in (3, None)
    (interaction,) = tripwire.current_verifier().timeline
    assert interaction.fields["returncode"] in (3, None)
    assert_all()


COLUMNS: dict[str, Callable[[Way], None]] = {
    "`mock_run`": mocked,
    "session": session,
    "output": output,
    "`input=`": given,
    "`after=` and a timeout": timeout,
    "`raises=`": raises,
    "`pass_through`": passed,
}
ASKED = {"output": "output", "`input=`": "input", "`after=` and a timeout": "timeout"}


def perform(way: Way, given: Any = None, limit: Any = None) -> Any:
    with tripwire.sandbox():
        return way.start(way.command, given, limit)


def has(way: Way, column: str) -> bool:
    if column == "session":
        return way.sessions is not None
    return column not in ASKED or ASKED[column] in way.features


@pytest.mark.parametrize(
    ("way", "column"), [(way, column) for way in WAYS for column in COLUMNS if has(way, column)],
    ids=lambda value: value if isinstance(value, str) else value.name,
)  # fmt: skip
def test_the_cell(way: Way, column: str) -> None:
    COLUMNS[column](way)


def table() -> Iterator[str]:
    yield "| " + " | ".join(["started by", *COLUMNS]) + " |"
    yield "|---" * (1 + len(COLUMNS)) + "|"
    for way in WAYS:
        yield "| " + " | ".join([way.name, *("yes" if has(way, one) else "" for one in COLUMNS)]) + " |"


def test_the_guide_has_this_table() -> None:
    assert "\n".join(table()) in GUIDE.read_text()

"""python-ffmpeg: progress that is read as it comes, under asyncio and with threads."""

from __future__ import annotations

import asyncio
import os
import signal
from subprocess import PIPE
from typing import Any

import ffmpeg
import ffmpeg.asyncio
import pytest
import uvloop
from ffmpeg.errors import FFmpegFileNotFound

import tripwire

from .children import Children

CONVERTS = """\
import sys
sys.stderr.write("Input #0, wav, from 'pipe:'\\n")
data = sys.stdin.buffer.read()
for frame in (10, 20):
    sys.stderr.write(f"frame={frame} fps=5 q=-1.0 size=1KiB time=00:00:02.00 bitrate=4.0kbits/s speed=2x\\r")
    sys.stderr.flush()
sys.stdout.buffer.write(data.upper() * 100_000)
"""
PROGRESS = [
    b"Input #0, wav, from 'pipe:'\n",
    b"frame=10 fps=5 q=-1.0 size=1KiB time=00:00:02.00 bitrate=4.0kbits/s speed=2x\rframe=20 fps=5 q=-1.0 size=",
    b"1KiB time=00:00:02.00 bitrate=4.0kbits/s speed=2x\r",
]
FAILS = "import sys; sys.exit('x.wav: No such file or directory')"
OUTLASTS = """\
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(255))
print("Press [q] to stop", file=sys.stderr, flush=True)
time.sleep(60)
"""


@pytest.fixture(params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest, children: Children) -> None:
    """The event loop of the program."""
    if request.param == "uvloop":
        children.new_loop = uvloop.new_event_loop


def converter(kind: Any, executable: str) -> Any:
    return kind(executable).option("y").input("pipe:0").output("pipe:1", f="mp3")


def command(executable: str) -> list[str]:
    return [executable, "-y", "-i", "pipe:0", "-f", "mp3", "pipe:1"]


def script(plugin: Any) -> None:
    session = plugin.new_session().expect("spawn", returns=None)
    session.expect("stderr", returns=PROGRESS[:1])
    session.expect("reply", to=b"sound", returns=b"SOUND" * 100_000)
    session.expect("stderr", returns=PROGRESS[1:]).expect("wait", returns=0)


@pytest.mark.usefixtures("loop")
def test_progress_as_it_comes(children: Children) -> None:
    tool = children.program("ffmpeg", CONVERTS)
    script(tripwire.async_subprocess)

    async def program() -> Any:
        seen: list[Any] = []
        converts = converter(ffmpeg.asyncio.FFmpeg, tool)
        converts.on("progress", lambda progress: seen.append(progress.frame))
        converts.on("completed", lambda: seen.append("completed"))
        output = await converts.execute(b"sound", timeout=30)
        return seen, output == b"SOUND" * 100_000

    assert children.use(program) == ([10, 20, "completed"], True)
    tripwire.async_subprocess.assert_spawn(command=command(tool), stdin=PIPE, shell=False)
    tripwire.async_subprocess.assert_stdin(data="sound")
    tripwire.async_subprocess.assert_wait()


def test_progress_read_by_threads(children: Children) -> None:
    tool = children.program("ffmpeg", CONVERTS)
    script(tripwire.popen)

    def program() -> Any:
        seen: list[Any] = []
        converts = converter(ffmpeg.FFmpeg, tool)
        converts.on("progress", lambda progress: seen.append(progress.frame))
        output = converts.execute(b"sound", timeout=30)
        return seen, output == b"SOUND" * 100_000

    assert children.use(program) == ([10, 20], True)
    tripwire.popen.assert_spawn(command=command(tool), stdin=PIPE, shell=False)
    tripwire.popen.assert_stdin(data="sound")
    tripwire.popen.assert_wait()


@pytest.mark.usefixtures("loop")
def test_errors_are_translated(children: Children) -> None:
    tool, nowhere = children.program("ffmpeg", FAILS), "/nowhere/ffmpeg"
    words = "x.wav: No such file or directory"
    tripwire.subprocess.mock_run(command(tool), returncode=1, stderr=words + "\n")
    error = children.error(FFmpegFileNotFound, lambda: converter(ffmpeg.asyncio.FFmpeg, tool).execute())
    assert (error.message, error.arguments) == (words, command(tool))
    tripwire.subprocess.assert_run(command(tool), returncode=1)

    at = [] if children.new_loop is uvloop.new_event_loop else [nowhere]  # uvloop does not name it
    missing = FileNotFoundError(2, os.strerror(2), *at)
    tripwire.subprocess.mock_run(command(nowhere), raises=missing)
    error_of_start = children.error(
        FileNotFoundError, lambda: converter(ffmpeg.asyncio.FFmpeg, nowhere).execute()
    )
    assert error_of_start.errno == 2
    tripwire.subprocess.assert_run(command(nowhere), raises=FileNotFoundError)


@pytest.mark.usefixtures("loop")
def test_a_conversion_that_is_stopped(children: Children) -> None:
    tool = children.program("ffmpeg", OUTLASTS)
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect("stderr", returns=b"Press [q] to stop\n").expect("signal", returns=255)

    async def program() -> Any:
        seen: list[Any] = []
        converts = converter(ffmpeg.asyncio.FFmpeg, tool)
        converts.on("stderr", seen.append)
        converts.on("stderr", lambda line: converts.terminate())
        converts.on("terminated", lambda: seen.append("terminated"))
        return await converts.execute(), seen

    assert children.use(program) == (b"", ["Press [q] to stop", "terminated"])
    tripwire.async_subprocess.assert_spawn(command=command(tool), stdin=None)
    tripwire.async_subprocess.assert_signal(signal=signal.SIGTERM)


@pytest.mark.usefixtures("loop")
def test_trips_cannot_be_hidden(children: Children) -> None:
    async def program() -> Any:
        tasks = [converter(ffmpeg.asyncio.FFmpeg, "ffmpeg").execute() for _ in range(2)]
        return await asyncio.gather(*tasks, return_exceptions=True)

    call = "asyncio.create_subprocess_exec: ffmpeg -y -i pipe:0 -f mp3 pipe:1"
    assert children.hidden_trips(program) == [
        "2 trips never reached the test:",
        f"  - UnmockedInteractionError: {call}, 2 times",
    ]

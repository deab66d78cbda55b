"""Every deliberate difference is there, and published; one that is gone fails here."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

import tripwire

from .differences import DIFFERENCES
from .harness import assert_all

PIPE = subprocess.PIPE
GUIDE = Path(__file__).parents[3] / "docs" / "pages" / "guides" / "processes.md"


def shell(text: str) -> list[str]:
    return ["/bin/sh", "-c", text]


def output_without_a_pipe(capfd: Any) -> Any:
    return subprocess.Popen(shell("exit 0")).communicate()


def nothing_is_printed(capfd: Any) -> Any:
    subprocess.Popen(shell("echo out")).wait()
    return capfd.readouterr()


def the_program_need_not_exist(capfd: Any) -> Any:
    try:
        return subprocess.Popen(["/no/such/program"], cwd="/no/such/folder").wait()
    except FileNotFoundError as error:
        return str(error)


def preexec_fn_is_not_run(capfd: Any) -> Any:
    def fails() -> None:
        raise KeyError

    try:
        return subprocess.Popen(shell("exit 0"), preexec_fn=fails).wait()
    except subprocess.SubprocessError as error:
        return str(error)


def passed_descriptors_stay_silent(capfd: Any) -> Any:
    read_end, write_end = os.pipe()
    subprocess.Popen(shell(f"echo hello >/dev/fd/{write_end}"), pass_fds=[write_end]).wait()
    os.close(write_end)
    with open(read_end, "rb") as file:
        return file.read()


def output_does_not_end_with_time(capfd: Any) -> Any:
    with subprocess.Popen(shell("exec sleep 0.05"), stdout=PIPE) as process:
        assert process.stdout is not None
        process.stdout.read()
        try:
            return process.wait(0.01)
        except subprocess.TimeoutExpired:
            return "it goes on"


def the_transport_of_uvloop(capfd: Any) -> Any:
    async def work() -> Any:
        process: Any = await asyncio.create_subprocess_exec(*shell("exit 0"), stdin=PIPE)
        await process.wait()
        try:
            return process.stdin.write(b"late")
        except RuntimeError:
            return "refused"

    loop = uvloop.new_event_loop()
    try:
        return loop.run_until_complete(work())
    finally:
        loop.close()


SHOWN: list[Callable[[Any], Any]] = [
    output_without_a_pipe,
    nothing_is_printed,
    the_program_need_not_exist,
    preexec_fn_is_not_run,
    passed_descriptors_stay_silent,
    output_does_not_end_with_time,
    the_transport_of_uvloop,
]


@pytest.mark.parametrize("show", SHOWN)
def test_the_difference_is_there(show: Callable[[Any], Any], capfd: Any) -> None:
    real = show(capfd)
    plugin = tripwire.async_subprocess if "uvloop" in show.__name__ else tripwire.popen
    session = plugin.new_session().expect("spawn", returns=None)
    if show is output_without_a_pipe:
        session.expect("stdout", returns=b"out").expect("wait", returns=0)
    else:
        session.expect("wait", returns=0, after=0.05 if show is output_does_not_end_with_time else 0)
    with tripwire.sandbox():
        scripted = show(capfd)
    assert scripted != real
    assert_all()


def test_every_difference_is_shown_and_published() -> None:
    assert [one.__name__ for one in SHOWN] == list(DIFFERENCES)
    table = [f"| {one.what} | {one.why} |" for one in DIFFERENCES.values()]
    assert [line for line in GUIDE.read_text().splitlines() if line in table] == table

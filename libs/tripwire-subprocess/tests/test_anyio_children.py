"""Scripted children under anyio."""

from __future__ import annotations

import subprocess
from typing import Any

import anyio
import pytest
from asyncio_children import OUTPUT, Run, script

import tripwire

PIPE = subprocess.PIPE


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

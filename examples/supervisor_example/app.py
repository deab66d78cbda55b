"""Keep a server running: start it, follow its log, restart it when it crashes, and stop it in the end."""

import asyncio
import os
from asyncio.subprocess import PIPE, STDOUT, Process

COMMAND = ["serve", "--port", "8000"]


async def start(port: int = 8000) -> Process:
    """Start the server, and come back when it says that it listens."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, stdout=PIPE, stderr=STDOUT, env={**os.environ, "SERVE_PORT": str(port)}
    )
    assert process.stdout is not None
    while line := await asyncio.wait_for(process.stdout.readline(), 30):
        if line.startswith(b"listening"):
            return process
    raise RuntimeError(f"the server ended with {await process.wait()} before it was up")


async def stop(process: Process) -> int:
    """Ask the server to end, and make it end after ten seconds."""
    process.terminate()
    try:
        return await asyncio.wait_for(process.wait(), 10)
    except asyncio.TimeoutError:
        process.kill()
        return await process.wait()


async def supervise(restarts: int) -> list[int]:
    """Restart the server each time it ends by itself; its return codes."""
    codes = []
    for _ in range(restarts + 1):
        process = await start()
        codes.append(await process.wait())
        if codes[-1] == 0:
            break
    return codes

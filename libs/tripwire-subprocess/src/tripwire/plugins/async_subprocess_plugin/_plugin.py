"""The plugin for asyncio."""

from __future__ import annotations

from tripwire import Source
from tripwire.plugins._processes import SessionPlugin, start_source


class AsyncSubprocessPlugin(SessionPlugin):
    """Serves `asyncio.create_subprocess_exec` and `create_subprocess_shell` from scripted sessions.

    Use it as `tripwire.async_subprocess`.
    """

    name = "async_subprocess"
    role = "async_subprocess"
    public_names = (
        "asyncio:create_subprocess_exec",
        "asyncio:create_subprocess_shell",
        "asyncio.subprocess:create_subprocess_exec",
        "asyncio.subprocess:create_subprocess_shell",
        "asyncio.subprocess:Process.communicate",
        "asyncio.subprocess:Process.wait",
        "asyncio.base_events:BaseEventLoop.subprocess_exec",
        "asyncio.base_events:BaseEventLoop.subprocess_shell",
    )

    spawn = start_source("async_subprocess")
    communicate = Source("async_subprocess.communicate")
    wait = Source("async_subprocess.wait")
    signal = Source("async_subprocess.signal")
    stdin = Source("async_subprocess.stdin")

"""The plugin for asyncio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tripwire import Source
from tripwire.plugins._processes import Role, SessionPlugin, start_source


class AsyncSubprocessPlugin(SessionPlugin):
    """Serves `asyncio.create_subprocess_exec` and `create_subprocess_shell` from scripted sessions.

    Use it as `tripwire.async_subprocess`.
    """

    name = "async_subprocess"
    role: ClassVar[Role] = "async_subprocess"
    public_names: ClassVar[Sequence[str]] = (
        "asyncio:create_subprocess_exec",
        "asyncio:create_subprocess_shell",
        "asyncio.subprocess:create_subprocess_exec",
        "asyncio.subprocess:create_subprocess_shell",
        "asyncio.subprocess:Process.communicate",
        "asyncio.subprocess:Process.wait",
        "asyncio.base_events:BaseEventLoop.subprocess_exec",
        "asyncio.base_events:BaseEventLoop.subprocess_shell",
    )

    spawn: ClassVar[Source] = start_source("async_subprocess")
    communicate: ClassVar[Source] = Source("async_subprocess.communicate")
    wait: ClassVar[Source] = Source("async_subprocess.wait")
    signal: ClassVar[Source] = Source("async_subprocess.signal")
    stdin: ClassVar[Source] = Source("async_subprocess.stdin")

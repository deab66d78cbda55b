"""What the tests of scripted children under asyncio share."""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable
from typing import Any

import tripwire

PIPE = subprocess.PIPE
Run = Callable[[Callable[[], Awaitable[Any]]], Any]


def script(*steps: tuple[Any, ...]) -> tripwire.SessionHandle:
    session: tripwire.SessionHandle = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    for method, returns in steps:
        raises = returns if isinstance(returns, BaseException) else None
        session.expect(method, returns=returns, raises=raises)
    return session


OUTPUT = ("communicate", (b"out\n", b"err", 3))

"""The plugin for sync callers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tripwire import Source
from tripwire.plugins._processes import Role, SessionPlugin, start_source


class PopenPlugin(SessionPlugin):
    """Serves `subprocess.Popen`, and all that is made of it, from scripted sessions.

    Use it as `tripwire.popen`.
    """

    name = "popen"
    role: ClassVar[Role] = "popen"
    public_names: ClassVar[Sequence[str]] = (
        "subprocess:Popen",
        "subprocess:Popen.__init__",
        "subprocess:Popen.communicate",
        "subprocess:Popen.wait",
        "subprocess:Popen.poll",
    )

    spawn: ClassVar[Source] = start_source("popen")
    communicate: ClassVar[Source] = Source("popen.communicate")
    wait: ClassVar[Source] = Source("popen.wait")
    signal: ClassVar[Source] = Source("popen.signal")
    stdin: ClassVar[Source] = Source("popen.stdin")

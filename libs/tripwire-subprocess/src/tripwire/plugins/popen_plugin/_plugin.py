"""The plugin for sync callers."""

from __future__ import annotations

from tripwire import Source
from tripwire.plugins._processes import SessionPlugin, start_source


class PopenPlugin(SessionPlugin):
    """Serves `subprocess.Popen`, and all that is made of it, from scripted sessions.

    Use it as `tripwire.popen`.
    """

    name = "popen"
    role = "popen"
    public_names = (
        "subprocess:Popen",
        "subprocess:Popen.__init__",
        "subprocess:Popen.communicate",
        "subprocess:Popen.wait",
        "subprocess:Popen.poll",
    )

    spawn = start_source("popen")
    communicate = Source("popen.communicate")
    wait = Source("popen.wait")
    signal = Source("popen.signal")
    stdin = Source("popen.stdin")

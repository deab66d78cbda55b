"""What mocked commands and look-ups say of programs; loaded with `--tripwire-verify` only."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from tripwire import Interaction
from tripwire.plugins._processes import Spawn
from tripwire.plugins._processes._verifying_claims import claim, found
from tripwire.plugins.subprocess_plugin._runs import Run
from tripwire.plugins.subprocess_plugin._whiches import Which
from tripwire.verifying import Claim


def of_run(run: Run, spawn: Spawn, interaction: Interaction) -> Iterator[Claim]:
    """That the program exists, takes such options, and ends so; nothing, if it is real or cannot be started."""
    fields = interaction.fields
    raised = fields.get("raises")
    if run.is_real or (raised is not None and not isinstance(raised, subprocess.SubprocessError)):
        return
    code = getattr(raised, "returncode", None) if raised is not None else fields.get("returncode")
    yield claim(str(run), spawn, code, run.place)


def of_look_up(which: Which) -> Iterator[Claim]:
    """That the program is found; nothing, if it is not."""
    if which.returns is not None:
        yield found(f"tripwire.subprocess.{which}", which.name, which.returns, which.place)

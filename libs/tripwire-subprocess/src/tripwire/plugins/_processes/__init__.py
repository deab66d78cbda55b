"""What the three process plugins share: the seams, and the scripted child behind them."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins._processes._child import Result, Script
from tripwire.plugins._processes._command import (
    Fitting,
    Output,
    common,
    fits,
    key,
    meanings,
    path_of,
    plain,
    quoted,
    value_of,
    where_they_part,
)
from tripwire.plugins._processes._processes import Member, start_source
from tripwire.plugins._processes._sessions import SessionPlugin
from tripwire.plugins._processes._spawn import Spawn, caller
from tripwire.plugins._processes._wording import mock_run

__all__ = [
    "Fitting",
    "Member",
    "Output",
    "Result",
    "Script",
    "SessionPlugin",
    "Spawn",
    "caller",
    "common",
    "fits",
    "key",
    "meanings",
    "mock_run",
    "path_of",
    "plain",
    "quoted",
    "start_source",
    "value_of",
    "where_they_part",
]

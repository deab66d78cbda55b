"""What the three process plugins share: the seams, and the scripted child behind them."""

from tripwire.plugins._processes._child import Result, Script
from tripwire.plugins._processes._command import Fitting, Output, common, fits, plain, quoted, where_they_part
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
    "mock_run",
    "plain",
    "quoted",
    "start_source",
    "where_they_part",
]

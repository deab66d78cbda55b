"""What the three process plugins share: the seams, and the scripted child behind them."""

from tripwire import _installation  # noqa: F401 - first, for another's package may hide ours
from tripwire.plugins._processes import _environment as environment
from tripwire.plugins._processes._command import (
    AnyArgs,
    Fitting,
    Output,
    any_args,
    as_text,
    common,
    fits,
    key,
    meanings,
    path_of,
    plain,
    quoted,
    refusal,
    value_of,
    where_they_part,
)
from tripwire.plugins._processes._processes import Member, start_source
from tripwire.plugins._processes._real import RealRun
from tripwire.plugins._processes._recorded import Recorded
from tripwire.plugins._processes._script import HARMLESS, NEVER, NOW, Result, Script
from tripwire.plugins._processes._sessions import SessionPlugin
from tripwire.plugins._processes._spawn import Role, Spawn, caller
from tripwire.plugins._processes._wording import mock_run

__all__ = [
    "HARMLESS",
    "NEVER",
    "NOW",
    "AnyArgs",
    "Fitting",
    "Member",
    "Output",
    "RealRun",
    "Recorded",
    "Result",
    "Role",
    "Script",
    "SessionPlugin",
    "Spawn",
    "any_args",
    "as_text",
    "caller",
    "common",
    "environment",
    "fits",
    "key",
    "meanings",
    "mock_run",
    "path_of",
    "plain",
    "quoted",
    "refusal",
    "start_source",
    "value_of",
    "where_they_part",
]

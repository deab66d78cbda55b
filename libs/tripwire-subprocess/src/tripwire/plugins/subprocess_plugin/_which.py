"""The seam of `shutil.which`: its code.

A program that says `from shutil import which` holds the function itself, and nothing below it could answer:
`which` walks over PATH and gives back what it finds there. So the function stays and its code is exchanged,
which whoever holds the function sees. The replacement takes the same parameters (checked), the defaults
stay on the function, and a genuine call runs the pristine code in a function of its own.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterable
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from tripwire import Target, TripwireError

_PARAMETERS = ("cmd", "mode", "path")


class _Function:
    """`shutil.which` as the owner of a target. It has no `__dict__`: what it owns is set back, not deleted."""

    __name__ = "shutil.which"
    __slots__ = ()

    @property
    def code(self) -> CodeType:
        """What the function runs."""
        return shutil.which.__code__

    @code.setter
    def code(self, code: CodeType) -> None:
        shutil.which.__code__ = code


_FUNCTION = _Function()  # one for all sandboxes: targets of the same owner keep their replacements

_answer: Callable[..., Any] | None = None


def targets(answer: Callable[..., Any]) -> Iterable[Target]:
    """The target; `answer(genuine, cmd, mode, path)` is to answer every call."""
    yield Target(_FUNCTION, "code", partial(_replacement, answer=answer))


def _replacement(pristine: CodeType, answer: Callable[..., Any]) -> CodeType:
    global _answer
    found = pristine.co_varnames[: pristine.co_argcount + pristine.co_kwonlyargcount]
    if found != _PARAMETERS or pristine.co_freevars:
        raise TripwireError(
            f"shutil.which of Python {platform.python_version()} takes {found}, and tripwire knows {_PARAMETERS}; "
            'use a supported version of Python, or put "subprocess" under disabled_plugins in [tool.tripwire]',
            code="unsupported-version",
        )
    genuine = FunctionType(pristine, vars(shutil), "which", shutil.which.__defaults__)
    _answer = lambda *args: answer(genuine, *args)  # noqa: E731
    return _stand_in.__code__


def _stand_in(cmd: Any, mode: int = os.F_OK | os.X_OK, path: Any = None) -> Any:
    # Runs with the globals of shutil: nothing of this module is at hand.
    from tripwire.plugins.subprocess_plugin import _which

    assert _which._answer is not None
    return _which._answer(cmd, mode, path)

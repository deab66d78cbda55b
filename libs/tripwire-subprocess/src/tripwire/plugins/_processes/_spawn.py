"""A process that is about to start: what, how, and on whose behalf."""

from __future__ import annotations

import sys
from typing import Any, Literal, NamedTuple

from tripwire.plugins._processes._command import path_of, quoted
from tripwire.plugins._processes._environment import difference, without_secrets

Role = Literal["run", "popen", "async_subprocess", "os"]
"""The part a plugin plays: what answers by command, and whose sessions serve which callers; none those of `os`."""


class Handles(NamedTuple):
    """The caller's `stdin`, `stdout` and `stderr`, as given."""

    stdin: Any
    stdout: Any
    stderr: Any


class Spawn(NamedTuple):
    """One process that is about to start; its `str()` is the call in words.

    `how` names the function the program called; `role` is whose sessions serve it; `executable` is what runs, where
    that is not the command's own program; `path` is PATH as it was, for tests may change it.
    """

    command: Any
    stdin: Any
    how: str
    role: Role
    shell: bool = False
    cwd: object = None
    env: object = None
    executable: object = None
    path: str | None = None

    def fields(self) -> dict[str, Any]:
        """What is recorded of it."""
        return {
            "command": self.command,
            "stdin": self.stdin,
            "shell": self.shell,
            "cwd": path_of(self.cwd),
            "env": difference(self.env),
        }

    def __str__(self) -> str:
        where = f" (in {self.cwd})" if self.cwd is not None else ""
        return f"{self.how}: {quoted(without_secrets(self.command))}{where}"


RUN_LIKE = ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")
"""The functions that start a command and wait for its end."""

_OF_OS = tuple(
    f"{kind}{form}" for kind in ("spawn",) for form in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")
)

_ENTRANCES: dict[str, tuple[str, ...]] = {
    "subprocess": RUN_LIKE,
    "os": ("popen", *_OF_OS),
    "asyncio.subprocess": ("create_subprocess_exec", "create_subprocess_shell"),
    "asyncio.base_events": ("subprocess_exec", "subprocess_shell"),
    "shutil": (),
}

_BETWEEN = ("tripwire.", "asyncio.")

_LOOK_UPS = ("platform", "ctypes.util", "ctypes._aix", "uuid", "_aix_support", "_osx_support")

_BROWSER_LOOK_UPS = ("register_standard_browsers", "register_X_browsers", "get", "_synthesize")


class Caller(NamedTuple):
    """Who starts a process: the standard library's function used (`how`), and whether it did so for itself."""

    how: str
    is_look_up: bool


def caller(default: str) -> Caller:
    """The caller of a seam; `default` is how a process is started where no function of `_ENTRANCES` is used."""
    how, frame = default, sys._getframe(1)
    while True:
        module, function = str(frame.f_globals.get("__name__")), frame.f_code.co_name
        entrances = _ENTRANCES.get(module)
        if entrances is not None and function in entrances:
            how = f"{_public(module)}.{function}"
        outer = frame.f_back
        if outer is None or (entrances is None and not module.startswith(_BETWEEN)):
            return Caller(how, _is_look_up(module, function))
        frame = outer


def sent_by_the_library() -> bool:
    """Whether a signal is sent by a function like `run`, whose time is up."""
    frame = sys._getframe(1)
    while frame.f_back is not None:  # pragma: no branch - who called is on the stack
        frame = frame.f_back
        module, function = str(frame.f_globals.get("__name__")), frame.f_code.co_name
        if module == "subprocess" and function in RUN_LIKE:
            return True
        if not (module == "subprocess" or module.startswith("tripwire.")):
            break
    return False


def _public(module: str) -> str:
    return {"asyncio.subprocess": "asyncio", "asyncio.base_events": "loop"}.get(module, module)


def _is_look_up(module: str, function: str) -> bool:
    # What these start depends on what happened to run earlier in the process (they cache what they find).
    return module in _LOOK_UPS or (module == "webbrowser" and function in _BROWSER_LOOK_UPS)

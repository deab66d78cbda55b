"""Where a program is, found as the operating system would find it for a call."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from typing import Any

from tripwire.plugins._processes import _verifying_words as words
from tripwire.verifying import Lie, Unchecked

# What a shell does by itself. The names are those of POSIX, and what every shell has beside them.
_BUILTIN = re.compile(
    r"[.:\[]|alias|bg|break|cd|command|continue|echo|eval|exec|exit|export|false|fc|fg|getopts|hash|jobs|kill|local"
    "|printf|pwd|read|readonly|return|set|shift|source|test|times|trap|true|type|ulimit|umask|unalias|unset|wait"
)


def is_builtin(name: str) -> bool:
    """Whether a shell has a command of this name itself."""
    return _BUILTIN.fullmatch(name) is not None


def search_path(env: Any) -> tuple[str, ...]:
    """The folders in which a process with this environment looks for programs."""
    try:
        return tuple(map(os.fsdecode, os.get_exec_path(env)))
    except Exception:  # noqa: BLE001 - an environment with two of them, which nobody could use
        return tuple(os.get_exec_path())


def is_program(path: str) -> bool:
    """Whether a file can be executed."""
    return os.path.isfile(path) and os.access(path, os.X_OK)


def on_path(name: str, folders: Sequence[str], cwd: str = "") -> str | None:
    """The first program of a name in some folders; relative ones count from `cwd`."""
    paths = (os.path.join(cwd, folder, name) for folder in folders)
    return next(filter(is_program, paths), None)


def at_path(path: str, cwd: str | None) -> Lie | Unchecked | None:
    """What is wrong with a path to a program; None if it is one."""
    said = words.runs(path)
    full = os.path.join(cwd or "", path)
    if is_program(full):
        return None
    if os.path.abspath(full).startswith(os.path.join(tempfile.gettempdir(), "")):
        return Unchecked(words.TEMPORARY)
    if not os.path.isabs(full) or not os.path.isdir(cwd or os.sep):
        return Unchecked(words.FOLDER_IS_GONE)
    return Lie(said, words.not_executable(path) if os.path.exists(full) else words.not_there(path))

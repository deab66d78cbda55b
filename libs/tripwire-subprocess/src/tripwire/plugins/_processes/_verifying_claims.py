"""What mocks of processes say, in plain values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tripwire._frames import Place
from tripwire.plugins._processes._command import path_of, quoted
from tripwire.plugins._processes._environment import without_secrets
from tripwire.plugins._processes._session_script import ChildCall
from tripwire.plugins._processes._spawn import Spawn
from tripwire.plugins._processes._steps import ENDS
from tripwire.plugins._processes._verifying_search import search_path
from tripwire.verifying import Claim, Served

_SEARCHED_NOWHERE = ("os.posix_spawn", "os.spawnl", "os.spawnle", "os.spawnv", "os.spawnve")


class Ran(NamedTuple):
    """A command: its words, or the text that a shell reads; where it runs, and with which code it ends.

    `folders` are those in which the program is looked for; None if its name is a path in any case. If it does not
    `start`, only its code is of interest.
    """

    command: tuple[str, ...] | str
    cwd: str | None
    folders: tuple[str, ...] | None
    executable: str | None = None
    code: int | None = None
    starts: bool = True


class Found(NamedTuple):
    """A look-up that has found something."""

    name: str
    path: str


def claims(served: Sequence[Served]) -> Iterator[Claim]:
    """What mocks say; nothing of what was let through, or could not be started."""
    for one in served:
        value, summary = one.answer.value, one.call.summary
        if isinstance(summary, ChildCall) or one.answer.raises is not None:
            continue
        if hasattr(value, "claims"):
            yield from value.claims(summary, one.answer.interaction)
        else:
            session, spawn = value
            yield from _of_session(session, spawn)


def _of_session(session: Any, spawn: Spawn) -> Iterator[Claim]:
    label = session._label
    first, *following = session._steps
    yield claim(f"{label}: {quoted(without_secrets(spawn.command))}", spawn, None, first.place)
    for step in following:
        code = _code(step) if step.method in ENDS and step.raises is None else None
        if code is not None:
            yield claim(f"{label}.{step}", spawn, code, step.place, starts=False)


def _code(step: Any) -> Any:
    return step.returns[2] if step.method == "communicate" else step.returns


def claim(what: str, spawn: Spawn, code: int | None, place: Place | None, *, starts: bool = True) -> Claim:
    """What a mock says of a command."""
    env = {"PATH": spawn.path} if spawn.env is None and spawn.path is not None else spawn.env
    folders = None if spawn.how in _SEARCHED_NOWHERE else search_path(env)
    ran = Ran(_words(spawn), _text(spawn.cwd), folders, _text(spawn.executable), code, starts)
    return Claim(what, ran, place, ran)


def found(what: str, name: Any, path: Any, place: Place | None) -> Claim:
    """What a mock says of a look-up."""
    names = (_text(name), _text(path))
    detail = None if None in names else Found(*map(str, names))
    return Claim(what, detail, place, detail)


def _words(spawn: Spawn) -> tuple[str, ...] | str:
    command = spawn.command if isinstance(spawn.command, list) else [spawn.command]
    return os.fsdecode(command[0]) if spawn.shell else tuple(map(os.fsdecode, command))


def _text(value: Any) -> str | None:
    value = path_of(value)
    return os.fsdecode(value) if isinstance(value, (str, bytes)) else None

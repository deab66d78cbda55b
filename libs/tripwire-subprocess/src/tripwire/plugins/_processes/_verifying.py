"""Processes: mocks are held against the programs of this machine, their help and their declared exit codes."""

from __future__ import annotations

import os
import re
import shlex
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tripwire.plugins._processes import _verifying_words as words
from tripwire.plugins._processes._verifying_claims import Found, Ran
from tripwire.plugins._processes._verifying_options import Help
from tripwire.plugins._processes._verifying_search import (
    at_path,
    is_builtin,
    is_program,
    on_path,
    search_path,
)
from tripwire.verifying import Claim, Lie, Truth, TruthSettings, Unchecked

_NOT_PLAIN = re.compile(r"[|&;<>()$`\\*?\[\]#~{}!\n]")
_OF_A_SHELL = 126
_KEYS = ("exit_codes", "path", "safe")

_made: weakref.WeakKeyDictionary[TruthSettings, Programs] = weakref.WeakKeyDictionary()
"""The truth that the three plugins share."""


class Settings(NamedTuple):
    """What `[tool.tripwire.verify] subprocess` says: more `folders`, the words of `safe` helps, and `codes`."""

    folders: tuple[str, ...] = ()
    safe: Mapping[str, Sequence[str]] = {}
    codes: Mapping[str, Sequence[int]] = {}


def truth(settings: TruthSettings) -> Programs | None:
    """The programs of this machine.

    Raises:
        TripwireConfigError: the setting is wrong.
    """
    value = settings.get("subprocess")
    if value is None or value is False:
        return None
    if settings not in _made:
        _made[settings] = Programs(_read(value, settings))
    return _made[settings]


def _read(value: Any, settings: TruthSettings) -> Settings:
    if value is True:
        return Settings()
    if not isinstance(value, dict):
        raise settings.error("subprocess", words.no_setting(value))
    for key in value:
        if key not in _KEYS:
            raise settings.error("subprocess", words.no_key(key, _KEYS))
    folders, safe, codes = value.get("path", []), value.get("safe", {}), value.get("exit_codes", {})
    if not _are(folders, str):
        raise settings.error("subprocess.path", words.wrong_value(words.FOLDERS, folders))
    if not isinstance(safe, dict) or not all(isinstance(one, str) or _are(one, str) for one in safe.values()):
        raise settings.error("subprocess.safe", words.wrong_value(words.WORDS, safe))
    if not isinstance(codes, dict) or not all(_are(one, int) for one in codes.values()):
        raise settings.error("subprocess.exit_codes", words.wrong_value(words.CODES, codes))
    return Settings(
        tuple(str(settings.folder / folder) for folder in folders),
        {key: one.split() if isinstance(one, str) else one for key, one in safe.items()},
        codes,
    )


def _are(value: object, kind: type) -> bool:
    return isinstance(value, list) and all(type(one) is kind for one in value)


class Programs(Truth):
    """Knows the programs of this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._helps: dict[str, Help | None] = {}

    def check(self, claim: Claim) -> Iterable[Lie | Unchecked]:
        """Whether the program exists, takes these options, and ends with such a code."""
        detail = claim.detail
        if isinstance(detail, Found):
            return self._of_look_up(detail)
        if isinstance(detail, Ran):
            return self._of_command(detail)
        return [Unchecked(words.NOT_TEXT)]

    def _of_look_up(self, found: Found) -> Iterator[Lie]:
        name = os.path.basename(found.name)
        folders = (*search_path(None), *self._settings.folders)
        # At the path it may be all the same, where a test has had a PATH of its own.
        is_there = is_program(found.path) or (found.name != name and is_program(found.name))
        if not is_there and on_path(name, folders) is None:
            yield Lie(words.finds(found.name, found.path), words.not_on_path(name), words.INSTALL)

    def _of_command(self, ran: Ran) -> Iterator[Lie | Unchecked]:
        command = _plain(ran.command)
        if command is None:
            yield Unchecked(words.IN_A_SHELL)
            return
        if not command:
            return
        in_a_shell = isinstance(ran.command, str)
        if ran.starts and not (in_a_shell and is_builtin(command[0])):
            program = command[0] if in_a_shell or ran.executable is None else ran.executable
            problem = self._existence(program, ran)
            if problem is not None:
                yield problem
            if not isinstance(problem, Lie):
                yield from self._options(command)
        # What a shell says by itself: that the command was not found, could not run, or ended by a signal.
        if ran.code is not None and not (in_a_shell and ran.code >= _OF_A_SHELL):
            yield from self._ending(command, ran.code)

    def _existence(self, program: str, ran: Ran) -> Lie | Unchecked | None:
        if os.path.dirname(program) or ran.folders is None:
            return at_path(program, ran.cwd)
        if on_path(program, (*ran.folders, *self._settings.folders), ran.cwd or "") is None:
            return Lie(words.runs(program), words.not_on_path(program), words.INSTALL)
        return None

    # -- options

    def _options(self, command: Sequence[str]) -> Iterator[Lie | Unchecked]:
        start = 1
        key, behind = os.path.basename(command[0]), len(command)
        nearest = _declared(self._settings.safe, command)
        if nearest is not None and (subcommand := nearest.split()[1:]):
            behind = _position(command, subcommand)
            yield from self._of(key, command[start:behind])
            key, start, behind = nearest, behind + len(subcommand), len(command)
        yield from self._of(key, command[start:behind])

    def _of(self, key: str, arguments: Sequence[str]) -> Iterator[Lie | Unchecked]:
        if "--" in arguments:
            arguments = arguments[: arguments.index("--")]
        if not any(_is_long(one) for one in arguments):
            return
        help_ = self._help(key)
        if help_ is None:
            yield Unchecked(words.no_safe_help(key))
        elif help_.text is None:
            yield Unchecked(words.NO_HELP_CAME)
        else:
            yield from self._unknown(key, help_, arguments)

    def _unknown(self, key: str, help_: Help, arguments: Sequence[str]) -> Iterator[Lie | Unchecked]:
        is_value = is_behind = False
        for argument in arguments:
            if is_value:
                is_value = False
                continue
            if not argument.startswith("-"):
                is_behind = True
                continue
            is_value = help_.takes_value(argument)
            option = argument.partition("=")[0]
            if not _is_long(argument) or option in help_.options or option in self._settings.safe[key]:
                continue
            if is_behind:
                yield Unchecked(words.OF_A_SUBCOMMAND)
            elif (reason := help_.why_unknown(option)) is not None:
                yield Unchecked(reason)
            else:
                asked = words.command([key, *self._settings.safe[key]])
                true = words.unknown_option(asked, option, help_.options)
                yield Lie(words.passes(option, key), true, words.complete_help(key))

    def _help(self, key: str) -> Help | None:
        """The help of a program, or of its subcommand, if it is declared; run once."""
        if key not in self._helps:
            found = None
            if key in self._settings.safe:
                program, *subcommand = key.split()
                # The one that is declared, wherever a call may say that it is.
                path = on_path(program, (*search_path(None), *self._settings.folders))
                found = Help(path or program, [*subcommand, *self._settings.safe[key]])
            self._helps[key] = found
        return self._helps[key]

    # -- the end

    def _ending(self, command: Sequence[str], code: int) -> Iterator[Lie]:
        key = _declared(self._settings.codes, command)
        if key is not None and code >= 0 and code not in self._settings.codes[key]:
            yield Lie(words.ends(code), words.exit_codes(key, self._settings.codes[key]))


def _plain(command: tuple[str, ...] | str) -> Sequence[str] | None:
    """The words of a command; None if only a shell could tell."""
    if not isinstance(command, str):
        return command
    if _NOT_PLAIN.search(command):
        return None
    try:
        split = shlex.split(command)
    except ValueError:  # a quotation without its end
        return None
    return None if split and "=" in split[0] else split


def _is_long(argument: str) -> bool:
    return argument.startswith("--") and argument != "--"


def _declared(table: Mapping[str, Any], command: Sequence[str]) -> str | None:
    """The key that is for a command: its program, and as many of its subcommands as are declared."""
    keys = sorted(table, key=lambda key: len(key.split()), reverse=True)
    program = os.path.basename(command[0])
    for key in keys:
        first, *subcommand = key.split() or [""]
        if first == program and (not subcommand or _position(command, subcommand)):
            return key
    return None


def _position(command: Sequence[str], subcommand: Sequence[str]) -> int:
    """Where a subcommand begins: behind options and their values; 0 if it is not there."""
    for position in range(1, len(command)):
        if list(command[position : position + len(subcommand)]) == list(subcommand):
            return position
        previous = command[position - 1] if position > 1 else ""
        if not (command[position].startswith("-") or previous.startswith("-")):
            return 0
    return 0

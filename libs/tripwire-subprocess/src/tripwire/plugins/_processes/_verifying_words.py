"""What is said where mocks are held against the programs of this machine."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from tripwire._messages import nearest
from tripwire._values import LONGEST_VALUE, cut, short

SETTING = "[tool.tripwire.verify] subprocess"

IN_A_SHELL = "a shell's command is looked at only where it is one program with plain arguments"
TEMPORARY = "a program in a temporary folder is a test's own"
FOLDER_IS_GONE = "the folder that a relative path counts from is not known any more"
NO_HELP_CAME = "the help of a program could not be had"
HELP_NAMES_NONE = "the help of a program names no long options"
HELP_IS_SHORT = "the help of a program says that it is not complete"
AN_ABBREVIATION = "an option may be short for another one"
A_NEGATION = "an option may be the negation of another one"
OF_A_SUBCOMMAND = "an option behind another word may be one of a subcommand, whose help is not declared"
NOT_TEXT = "what a program is to be given is no text"


def no_safe_help(program: str) -> str:
    """Why options are unchecked."""
    return f"no safe help of {program!r} is declared"


def runs(program: str) -> str:
    """What a mock of a command says."""
    return f"it runs {short(program)}"


def not_on_path(program: str) -> str:
    """What is true."""
    return f"there is no program {short(program)} on PATH"


def not_there(path: str) -> str:
    """What is true."""
    return f"there is no file {short(path)}"


def not_executable(path: str) -> str:
    """What is true."""
    return f"{short(path)} is not executable"


INSTALL = f"install it, or name the folder where it is: {SETTING}.path = [...]"


def finds(name: str, path: object) -> str:
    """What a mock of `shutil.which` says."""
    return f"shutil.which finds {short(name)}, at {short(path)}"


def passes(option: str, words: str) -> str:
    """What the program says by its call."""
    return f"the program calls {words} with {option}"


def unknown_option(shown: str, option: str, known: Iterable[str]) -> str:
    """What is true."""
    bare = {one[2:]: one for one in sorted(known)}  # two dashes in common do not make two options alike
    close = difflib.get_close_matches(option[2:], bare, n=1)
    hint = f"did you mean {bare[close[0]]!r}?" if close else f"it names {', '.join(bare.values())}"
    return cut(f"{shown} does not name it; {hint}", 2 * LONGEST_VALUE)


def complete_help(key: str) -> str:
    """What to do where the help is not all that there is to be said."""
    return f"if it takes the option all the same, declare a help that says so: {SETTING}.safe = {{{_key(key)} = [...]}}"


def ends(code: int) -> str:
    """What a mock says."""
    return f"it exits with {code}"


def exit_codes(key: str, codes: Iterable[int]) -> str:
    """What is true."""
    return f"{key!r} exits with {', '.join(map(str, codes))}, as {SETTING}.exit_codes declares"


def _key(key: str) -> str:
    return key if key.replace("-", "").isalnum() else f'"{key}"'


def command(words: Iterable[str]) -> str:
    """A command in words."""
    return cut(" ".join(words), 100)


# -- settings


def no_setting(value: object) -> str:
    """TripwireConfigError."""
    return f"must be true, false or a table, not {short(value)}"


def no_key(key: str, known: Iterable[str]) -> str:
    """TripwireConfigError."""
    return f"there is no key {key!r}; {nearest(key, known)}"


FOLDERS = 'must be a list of folders, such as ["tools/bin"]'
WORDS = 'must be a table of the words that show the help of a program, such as {git = "--help", "git commit" = ["-h"]}'
CODES = "must be a table of the exit codes of programs, such as {grep = [0, 1, 2]}"


def wrong_value(wanted: str, value: object) -> str:
    """TripwireConfigError."""
    return f"{wanted}; not {short(value)}"

"""Commands as assertions name them: a list where a program is executed, a string where a shell reads it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Hashable, Iterable
from types import MethodType
from typing import Any
from unittest import mock

from tripwire._values import LONGEST_LITERAL, PASSES, cut, equal, is_a, is_one_of, short
from tripwire.plugins._processes._environment import without_secrets

_TEXTS = {str, bytes}

_LONGEST_COMMAND = 2**20  # of what a shell would split; an operating system takes little more


def plain(command: object) -> Any:
    """A command with its paths as strings and its sequence as a list; matchers stay as they are."""
    if is_a(command, list) or is_a(command, tuple):
        return [part if type(part) is str else path_of(part) for part in command]
    path = path_of(command)
    return command if path is command else [path]


def path_of(value: object) -> Any:
    """A path as a string, and anything else as it is."""
    if value is None or type(value) is str:
        return value
    try:
        return os.fspath(value) if isinstance(value, os.PathLike) else value
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - then it is no path
        return value


def listed(args: Any) -> Any:
    """The arguments of a Popen, which may be any iterable, as something that can be read twice."""
    if isinstance(args, (list, tuple, str, bytes, os.PathLike)):
        return args
    return list(args) if isinstance(args, Iterable) else args


def recorded(args: object, shell: bool) -> Any:
    """What `Popen(args, shell=shell)` starts, as spawn records it."""
    command = plain(args)
    if isinstance(command, (str, bytes)):
        return command if shell else [command]
    if isinstance(command, list):
        return command[0] if shell and len(command) == 1 else command
    return [command]


def check(args: object, executable: object, env: Any, shell: bool) -> None:
    """Refuse what the operating system would be given and `Popen` itself does not check.

    Raises:
        TypeError, ValueError, IndexError: as the genuine call would.
    """
    if shell and isinstance(args, os.PathLike):
        raise TypeError("path-like args is not allowed when shell is true")
    one = not isinstance(args, (list, tuple)) and isinstance(args, (str, bytes, os.PathLike))
    given: Any = [args] if one else list(args)  # type: ignore[call-overload]
    for name, value in () if env is None else env.items():
        if b"=" in os.fsencode(name):
            raise ValueError("illegal environment variable name")
        os.fsencode(value)
    for part in (given[0] if executable is None else executable, *given):
        if b"\0" in os.fsencode(part):
            raise ValueError("embedded null byte")


class AnyArgs:
    """Stands at the end of a command for any further arguments, also none."""

    def __repr__(self) -> str:
        return "tripwire.subprocess.any_args"


any_args: AnyArgs = AnyArgs()


def refusal(command: object) -> str:
    """Why a command can be none, or an empty text."""
    if type(command) is list and command and _TEXTS.issuperset(map(type, command)):
        return ""
    if is_a(command, list) or is_a(command, tuple):
        if not command:
            return "is empty, and starts nothing"
        if len(command) == 1 and command[0] is any_args:
            return "has no program before any_args"
        if any(one is any_args for one in command[:-1]):
            return "has any_args elsewhere than at its end"
        return ""
    kinds = (str, bytes, os.PathLike)
    if is_one_of(command, *kinds) or is_function(command):
        return ""
    return "" if _compares(command) else "is neither a command, nor a function or a matcher of commands"


def is_function(value: object) -> bool:
    """Whether something is called with a command, and not compared with it."""
    try:
        if isinstance(value, (type, mock.NonCallableMock)) or not callable(value):
            return False
        return isinstance(value, MethodType) or type(value).__eq__ is object.__eq__
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - whoever cannot say so is no function
        return False


def _compares(value: object) -> bool:
    if value is None or is_one_of(value, bool, int, float, complex, dict, set, frozenset):
        return False
    try:
        return isinstance(value, type) or type(value).__eq__ is not object.__eq__
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - then it has one of its own
        return True


def accepted_by(function: Any, command: object) -> bool:
    """Whether a function accepts a command; one that raises does not."""
    try:
        return bool(function(command))
    except PASSES:
        raise
    except BaseException:  # noqa: BLE001 - the user's function may do anything
        return False


def fits(expected: object, command: object) -> bool:
    """Whether a command given to `mock_run` or `assert_run` means the one that was started.

    A string also means the list that a shell would make of it.
    """
    if is_function(expected):
        return accepted_by(expected, command)
    if is_a(expected, list) and expected and expected[-1] is any_args:
        count = len(expected) - 1
        return isinstance(command, list) and equal(expected[:-1], command[:count])
    if equal(expected, command):
        return True
    if is_a(expected, str) and isinstance(command, list):
        return equal([expected], command) or equal(_split(expected), command)
    return False


class Fitting:
    """Stands on the left of `==` where a command is compared by `fits`."""

    def __init__(self, expected: object) -> None:
        self._expected = expected

    def __eq__(self, other: object) -> bool:
        return fits(self._expected, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return short(self._expected, 150)


def quoted(command: object) -> str:
    """A command as one would type it."""
    if isinstance(command, list) and all(isinstance(part, (str, bytes)) for part in command):
        return cut(shlex.join(os.fsdecode(part) for part in command), LONGEST_LITERAL)
    if is_a(command, str) or is_a(command, bytes):
        return cut(os.fsdecode(command), LONGEST_LITERAL)
    return short(command)


def where_they_part(expected: object, command: object) -> str:
    """Why a command does not fit, by the first argument that differs."""
    if is_function(expected):
        return f"{short(expected)} does not accept it"
    wanted = _split(expected) if is_a(expected, str) and isinstance(command, list) else expected
    if is_a(wanted, list) and wanted and wanted[-1] is any_args:
        wanted = wanted[:-1]
    if not is_a(wanted, list) or not isinstance(command, list):
        if is_a(wanted, list):
            return "it is for a program with arguments, and the call gives a shell a string"
        return f"it is for {short(without_secrets(expected))}"
    same = common(wanted, command)
    theirs, ours = without_secrets(wanted), without_secrets(command)
    if same == len(wanted):
        return f"the call has one argument more: {short(ours[same])}"
    if same == len(command):
        return f"the call ends before {short(theirs[same])}"
    what = f"argument {same}" if same else "the program"
    return f"{what} is {short(theirs[same])} there, and {short(ours[same])} in the call"


def common(expected: object, command: object) -> int:
    """How many arguments two commands have in common from the start."""
    wanted = _split(expected) if is_a(expected, str) and isinstance(command, list) else expected
    if not is_a(wanted, list) or not isinstance(command, list):
        return 0
    pairs = list(zip(wanted, command))  # noqa: B905 - as far as both go
    return next((n for n, (a, b) in enumerate(pairs) if not equal(a, b)), len(pairs))


def meanings(expected: object) -> list[Hashable] | None:
    """The keys of all commands that `fits` finds alike, if they can be told without comparing."""
    if type(expected) in (str, bytes):
        split = [(expected,), tuple(_split(expected))] if isinstance(expected, str) else []
        return list(dict.fromkeys([expected, *split]))
    if is_a(expected, list) and _TEXTS.issuperset(map(type, expected)):
        return [tuple(expected)]
    return None


def key(command: object) -> Any:
    """What a command that is started is looked up by."""
    return tuple(command) if isinstance(command, list) else command


def value_of(given: Any) -> Any:
    """Input as it is now, whatever the program does to its buffer later."""
    return bytes(given) if isinstance(given, (bytearray, memoryview)) else given


def as_text(data: bytes) -> str | bytes:
    """Bytes as text, where they are text in UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _split(command: str) -> list[str]:
    if len(command) > _LONGEST_COMMAND:
        return [command]
    try:
        return shlex.split(command)
    except ValueError:  # a quotation without its end
        return [command]


class Output:
    """Stands on the left of `==` where text and bytes that mean the same are to be equal."""

    def __init__(self, expected: object) -> None:
        self._expected = expected

    def __eq__(self, other: object) -> bool:
        text = (is_a(value, str) or is_a(value, bytes) for value in (self._expected, other))
        if all(text):
            return equal(_encoded(self._expected), _encoded(other))
        return equal(self._expected, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return short(self._expected, 150)


def _encoded(text: Any) -> Any:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text

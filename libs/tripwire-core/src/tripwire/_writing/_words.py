"""Why something is not written: lines of the summary, and comments beside values that have no literal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire._writing._sites import Site

# Of a file.
CHANGED_BEFORE = "the file has changed since the run began"
CHANGED_SINCE = "it has changed since the tests have run"
DOCTEST = "a doctest shows what happens in itself, and is not rewritten"
GENERATED = "it is generated, and says so"
NO_FILE = "it is no file"
PROTECTED = "it is write-protected"

# Of a place in it.
ASSERTION_ELSEWHERE = "the assertion is not in a file of yours"
LEFT_BY_RETURN = "the sandbox may be left by a return: what comes after it need not run"
NOTHING_AFTER = "no line runs after this sandbox"
NOTHING_BEHIND = "no line runs after the assertion that it would follow"
SANDBOX_ELSEWHERE = "the sandbox is not in a file of yours"
WITHOUT_WITH = "the sandbox is not opened by `with`"
IN_SEVERAL_PLACES = "what is to be removed is in several places of one statement"
PART_OF_MORE = "what is to be removed is part of a larger statement"
USED_OTHERWISE = "what is to be removed has more to it that is used"

# Of a value.
BOUND = "is bound to an object"
LOCAL = "is local to a function"
NAME_TAKEN = "has a name that is taken"
NO_KEY = "holds what cannot be a key"
NO_LITERAL = "has no literal"
NOT_IMPORTABLE = "cannot be imported"
OF_A_TEST = "is a test's own"
OF_ITSELF = "refers to itself"
TOO_DEEP = "is nested too deeply"
TOO_LARGE = "is too large"
TOO_LARGE_WRITTEN = "is too large to be written"


def unreadable(error: object) -> str:
    return f"it cannot be read: {error}"


def unwritable(error: object) -> str:
    return f"it cannot be written: {error}"


def encoded_in_several_ways(encoding: str) -> str:
    return f"it cannot be written as it was: {encoding} has several ways to do so"


def not_in(encoding: str) -> str:
    return f"what would be written cannot be said in {encoding}"


def no_python(why: Exception) -> str:
    return f"what would be written is no Python: {why}"


def several_changes(line: int) -> str:
    return f"several changes concern line {line}"


def several_statements(line: int) -> str:
    return f"line {line} has several statements, and which one is at work is not known"


def several_calls(line: int, calls: Sequence[object], name: str) -> str:
    return f"line {line} has {len(calls)} calls of {name}"


def another_line(line: int) -> str:
    return f"line {line} is not what it was"


def registers_nothing(line: int) -> str:
    return f"line {line} registers nothing that can be told apart"


def goes_on(line: int) -> str:
    return f"line {line} goes on in the next one, by a backslash"


def unpacked(name: str) -> str:
    return f"{name} may be in what the call unpacks"


def no_name_for(site: Site, thing: object) -> str:
    return f"{site.function}() has no name for {thing!r}"


def other_name(site: Site, called: str) -> str:
    return f"{site.callee}() is called by another name, {called}"


def elsewhere(label: str) -> str:
    return f"nothing has used {label}, and it is not in a file of yours"


def needed_by_others(place: Place, label: str) -> str:
    return f"{place}: {label} is unused; other tests may need it where it stands"


def runs_several_times(place: Place, label: str) -> str:
    return f"{place}: {label} is unused; its line runs several times, others may be used"

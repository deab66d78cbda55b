"""The last line of a message, and the entry that it leads to."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tripwire._messages._parts import nearest

HELP = "help: python -m tripwire explain "


class Entry(NamedTuple):
    """One kind of error: the class that is raised, what has happened, why, and what can be done."""

    raised: str
    what: str
    why: str
    remedies: tuple[str, ...]


def entries() -> dict[str, Entry]:
    """What is told of every code."""
    from tripwire._messages._explained import TEXT  # only where somebody asks

    found = {}
    for one in TEXT.strip().split("\n\n\n"):
        head, what, why, remedies = (" ".join(part.split()) for part in one.split("\n\n"))
        code, _, raised = head.partition(": ")
        found[code] = Entry(raised, what, why, tuple(remedies.removeprefix("- ").split(" - ")))
    return found


def help_line(*codes: str) -> str:
    """Where cause and remedy are told."""
    return HELP + " ".join(dict.fromkeys(codes))


def explanation(codes: Sequence[str], width: int = 80) -> str:
    """The entries of these codes, for a terminal; of none, a list of all.

    Raises:
        KeyError: there is no such code; its argument says what is nearest.
    """
    known = entries()
    for code in codes:
        if code not in known:
            raise KeyError(f"there is no error with the code {code!r}; {nearest(code, known)}")
    if codes:
        told = ("\n".join(_told(code, known[code], width)) for code in dict.fromkeys(codes))
        return "\n\n\n".join(told)
    column = max(map(len, known)) + 2
    lines = [
        _filled(f"{code:{column}}{entry.what}", width, after=" " * column) for code, entry in known.items()
    ]
    return "\n".join([*lines, "", "`python -m tripwire explain CODE` tells cause and remedy."])


def _told(code: str, entry: Entry, width: int) -> Iterator[str]:
    yield f"{code}: {entry.raised}"
    for text in (entry.what, entry.why):
        yield ""
        yield _filled(text, width)
    yield "\nWhat to do:"
    for remedy in entry.remedies:
        yield _filled(f"  - {remedy}", width, after="    ")


def _filled(text: str, width: int, after: str = "") -> str:
    """A paragraph; code in it is not torn apart."""
    held = re.sub("`[^`]+`", lambda found: found[0].replace(" ", "\0"), text)
    filled = textwrap.fill(
        held, width, subsequent_indent=after, break_long_words=False, break_on_hyphens=False
    )
    return filled.replace("\0", " ")

"""What messages are made of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from tripwire._values import LONGEST_VALUE

LONGEST_LIST = 20


def at(place: object) -> str:
    """Where, as the end of a line."""
    return f"  ({place})" if place is not None else ""


def indent(text: str, by: str = "    ") -> str:
    """A text moved to the right."""
    return "\n".join(by + line if line else line for line in text.splitlines())


def pasted_block(pastes: Sequence[str]) -> str:
    """Code to paste, with the import it needs. What is to be done first is said once."""
    from tripwire._pasting import imports

    lines: list[str] = []
    for line in "\n".join(pastes).splitlines():
        if not (line.startswith("# ") and line in lines):
            lines.append(line)
    return indent("\n".join(filter(None, (imports("\n".join(lines)), *lines))))


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, or at all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(name[:LONGEST_VALUE], names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known are: {', '.join(names)}" if names else "none is known"


def bullets(lines: Sequence[str]) -> str:
    shown = [f"  - {line}" for line in lines[:LONGEST_LIST]]
    if len(lines) > LONGEST_LIST:
        shown.append(f"  ... and {len(lines) - LONGEST_LIST:,} more")
    return "\n".join(shown)


def count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"

"""The long options of a program, read from the help that it gives."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property

from tripwire.plugins._processes import _verifying_words as words

TIMEOUT: float = 10  # seconds
_LONGEST_HELP = 2_000_000  # characters

_OPTION = re.compile(r"(?<![\w-])--(?:\[(?P<may>no-?)\])?(?P<name>[A-Za-z0-9][\w.:-]*)")
_TYPESET = re.compile(r".\x08|\x1b\[[0-9;]*[A-Za-z]")
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2212", "-----")
_INCOMPLETE = re.compile(
    r"(?i)\bnot the full\b|\bhelp[ -]all\b|\bfull (?:list|help)\b|\ball (?:the )?options\b"
)

# No pager and no colours, and lines that are long enough for what is written in them.
_QUIET = {
    "COLUMNS": "200",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "MANWIDTH": "200",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "TERM": "dumb",
}


class Help:
    """What a program says of its options."""

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self._command = [program, *arguments]

    @cached_property
    def text(self) -> str | None:
        """All that it prints; None if it prints nothing, or takes too long to do so."""
        text = _output(self._command)
        text = None if text is None else _TYPESET.sub("", text).translate(_DASHES)[:_LONGEST_HELP]
        return text if text and text.strip() else None

    @cached_property
    def options(self) -> frozenset[str]:
        """Those that it names."""
        return frozenset(self._named())

    def _named(self) -> Iterator[str]:
        for found in _OPTION.finditer(self.text or ""):
            name = found["name"].rstrip(".:-")
            yield f"--{name}"
            if found["may"]:
                yield f"--{found['may']}{name}"

    @property
    def is_complete(self) -> bool:
        """Whether it does not say that there is more."""
        return _INCOMPLETE.search(self.text or "") is None

    def takes_value(self, option: str) -> bool:
        """Whether an option's value is the word that follows it."""
        pattern = rf"(?<![\w-]){re.escape(option)}(?:[,|/]? *--?[\w-]+)*(?:=| <| [A-Z]{{2}})"
        return "=" not in option and re.search(pattern, self.text or "") is not None

    def why_unknown(self, option: str) -> str | None:
        """Why an option that is not named may be one all the same; None if there is no reason."""
        if not self.options:
            return words.HELP_NAMES_NONE
        if not self.is_complete:
            return words.HELP_IS_SHORT
        if any(one.startswith(option) for one in self.options):
            return words.AN_ABBREVIATION
        negated = f"--{option[5:]}" if option.startswith("--no-") else f"--no-{option[2:]}"
        return words.A_NEGATION if negated in self.options else None


def _output(command: Sequence[str]) -> str | None:
    try:
        # In a process group of its own, for a program may leave its help to another one.
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **_QUIET},
            start_new_session=True,
        )
    except OSError:
        return None
    with child:
        try:
            output, _ = child.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return None
    return output.decode("utf-8", "replace")

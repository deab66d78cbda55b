"""What is told of a whole run, and the cells of a timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tripwire._frames import shorten
from tripwire._messages._assertions import shown
from tripwire._messages._parts import count
from tripwire._values import cut, short

if TYPE_CHECKING:
    from tripwire._timeline import Interaction


def outcome(interaction: Interaction) -> str:
    """What came of an interaction, for the timeline."""
    fields = interaction.fields
    for name in ("raised", "status", "returncode", "returned", "returns"):
        if fields.get(name) is not None:
            value = cut(shown(interaction, name, fields[name]), 30)
            return f"raised {value}" if name == "raised" else value
    return "answered"


def earlier(number: int) -> str:
    """The head of a timeline that is too long to be shown."""
    return f"{count(number, 'line')} before these"


def header(version: str, plugins: Sequence[str]) -> str:
    """The line at the head of a run."""
    return f"tripwire {version}: {', '.join(plugins) or 'no plugins'}"


def summary(interactions: int, tests: int, trips: int) -> str:
    """The last line of a run."""
    told = f"tripwire: {count(interactions, 'interaction')} in {count(tests, 'test')}"
    return f"{told}, {count(trips, 'trip')}" if trips else told


def not_met(name: str) -> str:
    """Of a run: configuration that it did not need."""
    return f"allow_patchers names {name!r}, which has patched nothing in this run"


def not_tested(library: str, installed: str, tested: str) -> str:
    """Of a run: a client library in a version that no test of tripwire's has seen."""
    return f"{library} {installed} is not among the versions that tripwire is tested with: {tested}"


def option_needs(option: str, other: str) -> str:
    """UsageError of pytest."""
    return f"{option} needs {other}"


def unknown_word(option: str, given: str, word: str, known: Iterable[str]) -> str:
    """UsageError of pytest."""
    return f"{option}={given}: {word!r} is none of {', '.join(known)}"


NO_TERMINAL = "--tripwire-review asks on a terminal, and there is none here"
"""UsageError of pytest."""


def tests_differ(path: str, function: int, tests: Sequence[str]) -> str:
    """Of a run that writes: tests that come by one function and want different lines there."""
    return f"{shorten(path)}:{function}: these would need different lines here: {', '.join(tests)}"


FAILS_BY_ITSELF = "it fails by itself; nothing is written for it"
"""Of a run that writes: a test that is not to be written."""


def writing_failed(error: BaseException) -> str:
    """Of a run that writes: a fault of tripwire's own."""
    return f"tripwire failed: {short(error)}"

"""What a plugin needs to hold its mocks against the world, where `pytest --tripwire-verify` asks for it.

A mock makes claims, a truth judges them: `Plugin.claims` gives the first, `Plugin.truth` the second.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire import _messages
from tripwire._errors import TripwireConfigError, TripwireError
from tripwire._verifying import _words

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire._plugin import Answer, Call

__all__ = ["Claim", "Lie", "Served", "Truth", "TruthError", "TruthSettings", "Unchecked"]


class Served(NamedTuple):
    """A call that a mock has answered, and the answer; `answer.interaction` is the record of both."""

    call: Call
    answer: Answer


@dataclass(frozen=True, eq=False)  # what it holds need not have a hash
class Claim:
    """What one mock says of the world.

    Attributes: `what` (the mock in words, in one line, without secrets), `detail` (what the plugin's truth looks at),
    `place` (file and line of the mock) and `key`: claims of one key that is not None are checked once a run.
    """

    what: str
    detail: Any
    place: Place | None = None
    key: Hashable | None = None


@dataclass(frozen=True)
class Lie:
    """What is wrong with a claim: what it says (`said`), what is `true`, and what to do about it, where that helps."""

    said: str
    true: str
    remedy: str = ""


@dataclass(frozen=True)
class Unchecked:
    """A claim, or a part of it, that nobody could check, and why: in words that others share, as they are counted."""

    why: str


class TruthError(TripwireError):
    """A truth cannot be asked, such as a server that does not answer.

    Args:
        whole: whether that is so for all of its claims: then it is not asked again. Else it is, and says itself what
            it knows nothing of.
    """

    code = "truth-unreachable"

    def __init__(self, message: str, *, whole: bool = True) -> None:
        super().__init__(message)
        self.whole: bool = whole


class _NotSetUp(TruthError):  # noqa: N818 - a reason, before it is an error
    """The fixture that gives it was not set up yet: another test may do so."""


class Truth:
    """Knows how the world is. Made once a run, asked while no sandbox is open, and closed when the run ends."""

    def check(self, claim: Claim) -> Iterable[Lie | Unchecked]:
        """What is wrong with a claim, and what could not be checked; nothing, if all of it is true.

        Raises:
            TruthError: the truth cannot be asked. It fails one test.
        """
        raise NotImplementedError

    def close(self) -> None:
        """The run is over."""


class TruthSettings:
    """The table `[tool.tripwire.verify]`, as `Plugin.truth` gets it.

    Attributes: `folder` (files are named from here: that of pyproject.toml) and `path` (the file, or None).
    """

    def __init__(self, table: Mapping[str, Any], path: str | None, folder: Path) -> None:
        self._table = table
        self.path: str | None = path
        self.folder: Path = folder
        self.known: dict[str, None] = {}
        self.fixtures: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        """The value of a key, None where it has none; from now on the key is one that is known."""
        self.known[key] = None
        return self._table.get(key)

    def file(self, key: str, name: str) -> Path:
        """The path of a file that the value of a key names.

        Raises:
            TripwireConfigError: there is none.
        """
        path = self.folder / name
        if not path.is_file():
            raise self.error(key, _messages.no_file(name, self.folder))
        return path

    def fixture(self, name: str) -> Callable[[], Any]:
        """What gives the value of a session-scoped fixture, once a test that uses tripwire has run.

        It raises a TruthError if there is no such fixture, or it has another scope.
        """
        self.fixtures.setdefault(name, _NotSetUp(_words.no_fixture_yet(name)))

        def value() -> Any:
            found = self.fixtures[name]
            if isinstance(found, TruthError):
                raise found
            return found

        return value

    def error(self, key: str, problem: str) -> TripwireConfigError:
        """The error about the value of a key, such as `"asyncpg.server"`."""
        key = f"verify.{key}"
        return TripwireConfigError(_messages.config_error(key, problem, self.path), key=key, path=self.path)

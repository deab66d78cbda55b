"""Mocked look-ups: what `mock_which` registers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire._frames import Place
from tripwire._values import code, equal, short
from tripwire.plugins.subprocess_plugin._queue import Registered

if TYPE_CHECKING:
    from tripwire import Interaction
    from tripwire.verifying import Claim

LOOK = object()
"""Stands for what the genuine function finds."""


class LookUp(NamedTuple):
    """A call of `shutil.which`; its `str()` is the call in words."""

    name: Any

    def __str__(self) -> str:
        return f"shutil.which({short(self.name)})"


def mock_which(name: object) -> str:
    """A mocked look-up, to be completed."""
    return f"tripwire.subprocess.mock_which({code(name)}, returns=...)"


class Which(Registered):
    """One mocked look-up."""

    __slots__ = ("name", "returns")

    def __init__(self, name: Any, returns: str | bytes | None, required: bool, place: Place | None) -> None:
        super().__init__([name] if type(name) in (str, bytes) else None, required, place)
        self.name, self.returns = name, returns

    def __str__(self) -> str:
        return f"mock_which({short(self.name)}, returns={short(self.returns)})"

    def claims(self, look_up: LookUp, interaction: Interaction) -> Iterable[Claim]:  # noqa: ARG002 - as of commands
        """What the mock says of a program."""
        from tripwire.plugins.subprocess_plugin import _verifying

        return _verifying.of_look_up(self)

    def fits(self, given: object) -> bool:
        """Whether it serves a look-up."""
        return equal(self.name, given)

    def why_not(self, given: object) -> str:  # noqa: ARG002 - there is nothing to compare
        """Why it does not."""
        return "it is for another program"

"""What a run that writes knows of a test: the calls of each sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import tripwire
from tripwire._writing._plan import Planner
from tripwire._writing._policy import Policy
from tripwire._writing._render import Masks
from tripwire._writing._scribe import Scribe


class Greeting(tripwire.Plugin):
    """Notes a call of its own at each opening, which nobody has made in the sandbox."""

    name = "greeting"
    greeted = tripwire.Source("greeting.greeted")

    def opened(self) -> None:
        self.note()

    def note(self) -> tripwire.Interaction:
        return self.verifier.record(self, self.greeted, {})


def test_what_is_recorded_before_the_first_sandbox_is_of_none() -> None:
    verifier = tripwire.StrictVerifier()
    plugin = Greeting(verifier)
    verifier.scribe = scribe = Scribe(Policy([]))
    with verifier.sandbox():
        within = plugin.note()
    assert [[one.interaction for one in period.seen] for period in scribe.periods] == [[within]]
    assert len(list(verifier.timeline)) == 2


class Forgetful(tripwire.Plugin):
    """Has a mock that nothing has used, and does not know from where."""

    name = "forgetful"

    def unused(self) -> Iterator[tripwire.UnusedMock]:
        yield tripwire.UnusedMock("forgetful.mock()", None)


def test_an_unused_mock_of_which_the_place_is_not_known_is_left_where_it_is() -> None:
    verifier = tripwire.StrictVerifier()
    Forgetful(verifier)
    plan = Planner(Scribe(Policy([])), verifier, ["trim"], Masks(), began=0).plan()
    assert plan.refused == ["nothing has used forgetful.mock(), and it is not in a file of yours"]

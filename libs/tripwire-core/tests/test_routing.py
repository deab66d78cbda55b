"""The design's table: whose is a call that is made here and now?"""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import tripwire
from tripwire import PostSandboxInteractionError, SandboxNotActiveError, StrictVerifier

# -- the rows: each opens and closes sandboxes, and gives the context in which the call is made


@contextmanager
def holds_open(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    with mine.sandbox():
        yield contextvars.copy_context()


@contextmanager
def holds_open_other_open_elsewhere(
    mine: StrictVerifier, other: StrictVerifier
) -> Iterator[contextvars.Context]:
    elsewhere = contextvars.copy_context()
    box = other.sandbox()
    elsewhere.run(box.__enter__)
    with mine.sandbox():
        yield contextvars.copy_context()
    elsewhere.run(box.__exit__, None, None, None)


@contextmanager
def holds_closed_in_open(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    with mine.sandbox():
        with mine.sandbox():
            held = contextvars.copy_context()
        yield held


@contextmanager
def holds_closed(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    with mine.sandbox():
        held = contextvars.copy_context()
    yield held


@contextmanager
def holds_closed_mine_open_again(
    mine: StrictVerifier, other: StrictVerifier
) -> Iterator[contextvars.Context]:
    with mine.sandbox():
        held = contextvars.copy_context()
    with mine.sandbox():
        yield held


@contextmanager
def holds_closed_other_open_elsewhere(
    mine: StrictVerifier, other: StrictVerifier
) -> Iterator[contextvars.Context]:
    with mine.sandbox():
        held = contextvars.copy_context()
    with other.sandbox():
        yield held


@contextmanager
def holds_closed_in_open_other(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    with other.sandbox():
        with mine.sandbox():
            held = contextvars.copy_context()
        yield held


@contextmanager
def holds_open_other_in_closed(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    box = mine.sandbox()
    box.__enter__()
    with other.sandbox():
        held = contextvars.copy_context()
        contextvars.copy_context().run(box.__exit__, None, None, None)
        yield held


@contextmanager
def none_one_open(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    older = contextvars.copy_context()
    with mine.sandbox():
        yield older


@contextmanager
def none_several_open(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    older = contextvars.copy_context()
    with mine.sandbox(), other.sandbox():
        yield older


@contextmanager
def none_only_other_open(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    older = contextvars.copy_context()
    with mine.sandbox():
        pass
    with other.sandbox():
        yield older


@contextmanager
def none_before(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    yield contextvars.copy_context()


@contextmanager
def none_after(mine: StrictVerifier, other: StrictVerifier) -> Iterator[contextvars.Context]:
    older = contextvars.copy_context()
    with mine.sandbox():
        pass
    yield older  # still patched: the test is not over


Row = Callable[[StrictVerifier, StrictVerifier], Any]
REAL = "really sent hi"
POST, NOT_ACTIVE = PostSandboxInteractionError, SandboxNotActiveError

# Per row: what becomes of a plugin's call, what of a call of a mock of mine, and whom module-level functions mean.
TABLE: list[tuple[Row, object, object, str]] = [
    (holds_open, "mine", "mine", "mine"),
    (holds_open_other_open_elsewhere, "mine", "mine", "mine"),
    (holds_closed_in_open, "mine", "mine", "mine"),
    (holds_closed, POST, POST, "mine"),
    (holds_closed_mine_open_again, POST, POST, "mine"),
    (holds_closed_other_open_elsewhere, POST, POST, "mine"),
    (holds_closed_in_open_other, "other", POST, "other"),
    (holds_open_other_in_closed, "other", POST, "other"),
    (none_one_open, "mine", "mine", "mine"),
    (none_several_open, NOT_ACTIVE, "mine", "mine"),
    (none_only_other_open, "other", NOT_ACTIVE, "mine"),
    (none_before, REAL, NOT_ACTIVE, "mine"),
    (none_after, REAL, NOT_ACTIVE, "mine"),
]


def outcome(context: contextvars.Context, call: Callable[[], Any]) -> object:
    """What a call returns in a context, or the type of trip it raises."""
    try:
        return context.run(call)
    except tripwire.TripError as trip:
        return type(trip)


@pytest.mark.parametrize(
    ("row", "by_plugin", "by_mock", "meant"), TABLE, ids=lambda row: getattr(row, "__name__", "")
)
def test_whose_is_a_call(
    toy: Any, plugin: Any, row: Row, by_plugin: object, by_mock: object, meant: str
) -> None:
    mine, other = plugin.verifier, StrictVerifier()
    plugin.reply("mine")
    type(plugin)(other).reply("other")
    repo = tripwire.mock("repo").returns("mine")
    with row(mine, other) as context:
        assert outcome(context, functools.partial(toy.send, "hi")) == by_plugin
        assert outcome(context, repo) == by_mock
        assert context.run(tripwire.current_verifier) is {"mine": mine, "other": other}[meant]

    served = {"mine": mine.timeline, "other": other.timeline}
    counts = {name: len(timeline) for name, timeline in served.items()}
    assert counts == {name: [by_plugin, by_mock].count(name) for name in served}
    tripped = [kind for kind in (by_plugin, by_mock) if isinstance(kind, type)]
    assert [type(trip.error) for trip in mine.trips] == tripped
    assert [type(trip.error) for trip in other.trips] == ([NOT_ACTIVE] if by_plugin is NOT_ACTIVE else [])
    for verifier in (mine, other):  # this test is not about what is left open
        verifier.judge()


MESSAGES: list[tuple[Row, bool, type[tripwire.TripError], list[str]]] = [
    (
        *(holds_closed, False, POST),
        [
            "a task or thread went on after its sandbox had closed, and called: {call}",
            "  called at {place}; the sandbox was opened at {opened}",
            "await or join it before the sandbox ends, so that its calls are answered and can be asserted",
        ],
    ),
    (
        *(none_several_open, False, NOT_ACTIVE),
        [
            "several verifiers have a sandbox open, and this call belongs to none of them: {call}",
            "  called at {place}",
            "its thread or event loop is older than the sandboxes; start it inside one of them",
        ],
    ),
    (
        *(none_after, True, NOT_ACTIVE),
        [
            "nothing real stands behind this call, and no sandbox of its test is open: {call}",
            "  called at {place}",
            "make the call inside `with tripwire:`",
        ],
    ),
]


@pytest.mark.parametrize(("row", "of_mock", "kind", "lines"), MESSAGES)
def test_what_is_said_of_a_call_that_is_nobody_s(
    toy: Any, plugin: Any, row: Row, of_mock: bool, kind: type[tripwire.TripError], lines: list[str]
) -> None:
    repo = tripwire.mock("repo")
    call = repo.find if of_mock else toy.send
    with row(plugin.verifier, StrictVerifier()) as context, pytest.raises(kind) as caught:
        context.run(call, "hi")
    words = "repo.find('hi')" if of_mock else "send('hi')"
    assert (caught.value.source, caught.value.call) == (repo.find if of_mock else plugin.sent, words)
    words_of = "\n".join(lines).format(call=words, place=caught.value.place, opened="*test_routing.py:*")
    pytest.LineMatcher(str(caught.value).splitlines()).fnmatch_lines(words_of.splitlines(), consecutive=True)


def test_module_level_with_opens_a_sandbox_of_the_verifier_it_is_in() -> None:
    other = StrictVerifier()
    with other.sandbox(), tripwire as inner:  # type: ignore[attr-defined]
        assert inner is other


def test_a_mock_is_served_by_its_own_verifier() -> None:
    repo = tripwire.mock("repo").returns(1)
    other = tripwire.StrictVerifier()
    with tripwire.sandbox(), other.sandbox():
        assert repo() == 1
    repo.assert_call()
    other.verify_all()


def test_a_sandbox_closed_in_another_context_is_forgotten(toy: Any, plugin: Any) -> None:
    box = tripwire.sandbox()
    box.__enter__()
    contextvars.copy_context().run(box.__exit__, None, None, None)
    with pytest.raises(tripwire.PostSandboxInteractionError):
        toy.send("this context still holds the closed sandbox")


@pytest.fixture
def cleaning_up(toy: Any, plugin: Any) -> Any:
    """A fixture whose clean-up makes a real call."""
    yield
    assert toy.send("hi") == "really sent hi"


@pytest.fixture
def elsewhere(cleaning_up: Any) -> Any:
    """A fixture that closes its sandbox in another context, as event loops do."""
    box = tripwire.sandbox()
    yield box.__enter__()
    contextvars.copy_context().run(box.__exit__, None, None, None)


def test_a_fixture_that_closes_its_sandbox_elsewhere(elsewhere: tripwire.StrictVerifier) -> None:
    assert elsewhere is tripwire.current_verifier()


def test_leaving_twice_is_harmless() -> None:
    tripwire.__exit__(None, None, None)  # type: ignore[attr-defined]
    with tripwire.sandbox():
        pass


def test_a_plugin_that_decides_nothing(tripwire_verifier: tripwire.StrictVerifier) -> None:
    class Undecided(tripwire.Plugin):
        name = "undecided"

    undecided = Undecided(tripwire_verifier)
    assert (*undecided.targets(), *undecided.unused()) == ()
    assert dict(undecided.config) == {}
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        undecided.intercept(tripwire.Call(tripwire.Source("x"), {}, "x"))
    assert isinstance(caught.value.__cause__, NotImplementedError)
    assert str(caught.value).endswith("\nthe plugin 'undecided' failed: NotImplementedError()")

from __future__ import annotations

from typing import Any

import pytest

import tripwire


def script(plugin: Any) -> tripwire.SessionHandle:
    handle: tripwire.SessionHandle = plugin.phone.new()
    return handle


def test_steps_are_taken_in_order(plugin: Any) -> None:
    error = OSError("engaged")
    handle = (
        script(plugin)
        .expect("dial", returns=None)
        .expect("say", returns="hello")
        .expect("say", returns=None, raises=error)
        .expect("hang_up", returns=None)
    )
    session, dial = plugin.phone.begin("dial")
    assert session is handle
    assert (dial.returns, handle.state) == (None, "up")
    assert handle.take("say").returns == "hello"
    assert handle.take("say").raises is error
    handle.take("hang_up")
    assert handle.state == "down"
    assert list(handle.remaining) == []


def test_sessions_are_handed_out_in_order(plugin: Any) -> None:
    first, second = (script(plugin).expect("dial", returns=n) for n in (1, 2))
    assert plugin.phone.upcoming() is first
    session, step = plugin.phone.begin("dial")
    assert (session, step.returns) == (first, 1)
    assert plugin.phone.upcoming() is second


def test_optional_steps_are_passed_over(plugin: Any) -> None:
    handle = (
        script(plugin)
        .expect("dial", returns=None)
        .expect("say", returns="maybe", required=False)
        .expect("say", returns="maybe again", required=False)
        .expect("hang_up", returns=None)
    )
    handle.take("dial")
    assert handle.peek("hang_up").returns is None  # type: ignore[union-attr]
    assert handle.peek("say").returns == "maybe"  # type: ignore[union-attr]
    handle.take("hang_up")
    assert list(handle.unused()) == []
    assert handle.peek("say") is None


def test_a_required_step_is_not_passed_over(plugin: Any) -> None:
    handle = (
        script(plugin).expect("dial", returns=None).expect("say", returns="x").expect("hang_up", returns=None)
    )
    handle.take("dial")
    assert handle.peek("hang_up") is None
    with pytest.raises(tripwire.Unmatched) as caught:
        handle.take("hang_up")
    (candidate,) = caught.value.candidates
    assert candidate.label == "expect('say', returns='x')"
    assert candidate.reason == "it is the next step, and not 'hang_up'"
    assert handle.take("say").returns == "x"


def test_a_step_out_of_its_state(plugin: Any) -> None:
    handle = script(plugin).expect("say", returns="too early")
    with pytest.raises(tripwire.Unmatched) as caught:
        plugin.phone.begin("dial")
    error = caught.value.error
    assert isinstance(error, tripwire.InvalidStateError)
    assert (error.method, error.state, error.allowed) == ("say", "down", ("up",))
    first, second = str(error).splitlines()
    assert first == (
        "tripwire.toy session 1: the scripted step 'say' is out of its state: it is 'down', and 'say' needs 'up'"
    )
    assert second.startswith("  scripted at ")
    assert plugin.phone.upcoming() is handle


@pytest.mark.parametrize(
    ("scripted", "explanation"),
    [
        ([], "no session is scripted"),
        (["dial"], "all 1 scripted sessions are in use"),
    ],
)
def test_no_session_left(plugin: Any, scripted: list[str], explanation: str) -> None:
    for method in scripted:
        script(plugin).expect(method, returns=None)
        plugin.phone.begin(method)
    with pytest.raises(tripwire.Unmatched) as caught:
        plugin.phone.begin("dial")
    assert caught.value.explanation == explanation


def test_no_step_left(plugin: Any) -> None:
    handle = script(plugin).expect("dial", returns=None)
    handle.take("dial")
    with pytest.raises(tripwire.Unmatched) as caught:
        handle.take("say")
    assert caught.value.explanation == "tripwire.toy session 1 (state 'up') has no steps left"


def test_unused_steps_name_what_they_would_have_given(plugin: Any) -> None:
    script(plugin).expect("dial", returns=None).expect("say", returns=1, raises=OSError("x"))
    script(plugin).expect("dial", returns=2, required=False)
    assert [unused.label for unused in plugin.phone.unused()] == [
        "tripwire.toy session 1.expect('dial', returns=None)",
        "tripwire.toy session 1.expect('say', raises=OSError('x'))",
    ]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"method": "sya"}, ValueError, "tripwire.toy session 1 has no step 'sya'; did you mean 'say'?"),
        (
            {"method": "nothing like it"},
            ValueError,
            "tripwire.toy session 1 has no step 'nothing like it'; known are: dial, hang_up, say",
        ),
        ({"raises": OSError}, TypeError, "raises= must be an exception instance, not <class 'OSError'>"),
        ({"raises": "no"}, TypeError, "raises= must be an exception instance, not 'no'"),
        ({"required": None}, TypeError, "required= must be True or False, not None"),
    ],
)
def test_bad_steps(plugin: Any, arguments: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        script(plugin).expect(**{"method": "dial", "returns": None, **arguments})
    assert str(caught.value) == message


def test_returns_is_required(plugin: Any) -> None:
    with pytest.raises(TypeError, match="returns"):
        script(plugin).expect("dial", raises=OSError())  # type: ignore[call-arg]

"""A patch beneath ours, laid over ours, or in its place: wrappers, other tools and doubles."""

from __future__ import annotations

from typing import Any
from unittest import mock as std

import pytest
import wrapt

import tripwire


class Quiet(tripwire.Plugin):
    name = "quiet"

    @classmethod
    def targets(cls) -> Any:
        return (tripwire.Target("toy:Client", "send", lambda genuine: lambda self, text: f"caught {text}"),)


def test_beneath_a_transparent_wrapper(toy: Any) -> None:
    seen = []

    def note(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        seen.append((type(instance).__name__, args))
        return wrapped(*args, **kwargs)

    for _ in range(2):
        wrapt.wrap_function_wrapper(toy, "Client.send", note)
    wrapper = vars(toy.Client)["send"]
    with Quiet(tripwire.StrictVerifier()).verifier.sandbox():
        assert toy.send("hi") == "caught hi"
    assert seen == [("Client", ("hi",))] * 2
    assert vars(toy.Client)["send"] is wrapper
    assert toy.send("hi") == "really sent hi"
    assert len(seen) == 4


def test_the_check_runs_at_nested_entries_too(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    with verifier.sandbox():
        with std.patch.object(toy, "send"), pytest.raises(tripwire.ConflictError), verifier.sandbox():
            raise AssertionError("must not get here")
        with verifier.sandbox():
            pass


def test_a_patch_laid_over_ours_is_noticed_and_not_clobbered(toy: Any, by_hand: Any) -> None:
    verifier, plugin = by_hand
    genuine = toy.Client.send
    theirs = std.patch.object(toy.Client, "send")
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        overlay = theirs.start()
    assert str(caught.value) == (
        "toy.Client.send was patched by unittest.mock inside the sandbox, and still is.\n"
        "Calls made through that patch were not caught. Mock the call with tripwire instead"
    )
    assert toy.Client.send is overlay
    theirs.stop()  # puts ours back, which by now is nobody's
    assert toy.send("hi") == "really sent hi"
    with verifier.sandbox():
        plugin.reply("caught")
        assert toy.send("hi") == "caught"
    assert toy.Client.send is genuine
    verifier.assert_interaction(plugin.sent)


def test_a_patch_inside_the_sandbox_that_is_taken_away_again(toy: Any, by_hand: Any) -> None:
    verifier, plugin = by_hand
    plugin.reply("caught")
    with verifier.sandbox():
        with std.patch.object(toy.Client, "send", return_value="theirs"):
            assert toy.send("hi") == "theirs"
        assert toy.send("hi") == "caught"
    verifier.assert_interaction(plugin.sent)


def test_a_failing_body_is_not_replaced_by_the_conflict(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    theirs = std.patch.object(toy.Client, "send")
    with pytest.raises(KeyError), verifier.sandbox():
        raise KeyError(theirs.start())
    theirs.stop()


def test_a_mock_of_ours_is_no_conflict(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    with verifier.sandbox():
        tripwire.mock.object(toy, "send").returns("mocked").required(False)
        with verifier.sandbox():
            assert toy.send("hi") == "mocked"
    verifier.assert_interaction(next(iter(verifier.timeline)).source)


def test_a_mock_of_ours_that_is_put_back_by_somebody_else(toy: Any, by_hand: Any) -> None:
    verifier, plugin = by_hand
    other = tripwire.StrictVerifier()
    type(plugin)(other)
    with other.sandbox():
        genuine = toy.send
        with verifier.sandbox():
            ours = tripwire.mock.object(toy, "send").required(False)
            with verifier.sandbox(), verifier.sandbox():
                assert toy.send is ours
        verifier.close()
        assert toy.send is genuine
        toy.send = ours
        with pytest.raises(tripwire.ConflictError) as caught, other.sandbox():
            raise AssertionError("must not get here")
        toy.send = genuine
    assert str(caught.value) == (
        "toy.send has already been patched by tripwire._mock, so tripwire cannot vouch for what reaches it.\n"
        "Take that patch away, or open the sandbox before it"
    )


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("make", [tripwire.mock, tripwire.spy])
def test_a_double_where_a_plugin_catches_calls(toy: Any, plugin: Any, make: Any, inside: bool) -> None:
    genuine = toy.Client.send
    if not inside:
        make("toy:Client.send")
    with pytest.raises(tripwire.ConflictError) as caught, tripwire.sandbox():
        make("toy:Client.send")
    assert str(caught.value) == (
        "toy.Client.send is where tripwire's toy plugin catches calls, so no mock or spy can stand there.\n"
        "Mock the call by that plugin, or a function of your own program that makes it"
    )
    tripwire.current_verifier().close()
    assert toy.Client.send is genuine


def test_a_patch_of_another_name_is_noticed_at_the_end(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    theirs = std.patch.object(toy, "send")
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        theirs.start()
    assert str(caught.value).startswith(
        "toy.send was patched by unittest.mock inside the sandbox, and still is.\n"
    )
    theirs.stop()

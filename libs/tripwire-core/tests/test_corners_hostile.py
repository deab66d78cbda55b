"""Values and plugins that raise where nothing should: an error is told of, an interrupt goes through."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock as std

import pytest
import wrapt

import tripwire
from tripwire import _expected, _values
from tripwire._assertions import Check


class Raising:
    """Has no attribute that can be asked for."""

    def __init__(self, error: BaseException) -> None:
        vars(self)["error"] = error

    def __getattr__(self, name: str) -> Any:
        raise vars(self)["error"]


class Picky(Check):
    """Raises one error after another, and at last the last one again."""

    def __init__(self, *errors: BaseException) -> None:
        self._errors: list[BaseException] = list(errors)

    def differences(self, interaction: tripwire.Interaction) -> list[str]:
        raise self._errors.pop(0) if self._errors[1:] else self._errors[0]


def sent(toy: Any, plugin: Any) -> None:
    plugin.reply("yes")
    with tripwire.sandbox():
        toy.send("hi")


def test_a_check_that_raises_says_so(toy: Any, plugin: Any) -> None:
    sent(toy, plugin)
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.assert_interaction(plugin.sent, text=Picky(KeyError("no")))
    assert "\n  text:\n    comparing raises KeyError('no')\n" in str(caught.value)
    tripwire.assert_interaction(plugin.sent, text="hi")


@pytest.mark.parametrize("errors", [(), (KeyError("no"),), (KeyError("no"),) * 2])
def test_an_interrupt_in_a_check(toy: Any, plugin: Any, errors: tuple[BaseException, ...]) -> None:
    sent(toy, plugin)
    with pytest.raises(KeyboardInterrupt):
        tripwire.assert_interaction(plugin.sent, text=Picky(*errors, KeyboardInterrupt()))
    tripwire.assert_interaction(plugin.sent, text="hi")


@pytest.mark.parametrize("method", ["describe", "assertion_for"])
def test_an_interrupt_in_the_words_of_a_plugin(
    toy: Any, by_hand: Any, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    verifier, plugin = by_hand
    plugin.reply("yes")
    with verifier.sandbox():
        toy.send("hi")
    monkeypatch.setattr(plugin, method, std.Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        verifier.verify_all()


def test_a_plugin_that_fails_to_mask_shows_the_value(
    toy: Any, plugin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(toy, plugin)
    monkeypatch.setattr(plugin, "shown", std.Mock(side_effect=KeyError))
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.assert_interaction(plugin.sent, text="ho")
    assert "'hi'" in str(caught.value)
    monkeypatch.setattr(plugin, "shown", std.Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        tripwire.assert_interaction(plugin.sent, text="ho")
    monkeypatch.undo()
    tripwire.assert_interaction(plugin.sent, text="hi")


def test_an_interrupt_in_somebody_elses_patch(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    toy.Client = Raising(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt), verifier.sandbox():
        raise AssertionError("must not get here")


class Wrapper(wrapt.FunctionWrapper[Any, Any]):
    """Does not tell who is behind it."""

    raises: type[BaseException] = KeyError

    @property
    def _self_wrapper(self) -> Any:  # type: ignore[override]
        raise self.raises


def test_a_wrapper_that_cannot_be_asked(toy: Any, by_hand: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier, _ = by_hand
    toy.send = Wrapper(toy.send, lambda wrapped, instance, args, kwargs: wrapped(*args, **kwargs))
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert (caught.value.target, caught.value.patcher) == ("toy.send", "wrapt")
    monkeypatch.setattr(Wrapper, "raises", KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt), verifier.sandbox():
        raise AssertionError("must not get here")


class Interrupting:
    """What a program may hand over, or a test may name as a spec."""

    @property
    def __signature__(self) -> Any:
        raise KeyboardInterrupt

    def __repr__(self) -> str:
        raise KeyboardInterrupt

    def __call__(self) -> None: ...


def test_an_interrupt_in_a_signature() -> None:
    double = tripwire.mock("double", spec=Interrupting()).returns(1).required(False)
    with pytest.raises(KeyboardInterrupt), tripwire.sandbox():
        double()


def test_an_interrupt_in_a_repr(by_hand: Any, toy: Any) -> None:
    verifier, plugin = by_hand
    plugin.reply("yes")
    with verifier.sandbox():
        plugin.intercept(tripwire.Call(plugin.sent, {"text": Interrupting()}, "send"))
    with pytest.raises(KeyboardInterrupt):
        verifier.verify_all()
    with pytest.raises(KeyboardInterrupt):
        _values.code(Interrupting())


class Unclassed:
    """Not even its class can be asked for."""

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise KeyboardInterrupt


def test_an_interrupt_in_a_class() -> None:
    with pytest.raises(KeyboardInterrupt):
        _values.items_of(Unclassed())


def test_an_interrupt_in_a_plugin(toy: Any, plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "decide", std.Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt), tripwire.sandbox():
        toy.send("hi")


def test_a_spy_that_is_half_made() -> None:
    spy = tripwire.spy.object(SimpleNamespace(call=len), "call")
    with pytest.raises(AttributeError, match=r"^a spy has no attribute '_tripwire_no_such_name'$"):
        spy._tripwire_no_such_name  # noqa: B018


@pytest.fixture
def pytest_mock(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """The tool of this name, as far as it is looked at."""

    class MockerFixture:
        def __init__(self) -> None:
            self._mock_cache = SimpleNamespace(cache=[])

        def patch(self, path: str) -> Any:
            patch = std.patch(path)
            self._mock_cache.cache.append(SimpleNamespace(patch=patch))
            return patch

    module = ModuleType("pytest_mock.plugin")
    module.MockerFixture = MockerFixture  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return MockerFixture


def test_a_patch_of_pytest_mock(toy: Any, by_hand: Any, pytest_mock: type[Any]) -> None:
    verifier, _ = by_hand
    mocker = pytest_mock()
    with mocker.patch("toy.send"):
        with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
            raise AssertionError("must not get here")
        assert (caught.value.target, caught.value.patcher) == ("toy.send", "pytest_mock")


def test_a_plugin_that_supplies_little(toy: Any, by_hand: Any) -> None:
    verifier, plugin = by_hand
    call = tripwire.Call(plugin.sent, {"text": "hi"}, "send('hi')")
    assert list(plugin.patches) == []
    assert list(plugin.mocks([])) == []
    assert plugin.let_through(call) is None
    assert plugin.host_of(call) is None
    with pytest.raises(tripwire.SandboxNotActiveError) as caught:
        plugin.intercept(call)
    assert caught.value.call == "send('hi')"
    assert [trip.error for trip in verifier.trips] == [caught.value]


def test_many_mocks_are_told_of_by_their_number() -> None:
    for number in range(60):
        tripwire.mock(f"double_{number}").returns(1)
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        tripwire.verify_all()
    first, *shown, last, _ = str(caught.value).splitlines()
    assert first == "60 mocks were never used:"
    assert last == f"  ... and {60 - len(shown)} more"


def test_a_sandbox_that_was_closed_for_it(by_hand: Any) -> None:
    verifier, _ = by_hand
    with verifier.sandbox():
        verifier.close()
    assert not verifier.is_open


def test_what_somebody_else_has_put_over_ours_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = _expected.watch()
    owner, theirs = watched[0].owner, lambda *_: None
    monkeypatch.setattr(owner, "__exit__", theirs)
    _expected.unwatch(watched)
    assert vars(owner)["__exit__"] is theirs

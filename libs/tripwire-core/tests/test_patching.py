"""Targets are patched for the sandbox and put back, whatever happens."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import tripwire
from tripwire import _project


def test_a_call_is_caught_and_the_target_put_back(toy: Any, by_hand: Any) -> None:
    verifier, plugin = by_hand
    genuine = toy.Client.send
    plugin.reply("caught")
    with verifier.sandbox():
        assert toy.send("hi") == "caught"
        assert toy.Client.send is not genuine
    assert toy.Client.send is genuine
    verifier.assert_interaction(plugin.sent, text="hi")
    verifier.verify_all()


def test_nested_use_is_counted(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    genuine = toy.Client.send
    with verifier.sandbox():
        with verifier.sandbox():
            pass
        assert toy.Client.send is not genuine
    assert toy.Client.send is genuine


def test_under_pytest_targets_stay_patched_until_teardown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import http.client, threading, tripwire, pytest
        genuine = threading.Thread.start

        @pytest.fixture
        def after():
            yield
            assert threading.Thread.start is not genuine

        def test_one(after):
            with tripwire: pass
            assert threading.Thread.start is not genuine

        def test_two():
            assert threading.Thread.start is genuine
        """
    )
    pytester.runpytest("-p", "no:asyncio").assert_outcomes(passed=2)


def test_first_imported_inside_the_sandbox(
    by_hand: Any, toy_source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, plugin = by_hand
    del sys.modules["toy"]
    tmp_path.joinpath("toy.py").write_text(toy_source)
    monkeypatch.syspath_prepend(tmp_path)
    plugin.reply("caught")
    finders = list(sys.meta_path)
    with verifier.sandbox():
        import toy  # type: ignore[import-not-found]

        assert type(toy.__loader__).__name__ == "SourceFileLoader"
        assert toy.__spec__.loader is toy.__loader__
        assert toy.send("hi") == "caught"
    assert toy.Client().send("hi") == "really sent hi"
    assert sys.meta_path == finders
    verifier.assert_interaction(plugin.sent, text="hi")


def test_a_module_that_is_never_imported_costs_nothing(by_hand: Any) -> None:
    verifier, _ = by_hand
    del sys.modules["toy"]
    with verifier.sandbox():
        assert "toy" not in sys.modules
        with pytest.raises(ModuleNotFoundError):
            import toy  # noqa: F401
    sys.modules["toy"] = None  # type: ignore[assignment]


def test_an_exception_in_the_sandbox_leaves_all_pristine(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    genuine = toy.Client.send
    with pytest.raises(KeyError), verifier.sandbox():
        raise KeyError
    assert toy.Client.send is genuine


class Broken(tripwire.Plugin):
    name = "broken"

    @classmethod
    def targets(cls) -> Any:
        return (tripwire.Target("toy:Client", "moved_away", lambda genuine: genuine),)


def test_a_seam_that_has_moved_names_plugin_and_version(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    Broken(verifier)
    genuine = toy.Client.send
    with pytest.raises(tripwire.TripwireError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    first, second = str(caught.value).splitlines()
    assert first.startswith("Broken cannot find toy.Client.moved_away, where it catches calls; Python is 3.")
    assert second == "Use a supported version, or put the plugin under disabled_plugins in [tool.tripwire]"
    assert toy.Client.send is genuine


class Optional(tripwire.Plugin):
    name = "optional"

    @classmethod
    def targets(cls) -> Any:
        return (tripwire.Target("toy:Client", "moved_away", lambda genuine: genuine, optional=True),)


def test_an_optional_target_may_be_missing(by_hand: Any) -> None:
    verifier, _ = by_hand
    Optional(verifier)
    with verifier.sandbox() as opened:
        assert opened is verifier


class Rival(tripwire.Plugin):
    name = "rival"

    @classmethod
    def targets(cls) -> Any:
        return (tripwire.Target("toy:Client", "send", lambda genuine: lambda self, text: "rival"),)


def test_two_plugins_on_one_target(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    Rival(verifier)
    genuine = toy.Client.send
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert str(caught.value) == (
        "Rival claims toy.Client.send, which ToyPlugin has patched already; "
        "disable one of them in [tool.tripwire] disabled_plugins"
    )
    assert toy.Client.send is genuine


def test_a_plugin_on_the_target_of_a_mock(toy: Any, tripwire_verifier: tripwire.StrictVerifier) -> None:
    verifier = tripwire_verifier
    with verifier.sandbox():
        tripwire.mock.object(toy.Client, "send").returns("mocked").required(False)
        Rival(verifier)
        with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
            raise AssertionError("must not get here")
    assert str(caught.value) == (
        "Rival claims toy.Client.send, where a mock or spy is in place already; "
        "create the plugin before the first sandbox, or take that mock or spy away"
    )


def _fail(*_: Any) -> Any:
    raise RuntimeError("no")


def failing(where: str) -> type[tripwire.Plugin]:
    """A plugin that fails in its constructor, in `targets()`, in `make` of its second target, or in `opened()`."""

    class Failing(tripwire.Plugin):
        name = "failing"

        def __init__(self, verifier: tripwire.StrictVerifier) -> None:
            super().__init__(verifier)
            if where == "it was made":
                _fail()

        @classmethod
        def targets(cls) -> Any:
            yield tripwire.Target("toy", "line", lambda genuine: lambda: None)
            if where == "targets":
                _fail()
            yield tripwire.Target(
                "toy", "send", _fail if where == "make" else lambda genuine: lambda text: ""
            )

        def opened(self) -> None:
            if where == "the sandbox opened":
                _fail()

    return Failing


class Other(tripwire.Plugin):
    name = "other"

    @classmethod
    def targets(cls) -> Any:
        return (tripwire.Target(sys, "getswitchinterval", lambda genuine: lambda: 0.0),)


@pytest.mark.parametrize(
    ("where", "doing"),
    [
        ("targets", "its targets were applied"),
        ("make", "its targets were applied"),
        ("it was made", "it was made"),
        ("the sandbox opened", "the sandbox opened"),
    ],
)
def test_a_plugin_that_fails_is_named_and_leaves_all_pristine(
    toy: Any, monkeypatch: pytest.MonkeyPatch, where: str, doing: str
) -> None:
    # The third of five, after core's own two.
    kinds = (*_project.active()[:2], failing(where), Optional, Other)
    monkeypatch.setattr(_project, "active", lambda: kinds)
    owners = (toy, toy.Client, sys, threading.Thread)
    pristine = [dict(vars(owner)) for owner in owners]
    verifier = tripwire.StrictVerifier()
    for _ in range(2):  # it is no better the second time: nothing half made is kept
        with pytest.raises(tripwire.TripwireError) as caught, verifier.sandbox():
            raise AssertionError("must not get here")
        assert str(caught.value) == (
            f"failing.<locals>.Failing failed while {doing}: RuntimeError('no'); "
            "mend it, or put 'failing' under disabled_plugins in [tool.tripwire]"
        )
        assert repr(caught.value.__cause__) == "RuntimeError('no')"
        assert [dict(vars(owner)) for owner in owners] == pristine


class FailsToClose(tripwire.Plugin):
    name = "fails"

    def closed(self) -> None:
        raise RuntimeError("no")


def test_a_plugin_that_fails_to_close_leaves_all_pristine(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    FailsToClose(verifier)
    genuine = toy.Client.send
    with pytest.raises(RuntimeError, match=r"^no$"), verifier.sandbox():
        pass
    assert toy.Client.send is genuine


def test_a_second_plugin_of_one_type(by_hand: Any) -> None:
    verifier, plugin = by_hand
    with pytest.raises(ValueError, match="ToyPlugin") as caught:
        type(plugin)(verifier)
    assert str(caught.value) == (
        "this verifier already has a ToyPlugin; use the one it has, or construct ToyPlugin(verifier) "
        "before the first use and the first sandbox"
    )


def test_a_second_entry_touches_no_finders(by_hand: Any) -> None:
    del sys.modules["toy"]
    verifier, _ = by_hand
    with verifier.sandbox():
        finders = list(sys.meta_path)
        with verifier.sandbox():
            assert sys.meta_path == finders
        assert sys.meta_path == finders
    sys.modules["toy"] = None  # type: ignore[assignment]


def test_a_class_that_replaces_another_is_looked_at_anew(toy: Any, by_hand: Any) -> None:
    verifier, plugin = by_hand
    genuine = toy.Client
    for client in (genuine, type("Client", (genuine,), {"__module__": "toy"}), genuine):
        toy.Client = client
        plugin.reply("caught")
        with verifier.sandbox():
            assert toy.send("hi") == "caught"
        verifier.assert_interaction(plugin.sent)

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any
from unittest import mock as std

import anyio
import pytest
import wrapt

import tripwire

SAY = {"text": "hi"}


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
        "Rival claims toy.Client.send, which another tripwire plugin has patched already; disable one of them"
    )
    assert toy.Client.send is genuine


class FailsToOpen(tripwire.Plugin):
    name = "fails"

    def opened(self) -> None:
        raise RuntimeError("no")


def test_a_plugin_that_fails_to_open_leaves_all_pristine(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    FailsToOpen(verifier)
    genuine = toy.Client.send
    with pytest.raises(RuntimeError, match=r"^no$"), verifier.sandbox():
        raise AssertionError("must not get here")
    assert toy.Client.send is genuine


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


# -- conflicts


def foreign_function(genuine: Any) -> Any:
    @functools.wraps(genuine)
    def wrapper(*args: Any) -> Any:
        return genuine(*args)

    return wrapper


@pytest.mark.parametrize(
    ("make", "patcher"),
    [
        (lambda genuine: std.Mock(), "unittest.mock"),
        (std.create_autospec, "unittest.mock"),
        (foreign_function, "test_patching.py:"),
        (lambda genuine: staticmethod(foreign_function(genuine)), "test_patching.py:"),
        (lambda genuine: type("FakeClient", (), {}), "test_patching"),
        (lambda genuine: functools.partial(genuine), "functools"),
        (lambda genuine: anyio.run, "anyio"),
        (lambda genuine: std.Mock.assert_called, "unittest.mock"),
        (lambda genuine: wrapt.decorator(lambda f, i, a, k: f(*a, **k))(genuine), "test_patching"),
    ],
)
def test_a_foreign_patch_is_named(
    toy: Any, by_hand: Any, monkeypatch: pytest.MonkeyPatch, make: Any, patcher: str
) -> None:
    verifier, _ = by_hand
    monkeypatch.setattr(toy, "send", make(toy.send))
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert caught.value.target == "toy.send"
    assert patcher in caught.value.patcher
    assert str(caught.value) == (
        f"toy.send has already been patched by {caught.value.patcher}, so tripwire cannot vouch for what reaches it.\n"
        "Take that patch away, or open the sandbox before it; a transparent wrapper can be allowed:\n"
        f'    [tool.tripwire]\n    allow_patchers = ["{caught.value.patcher}"]'
    )


def test_compiled_functions_are_taken_as_genuine(
    toy: Any, by_hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, _ = by_hand
    monkeypatch.setattr(toy, "send", len)  # what is written in C has no file to tell it by
    with verifier.sandbox() as opened:
        assert opened is verifier


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
        "toy.Client.send was patched by unittest.mock inside the sandbox, over tripwire's own patch, and still is.\n"
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

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from unittest import mock as std

import anyio
import pytest
import wrapt

import tripwire
from tripwire import _project
from tripwire._patching import PATCHER


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


# -- conflicts


def foreign_function(genuine: Any) -> Any:
    @functools.wraps(genuine)
    def wrapper(*args: Any) -> Any:
        return genuine(*args)

    return wrapper


class Stub:
    def __call__(self, *args: Any) -> None: ...


HERE = f"{os.path.relpath(__file__)}:{foreign_function(print).__code__.co_firstlineno}"


@pytest.mark.parametrize(
    ("make", "patcher"),
    [
        (lambda genuine: std.Mock(), "unittest.mock"),
        (lambda genuine: std.Mock(side_effect=foreign_function(genuine)), "unittest.mock"),
        (lambda genuine: std.Mock(side_effect=anyio.run), "anyio"),
        (std.create_autospec, "unittest.mock"),
        (foreign_function, HERE),
        (lambda genuine: staticmethod(foreign_function(genuine)), HERE),
        (lambda genuine: Stub, __name__),
        (lambda genuine: Stub(), __name__),
        (lambda genuine: anyio.Event, "anyio"),
        (lambda genuine: functools.partial(genuine), "functools"),
        (lambda genuine: functools.partial(functools.partial(anyio.run)), "anyio"),
        (lambda genuine: anyio.run, "anyio"),
        (lambda genuine: pytest.MonkeyPatch().undo, "_pytest"),
        (lambda genuine: std.Mock.assert_called, "unittest.mock"),
        (lambda genuine: wrapt.decorator(lambda f, i, a, k: f(*a, **k))(genuine), __name__),
        (lambda genuine: wrapt.FunctionWrapper(genuine, Stub().__call__), __name__),
    ],
)
def test_a_foreign_patch_is_named(toy: Any, by_hand: Any, make: Any, patcher: str) -> None:
    verifier, _ = by_hand
    toy.send = make(toy.send)
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert (caught.value.target, caught.value.patcher) == ("toy.send", patcher)
    message = (
        f"toy.send has already been patched by {patcher}, so tripwire cannot vouch for what reaches it.\n"
        "Take that patch away, or open the sandbox before it"
    )
    if patcher == "anyio":  # of an installed package: it may be there for good
        message += (
            '; a transparent wrapper can be allowed:\n    [tool.tripwire]\n    allow_patchers = ["anyio"]'
        )
    assert str(caught.value) == message


class Processes(tripwire.Plugin):
    name = "processes"
    public_names = ("subprocess:run", "subprocess:Popen.wait")


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("run", print, "builtins:print"),
        ("run", str.upper, "builtins:str.upper"),
        ("run", subprocess.check_output, "subprocess:check_output"),
        ("Popen.wait", subprocess.Popen.poll, "subprocess:Popen.poll"),
        ("Popen.wait", staticmethod(len), "builtins:len"),
    ],
)
def test_a_function_that_belongs_elsewhere(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any, what: str
) -> None:
    verifier = Processes(tripwire.StrictVerifier()).verifier
    monkeypatch.setattr(f"subprocess.{name}", value)
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert str(caught.value) == (
        f"subprocess.{name} has already been patched by monkeypatch with {what}, "
        "so tripwire cannot vouch for what reaches it.\n"
        "Take that patch away, or open the sandbox before it"
    )


ALIASES = """
from asyncio import get_running_loop as loop, sleep as rest
from math import sqrt
from _thread import allocate_lock

def _decorated(function):
    return lambda: function()

def send(): pass
dispatch = send
lock = _lock = allocate_lock

class Client:
    def send(self): pass
    dispatch: object = send
    decorated = _decorated(send)
    @_decorated
    def made(self): pass
class Number(int):
    pass
"""


def test_a_library_s_own_aliases_are_genuine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("aliases.py").write_text(ALIASES)
    monkeypatch.syspath_prepend(tmp_path)

    class Aliases(tripwire.Plugin):
        name = "aliases"
        public_names = tuple(
            f"aliases:{one}"
            for one in (
                *("loop", "sqrt", "dispatch", "lock", "Client.dispatch", "Client.decorated"),
                *("Client.made", "Number.__init__", "Number.bit_length"),
            )
        )

    aliases = importlib.import_module("aliases")
    verifier = Aliases(tripwire.StrictVerifier()).verifier
    with verifier.sandbox() as opened:
        assert opened is verifier
    monkeypatch.setattr(aliases, "sqrt", aliases.lock)
    with pytest.raises(tripwire.ConflictError, match=r"^aliases\.sqrt has .* with _thread:allocate_lock, "):
        verifier.sandbox().__enter__()
    monkeypatch.undo()


class Hostile:
    """Raises whatever it is asked for."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no")


class HostileWrapper(Hostile):
    _self_wrapper = property(lambda self: _fail())

    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        _fail()


def hostile_function() -> Any:
    def function() -> None: ...

    function.__module__ = []  # type: ignore[assignment]
    return function


HostileModule = type("HostileModule", (Hostile,), {"__module__": property(lambda self: _fail())})


@pytest.mark.parametrize(
    ("name", "make", "patcher"),
    [
        ("send", Hostile, __name__),
        ("send", HostileWrapper, __name__),
        ("send", HostileModule, "somebody"),
        ("send", lambda: HostileModule, "somebody"),
        (
            "send",
            hostile_function,
            f"{os.path.relpath(__file__)}:{hostile_function.__code__.co_firstlineno + 1}",
        ),
        ("Client", Hostile, __name__),  # whose methods are public names too
    ],
)
def test_a_hostile_patch_is_a_conflict(toy: Any, by_hand: Any, name: str, make: Any, patcher: str) -> None:
    verifier, _ = by_hand
    setattr(toy, name, make())
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert caught.value.patcher == patcher
    assert str(caught.value).startswith(f"{caught.value.target} has already been patched by {patcher}, so ")


def test_a_second_entry_touches_no_finders(by_hand: Any) -> None:
    del sys.modules["toy"]
    verifier, _ = by_hand
    with verifier.sandbox():
        finders = list(sys.meta_path)
        with verifier.sandbox():
            assert sys.meta_path == finders
        assert sys.meta_path == finders
    sys.modules["toy"] = None  # type: ignore[assignment]


class Watched(tripwire.Plugin):
    name = "watched"
    public_names = ("toy:Client.send", "toy:Client", "toy:line")


def test_so_is_the_tool_it_was_applied_with(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier = Watched(tripwire.StrictVerifier()).verifier
    with std.patch("toy.line", foreign_function(toy.line)):
        with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
            raise AssertionError("must not get here")
        assert str(caught.value).startswith(
            f"toy.line has already been patched by unittest.mock with {HERE}, so"
        )
    monkeypatch.setattr(toy, "Client", Stub)
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert (caught.value.target, caught.value.patcher) == ("toy.Client", "monkeypatch")


@pytest.mark.parametrize(("allowed", "patchers"), [((), ["unittest.mock", HERE]), (("unittest",), [HERE])])
def test_every_conflict_is_listed_and_a_replaced_class_once(toy: Any, allowed: Any, patchers: Any) -> None:
    toy.Client, toy.line = std.MagicMock(), foreign_function(toy.line)
    found = {error.target: error.patcher for error in PATCHER.conflicts([Watched, Watched], allowed)}
    assert list(found.values()) == patchers
    assert set(found) <= {"toy.Client", "toy.line"}


@pytest.mark.parametrize("name", ["unittest", "unittest.mock"])
def test_an_allowed_patcher(pytester: pytest.Pytester, name: str) -> None:
    pytester.makepyprojecttoml(
        f"[tool.pytest.ini_options]\n[tool.tripwire]\nallow_patchers = ['{name}', 'the-other']\n"
    )
    pytester.makepyfile(
        """
        from unittest import mock
        import subprocess, threading, tripwire

        class Watched(tripwire.Plugin):
            name = "watched"
            public_names = ("threading:Thread.start", "subprocess:run")

        def test_it(tripwire_verifier):
            Watched(tripwire_verifier)
            with mock.patch("subprocess.run"):
                with tripwire:
                    other = mock.patch("threading.Thread.start")
                    other.start()
            other.stop()
        """
    )
    pytester.runpytest("-p", "no:asyncio").assert_outcomes(passed=1)


def test_a_class_that_replaces_another_is_looked_at_anew(toy: Any, by_hand: Any) -> None:
    verifier, plugin = by_hand
    genuine = toy.Client
    for client in (genuine, type("Client", (genuine,), {"__module__": "toy"}), genuine):
        toy.Client = client
        plugin.reply("caught")
        with verifier.sandbox():
            assert toy.send("hi") == "caught"
        verifier.assert_interaction(plugin.sent)


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

"""Somebody else's patch that is there before the sandbox: who made it, and which are none."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
from pathlib import Path
from typing import Any
from unittest import mock as std

import anyio
import pytest
import wrapt

import tripwire
from tripwire._patching import PATCHER


def _fail(*_: Any) -> Any:
    raise RuntimeError("no")


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


def test_a_library_without_a_file(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    toy.__file__ = None
    toy.send = lambda text: text
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert caught.value.target == "toy.send"


def test_what_a_class_inherits_from_compiled_code_is_no_patch(toy: Any) -> None:
    class Line(list[Any]):
        hang_up = list.clear

    class Lines(tripwire.Plugin):
        name = "lines"
        public_names = ("toy:Line.hang_up", "toy:Gone.hang_up")

    Line.__module__ = "toy"
    toy.Line = Line
    verifier = tripwire.StrictVerifier()
    Lines(verifier)
    with verifier.sandbox():
        assert toy.Line([1]).hang_up() is None

"""Plugins and doubles at their edges: kept places, frozen programs, names that go and come."""

from __future__ import annotations

import sys
import threading
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tripwire
from tripwire import _project, _registry


class Post:
    def send(self) -> str:
        return "sent"


def test_a_double_that_a_thread_still_needs_stays_in_the_next_sandbox() -> None:
    send = tripwire.mock.object(Post, "send").returns("one").returns("two")
    go = threading.Event()
    thread = threading.Thread(target=go.wait)
    with tripwire.sandbox():
        thread.start()
        assert Post().send() == "one"
    with tripwire.sandbox():
        assert Post().send() == "two"
        go.set()
        thread.join()
    assert Post().send() == "sent"
    send.assert_call(returned="one")
    send.assert_call(returned="two")


def test_a_plugin_of_a_program_in_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("frozen_plugin")
    exec("import tripwire\nclass Frozen(tripwire.Plugin):\n    name = 'frozen'\n", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(_registry, "_loaded", {})
    point = EntryPoint("frozen", "frozen_plugin:Frozen", "tripwire.plugins")
    monkeypatch.setattr(_project, "_offered", {"frozen": point})
    assert _registry.load("frozen") is vars(module)["Frozen"]


def test_the_owner_of_a_public_name_goes_and_comes(toy: Any, by_hand: Any) -> None:
    verifier, _ = by_hand
    client = toy.Client
    with verifier.sandbox():
        pass
    public, toy.send = toy.send, None
    del toy.send
    with verifier.sandbox():
        pass
    toy.send = public
    toy.Client = type("Client", (client,), {"__module__": "toy"})
    with verifier.sandbox():
        pass


def test_a_target_whose_owner_has_no_such_name(toy: Any) -> None:
    class Moved(tripwire.Plugin):
        name = "moved"

        @classmethod
        def targets(cls) -> Any:
            return (tripwire.Target("toy:Gone.Client", "send", lambda genuine: genuine),)

    verifier = Moved(tripwire.StrictVerifier()).verifier
    with pytest.raises(tripwire.TripwireError) as caught, verifier.sandbox():
        raise AssertionError("must not get here")
    assert "toy:Gone.Client" in str(caught.value) or "toy.Gone.Client" in str(caught.value)


def test_a_version_without_its_metadata_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "without_metadata-1.0.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: without-metadata\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert _project.version_of("without-metadata") == "1.0"


def test_many_calls_that_are_alike_or_too_deep_for_a_key() -> None:
    deep: list[Any] = []
    for _ in range(200):
        deep = [deep]
    repo = tripwire.mock("repo")
    with tripwire.sandbox():
        for number in range(30):
            repo.find.returns(number)
            repo.find(deep)
            repo.find.returns(number)
            repo.find("same")
    with tripwire.in_any_order():
        for number in reversed(range(30)):
            repo.find.assert_call(args=("same",), returned=number)
            repo.find.assert_call(args=(deep,), returned=number)


def test_a_table_of_a_plugin_that_is_disabled(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(
        "[tool.tripwire]\ndisabled_plugins = ['popen']\n[tool.tripwire.popen]\nwhatever = 1\n"
    )
    pytester.makepyfile("import tripwire\ndef test_it():\n    with tripwire:\n        pass\n")
    pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=1)

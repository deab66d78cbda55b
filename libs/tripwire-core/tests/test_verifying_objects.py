"""`--tripwire-verify`: what mocks of Python objects are held against, and what of it cannot be known."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from verifying_suites import expected, outcomes, read, write

from tripwire import TripwireConfigError
from tripwire._double import MockPlugin
from tripwire._verifying._objects_specs import Scope
from tripwire._verifying._objects_types import misfit
from tripwire.verifying import Truth, TruthSettings

FOLDER = Path(__file__).parent / "verifying_objects"
HEAD = """
import asyncio, collections, contextlib, dataclasses, inspect, sys, tempfile, types

sys.path.append("tests")
from unittest import mock as unittest_mock
import fakes
import models
import things
import tripwire

class Fake:
    pass

class Special(things.Item):
    pass

@types.coroutine
def pause():
    yield

held = []
kind = dataclasses.make_dataclass("Kind", [("start", dataclasses.InitVar[str])])
holder = types.SimpleNamespace(item=things.Item(), kind=kind)

def answers(mock, value, *args, **kwargs):
    mock.returns(value)
    with tripwire:
        back = mock(*args, **kwargs)
    mock.assert_call(args, kwargs)

def at(path):
    path, *names = path.split(">")
    mock = tripwire.mock(path)
    for name in names:
        mock = getattr(mock, name)
    return mock
"""


def test_corners(pytester: pytest.Pytester) -> None:
    cases = read((FOLDER / "corners.txt").read_text())
    if sys.version_info >= (3, 11):
        cases += read(STARRED)
    else:  # nobody knows the overloads of a function there
        cases = [case for case in cases if not case.name.startswith("overload")]
    for name in ("models.py", "things.py"):
        (pytester.path / name).write_text((FOLDER / name).read_text())
    (pytester.mkdir("tests") / "fakes.py").write_text("class Fake:\n    pass\n")
    write(pytester, HEAD, cases)
    assert outcomes(pytester) == expected(cases)
    assert "things:kept.returns('1')  (test_cases.py:" in (pytester.path / "found.json").read_text()


STARRED = """
# starred_arguments
answers(at("things:starred"), None, 1, 2)
    it says: the program calls it with numbers=(1, 2)
    true is: the real one is annotated numbers: '*tuple[int, str]', and item 1 is not an instance of str
"""


def truth(setting: object) -> Truth | None:
    return MockPlugin.truth(TruthSettings({} if setting is None else {"mock": setting}, None, FOLDER))


def test_it_is_on_unless_it_is_off() -> None:
    assert truth(None) is not None
    assert truth(True) is not None
    assert truth(False) is None


def test_a_wrong_setting() -> None:
    with pytest.raises(TripwireConfigError) as caught:
        truth("all")
    assert str(caught.value) == "configuration: [tool.tripwire] verify.mock: must be true or false, not 'all'"


def test_without_typeguard(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("tripwire._verifying._objects")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "typeguard", None)
    with pytest.raises(TripwireConfigError) as caught:
        truth(None)
    assert str(caught.value) == (
        "configuration: [tool.tripwire] verify.mock: the annotations of what mocks stand for are checked by typeguard: "
        'pip install "python-tripwire[verify]" (or tripwire-core[verify]), or write `mock = false`'
    )


class Exits(type):
    def __instancecheck__(cls, instance: object) -> bool:
        raise SystemExit


def test_an_exit_goes_through() -> None:
    with pytest.raises(SystemExit):
        misfit(1, Exits("Guarded", (), {}), Scope({}), None, ())

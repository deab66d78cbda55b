"""Which reports end in a help line: those of errors by which a function of tripwire, or of a plugin, refuses a call."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from tripwire import _project, _registry

PLUGIN = '''
"""A plugin of somebody else's: it raises the errors that Python has, and knows nothing of help lines."""

import tripwire

class Parcel:
    def pay(self, price):
        raise ValueError("parcel")

class Scales:
    @staticmethod
    def kilograms(text):
        return float(text)

class CourierPlugin(Scales, tripwire.Plugin):
    name = "courier"

    def mock(self, price):
        if price < 0:
            raise ValueError("mock")
        return Parcel()

    def mock_later(self, price):
        return self._refuse(price)

    def _refuse(self, price):
        raise ValueError("refuse")

    @staticmethod
    def grams(text):
        return int(text)

    @classmethod
    def of_kind(cls, kind):
        raise TypeError("of_kind")

    @staticmethod
    def _weigh(text):
        return int(text)

def of_the_module():
    raise ValueError("module")
'''

HELPED = """
    lambda: courier.mock(-1),
    lambda: courier.mock_later(1),
    lambda: courier.grams("a"),
    lambda: courier.kilograms("a"),
    lambda: courier.of_kind("a"),
    lambda: tripwire.mock("box").raises(Lies()),
    lambda: tripwire.mock("box").__missing__,
"""
NOT_HELPED = """
    lambda: CourierPlugin(tripwire.current_verifier())._refuse(1),
    lambda: CourierPlugin._weigh("a"),
    lambda: courier.mock(1).pay(1),
    lambda: courier_plugin.of_the_module(),
    lambda: answered(),
    lambda: int("a"),
"""
TESTS = """
import pytest, tripwire
import courier_plugin
from courier_plugin import CourierPlugin

courier = tripwire.courier

class Lies:
    __class__ = type

def answered():
    mock = tripwire.mock("box").calls(int)
    with tripwire:
        mock("a")

CALLS = [{}]

@pytest.mark.parametrize("number", range({}))
def test_it(number):
    call = CALLS[number]
    call()
"""


@pytest.mark.parametrize("calls", [HELPED, NOT_HELPED], ids=["helped", "not helped"])
def test_who_is_helped(calls: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("courier", "courier_plugin:CourierPlugin", "tripwire.plugins")
    monkeypatch.setattr(_project, "_offered", {"courier": point})
    monkeypatch.setattr(_registry, "_loaded", {})
    pytester.syspathinsert()
    number = calls.count("\n") - 1
    pytester.makepyfile(courier_plugin=PLUGIN, test_courier=TESTS.format(calls, number))
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=number)
    lines = [line.strip() for line in result.outlines if line.startswith("E  ")]
    helped = [line == "E   help: python -m tripwire explain wrong-use" for line in lines]
    assert helped == ([False, True] if calls is HELPED else [False]) * number, lines

"""A plugin with a truth, and how a suite that uses it is run."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from tripwire import _project, _registry

PLUGIN = '''
"""A courier knows the price of each parcel; its truth is a price list."""

import json
import tripwire

class CourierPlugin(tripwire.Plugin):
    name = "courier"
    parcel = tripwire.Source("courier.parcel")

    def __init__(self, verifier):
        super().__init__(verifier)
        self.mocks = {}

    def mock(self, name, price, key=True):
        self.mocks[name] = price, tripwire.user_place(), key

    def send(self, name):
        return self.intercept(tripwire.Call(self.parcel, {"name": name}, f"parcel {name}")).value[0]

    def decide(self, call):
        return tripwire.Answer(self.mocks[call.fields["name"]])

    @classmethod
    def truth(cls, settings):
        setting = settings.get("courier")
        if setting is None:
            return None
        if isinstance(setting, str) and setting.endswith(".json"):
            return cls.prices(lambda path=settings.file("courier", setting): json.loads(path.read_text()))
        if not isinstance(setting, str):
            raise settings.error("courier", "must be the name of a file or of a fixture")
        return cls.prices(settings.fixture(setting))

    @staticmethod
    def prices(read):
        from tripwire.verifying import Truth, Lie, Unchecked, TruthError

        class Prices(Truth):
            def check(self, claim):
                name, price = claim.detail
                with open("asked", "a") as file:
                    print(name, file=file)
                if name in ("gone", "torn"):
                    raise TruthError("the price list is gone", whole=name == "gone")
                if name == "broken":
                    raise ZeroDivisionError("no price")
                if name not in read():
                    yield Unchecked("the price list does not name it")
                elif read()[name] != price:
                    yield Lie(f"it costs {price}", f"it costs {read()[name]}", "ask the courier")

            def close(self):
                with open("asked", "a") as file:
                    print("closed", file=file)

        return Prices()

    def claims(self, served):
        from tripwire.verifying import Claim
        for call, answer in served:
            name, (price, place, keyed) = call.fields["name"], answer.value
            yield Claim(f"mock({name!r})", (name, price), place, (name, price) if keyed else None)
'''
SETTINGS = """
[tool.pytest.ini_options]
asyncio_default_fixture_loop_scope = "function"
[tool.tripwire]
enabled_plugins = ["courier"]
[tool.tripwire.verify]
mock = false
{}
"""
TESTS = """
import tripwire

def send(name, price, times=1, **options):
    tripwire.courier.mock(name, price, **options)
    with tripwire:
        for _ in range(times):
            tripwire.courier.send(name)
    for _ in range(times):
        tripwire.courier.verifier.assert_interaction(tripwire.courier.parcel, name=name)
"""


def courier(pytester: pytest.Pytester, tests: str, settings: str = 'courier = "prices.json"') -> None:
    info = pytester.mkdir("courier-1.0.dist-info")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: courier\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tripwire.plugins]\ncourier = courier:CourierPlugin\n")
    pytester.makefile(".json", prices='{"small": 5, "large": 9}')
    pytester.syspathinsert()
    pytester.makepyfile(courier=PLUGIN, test_parcels=TESTS + tests)
    pytester.makepyprojecttoml(SETTINGS.format(settings))


@pytest.fixture(autouse=True)
def courier_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, too, where what is installed has been looked for."""
    point = EntryPoint("courier", "courier:CourierPlugin", "tripwire.plugins")
    monkeypatch.setattr(_project, "_offered", {"courier": point})
    monkeypatch.setattr(_registry, "_loaded", {})


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """In a process of its own where workers are, which see what is installed."""
    here = "-n" not in options
    start = pytester.runpytest_inprocess if here else pytester.runpytest_subprocess
    return start("-p", "no:cacheprovider", *options)


def summary(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if line.startswith("tripwire verify")]


def asked(pytester: pytest.Pytester) -> list[str]:
    return (pytester.path / "asked").read_text().split()


LIES = """
def test_truth():
    send("small", 5)

def test_lie():
    send("small", 6)
    send("large", 1)
"""

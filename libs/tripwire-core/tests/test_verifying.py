"""`--tripwire-verify`: which mocks are held against which truth, when, and what is told of it."""

from __future__ import annotations

import re
import sys
from importlib.metadata import EntryPoint

import pytest

from tripwire import _project, _registry

HELP = "help: python -m tripwire explain lying-mock"
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
                if name == "gone":
                    raise TruthError("the price list is gone")
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


def test_without_the_option_nothing_is_asked(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
def test_lie():
    send("small", 6)

def test_nothing_is_loaded():
    import sys
    assert not [name for name in sys.modules if "tripwire" in name and "verifying" in name]
    """,
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=2)
    assert summary(result) == []
    assert not (pytester.path / "asked").exists()


LIES = """
def test_truth():
    send("small", 5)

def test_lie():
    send("small", 6)
    send("large", 1)
"""
MESSAGE = """\
2 mocks say what is not true:
  - mock('small')  (test_parcels.py:4)
    it says: it costs 6
    true is: it costs 5
    ask the courier
  - mock('large')  (test_parcels.py:4)
    it says: it costs 1
    true is: it costs 9
    ask the courier"""


@pytest.mark.parametrize("workers", [[], ["-n", "2", "-p", "xdist"]], ids=["alone", "xdist"])
def test_a_lie_fails_its_test(pytester: pytest.Pytester, workers: list[str]) -> None:
    courier(pytester, LIES)
    result = run(pytester, "--tripwire-verify", *workers)
    result.assert_outcomes(passed=2, errors=1)
    said = re.search(r"E +tripwire\.LyingMockError: ([\s\S]*?)\n +help", "\n".join(result.outlines))
    assert said is not None
    assert [line.strip() for line in said[1].splitlines()] == [line.strip() for line in MESSAGE.splitlines()]
    assert result.stdout.str().count(HELP) == 1
    assert summary(result) == ["tripwire verify: 3 claims, lies in 1 test"]


@pytest.mark.parametrize("workers", [[], ["-n", "2", "-p", "xdist"]], ids=["alone", "xdist"])
def test_a_warning_is_told_once(pytester: pytest.Pytester, workers: list[str]) -> None:
    courier(pytester, LIES)
    result = run(pytester, "--tripwire-verify=warn", *workers)
    result.assert_outcomes(passed=2)
    assert result.stdout.str().count(MESSAGE) == 1
    assert result.ret == 0
    assert summary(result) == ["tripwire verify: 3 claims, lies in 1 test"]


def test_what_is_beside_a_failure_is_told(pytester: pytest.Pytester) -> None:
    courier(pytester, 'def test_lie():\n    send("small", 6)\n    assert 1 == 2\n')
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*assert 1 == 2", "*tripwire, at teardown*", "1 mock says what is not true:"]
    )


def test_claims_of_one_key_are_checked_once_a_run(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
def test_one():
    send("small", 5, times=3)

def test_two():
    send("small", 5)

def test_without_a_key():
    send("large", 9, times=2, key=False)
    """,
    )
    result = run(pytester, "--tripwire-verify")
    assert summary(result) == ["tripwire verify: 6 claims, no lies"]
    assert asked(pytester) == ["small", "large", "large", "closed"]


def test_what_is_not_checked_is_counted_and_never_called_true(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
def test_unknown():
    send("huge", 5)
    send("vast", 5)

def test_left_open():
    tripwire.courier.mock("small", 6)
    tripwire.sandbox().__enter__()
    tripwire.courier.send("small")

def test_free():
    mock = tripwire.mock("mock").returns(1)
    with tripwire:
        mock()
    mock.assert_call()
    """,
    )
    result = run(pytester, "--tripwire-verify")
    assert summary(result) == [
        "tripwire verify: 4 claims, no lies, 4 unchecked",
        "tripwire verify: 2 unchecked: the price list does not name it",
        "tripwire verify: 1 unchecked: a sandbox was still open when the test was over",
        "tripwire verify: 1 unchecked: [tool.tripwire.verify] says nothing of 'mock'",
    ]


def test_a_truth_that_cannot_be_asked_fails_one_test(pytester: pytest.Pytester) -> None:
    tests = "\n".join(
        f"def test_{n}():\n    send('{name}', 5)\n" for n, name in enumerate(("gone", "small", "large"))
    )
    courier(pytester, tests)
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["E*TruthError: the price list is gone", "*explain truth-unreachable"])
    assert summary(result)[1] == "tripwire verify: 3 unchecked: the truth of 'courier' could not be asked"
    assert asked(pytester) == ["gone", "closed"]
    warned = run(pytester, "--tripwire-verify=warn")
    warned.assert_outcomes(passed=3)
    warned.stdout.fnmatch_lines(["*mocks that lie*", "*the price list is gone"])


def test_a_truth_that_fails_fails_each_test_that_it_does_not_know_of(pytester: pytest.Pytester) -> None:
    courier(pytester, "def test_broken():\n    send('broken', 5)\n\ndef test_fine():\n    send('small', 5)\n")
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["E*the truth of 'courier' failed*mock('broken')*test_parcels.py:4*ZeroDivisionError*"]
    )
    assert summary(result)[-1] == "tripwire verify: 1 unchecked: the truth of 'courier' failed"


FIXTURE = """
import pytest, pathlib

@pytest.fixture(scope="{scope}")
def price_list():
    yield {value}
    pathlib.Path("asked").open("a").write("down\\n")
"""


def test_a_truth_may_be_made_of_a_fixture(pytester: pytest.Pytester) -> None:
    courier(pytester, LIES, 'courier = "price_list"')
    pytester.makeconftest(FIXTURE.format(scope="session", value='{"small": 5, "large": 1}'))
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=2, errors=1)
    assert "1 mock says" in result.stdout.str()
    assert asked(pytester) == ["small", "small", "large", "down", "closed"]


def test_a_test_that_sets_nothing_up_leaves_the_fixture_to_the_next(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
import pytest

@pytest.fixture
def failing():
    send("small", 6)
    raise ValueError

def test_fails_at_set_up(failing):
    pass

def test_fails():
    send("large", 9)
    assert False
"""
        + LIES,
        'courier = "price_list"',
    )
    pytester.makeconftest(FIXTURE.format(scope="session", value='{"small": 5, "large": 1}'))
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=2, failed=1, errors=2)
    assert summary(result) == [
        "tripwire verify: 5 claims, lies in 2 tests, 1 unchecked",
        "tripwire verify: 1 unchecked: [tool.tripwire] verify: the fixture 'price_list' was not set up: "
        "no test has run that could have it",
    ]


@pytest.mark.parametrize(
    ("conftest", "said"),
    [
        ("", "there is no fixture 'price_list'; define it in the conftest.py at the root"),
        (
            FIXTURE.format(scope="module", value="{}"),
            "the fixture 'price_list' has the scope 'module'; what a whole run",
        ),
        (
            FIXTURE.format(scope="session", value="1 / 0"),
            "the fixture 'price_list' failed: *ZeroDivisionError*",
        ),
    ],
    ids=["missing", "module", "failing"],
)
def test_a_fixture_that_cannot_be_had(pytester: pytest.Pytester, conftest: str, said: str) -> None:
    courier(pytester, LIES, 'courier = "price_list"')
    pytester.makeconftest(conftest)
    result = run(pytester, "--tripwire-verify")
    result.stdout.fnmatch_lines([f"E*TruthError: *{said}*"])
    assert result.ret == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("courier = 5", "verify.courier: must be the name of a file or of a fixture"),
        ('courier = "none.json"', "verify.courier: there is no file 'none.json' in *"),
        (
            'courir = "prices.json"',
            "verify.courir: nothing has its truth under this name; did you mean 'courier'?",
        ),
        (
            "asyncpg = true",
            "verify.asyncpg: the plugin 'asyncpg' is not installed or not enabled: pip install *",
        ),
    ],
)
def test_a_wrong_setting_is_told_at_once(pytester: pytest.Pytester, settings: str, said: str) -> None:
    courier(pytester, LIES, settings)
    result = run(pytester, "--tripwire-verify")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *pyproject.toml: ?tool.tripwire? {said}"])
    assert "help: python -m tripwire explain configuration" in result.stderr.str()


def test_the_table_must_be_one(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(SETTINGS.partition("[tool.tripwire.verify]")[0] + "verify = true\n")
    pytester.makepyfile("def test_it(): pass")
    result = run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *: ?tool.tripwire? verify: must be a table, not True"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tripwire-verify=maybe"], "--tripwire-verify=maybe: it takes no value, or =warn"),
        (["--tripwire-schema=x.sql"], "--tripwire-schema needs --tripwire-verify"),
    ],
)
def test_wrong_options(pytester: pytest.Pytester, options: list[str], said: str) -> None:
    courier(pytester, "")
    result = run(pytester, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])


def test_examples_of_hypothesis_are_checked_too(pytester: pytest.Pytester) -> None:
    courier(
        pytester,
        """
from hypothesis import given, settings, strategies

@settings(max_examples=5, database=None)
@given(strategies.integers())
def test_examples(number):
    send("small", 6)
""",
    )
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=1, errors=1)
    assert asked(pytester) == ["small", "closed"]


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [([], {"passed": 2, "errors": 1}), (["--warn", "-k", "lie"], {"passed": 1, "deselected": 1})],
)
def test_the_command(pytester: pytest.Pytester, arguments: list[str], outcome: dict[str, int]) -> None:
    courier(pytester, LIES)
    pytester.makefile(".sql", schema="create table t (id int)")
    result = pytester.run(sys.executable, "-m", "tripwire", "verify", *arguments)
    result.assert_outcomes(**outcome)
    assert result.ret == (1 if "errors" in outcome else 0)
    refused = pytester.run(sys.executable, "-m", "tripwire", "verify", "--schema", "schema.sql")
    refused.stderr.fnmatch_lines(
        ["ERROR: *verify.asyncpg: the plugin 'asyncpg' is not installed or not enabled*"]
    )


def test_other_commands_take_no_arguments_of_pytest(pytester: pytest.Pytester) -> None:
    result = pytester.run(sys.executable, "-m", "tripwire", "doctor", "-k", "lie")
    assert result.ret == 2
    result.stderr.fnmatch_lines(["*unrecognized arguments: -k lie"])

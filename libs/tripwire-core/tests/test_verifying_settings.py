"""What `[tool.tripwire.verify]` and the options say, and fixtures that give a truth."""

from __future__ import annotations

import pytest
from priced_parcels import LIES, SETTINGS, asked, courier, courier_only, run, summary

__all__ = ["courier_only"]
FIXTURE = """
import pytest, pathlib

@pytest.fixture(scope="{scope}")
def price_list():
    yield {value}
    pathlib.Path("asked").open("a").write("down\\n")
"""
# A test of another kind, which knows no fixtures.
NO_FUNCTION = """
class Parcel(pytest.Item):
    def runtest(self):
        import test_parcels
        test_parcels.send(self.path.read_text(), 7)

def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".parcel":
        class File(pytest.File):
            def collect(self):
                yield Parcel.from_parent(self, name="parcel")
        return File.from_parent(parent, path=file_path)
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
    pytester.makeconftest(FIXTURE.format(scope="session", value='{"small": 5, "large": 1}') + NO_FUNCTION)
    pytester.makefile(".parcel", a="small")
    result = run(pytester, "--tripwire-verify")
    result.assert_outcomes(passed=3, failed=1, errors=2)
    assert summary(result) == [
        "tripwire verify: 6 claims, lies in 2 tests, 2 unchecked",
        "tripwire verify: 2 unchecked: [tool.tripwire] verify: the fixture 'price_list' was not set up: "
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

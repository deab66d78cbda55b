"""What is told about a whole run: the summary, the warnings, and the timelines of failing tests."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.usefixtures("ini")

PASSING = """
import tripwire

def test_of_two_calls():
    repo = tripwire.mock("repo").returns(1).returns(2)
    with tripwire:
        repo("a"), repo("b")
    repo.assert_call(("a",))
    repo.assert_call(("b",))

def test_of_a_trip():
    repo = tripwire.mock("repo")
    with tripwire, tripwire.expect_trip():
        try:
            repo()
        except Exception:
            pass

def test_of_something_else():
    pass
"""

FAILING = """
import tripwire

def test_it():
    repo = tripwire.mock("repo")
    repo.find.returns({"id": 1})
    repo.save.raises(ValueError("full"))
    with tripwire:
        repo.find(1)
        for call in (lambda: repo.save("x" * 150), repo.drop):
            try:
                call()
            except Exception:
                pass
    repo.find.assert_call((1,))

def test_that_passes():
    repo = tripwire.mock("repo").returns(1)
    with tripwire:
        repo("unseen")
    repo.assert_call(("unseen",))
"""

TABLE = """\
= tripwire: timelines of failing tests =
_ test_failing.py::test_it _
time  source     call                                  outcome                    asserted by
#.# ms  repo.find  repo.find(1) returned {'id': 1}       {'id': 1}                  test_failing.py:14
#.# ms  repo.save  repo.save('xxxxxxxxxxxxxxxxxxxxxx...  raised ValueError('full')  not asserted
#.# ms  repo.drop  repo.drop()                           UnmockedInteractionError
tripwire: 3 interactions in 2 tests, 1 trip"""


def ours(result: pytest.RunResult) -> str:
    """What tripwire has told, with the times and the lengths of rules made alike."""
    lines = result.outlines
    heads = [number for number, line in enumerate(lines) if "tripwire: timelines" in line]
    told = lines[heads[0] :] if heads else [line for line in lines if line.startswith("tripwire: ")]
    last = max(number for number, line in enumerate(told) if line.startswith(("tripwire: ", "help: ")))
    text = "\n".join(told[: last + 1])
    text = re.sub(r"[=_]{3,}(.*?)[=_]{3,}$", lambda m: m[0][0] + m[1] + m[0][0], text, flags=re.MULTILINE)
    return re.sub(r"(?m)^ *(\d+\.\d ms|time)", lambda m: m[1] if m[1] == "time" else "#.# ms", text)


def test_the_summary(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_one=PASSING, test_two=PASSING)
    result = pytester.runpytest()
    result.assert_outcomes(passed=6)
    assert ours(result) == "tripwire: 4 interactions in 4 tests, 2 trips"


def test_nothing_is_told_where_tripwire_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(): pass")
    assert "tripwire:" not in pytester.runpytest().stdout.str()


def test_one_of_each(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PASSING)
    result = pytester.runpytest("-k", "trip")
    assert ours(result) == "tripwire: 0 interactions in 1 test, 1 trip"


def test_the_timeline_of_a_failing_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    pytester.makepyfile(test_failing=FAILING)
    result = pytester.runpytest("--tripwire-timeline")
    result.assert_outcomes(passed=2, errors=1)
    assert ours(result) == TABLE


def test_without_the_option_there_is_no_timeline(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_failing=FAILING)
    assert ours(pytester.runpytest()) == "tripwire: 3 interactions in 2 tests, 1 trip"


def test_colours(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_failing=FAILING)
    result = pytester.runpytest("--tripwire-timeline", "--color=yes")
    result.stdout.re_match_lines(
        [
            r".*\[1m +time  source .*",
            r".*\[32m.* repo.find .*test_failing.py:14.\[0m",
            r".*\[33m.* repo.save .*not asserted.\[0m",
            r".*\[31m.* repo.drop .*UnmockedInteractionError.\[0m",
        ]
    )


def test_a_long_timeline_begins_with_a_count(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import tripwire
        def test_it():
            repo = tripwire.mock("repo")
            for number in range(105):
                repo.returns(number)
            with tripwire:
                for number in range(105):
                    repo(number)
            assert False
        """
    )
    lines = ours(pytester.runpytest("--tripwire-timeline")).splitlines()
    assert len(lines) == 3 + 1 + 100 + 1
    assert lines[3].split() == ["...", "5", "lines", "before", "these"]
    assert lines[4].split()[2:5] == ["repo", "repo(5)", "returned"]


def test_the_last_run_of_a_repeated_test_counts(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_again="""
        import tripwire, pytest
        from _pytest.runner import runtestprotocol
        TRIES = []
        def test_it():
            repo = tripwire.mock("repo").returns(1)
            with tripwire:
                repo()
            repo.assert_call()
            TRIES.append(1)
            assert len(TRIES) > 1
        """,
        conftest="""
        from _pytest.runner import runtestprotocol
        def pytest_runtest_protocol(item, nextitem):
            for _ in range(2):
                runtestprotocol(item, nextitem=nextitem)
            return True
        """,
    )
    result = pytester.runpytest("--tripwire-timeline")
    assert ours(result) == "tripwire: 2 interactions in 1 test"


PLUGIN = """
import tripwire

class CourierPlugin(tripwire.Plugin):
    name = "courier"
    tested_with = {"pytest": ">=1000"}
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2", "-p", "xdist"]], ids=["alone", "xdist"])
def test_all_of_it_comes_once(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    pytester.makepyprojecttoml('[tool.tripwire]\nallow_patchers = ["other-tool", "json.decoder"]\n')
    info = pytester.mkdir("courier-1.0.dist-info")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: courier\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tripwire.plugins]\ncourier = courier:CourierPlugin\n")
    pytester.syspathinsert()
    pytester.makepyfile(courier=PLUGIN, test_passing=PASSING, test_failing=FAILING)
    result = pytester.runpytest_subprocess("--tripwire-timeline", *workers)
    assert ours(result) == (
        f"{TABLE.replace('3 interactions in 2 tests, 1 trip', '5 interactions in 4 tests, 2 trips')}\n"
        "tripwire: allow_patchers names 'other-tool', which has patched nothing in this run\n"
        "tripwire: allow_patchers names 'json.decoder', which has patched nothing in this run\n"
        f"tripwire: pytest {pytest.__version__} is not among the versions that tripwire is tested with: >=1000\n"
        "help: python -m tripwire explain unmet-patcher untested-version"
    )


def test_a_patcher_that_is_met_is_not_told_of(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.tripwire]\nallow_patchers = ["unittest.mock"]\n')
    pytester.makepyfile(
        """
        import subprocess, tripwire
        from unittest import mock
        def test_it():
            repo = tripwire.mock("repo").returns(1)
            with mock.patch("subprocess.run"), tripwire:
                repo()
            repo.assert_call()
        """
    )
    assert ours(pytester.runpytest()) == "tripwire: 1 interaction in 1 test"


def test_secrets_are_masked_as_the_plugin_does(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import tripwire

        class VaultPlugin(tripwire.Plugin):
            name = "vault"
            opened_with = tripwire.Source("vault.opened_with")

            def decide(self, call):
                return tripwire.Answer(fields={"returned": "gold"} if call.fields else {})

            def describe(self, interaction):
                return "open(key=***)"

            def shown(self, name, value):
                return "***"

        def test_it(tripwire_verifier):
            vault = VaultPlugin(tripwire_verifier)
            with tripwire:
                vault.intercept(tripwire.Call(vault.opened_with, {"key": "hunter2"}, "open(key=***)"))
                vault.intercept(tripwire.Call(vault.opened_with, {}, "open()"))
        """
    )
    told = ours(pytester.runpytest("--tripwire-timeline")).splitlines()
    assert told[3].split()[2:] == ["tripwire.vault.opened_with", "open(key=***)", "'***'", "not", "asserted"]
    assert told[4].split()[2:] == [
        "tripwire.vault.opened_with",
        "open(key=***)",
        "answered",
        "not",
        "asserted",
    ]

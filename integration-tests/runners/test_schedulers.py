"""Tests in several processes, in any order, again and again, against the clock and in threads."""

from __future__ import annotations

import pytest

from runners.conftest import Inner
from runners.suites import check, suite


@pytest.mark.parametrize("how", ["load", "loadscope", "worksteal"])
def test_xdist(inner: Inner, how: str) -> None:
    files = {"test_one": suite(), "test_two": suite()}
    check(inner("-n", "2", "--dist", how, plugins=("xdist",), **files), "test_one.py", "test_two.py")


@pytest.mark.parametrize("seed", ["2", "3"])
def test_randomly(inner: Inner, seed: str) -> None:
    result = inner(
        "-v", "-p", "no:cacheprovider", f"--randomly-seed={seed}", plugins=("randomly",), test_suite=suite()
    )
    check(result)
    first = next(line for line in result.outlines if line.startswith("test_suite.py::"))
    assert "::test_good " not in first, "these seeds shuffle"


RERUN = """
import json, pytest, threading, tripwire
import program
genuine = threading.Thread.start
runs = {}

@pytest.fixture
def run(request):
    name = request.node.name
    runs[name] = runs.get(name, 0) + 1
    verifier = tripwire.current_verifier()
    assert not verifier.trips and not list(verifier.timeline) and verifier.innermost_open() is None
    assert threading.Thread.start is genuine
    return runs[name]

def test_swallowed_once(run):
    repo = tripwire.mock("repo")
    with tripwire:
        if run == 1:
            program.swallow(repo.find, run)

def test_failed_once_with_a_mock_and_a_call_left(run):
    tripwire.mock("json:dumps").returns(run).returns(run).returns(run)
    with tripwire:
        assert json.dumps(0) == run
        assert run == 2
        json.dumps(1), json.dumps(2)
    for call in tripwire.current_verifier().timeline:
        tripwire.assert_interaction(call.source)

def test_unasserted_once(run):
    repo = tripwire.mock("repo").returns(1)
    with tripwire:
        repo()
    if run == 2:
        repo.assert_call()

def test_unused_once(run):
    if run == 1:
        tripwire.mock("repo").returns(1)

@pytest.fixture
def fails_once(run):
    repo = tripwire.mock("repo").returns(1)
    tripwire.sandbox().__enter__()
    repo()
    assert run == 2, "set-up"
    tripwire.current_verifier().close()
    repo.assert_call()

def test_set_up_failed_once(fails_once):
    pass

@pytest.fixture
def late_once(run):
    repo = tripwire.mock("repo")
    yield
    with tripwire:
        if run == 1:
            program.swallow(repo.find, run)

def test_late_trip_once(late_once):
    pass

def test_fails_twice_and_leaves_a_call_open_once(run):
    repo = tripwire.mock("repo").returns(1).required(False)
    with tripwire:
        if run == 1:
            repo()
    assert run == 3

def test_always(run):
    repo = tripwire.mock("repo")
    with tripwire:
        program.swallow(repo.find, run)
"""


def test_rerunfailures_begins_each_run_anew(inner: Inner) -> None:
    result = inner("--reruns", "1", plugins=("rerunfailures",), test_rerun=RERUN)
    assert result.parseoutcomes() == {"failed": 2, "passed": 9, "rerun": 8}
    result.stdout.fnmatch_lines(
        [
            "*_ test_fails_twice_and_leaves_a_call_open_once _*",
            "E *assert 2 == 3",
            "*_ test_always _*",
            "E   tripwire.SwallowedTripError: 1 trip never reached the test:",
            "      - UnmockedInteractionError: repo.find(2)  (program.py:6)",
        ]
    )
    # pytest shows the sections of every run's teardown: only the first run left something.
    assert result.stdout.str().count("tripwire, at teardown") == 1


TIMEOUT = """
import threading, time, tripwire
genuine = threading.Thread.start

def test_hangs():
    repo = tripwire.mock("repo").returns(1)
    with tripwire:
        repo()
        time.sleep(30)

def test_next():
    assert threading.Thread.start is genuine
    assert tripwire.current_verifier().innermost_open() is None
    assert not list(tripwire.current_verifier().timeline)
"""


def test_timeout_by_signal(inner: Inner) -> None:
    result = inner("--timeout", "1", "--timeout-method", "signal", plugins=("timeout",), test_timeout=TIMEOUT)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_hangs _*",
            "E *Failed: Timeout (>1.0s) from pytest-timeout.",
            "*tripwire, at teardown*",
            "1 interaction was not asserted:",
            "FAILED test_timeout.py::test_hangs - Failed: Timeout (>1.0s) from pytest-timeout.",
        ]
    )


def test_timeout_by_thread(inner: Inner) -> None:
    result = inner("--timeout", "1", "--timeout-method", "thread", plugins=("timeout",), test_timeout=TIMEOUT)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*+ Timeout +*", '*test_timeout.py", line 9, in test_hangs', "*time.sleep(30)"]
    )


PARALLEL = {
    "test_suite": suite(),
    "test_module": "import threading, tripwire as t\nran = []\ndef test_it():\n    ran.append(threading.get_ident())\n"
    "def test_ran():\n    assert ran == [threading.get_ident()]\n",
    "test_name": "import threading\nfrom tripwire import mock\nran = []\ndef test_it():\n"
    "    ran.append(1)\ndef test_ran():\n    assert len(ran) == 1\n",
    "test_plugin": "from tripwire import http\nran = []\ndef test_it():\n    ran.append(1)\n"
    "def test_ran():\n    assert len(ran) == 1\n",
    "test_inside": "ran = []\ndef test_it():\n    import tripwire\n    ran.append(1)\n"
    "def test_ran():\n    assert len(ran) == 1\n",
    "test_fixture": "ran = []\ndef test_it(tripwire_verifier):\n    ran.append(1)\n"
    "def test_ran():\n    assert len(ran) == 1\n",
    "test_fixture_of_fixture": "import pytest, users\nfrom users import box\nran = []\n"
    "@pytest.fixture\ndef outer(box):\n    return box\n"
    "def test_it(outer):\n    ran.append(1)\ndef test_ran():\n    assert len(ran) == 1\n",
    "users": "import pytest, tripwire\n@pytest.fixture\ndef box():\n    with tripwire:\n        yield\n",
    "test_class": "from tripwire import http\nran = []\nclass TestIt:\n    def test_it(self):\n        ran.append(1)\n"
    "    def test_ran(self):\n        assert len(ran) == 1\n",
    "test_other": "import json, threading\nran = []\ndef test_it():\n    ran.append(1)\n"
    "def test_ran():\n    assert len(ran) == 4\n",
}


def test_run_parallel_runs_tests_that_use_tripwire_once(inner: Inner) -> None:
    result = inner("--parallel-threads=4", "-v", plugins=("run-parallel",), **PARALLEL)
    result.assert_outcomes(passed=20, failed=1, errors=2)
    once = [line for line in result.outlines if "PASSED [thread-unsafe]: uses tripwire" in line]
    assert len(once) == 15
    result.stdout.fnmatch_lines(["Collected 5 items to run in parallel"])

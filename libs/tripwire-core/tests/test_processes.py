"""Mocks cannot follow into another process: what is said where that shows, and how it comes back."""

from __future__ import annotations

import copy
import os
import pickle
import sys
from typing import Any

import pytest

import tripwire
from tripwire import Place

PROGRAM = """
import contextlib, json, multiprocessing, os
from concurrent.futures import ProcessPoolExecutor

FORK = multiprocessing.get_context("fork")

def double(number):
    return number * 2

def encode(value):
    return json.dumps(value)

def encode_quietly(value):
    with contextlib.suppress(Exception):
        return json.dumps(value)

def swallowed_in_parent():
    with ProcessPoolExecutor(1, mp_context=FORK) as pool, contextlib.suppress(Exception):
        pool.submit(encode, 1).result()

def forgotten_in_parent():
    with ProcessPoolExecutor(1, mp_context=FORK) as pool:
        pool.submit(encode, 1)
"""

TESTS = """
import asyncio, multiprocessing, os, threading
from concurrent.futures import ProcessPoolExecutor
import pytest, tripwire
import program
from program import FORK

@pytest.fixture(autouse=True)
def dumps():
    tripwire.mock("json:dumps").returns("caught").required(False)

def test_computations():
    with tripwire, ProcessPoolExecutor(1, mp_context=FORK) as pool:
        assert list(pool.map(program.double, [1, 2])) == [2, 4]

async def test_computations_of_a_loop():
    async with tripwire:
        with ProcessPoolExecutor(1, mp_context=FORK) as pool:
            assert await asyncio.get_running_loop().run_in_executor(pool, program.double, 1) == 2

def test_expected():
    with tripwire, ProcessPoolExecutor(1, mp_context=FORK) as pool:
        with pytest.raises(tripwire.SandboxNotActiveError) as caught:
            pool.submit(program.encode, 1).result()
    error = caught.value
    assert (error.source, error.call, str(error.place)) == ("json:dumps", "json:dumps(1)", "program.py:10")
    assert error.process not in (None, os.getpid())
    assert str(error) == (
        "a child process made this call, and mocks cannot follow into another process: json:dumps(1)\\n"
        "  called at program.py:10\\n"
        "make the call in the test's own process: let the test use threads, or call what the child runs directly"
    )

def test_pool():
    with tripwire, FORK.Pool(1) as pool:
        with pytest.raises(tripwire.SandboxNotActiveError):
            pool.apply(program.encode, [1])
        assert pool.apply(program.encode_quietly, [1]) is None

def test_process():
    with tripwire:
        process = FORK.Process(target=program.encode, args=[1])
        process.start()
        process.join()
    assert process.exitcode == 1

def test_older_context():
    answers = []
    go = threading.Event()
    def work():
        assert go.wait(5)
        with FORK.Pool(1) as pool, pytest.raises(tripwire.SandboxNotActiveError) as caught:
            pool.apply(program.encode, [1])
        answers.append(str(caught.value).startswith("a child process made this call"))
    thread = threading.Thread(target=work)
    thread.start()
    with tripwire:
        go.set()
        thread.join()
    assert answers == [True]

def test_own_sandbox_in_a_child():
    with tripwire:
        child = os.fork()
        if not child:
            os._exit(0 if in_a_sandbox_of_its_own() == "caught" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

def in_a_sandbox_of_its_own():
    with tripwire:
        return program.encode(1)

def test_swallowed():
    with tripwire:
        program.swallowed_in_parent()

def test_forgotten():
    with tripwire:
        program.forgotten_in_parent()

@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_fresh_process_is_not_patched(method):
    context = multiprocessing.get_context(method)
    with tripwire, ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(program.encode, 1).result() == "1"
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_child_processes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(program=PROGRAM, test_inner=TESTS)
    arguments = ["-p", "no:cacheprovider", "--asyncio-mode=auto", "-W", "default"]
    result = pytester.runpytest_subprocess(*arguments)
    outcomes = result.parseoutcomes()
    assert (outcomes["passed"], outcomes["failed"]) == (9, 2)
    for test, where in {
        "swallowed": "swallowed at program.py:18 in swallowed_in_parent",
        "forgotten": "| a child process made this call*",
    }.items():
        report = result.stdout.str().partition(f"_ test_{test} _")[2]
        pytest.LineMatcher(report.splitlines()[:12]).fnmatch_lines(
            [
                "*1 trip never reached the test:",
                "*- SandboxNotActiveError: json:dumps(1)  (program.py:10), in process *",
                f"*{where}",
            ]
        )


def kinds_of_trips() -> list[type[tripwire.TripError]]:
    found, waiting = [], [tripwire.TripError]
    while waiting:
        found.append(waiting.pop())
        waiting += [kind for kind in found[-1].__subclasses__() if kind.__module__ == "tripwire"]
    return found


@pytest.mark.parametrize("kind", kinds_of_trips())
@pytest.mark.parametrize("way", ["pickle", "copy", "deepcopy"])
def test_trips_survive_a_round_trip(kind: type[tripwire.TripError], way: str) -> None:
    repo = tripwire.mock("repo")
    more: dict[str, Any] = {}
    if kind is tripwire.InvalidStateError:
        more = {"method": "fetch", "state": "closed", "allowed": ("open",)}
    place = Place("app.py", 7, "run")
    error = kind("what happened", source=repo.find, call="repo.find(1)", place=place, **more)
    error.custom = "kept"  # type: ignore[attr-defined]
    if sys.version_info >= (3, 11):
        error.add_note("a note")

    again = {"pickle": lambda e: pickle.loads(pickle.dumps(e)), "copy": copy.copy, "deepcopy": copy.deepcopy}[
        way
    ](error)
    assert type(again) is kind
    assert again is not error
    assert (str(again), again.args) == ("what happened", ("what happened",))
    source = repo.find if way == "copy" else "repo.find"  # a mock stays in its process
    assert vars(again) == {**vars(error), "source": source}
    assert pickle.loads(pickle.dumps(again)).source == "repo.find"
    assert tripwire.current_verifier().trips == []  # it came from nowhere else

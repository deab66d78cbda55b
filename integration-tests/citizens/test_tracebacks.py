"""The traceback of every kind of error ends at the user's line, whatever lies between it and tripwire."""

from __future__ import annotations

import re

import pytest

from citizens.conftest import Run, told

PROGRAM = """
import asyncio, subprocess, urllib.request
import aiohttp, asyncpg, httpx, requests

URL = "https://api.test/"

def by_httpx(): httpx.get(URL)
async def by_async_httpx():
    async with httpx.AsyncClient() as client: await client.get(URL)
async def by_aiohttp():
    async with aiohttp.ClientSession() as session: await session.get(URL)
def by_requests(): requests.get(URL)
def by_urllib(): urllib.request.urlopen(URL)
def by_run(): subprocess.run(["git", "status"])
def by_popen(): subprocess.Popen(["git", "status"])
async def by_exec(): await asyncio.create_subprocess_exec("git", "status")
async def by_connect(): await asyncpg.connect(host="db.test")
async def by_thread(): await asyncio.to_thread(by_httpx)

class Repo:
    def find(self, key): pass
    async def save(self): pass
"""

TESTS = """
import pytest, tripwire, unittest
import program as p

@pytest.mark.parametrize("call", [p.by_httpx, p.by_requests, p.by_urllib, p.by_run, p.by_popen])
def test_sync(call):
    with tripwire: call()

@pytest.mark.parametrize("call", [p.by_async_httpx, p.by_aiohttp, p.by_exec, p.by_connect, p.by_thread])
async def test_async(call):
    async with tripwire: await call()

def test_mock():
    repo = tripwire.mock("repo")
    with tripwire: repo.find(1)

async def test_async_mock():
    repo = tripwire.mock("repo", spec=p.Repo)
    async with tripwire: await repo.save()

def test_arguments():
    repo = tripwire.mock("repo", spec=p.Repo)
    with tripwire: repo.find()

class TestOld(unittest.TestCase):
    def test_case(self):
        with tripwire: p.by_httpx()

def test_mocked_failure():
    tripwire.subprocess.mock_run(["git", "status"], raises=FileNotFoundError("no git"))
    with tripwire: p.by_run()

def test_wrapped():
    with tripwire:
        try: p.by_httpx()
        except Exception as error: raise RuntimeError("wrapped") from error

def test_mismatch(): tripwire.popen.assert_spawn(command=["git"], stdin=None)
def test_no_such_step(): tripwire.asyncpg.new_session().expect("conect", returns=None)
def test_no_such_name(): tripwire.mock("os.path:jion")
def test_no_such_plugin(): tripwire.htp
def test_inside():
    with tripwire: tripwire.assert_interaction(tripwire.http.request)
def test_no_trip():
    with tripwire, tripwire.expect_trip(): pass
def test_conflict(monkeypatch):
    monkeypatch.setattr(p.subprocess, "run", print)
    with tripwire: pass
def test_verify():
    tripwire.mock("repo").returns(1)
    tripwire.verify_all()
"""

HERE = "mock async_mock arguments mismatch no_such_step no_such_name no_such_plugin inside no_trip conflict verify"
DIRECTLY: dict[str, list[str]] = {
    **{name: [] for name in HERE.split()},
    **{f"sync[by_{name}]": [f"by_{name}"] for name in ("httpx", "requests", "urllib", "run", "popen")},
    **{f"async[by_{name}]": [f"by_{name}"] for name in ("async_httpx", "aiohttp", "exec", "connect")},
    "TestOld.test_case": ["by_httpx"],
    "mocked_failure": ["by_run"],
}
"""For each test, the functions of the program in its traceback, outermost first."""


@pytest.mark.parametrize("style", ["short", "long"])
def test_the_last_line_is_the_user_s(run: Run, style: str) -> None:
    text = told(run("-q", f"--tb={style}", program=PROGRAM, test_kinds=TESTS))
    sections: dict[str, str] = dict(re.findall(r"(?ms)^_ (.*?) _\n(.*?)(?=^[_=] |^tripwire: )", text))
    assert {name.removeprefix("test_") for name in sections} - {"async[by_thread]", "wrapped"} == {*DIRECTLY}
    for name, functions in DIRECTLY.items():
        shown = sections.get(f"test_{name}", sections.get(name, ""))
        if style == "short":
            test = re.sub(r"\[.*|.*\.test_", "", name)
            assert re.findall(r"(?m)^\S+\.py:\d+: in (\w+)$", shown) == [f"test_{test}", *functions]
        else:
            places = re.findall(r"(?m)^(\S+\.py):\d+: ", shown)
            assert places == ["test_kinds.py", *["program.py"] * len(functions)]
    for name, shown in sections.items():
        assert "/tripwire/" not in shown, name
        assert "_plugin.py" not in shown, name


def test_what_is_between_the_user_s_lines_stays(run: Run) -> None:
    text = told(run("-q", "--tb=short", "-k", "by_thread or wrapped", program=PROGRAM, test_kinds=TESTS))
    functions = re.findall(r"(?m)^\S+\.py:\d+: in (\w+)$", text)
    thread = functions[: functions.index("by_httpx") + 1]
    assert (thread[:2], thread[-1]) == (["test_async", "by_thread"], "by_httpx")
    assert "to_thread" in thread
    assert functions[len(thread) :] == ["test_wrapped", "by_httpx", "test_wrapped"]
    cause, _, wrapped = text.partition("The above exception was the direct cause of the following exception:")
    assert "E   tripwire.UnmockedInteractionError: nothing answers this call: GET https://api.test/" in cause
    assert "E   RuntimeError: wrapped" in wrapped


EARLY = [
    "tripwire.mock('repo')",
    "tripwire.mock.object(tripwire, 'mock')",
    "tripwire.spy('json:dumps')",
    "tripwire.sandbox()",
    "tripwire.in_any_order()",
    "tripwire.http.mock_response('GET', '/')",
    "tripwire.http.requests",
    "with tripwire: pass",
]


def test_at_import_time_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{f"test_{n}": f"import tripwire\n{use}\n" for n, use in enumerate(EARLY)})
    text = pytester.runpytest_subprocess("-q", "--tb=short", "-p", "no:asyncio").stdout.str()
    assert re.findall(r"(?m)^\S+\.py:\d+: in .*$", text) == [
        f"test_{number}.py:2: in <module>" for number in range(len(EARLY))
    ]
    said = "E   tripwire.NoActiveVerifierError: tripwire was used while no test was running.\n"
    assert text.count(said) == len(EARLY)

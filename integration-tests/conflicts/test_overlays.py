"""Patches applied while a sandbox is open: found at the next entry or at the exit, and in the end nothing is left."""

from __future__ import annotations

import re

import pytest
from environments import Environment

COMMON = '''
import subprocess
from unittest import mock
import asyncpg, httpx, pytest, requests, respx, responses
import tripwire

OVERLAID = """{} was patched by {} inside the sandbox, and still is.
Calls made through that patch were not caught. Mock the call with tripwire instead"""

NAMES = [
    (httpx.HTTPTransport, "handle_request"), (httpx.AsyncHTTPTransport, "handle_async_request"),
    (httpx, "get"), (httpx.Client, "send"), (asyncpg.Connection, "fetch"),
    (asyncpg, "connect"), (subprocess.Popen, "communicate"), (subprocess, "run"),
    (requests.adapters.HTTPAdapter, "send"),
]

@pytest.fixture(scope="module", autouse=True)
def pristine():
    return [vars(owner)[name] for owner, name in NAMES]

def patcher(name):
    def make(*args):
        return mock.patch(name, *args)
    make.__name__ = name
    return make

# What is started inside, the name that is found to be held, and by whom.
WAYS = [
    (patcher("httpx.HTTPTransport.handle_request"), "httpx.HTTPTransport.handle_request", "unittest.mock"),
    (patcher("httpx.get"), "httpx.get", "unittest.mock"),
    (patcher("asyncpg.Connection.fetch"), "asyncpg.Connection.fetch", "unittest.mock"),
    (patcher("subprocess.Popen.communicate"), "subprocess.Popen.communicate", "unittest.mock"),
    (patcher("subprocess.run"), "subprocess.run", "unittest.mock"),
    (respx.mock, "httpcore.ConnectionPool.handle_request", "respx"),
    (responses.RequestsMock, "requests.adapters.HTTPAdapter.send", "responses"),
]
ways = pytest.mark.parametrize(("make", "target", "who"), WAYS, ids=[way[1] for way in WAYS])

def works():
    """Whether the next sandbox answers, so nobody stands between."""
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    with tripwire:
        assert httpx.get("https://api.example.com/1").json() == {"one": 1}
    tripwire.http.assert_request("GET", "https://api.example.com/1")
'''

FILES = {
    "by_hand": """
@ways
@pytest.mark.parametrize("nested", [False, True])
def test_ours_goes_first(make, target, who, nested, pristine):
    theirs, verifier = make(), tripwire.StrictVerifier()
    with pytest.raises(tripwire.ConflictError) as caught, verifier.sandbox():
        if nested:
            with verifier.sandbox():
                theirs.start()
        else:
            theirs.start()
    assert str(caught.value) == OVERLAID.format(target, who)
    assert (caught.value.target, caught.value.patcher) == (target, who)
    theirs.stop()
    works()

@ways
def test_theirs_goes_first(make, target, who):
    theirs, verifier = make(), tripwire.StrictVerifier()
    with verifier.sandbox():
        theirs.start()
        theirs.stop()
    works()

@ways
def test_at_the_next_entry(make, target, who):
    with tripwire:
        theirs = make()
        theirs.start()
        with pytest.raises(tripwire.ConflictError, match=f"^{target} has already been patched by {who},"):
            with tripwire:
                raise AssertionError("must not get here")
        theirs.stop()
        with tripwire:
            pass

@ways
def test_between_two_sandboxes(make, target, who):
    with tripwire:
        pass
    theirs = make()
    theirs.start()
    with pytest.raises(tripwire.ConflictError, match=f"^{target} has already been patched by {who},"):
        with tripwire:
            raise AssertionError("must not get here")
    theirs.stop()
    works()

@ways
def test_in_the_sandbox_of_another_verifier(make, target, who):
    theirs = make()
    with tripwire.StrictVerifier().sandbox():
        theirs.start()
        with pytest.raises(tripwire.ConflictError, match=f"^{target} has already been patched by {who},"):
            with tripwire:
                raise AssertionError("must not get here")
        theirs.stop()
    works()

def test_nothing_is_left(pristine):
    assert [vars(owner)[name] for owner, name in NAMES] == pristine
""",
    "fixtures": """
HELD = [vars(owner)[name] for owner, name in NAMES]

@pytest.mark.parametrize("name", ["httpx.HTTPTransport.handle_request", "httpx.get", "subprocess.Popen.wait"])
def test_monkeypatch(monkeypatch, name):
    with pytest.raises(tripwire.ConflictError) as caught, tripwire:
        monkeypatch.setattr(name, lambda *args: None)
    assert re.sub(r" with test_fixtures.py:\\d+", "", str(caught.value)) == OVERLAID.format(name, "monkeypatch")

@pytest.mark.parametrize("name", ["httpx.HTTPTransport.handle_request", "httpx.get", "subprocess.Popen.wait"])
def test_mocker(mocker, name):
    with pytest.raises(tripwire.ConflictError) as caught, tripwire:
        mocker.patch(name)
    assert str(caught.value) == OVERLAID.format(name, "pytest_mock")

def test_started_inside_and_stopped_by_a_wider_fixture(module_mocker):
    with pytest.raises(tripwire.ConflictError), tripwire:
        module_mocker.patch("httpx.AsyncHTTPTransport.handle_async_request")

def test_while_it_lasts():
    with pytest.raises(tripwire.ConflictError, match="patched by pytest_mock"), tripwire:
        raise AssertionError("must not get here")
""",
    "in_the_end": """
import test_fixtures

def test_nothing_is_left():
    assert [vars(owner)[name] for owner, name in NAMES] == test_fixtures.HELD
    works()
""",
}


@pytest.fixture(scope="module")
def outcomes(third_parties: Environment, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest reports of all of them, in one session."""
    folder = tmp_path_factory.mktemp("overlays")
    files = {f"test_{name}": "import re\n" + COMMON + code for name, code in FILES.items()}
    return third_parties.pytest(folder, "-rA", "--tb=short", **files).stdout


@pytest.mark.parametrize("file", FILES)
def test_it_is_found_and_nothing_is_left(outcomes: str, file: str) -> None:
    ended = re.findall(rf"^([A-Z]+) test_{file}\.py::(test_\w+)", outcomes, re.MULTILINE)
    assert {outcome for outcome, _ in ended} == {"PASSED"}, outcomes
    assert {name for _, name in ended} == set(re.findall(r"def (test_\w+)\(", FILES[file]))

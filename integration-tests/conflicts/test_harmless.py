"""Tools that change time or forbid sockets: no conflict, and mocked calls are answered beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from environments import Environment

CALLS = """
import asyncio, datetime, subprocess, time, urllib.request
import asyncpg, httpx, pytest, tripwire

async def mocked_calls():
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    tripwire.http.mock_response("GET", "https://api.example.com/2", body=b"two")
    tripwire.subprocess.mock_run(["git", "status"], stdout="clean")
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect("communicate", returns=(b"hello", b"", 0))
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[{"id": 1}]).expect("close", returns=None)
    with tripwire:
        assert httpx.get("https://api.example.com/1").json() == {"one": 1}
        assert urllib.request.urlopen("https://api.example.com/2", timeout=5).read() == b"two"
        assert subprocess.run(["git", "status"], capture_output=True, text=True, timeout=5).stdout == "clean"
        child = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
        assert await child.communicate() == (b"hello", b"")
        connection = await asyncpg.connect(host="localhost", database="app", user="admin", timeout=5)
        assert [dict(row) for row in await connection.fetch("SELECT 1", timeout=5)] == [{"id": 1}]
        await connection.close()
    tripwire.http.assert_request("GET", "https://api.example.com/1")
    tripwire.http.assert_request("GET", "https://api.example.com/2")
    tripwire.subprocess.assert_run(command=["git", "status"])
    tripwire.async_subprocess.assert_spawn(command=["echo", "hello"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)
    tripwire.asyncpg.assert_connect(host="localhost")
    tripwire.asyncpg.assert_fetch(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_close()
"""

PROGRAMS = {
    "freezegun": """
from freezegun import freeze_time

async def test_context():
    with freeze_time("2020-02-29"):
        await mocked_calls()
        assert datetime.date.today() == datetime.date(2020, 2, 29)

@freeze_time("2020-02-29", tick=True)
async def test_decorator():
    await mocked_calls()

async def test_begun_inside():
    with tripwire:
        with freeze_time("2020-02-29"):
            assert datetime.date.today() == datetime.date(2020, 2, 29)
    await mocked_calls()
""",
    "time_machine": """
import time_machine as library

async def test_context():
    with library.travel("2020-02-29", tick=False):
        await mocked_calls()
        assert datetime.date.today() == datetime.date(2020, 2, 29)

async def test_fixture(time_machine):
    time_machine.move_to("2020-02-29")
    await mocked_calls()
""",
    "pytest_socket": """
import socket
import pytest_socket

async def test_call():
    pytest_socket.disable_socket()
    try:
        await mocked_calls()
        with pytest.warns(UserWarning), pytest.raises(pytest_socket.SocketBlockedError):
            socket.socket()
    finally:
        pytest_socket.enable_socket()

def test_fixture(socket_disabled):
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    with tripwire:
        assert httpx.get("https://api.example.com/1").json() == {"one": 1}
    tripwire.http.assert_request("GET", "https://api.example.com/1")

@pytest.mark.allow_hosts(["127.0.0.1"])
async def test_marker():
    await mocked_calls()
""",
}


@pytest.fixture(scope="module")
def outcomes(third_parties: Environment, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest reports of all of them, in one session."""
    folder = tmp_path_factory.mktemp("harmless")
    files = {f"test_{tool}": CALLS + code for tool, code in PROGRAMS.items()}
    return third_parties.pytest(folder, "-rA", "--tb=short", **files).stdout


@pytest.mark.parametrize("tool", PROGRAMS)
def test_mocked_calls_are_answered_beside_it(outcomes: str, tool: str) -> None:
    ended = re.findall(rf"^([A-Z]+) test_{tool}\.py::(test_\w+)", outcomes, re.MULTILINE)
    assert sorted(ended) == sorted(
        ("PASSED", name) for name in re.findall(r"def (test_\w+)\(", PROGRAMS[tool])
    ), outcomes


def test_sockets_forbidden_for_the_whole_session(third_parties: Environment, tmp_path: Path) -> None:
    code = CALLS + "\nasync def test_calls():\n    await mocked_calls()\n"
    arguments = ("--disable-socket", "--allow-unix-socket", "--tb=short")  # event loops have unix sockets
    result = third_parties.pytest(tmp_path, *arguments, test_calls=code)
    assert result.returncode == 0, result.stdout

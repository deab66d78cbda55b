"""Each distribution in a fresh environment, from the built wheels: what a user gets by pip."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from environments import Environment

PROCESSES = ["async_subprocess", "popen", "subprocess"]

GETS = {
    "tripwire-core": [],
    "tripwire-http": ["http"],
    "tripwire-subprocess": PROCESSES,
    "tripwire-asyncpg": ["asyncpg"],
    "python-tripwire": PROCESSES,
    "python-tripwire[http]": ["http", *PROCESSES],
    "python-tripwire[matchers]": PROCESSES,
    "python-tripwire[asyncpg]": ["asyncpg", *PROCESSES],
    "python-tripwire[all]": ["asyncpg", "http", *PROCESSES],
}

INSTALL = {
    "asyncpg": "python-tripwire[asyncpg]",
    "async_subprocess": "tripwire-subprocess",
    "http": "python-tripwire[http]",
    "popen": "tripwire-subprocess",
    "subprocess": "tripwire-subprocess",
}

PROGRAMS = {
    "core": """
def test_mock():
    repository = tripwire.mock("UserRepository")
    repository.find_by_id.returns("Ada")
    with tripwire:
        assert repository.find_by_id(1) == "Ada"
    repository.find_by_id.assert_call(args=(1,), kwargs={}, returned="Ada")
""",
    "http": """
async def fetch_in_thread(url: str) -> bytes:
    loop = asyncio.get_event_loop()
    return await loop.run_in_executor(None, lambda: urllib.request.urlopen(url).read())

async def test_thread_pool_interception():
    tripwire.http.mock_response("GET", "https://api.example.com/data", body=b"hello")
    async with tripwire:
        data = await fetch_in_thread("https://api.example.com/data")
    assert data == b"hello"
    tripwire.assert_interaction(tripwire.http.request, method="GET")
""",
    "async_subprocess": """
async def test_run_command():
    (tripwire.async_subprocess
        .new_session()
        .expect("spawn", returns=None)
        .expect("communicate", returns=(b"hello\\n", b"", 0)))
    with tripwire:
        proc = await asyncio.create_subprocess_exec("echo", "hello")
        stdout, stderr = await proc.communicate()
    assert stdout == b"hello\\n"
    assert proc.returncode == 0
    tripwire.async_subprocess.assert_spawn(command=["echo", "hello"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)
""",
    "asyncpg": """
async def test_fetch_users():
    (tripwire.asyncpg
        .new_session()
        .expect("connect",  returns=None)
        .expect("fetch",    returns=[{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}])
        .expect("close",    returns=None))
    with tripwire:
        import asyncpg
        conn = await asyncpg.connect(host="localhost", database="myapp", user="admin")
        rows = await conn.fetch("SELECT id, name FROM users")
        await conn.close()
    assert rows == [{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}]
    tripwire.asyncpg.assert_connect(host="localhost", database="myapp", user="admin")
    tripwire.asyncpg.assert_fetch(query="SELECT id, name FROM users", args=[])
    tripwire.asyncpg.assert_close()
""",
}

LOOK = """
import json, sys, tripwire
installed = [name for name in dir(tripwire) if name not in tripwire.__all__ and not name.startswith("__")]
errors = {}
for name in %r:
    try:
        getattr(tripwire, name)
    except AttributeError as error:
        errors[name] = str(error)
print(json.dumps({"plugins": installed, "errors": errors, "loaded": sorted(
    name for name in ("asyncpg", "httpx", "httpx2", "uvloop", "dirty_equals", "requests") if name in sys.modules)}))
"""


def look(environment: Environment) -> Any:
    result = environment.run("-c", LOOK % list(INSTALL))
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module", params=GETS)
def environment(
    request: pytest.FixtureRequest, make_environment: Callable[..., Environment]
) -> tuple[str, Environment]:
    return request.param, make_environment(request.param)


def test_the_plugins_that_were_installed_and_no_others(environment: tuple[str, Environment]) -> None:
    requirement, fresh = environment
    seen = look(fresh)
    assert sorted(seen["plugins"]) == sorted(GETS[requirement])
    assert seen["errors"] == {
        name: f"tripwire.{name} needs its plugin: pip install {INSTALL[name]}"
        for name in INSTALL
        if name not in GETS[requirement]
    }


def test_no_client_library_is_imported(environment: tuple[str, Environment]) -> None:
    _, fresh = environment
    assert look(fresh)["loaded"] == []


def test_the_guides_examples_run(environment: tuple[str, Environment]) -> None:
    requirement, fresh = environment
    programs = [PROGRAMS["core"], *(PROGRAMS[name] for name in GETS[requirement] if name in PROGRAMS)]
    code = "import asyncio, urllib.request\nimport tripwire\n" + "".join(programs)
    result = fresh.pytest(fresh.folder, "-q", "test_guide.py", test_guide=code)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(programs)} passed" in result.stdout


def test_the_readme_s_way_by_pip(dist: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip = tmp_path / "venv" / "bin" / "pip"
    command = [str(pip), "install", "--quiet", "--find-links", str(dist), "python-tripwire[asyncpg]"]
    subprocess.run(command, check=True, capture_output=True)
    listed = subprocess.run([str(pip), "list", "--format=json"], check=True, capture_output=True, text=True)
    names = {entry["name"].replace("_", "-") for entry in json.loads(listed.stdout)}
    assert {"python-tripwire", "tripwire-core", "tripwire-subprocess", "tripwire-asyncpg", "asyncpg"} <= names
    assert "tripwire-http" not in names

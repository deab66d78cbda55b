"""`--tripwire-record`: a test of a service on loopback, a real process and a real PostgreSQL goes on without them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncpg
import pytest

from writing.corpus import Case, Project

HEAD = "import shop\n\nimport tripwire\n\n\n"
TESTS = {
    "http": """def test_price():
    with tripwire:
        assert shop.price("green") == 250
""",
    "order": """def test_order():
    with tripwire:
        assert shop.order("green", 2) == 201
""",
    "gather": """async def test_prices():
    async with tripwire:
        assert await shop.prices_async("green", "black") == [250, 200]
""",
    "process": """async def test_echo():
    with tripwire:
        assert await shop.echo("hey") == b"hey\\n"
""",
    "database": """async def test_teas():
    with tripwire:
        assert await shop.teas(1) == ["black", "green"]
""",
    "mock": """def test_join():
    join = tripwire.mock("os.path:join")

    with tripwire:
        assert shop.os.path.join("a", "b") == "a/b"
""",
    "mixed": """async def test_all():
    with tripwire:
        cents = shop.price("green")
        teas = await shop.teas(2)
        said = await shop.echo("hey")
    assert (cents, teas, said) == (250, ["green"], b"hey\\n")
""",
}


class Shop(BaseHTTPRequestHandler):
    """The service."""

    def do_GET(self) -> None:
        self._answer(200, {"cents": 250 if self.path.endswith("green") else 200})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201, {})

    def _answer(self, status: int, data: object) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


async def fill(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("DROP TABLE IF EXISTS teas; CREATE TABLE teas (name text, stock int)")
    await connection.executemany("INSERT INTO teas VALUES ($1, $2)", [("green", 2), ("black", 1)])
    await connection.close()


async def empty(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("DROP TABLE teas")
    await connection.close()


def test_recorded_tests_pass_without_the_world(
    service: ThreadingHTTPServer, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [Case(name, HEAD + code, "") for name, code in TESTS.items()]
    project = Project(tmp_path, cases)
    monkeypatch.setenv("SHOP_URL", f"http://127.0.0.1:{service.server_port}")
    monkeypatch.setenv("SHOP_DATABASE", postgres)
    asyncio.run(fill(postgres))
    recording = project.pytest("--tripwire-record")
    assert recording.returncode == 1, recording.stdout
    written = {case.name: project.text(case) for case in cases}
    assert [name for name in TESTS if written[name] == HEAD + TESTS[name]] == [], recording.stdout
    service.shutdown()
    service.server_close()
    asyncio.run(empty(postgres))
    alone = project.pytest()
    assert alone.returncode == 0, alone.stdout + "\n".join(written.values())
    again = project.pytest("--tripwire-record", "--tripwire-fix")
    assert again.returncode == 0, again.stdout
    assert {case.name: project.text(case) for case in cases} == written


def test_nothing_but_this_machine_is_reached(tmp_path: Path) -> None:
    """No host of that name can be reached from here: it would be another error."""
    project = Project(tmp_path, [case := Case("far", HEAD + TESTS["http"], "")])
    result = project.pytest("--tripwire-record")
    assert project.text(case) == case.before
    assert (
        "a recording reaches this machine only; for shop.example.com, add to pyproject.toml: "
        '[tool.tripwire] record_hosts = ["shop.example.com"]'
    ) in result.stdout


def test_only_the_plugins_that_are_named(
    service: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_URL", f"http://127.0.0.1:{service.server_port}")
    cases = [Case(name, HEAD + TESTS[name], "") for name in ("http", "process")]
    project = Project(tmp_path, cases)
    project.pytest("--tripwire-record=http")
    assert "tripwire.http.mock_response(" in project.text(cases[0])
    assert project.text(cases[1]) == cases[1].before

"""The recorded example can be recorded: of its test only the sandbox is left, then one command writes the rest."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "record_example"


def wholesaler() -> type[BaseHTTPRequestHandler]:
    """The service of the example."""
    spec = importlib.util.spec_from_file_location("wholesaler", EXAMPLE / "wholesaler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: type[BaseHTTPRequestHandler] = module.Wholesaler
    return handler


def listening(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on a port that looks chosen: one given by the system would be written as a pattern."""
    for port in range(8080, 8180):
        with suppress(OSError):
            return ThreadingHTTPServer(("127.0.0.1", port), handler)
    raise AssertionError("no port is free")


@pytest.fixture
def service() -> Iterator[ThreadingHTTPServer]:
    server = listening(wholesaler())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def socket_folder(postgres: str, tmp_path: Path) -> Iterator[Path]:
    """The way to a database with teas, which a test may cut: the server itself is shared."""
    way = tmp_path / "way"
    way.symlink_to(parse_qs(urlsplit(postgres).query)["host"][0])
    asyncio.run(execute(postgres, (EXAMPLE / "teas.sql").read_text()))
    yield way
    asyncio.run(execute(postgres, "DROP TABLE orders, teas"))


async def execute(dsn: str, script: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(script)
    await connection.close()


def stripped(code: str) -> str:
    """A test without what is before and after its sandbox."""
    lines = code.splitlines(keepends=True)
    function = ast.parse(code).body[-1]
    assert isinstance(function, ast.AsyncFunctionDef)
    (sandbox,) = (node for node in function.body if isinstance(node, ast.With))
    return "".join([*lines[: function.body[0].lineno - 1], *lines[sandbox.lineno - 1 : sandbox.end_lineno]])


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto"]
    return subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)


def test_it_is_recorded_by_one_command(
    service: ThreadingHTTPServer,
    socket_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"http://127.0.0.1:{service.server_port}"
    monkeypatch.setenv("TEAS_WHOLESALER", url)
    monkeypatch.setenv("TEAS_DATABASE", "postgresql://postgres@/postgres")
    monkeypatch.setenv("PGHOST", str(socket_folder))
    test = shutil.copytree(EXAMPLE, tmp_path / "teas") / "test_app.py"
    kept = test.read_text()
    test.write_text(stripped(kept))

    recording = run_pytest(test.parent, "--tripwire-record")
    assert recording.returncode == 1, recording.stdout
    assert "test_app.py:8: 3 mocks, 7 assertions" in recording.stdout
    written = test.read_text()
    here = written.replace(url, "http://localhost:8080").replace("postgres@/", "postgres@localhost/")
    assert ast.unparse(ast.parse(here)) == ast.unparse(ast.parse(kept))

    service.shutdown()
    service.server_close()
    socket_folder.unlink()
    assert "1 passed" in run_pytest(test.parent).stdout

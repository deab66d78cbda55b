"""A real server with the schema of the sample, and inner suites whose reports are read as data."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

HERE = Path(__file__).parent
SCHEMA = HERE / "sample" / "schema.sql"
SETTINGS = (
    '[tool.pytest.ini_options]\nasyncio_mode = "auto"\nasyncio_default_fixture_loop_scope = "function"\n'
)


@dataclass
class Run:
    """What became of an inner suite: the outcomes of each test, and what verifying has found in it."""

    outcomes: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    verified: dict[str, Any] = field(default_factory=dict)
    output: str = ""
    status: int = 0


@pytest.fixture(scope="session")
def shop(postgres: str) -> str:
    """The address of a database with the sample's schema."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres)
        await connection.execute("CREATE DATABASE shop")
        await connection.execute("ALTER SYSTEM SET autovacuum = off")  # it takes numbers of transactions
        await connection.execute("SELECT pg_reload_conf()")
        await connection.close()
        connection = await asyncpg.connect(postgres, database="shop")
        await connection.execute(SCHEMA.read_text())
        await connection.close()

    asyncio.run(make())
    return postgres.replace("/postgres?", "/shop?")


@pytest.fixture(scope="session")
def run_inner(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Runs the files of an inner suite."""

    def run(
        files: Mapping[str, str], settings: str = "", *options: str, env: Mapping[str, str] | None = None
    ) -> Run:
        folder = tmp_path_factory.mktemp("inner")
        for name, text in files.items():
            (folder / name).write_text(text)
        reporting = (HERE / "inner_conftest.py").read_text()
        (folder / "conftest.py").write_text(files.get("conftest.py", "") + reporting)
        table = f"[tool.tripwire.verify]\n{settings}\n" if settings else ""
        (folder / "pyproject.toml").write_text(SETTINGS + table)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), **(env or {})},
            capture_output=True,
            text=True,
        )
        return read(folder / "reports.jsonl", done)

    return run


def read(reports: Path, done: subprocess.CompletedProcess[str]) -> Run:
    """What the inner suite has written down."""
    found = Run(output=done.stdout + done.stderr, status=done.returncode)
    for line in reports.read_text().splitlines() if reports.exists() else ():
        report = json.loads(line)
        test = report["test"].partition("::")[2]
        found.outcomes.setdefault(test, []).append((report["when"], report["outcome"], report["text"]))
        if report["verified"]:
            found.verified[test] = report["verified"]
    return found

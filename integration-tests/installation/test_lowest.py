"""The oldest versions we say we work with, all at once, on the built wheels: clients, pytest, what we depend on."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from environments import Environment

from tripwire import Plugin
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.plugins.http_plugin import HttpPlugin

LIBS = Path(__file__).parents[2] / "libs"
SUITES = [
    "test_contract.py",
    "test_fidelity_httpx.py",
    "test_aiohttp.py",
    "test_urllib3.py",
    "test_requests.py",
    "test_botocore.py",
    "test_httplib2.py",
    "test_steps.py",
    "test_connecting.py",
    "test_records.py",
    "test_seam.py",
    "test_transactions.py",
]
# A newer pyparsing warns of the oldest httplib2.
NEEDED = ["anyio", "dirty-equals", "h2", "pyparsing<3.3", "trio", "trustme", "uvloop"]
# The pytest-asyncio of the oldest pytest leaves event loops open, and knows no scope of a fixture's loop.
INI = """[pytest]
asyncio_mode = auto
filterwarnings =
    error
    ignore::pytest.PytestUnraisableExceptionWarning
"""


def oldest(plugin: type[Plugin]) -> list[str]:
    """`name==version` of the lower bounds of the clients."""
    bounds = {name: re.match(r">=([\d.]+),<", tested) for name, tested in plugin.tested_with.items()}
    return [f"{name}=={bound[1]}" for name, bound in bounds.items() if bound]


def oldest_needed(*libs: str) -> list[str]:
    """`name==version.*` of the lower bounds of what the libraries themselves depend on."""
    texts = [(LIBS / lib / "pyproject.toml").read_text() for lib in libs]
    bounds = [bound for text in texts for bound in re.findall(r'^  "([\w-]+)>=([\d.]+)"', text, re.M)]
    return [f"{name}=={version}.*" for name, version in bounds]


@pytest.mark.parametrize(
    ("lib", "plugin"), [("tripwire-asyncpg", AsyncpgPlugin), ("tripwire-http", HttpPlugin)]
)
def test_the_oldest(
    lib: str, plugin: type[Plugin], make_environment: Callable[..., Environment], tmp_path: Path
) -> None:
    clients = oldest(plugin)
    assert len(clients) == len(plugin.tested_with)
    needed = oldest_needed("tripwire-core", lib)
    assert "pytest==8.0.*" in needed
    environment = make_environment(lib, *clients, *needed, *NEEDED)
    for name in ("conftest.py", *SUITES):
        if (LIBS / lib / "tests" / name).exists():
            shutil.copy(LIBS / lib / "tests" / name, tmp_path)
    (tmp_path / "pytest.ini").write_text(INI)
    result = environment.pytest(tmp_path, "-q", "-p", "pytester")
    assert result.returncode == 0, result.stdout[-5000:]
    assert int(re.findall(r"(\d+) passed", result.stdout)[0]) > 100

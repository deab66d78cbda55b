"""The oldest of the client versions that the plugins say they are tested with, on the built wheels."""

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
NEEDED = [
    "anyio",
    "dirty-equals",
    "h2",
    "pyparsing<3.3",
    "trio",
    "trustme",
    "uvloop",
]  # a newer one warns of the oldest httplib2


def oldest(plugin: type[Plugin]) -> list[str]:
    """`name==version` of the lower bounds."""
    bounds = {name: re.match(r">=([\d.]+),<", tested) for name, tested in plugin.tested_with.items()}
    return [f"{name}=={bound[1]}" for name, bound in bounds.items() if bound]


@pytest.mark.parametrize(
    ("lib", "plugin"), [("tripwire-asyncpg", AsyncpgPlugin), ("tripwire-http", HttpPlugin)]
)
def test_the_oldest(
    lib: str, plugin: type[Plugin], make_environment: Callable[..., Environment], tmp_path: Path
) -> None:
    clients = oldest(plugin)
    assert len(clients) == len(plugin.tested_with)
    environment = make_environment(lib, *clients, *NEEDED)
    for name in ("conftest.py", *SUITES):
        if (LIBS / lib / "tests" / name).exists():
            shutil.copy(LIBS / lib / "tests" / name, tmp_path)
    result = environment.pytest(tmp_path, "-q", "-p", "pytester")
    assert result.returncode == 0, result.stdout[-5000:]
    assert int(re.findall(r"(\d+) passed", result.stdout)[0]) > 100

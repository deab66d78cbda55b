"""The oldest versions we say we work with, all at once, on the built wheels: clients, pytest, what we depend on."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from environments import Environment

from installation import supported

LIBS = supported.ROOT / "libs"
SUITES = {
    "tripwire-asyncpg": [
        *("contract", "steps", "connecting", "connecting_shown", "connecting_pools"),
        *("records", "seam", "transactions"),
    ],
    "tripwire-http": [
        *("contract", "fidelity_httpx", "aiohttp", "aiohttp_edges", "aiohttp_streams"),
        *("urllib3", "requests", "botocore", "httplib2"),
    ],
}
# A newer pyparsing warns of the oldest httplib2.
NEEDED = ["anyio", "dirty-equals", "h2", "pyparsing<3.3", "trio", "trustme", "uvloop"]
# The pytest-asyncio of the oldest pytest leaves event loops open, and knows no scope of a fixture's loop.
INI = """[pytest]
asyncio_mode = auto
filterwarnings =
    error
    ignore::pytest.PytestUnraisableExceptionWarning
"""


@pytest.mark.parametrize("lib", supported.PLUGINS)
def test_the_oldest(lib: str, make_environment: Callable[..., Environment], tmp_path: Path) -> None:
    clients = [f"{name}=={low}" for name, (low, _) in supported.clients(lib).items()]
    assert len(clients) == len(supported.PLUGINS[lib].tested_with)
    needed = [f"{name}=={low}.*" for name, low in supported.oldest_needed("tripwire-core", lib).items()]
    assert "pytest==8.0.*" in needed
    environment = make_environment(lib, *clients, *needed, *NEEDED)
    tests = LIBS / lib / "tests"
    shared = [file for file in tests.glob("*.py") if not file.name.startswith("test_")]
    for file in (*shared, *(tests / f"test_{suite}.py" for suite in SUITES[lib])):
        shutil.copy(file, tmp_path)
    (tmp_path / "pytest.ini").write_text(INI)
    result = environment.pytest(tmp_path, "-q", "-p", "pytester")
    assert result.returncode == 0, result.stdout[-5000:]
    assert int(re.findall(r"(\d+) passed", result.stdout)[0]) > 100


def test_the_page_and_the_distributions_say_what_is_tested() -> None:
    page = supported.PAGE.read_text()
    assert supported.with_table(page) == page, "write it: python integration-tests/installation/supported.py"
    files = [supported.ROOT / "pyproject.toml", *sorted(LIBS.glob("*/pyproject.toml"))]
    for file in files:
        text = file.read_text()
        assert re.findall(r"Python :: (3\.\d+)", text) == supported.pythons(), file
        assert f'requires-python = ">={supported.pythons()[0]}"' in text, file
    hatch = (supported.ROOT / "hatch.toml").read_text()
    assert f"python = {supported.pythons()}".replace("'", '"') in hatch
    assert f'python = "{supported.pythons()[0]}"' in hatch

"""The distributions, built once for all tests that install them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheel and sdist of all five distributions."""
    script = Path(__file__).with_name("build_distributions.py")
    spec = importlib.util.spec_from_file_location("build_distributions", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("built") / "dist"
    module.build(folder)
    return folder

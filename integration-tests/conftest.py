"""The distributions, built once for all tests that install them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import build_distributions
import pytest
from environments import Environment


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheel and sdist of all five distributions."""
    folder = tmp_path_factory.mktemp("built") / "dist"
    build_distributions.build(folder)
    return folder


@pytest.fixture(scope="session")
def make_environment(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Makes a fresh virtual environment with the requirements that are named, ours from the built wheels."""
    return lambda *requirements: Environment(tmp_path_factory.mktemp("fresh"), dist, *requirements)

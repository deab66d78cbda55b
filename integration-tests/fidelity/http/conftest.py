"""The real servers, started once, and what a scenario runs in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .server import Servers
from .world import Trust, World


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Real servers on loopback."""
    servers = Servers()
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="session")
def trust(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """The authority that the servers' certificates are signed by."""
    return Trust.of(servers, tmp_path_factory.mktemp("authority") / "ca.pem")


@pytest.fixture
def world(servers: Servers, trust: Trust) -> World:
    """The real world, of which `scenario` makes the mocked one, too."""
    return World(servers, trust)

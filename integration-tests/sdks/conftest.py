"""The real servers of all SDKs: one for HTTP, one PostgreSQL; and the children of programs that start processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fidelity.http.server import Servers
from fidelity.http.world import Trust

pytest.register_assert_rewrite(*(f"{__package__}.{module}" for module in ("api", "children", "database")))

from .api import Api  # noqa: E402 - rewritten first
from .children import Children  # noqa: E402 - the same
from .database import Database  # noqa: E402


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    servers = Servers()
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="session")
def trust(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return Trust.of(servers, tmp_path_factory.mktemp("authority") / "ca.pem")


@pytest.fixture(autouse=True)
def _one_authority(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each client of an SDK loads the authorities it trusts: one takes no time, a hundred do."""
    monkeypatch.setenv("SSL_CERT_FILE", trust.file)


@pytest.fixture
def api(servers: Servers, trust: Trust) -> Api:
    """The service of one test."""
    return Api(servers, trust)


@pytest.fixture
def database(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database of one test."""
    return Database(postgres, monkeypatch)


@pytest.fixture
def children(tmp_path: Path) -> Children:
    """The children of one test."""
    return Children(tmp_path)

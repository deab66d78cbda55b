"""Each cell of the guide's table of clients and features, and that the guide has it."""

from __future__ import annotations

import pytest

from clients import published, table
from clients.adapters import CLIENTS
from clients.client import Client, LacksError
from clients.features import FEATURES, World


# httpx leaves its inner generators to trio, where a stream is left; aiohttp's authentication is on its way out.
@pytest.mark.filterwarnings("ignore:Async generator 'httpx:ResourceWarning")
@pytest.mark.filterwarnings("ignore:.*(BasicAuth|'auth' parameter) is deprecated:DeprecationWarning")
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: f"{client.name}, {client.flavour}")
@pytest.mark.parametrize("feature", FEATURES)
def test_a_cell(world: World, client: Client, feature: str) -> None:
    try:
        found = FEATURES[feature](world, client)
    except LacksError:
        found = False
    assert found == table.has(feature, client.name)


def test_no_footnote_is_too_many() -> None:
    used = {name for row in table.NO.values() for name in row.values()}
    assert used | {"interface"} == set(table.WHY)
    assert set(table.NO) <= set(FEATURES)


def test_the_guide_has_these_tables() -> None:
    page = published.GUIDE.read_text()
    made = published.with_tables(page)
    assert page == made, "run: python integration-tests/clients/published.py"

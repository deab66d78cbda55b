"""One environment with our wheels and every third party whose patches meet ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from environments import Environment

THIRD_PARTIES = (
    *(
        "pytest-mock",
        "respx",
        "pytest-httpx",
        "responses",
        "requests-mock",
        "aioresponses",
        "pytest-subprocess",
    ),
    *("vcrpy", "httpretty", "pytest-socket", "time-machine", "freezegun", "sentry-sdk"),
    *("opentelemetry-instrumentation-httpx", "opentelemetry-instrumentation-asyncpg", "opentelemetry-sdk"),
    *("aiohttp", "httpx", "requests"),
)


@pytest.fixture(scope="package")
def third_parties(make_environment: Callable[..., Environment]) -> Environment:
    """Ours and theirs, at their present releases."""
    return make_environment("python-tripwire[all]", *THIRD_PARTIES)

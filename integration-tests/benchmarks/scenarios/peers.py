"""The other tools for the same work. Their routes stay where they have answered; a used one is not registered anew."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Any

from benchmarks.scenarios import clients
from benchmarks.scenarios.clock import nothing, seconds

FIXTURES = {"pytest_httpx": ("httpx_mock",), "pytest_subprocess": ("fp",)}


def respx(sizes: Sequence[int]) -> dict[str, float]:
    """httpx under respx."""
    import httpx
    import respx  # type: ignore[import-not-found]

    taken = {}
    for size in sizes:
        with respx.mock(assert_all_called=False) as router:
            for url in clients.urls(size):
                router.get(url).mock(return_value=httpx.Response(200, json={"ok": True}))
            taken[str(size)] = clients.timed(clients.httpx_sync(), size, lambda _: None)
    return taken


def pytest_httpx(sizes: Sequence[int], httpx_mock: Any) -> dict[str, float]:
    """httpx under pytest-httpx."""
    taken = {}
    for size in sizes:
        for url in clients.urls(size):
            httpx_mock.add_response(url=url, json={"ok": True}, is_reusable=True, is_optional=True)
        taken[str(size)] = clients.timed(clients.httpx_sync(), size, lambda _: None)
        httpx_mock.reset()
    return taken


def responses(sizes: Sequence[int]) -> dict[str, float]:
    """requests under responses."""
    import responses  # type: ignore[import-not-found]

    taken = {}
    for size in sizes:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            for url in clients.urls(size):
                mock.get(url, json={"ok": True})
            taken[str(size)] = clients.timed(clients.requests(), size, lambda _: None)
    return taken


def aioresponses(sizes: Sequence[int]) -> dict[str, float]:
    """aiohttp under aioresponses."""
    from aioresponses import aioresponses  # type: ignore[import-not-found]

    taken = {}
    for size in sizes:
        with aioresponses() as mock:
            for url in clients.urls(size):
                mock.get(url, payload={"ok": True}, repeat=True)
            taken[str(size)] = clients.timed_async(clients.aiohttp, size, lambda _: None)
    return taken


def pytest_subprocess(sizes: Sequence[int], fp: Any) -> dict[str, float]:
    """Runs under pytest-subprocess, which has nothing real above it."""
    fp.register(["/bin/true"], occurrences=1_000_000)

    def run(_: object) -> None:
        for _ in range(10):
            subprocess.run(["/bin/true"], capture_output=True, check=True)

    return {"run": seconds(run, nothing, per=10)}

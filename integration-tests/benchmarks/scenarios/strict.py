"""tripwire and the existing implementation, whose public names are the same as far as they are used here."""

from __future__ import annotations

import asyncio
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import tripwire
from benchmarks.scenarios import clients
from benchmarks.scenarios.clock import nothing, seconds, seconds_async
from benchmarks.scenarios.databases import CALLS, REPEATS, fetches


def mock_get(url: str) -> None:
    """Register one answer."""
    tripwire.http.mock_response("GET", url, json={"ok": True})


def mock_gets(urls: Sequence[str]) -> None:
    """Register an answer for each address."""
    for url in urls:
        mock_get(url)


@contextmanager
def settled() -> Iterator[Any]:
    """A sandbox whose interactions need no assertions afterwards: they are not what is measured."""
    with tripwire.sandbox() as verifier:
        yield verifier
    for interaction in getattr(verifier, "timeline", ()):
        interaction.asserted = True


def _gets(client: Callable[[], Any], sizes: Sequence[int], timed: Callable[..., float]) -> dict[str, float]:
    taken, known = {}, 0
    for size in sizes:
        mock_gets(clients.urls(size)[known:])  # the used ones are registered anew before each run
        known = size
        with settled():
            taken[str(size)] = timed(client(), size, mock_gets)
    unused()
    return taken


def unused() -> None:
    """Let what was registered and not used not fail the test."""
    verifier = tripwire.current_verifier()
    if hasattr(verifier, "judge"):
        verifier.judge()


def httpx_sync(sizes: Sequence[int]) -> dict[str, float]:
    """One mocked GET where so many mocks are registered."""
    return _gets(clients.httpx_sync, sizes, clients.timed)


def httpx_async(sizes: Sequence[int]) -> dict[str, float]:
    """The same, async."""
    return _gets(lambda: clients.httpx_async, sizes, clients.timed_async)


def requests(sizes: Sequence[int]) -> dict[str, float]:
    """By requests."""
    return _gets(clients.requests, sizes, clients.timed)


def urllib(sizes: Sequence[int]) -> dict[str, float]:
    """By urllib."""
    return _gets(clients.urllib, sizes, clients.timed)


def aiohttp(sizes: Sequence[int]) -> dict[str, float]:
    """By aiohttp."""
    return _gets(lambda: clients.aiohttp, sizes, clients.timed_async)


def sandbox(sizes: Sequence[int]) -> dict[str, float]:
    """Entry and exit, with every client imported: of a test's first sandbox, and of its later ones."""
    import aiohttp  # noqa: F401
    import asyncpg  # noqa: F401
    import httpx  # noqa: F401
    import requests  # noqa: F401

    def later(_: object) -> None:
        for _ in range(20):
            with tripwire:  # type: ignore[attr-defined]
                pass

    def first(_: object) -> None:
        for _ in range(20):
            with tripwire.StrictVerifier().sandbox():
                pass

    taken = {"first": 0.0}
    first(None)
    taken["first"] = seconds(first, nothing, per=20)
    later(None)
    taken["later"] = seconds(later, nothing, per=20)
    return taken


def registering(sizes: Sequence[int]) -> dict[str, float]:
    """A mock or a step, each of its kind."""
    holder = SimpleNamespace(send=len)
    double = tripwire.mock.object(holder, "send")
    session = tripwire.async_subprocess.new_session()
    session.expect("spawn", returns=None)
    urls = clients.urls(200)
    kinds: dict[str, Callable[[int], object]] = {
        "http": lambda number: mock_get(urls[number]),
        "mock": lambda number: double.returns(number),
        "run": lambda number: tripwire.subprocess.mock_run(["git", "show", f"{number}"]),
        "step": lambda number: session.expect("communicate", returns=(b"", b"", 0)),
    }
    taken = {}
    for name, register in kinds.items():

        def run(_: object, register: Callable[[int], object] = register) -> None:
            for number in range(200):
                register(number)

        run(None)
        taken[name] = seconds(run, nothing, per=200)
    unused()
    return taken


def _calls(count: int) -> Any:
    """A mock with so many calls that are not asserted yet."""
    holder = SimpleNamespace(send=len)
    double: Any = tripwire.mock.object(holder, "send")
    for number in range(count):
        double.returns(number)
    with tripwire.sandbox():
        for number in range(count):
            holder.send(number)
    return double


def asserting(sizes: Sequence[int]) -> dict[str, float]:
    """In order, at so many interactions."""
    taken = {}
    for size in sizes:
        rounds = max(1, 2_000 // size)
        passed = 0.0
        for _ in range(rounds):
            double = _calls(size)
            start = perf_counter()
            for number in range(size):
                double.assert_call(args=(number,), kwargs={})
            passed += perf_counter() - start
        taken[str(size)] = passed / size / rounds
    return taken


def relaxed(sizes: Sequence[int]) -> dict[str, float]:
    """In order, and in reverse inside `in_any_order()`."""
    taken = {}
    for size in sizes:
        for name, numbers in (("in order", range(size)), ("reverse", range(size - 1, -1, -1))):
            double = _calls(size)
            start = perf_counter()
            with tripwire.in_any_order():
                for number in numbers:
                    double.assert_call(args=(number,), kwargs={})
            taken[f"{name} {size}"] = (perf_counter() - start) / size
    return taken


def processes(sizes: Sequence[int]) -> dict[str, float]:
    """Scripted processes."""

    def script(count: int = 10) -> None:
        for _ in range(count):
            steps = tripwire.async_subprocess.new_session()
            steps.expect("spawn", returns=None).expect("communicate", returns=(b"", b"", 0))

    async def main() -> float:
        async def run(_: object) -> None:
            for _ in range(10):
                process = await asyncio.create_subprocess_exec("/bin/true", stdout=asyncio.subprocess.PIPE)
                await process.communicate()

        return await seconds_async(run, script, per=10)

    def prepare() -> None:
        for _ in range(10):
            tripwire.subprocess.mock_run(["/bin/true"])

    def run(_: object) -> None:
        for _ in range(10):
            subprocess.run(["/bin/true"], capture_output=True, check=True)

    with settled():
        taken = {"run": seconds(run, prepare, per=10)}
    with settled():
        taken["communicate"] = asyncio.run(main())
    return taken


def asyncpg(sizes: Sequence[int]) -> dict[str, float]:
    """A scripted PostgreSQL."""
    taken = {}
    for rows in sizes:
        found = [{"id": n, "name": f"name {n}", "price": n * 1.5} for n in range(1, rows + 1)]
        session = tripwire.asyncpg.new_session().expect("connect", returns=None)
        for _ in range(CALLS * REPEATS):
            session.expect("fetch", returns=found)
        session.expect("close", returns=None)
        with settled():
            taken[str(rows)] = fetches(rows, "postgresql://localhost/app")
    return taken


def memory(sizes: Sequence[int]) -> dict[str, float]:
    """Bytes that one recorded GET keeps, beside its own body."""
    urls = clients.urls(max(sizes))
    with settled(), clients.httpx_sync() as get:
        for url in urls[: len(urls) // 2]:
            mock_get(url)
            get(url)
        tracemalloc.start()
        for url in urls[len(urls) // 2 :]:
            mock_get(url)
            get(url)
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return {"bytes": kept / (len(urls) - len(urls) // 2) - len(clients.BODY)}


def report(sizes: Sequence[int]) -> dict[str, float]:
    """So many unasserted interactions: seconds until they are told, and the lines that tell them."""
    taken = {}
    for size in sizes:
        double = _calls(size)
        start = perf_counter()
        error = tripwire.current_verifier().judge()
        taken["seconds"] = perf_counter() - start
        taken["lines"] = float(len(str(error).splitlines()))
        del double
    return taken


def certificates(sizes: Sequence[int]) -> dict[str, float]:
    """Fresh calls, which make a client each, to https."""
    import httpx
    import requests

    taken = {}
    get: Callable[[str], object]
    for name, get in (("httpx", httpx.get), ("requests", requests.get)):
        urls = clients.urls(20, "https")

        def run(_: object, get: Callable[[str], object] = get, urls: list[str] = urls) -> None:
            for url in urls:
                get(url)

        with settled():
            taken[name] = seconds(run, lambda urls=urls: mock_gets(urls), per=len(urls), repeats=3)  # type: ignore[misc]
    return taken

"""The rows of the table: what is measured, against what, and what is to be reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Run(NamedTuple):
    """One process of a round: a scenario in an environment, with the sizes it is given."""

    environment: str
    module: str
    scenario: str
    sizes: tuple[int, ...] = ()


class Figure(NamedTuple):
    """One number of a run."""

    run: Run
    key: str
    tool: str


@dataclass(frozen=True)
class Row:
    """A ratio of two figures of one round; or one figure by itself, of a `unit`. `most` is what is to be reached."""

    what: str
    ours: Figure
    against: Figure | None = None
    most: float | None = None
    unit: str = "s"
    at_least: bool = False
    minus: bool = False


SIZES = (10, 1_000, 10_000)
CLIENTS = {
    "httpx_sync": ("one mocked httpx GET, sync", "httpx over MockTransport", 1.35),
    "httpx_async": ("one mocked httpx GET, async", "httpx over MockTransport", 1.35),
    "requests": ("one mocked GET by requests", "requests over canned bytes", 1.5),
    "urllib": ("one mocked GET by urllib", "urllib over canned bytes", 1.5),
    "aiohttp": ("one mocked GET by aiohttp", "aiohttp over canned bytes", 1.5),
}
PEERS = {
    "httpx_sync": ("respx", "pytest_httpx"),
    "requests": ("responses",),
    "aiohttp": ("aioresponses",),
}


def ours(scenario: str, key: str, *sizes: int) -> Figure:
    """A figure of tripwire."""
    return Figure(Run("tripwire", "strict", scenario, sizes), key, "tripwire")


def existing(scenario: str, key: str, *sizes: int) -> Figure:
    """A figure of the existing implementation."""
    return Figure(Run("existing", "strict", scenario, sizes), key, "pytest-tripwire 0.21.1")


def floor(scenario: str, key: str, tool: str, *sizes: int) -> Figure:
    """A figure of the floor."""
    return Figure(Run("tripwire", "floor", scenario, sizes), key, tool)


def rows(sizes: Sequence[int] = SIZES, interactions: Sequence[int] = (100, 10_000, 100_000)) -> Iterator[Row]:
    """All rows, in the order of the table."""
    yield from _outer()
    for key, what in (("first", "a test's first sandbox"), ("later", "its later sandboxes")):
        title = f"{what}: entry and exit, all clients imported"
        yield Row(title, ours("sandbox", key), existing("sandbox", key), 0.75)
    for scenario, (what, tool, most) in CLIENTS.items():
        yield from _client(scenario, what, tool, most, tuple(sizes))
    for key, what in (
        ("http", "an HTTP mock"),
        ("mock", "a mock's outcome"),
        ("run", "a command"),
        ("step", "a step of a session"),
    ):
        yield Row(f"registering {what}", ours("registering", key), existing("registering", key), 1 / 30)
    yield from _asserting(tuple(interactions))
    yield from _processes_and_databases()
    yield from _once()


def _outer() -> Iterator[Row]:
    for environment, tool in (("tripwire", "tripwire"), ("existing", "pytest-tripwire 0.21.1")):
        run = Run(environment, "outer", "empty_suite", (2_000,))
        yield Row(
            f"2,000 empty tests, {tool}",
            Figure(run, "with", tool),
            Figure(run, "without", "-p no:tripwire"),
            1.1 if environment == "tripwire" else 4,
            at_least=environment == "existing",
        )
    run = Run("tripwire", "outer", "start_up")
    with_it, without = Figure(run, "with", "tripwire"), Figure(run, "without", "-p no:tripwire")
    yield Row("start-up, all plugins installed: so much more", with_it, without, 0.060, minus=True)
    clients = Figure(run, "clients imported", "tripwire")
    yield Row("start-up: client libraries imported", clients, None, 0, unit="")


def _client(scenario: str, what: str, tool: str, most: float, sizes: tuple[int, ...]) -> Iterator[Row]:
    for size in sizes:
        mine = ours(scenario, f"{size}", *sizes)
        yield Row(f"{what}, {size:,} mocks", mine, floor(scenario, "any", tool), most)
        for peer in PEERS.get(scenario, ()):
            if size <= 1_000:  # they look at every route
                run = Run("peers", "peers", peer, tuple(one for one in sizes if one <= 1_000))
                yield Row(f"{what}, {size:,} mocks", mine, Figure(run, f"{size}", peer.replace("_", "-")))
    first, last = sizes[0], sizes[-1]
    many, few = ours(scenario, f"{last}", *sizes), ours(scenario, f"{first}", *sizes)
    yield Row(f"{what}: {last:,} mocks against {first:,}", many, few, 1.1)


def _asserting(sizes: tuple[int, ...]) -> Iterator[Row]:
    first, last = sizes[0], sizes[-1]
    few = ours("asserting", f"{first}", *sizes)
    title = f"asserting in order, at {first:,} interactions"
    yield Row(title, few, existing("asserting", f"{first}", first), 0.5)
    for size in sizes[1:]:
        many = ours("asserting", f"{size}", *sizes)
        title = f"asserting in order: {size:,} interactions against {first:,}"
        yield Row(title, many, few, 1.2 if size == last else None)
    size = min(last, 10_000)
    title = f"asserting {size:,} in reverse in any order, against in order"
    in_order = ours("relaxed", f"in order {size}", size)
    yield Row(title, ours("relaxed", f"reverse {size}", size), in_order, 3)


def _processes_and_databases() -> Iterator[Row]:
    for key, what in (
        ("run", "one scripted subprocess.run"),
        ("communicate", "one scripted asyncio process"),
    ):
        yield Row(what, ours("processes", key), floor("processes", key, "a real /bin/true"), 1 / 3)
    peer = Figure(Run("peers", "peers", "pytest_subprocess"), "run", "pytest-subprocess")
    yield Row("one scripted subprocess.run", ours("processes", "run"), peer)
    for count, most in ((1, 0.7), (1_000, 1.5)):
        real = floor("asyncpg", f"{count}", "a real PostgreSQL", 1, 1_000)
        title = f"asyncpg fetch of {count:,} row{'s' if count > 1 else ''}"
        yield Row(title, ours("asyncpg", f"{count}", 1, 1_000), real, most)
        canned = floor("asyncpg", f"canned {count}", "asyncpg over fixed bytes", 1, 1_000)
        yield Row(title, ours("asyncpg", f"{count}", 1, 1_000), canned)


def _once() -> Iterator[Row]:
    yield Row("memory of one recorded GET", ours("memory", "bytes", 2_000), None, 1_536, unit="B")
    yield Row("the report of 10,000 unasserted", ours("report", "seconds", 10_000), None, 1)
    yield Row("its length", ours("report", "lines", 10_000), None, 60, unit="lines")
    for client in ("httpx", "requests"):
        mine, theirs = ours("certificates", client), existing("certificates", client)
        yield Row(f"a fresh {client}.get to https", mine, theirs, 0.1)

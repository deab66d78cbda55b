"""How a scenario is timed."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


def nothing() -> None:
    """Where nothing is to be prepared."""


def seconds(run: Callable[[T], object], prepare: Callable[[], T], *, per: int, repeats: int = 7) -> float:
    """The median of the time a run takes, divided by `per`, its number of calls; what it needs is made beforehand."""
    taken = []
    for _ in range(repeats):
        given = prepare()
        start = perf_counter()
        run(given)
        taken.append((perf_counter() - start) / per)
    return statistics.median(taken)


async def seconds_async(
    run: Callable[[T], Awaitable[object]], prepare: Callable[[], T], *, per: int, repeats: int = 7
) -> float:
    """The same for a coroutine function, on the loop that is running."""
    taken = []
    for _ in range(repeats):
        given = prepare()
        start = perf_counter()
        await run(given)
        taken.append((perf_counter() - start) / per)
    return statistics.median(taken)


def spread(items: Sequence[T], most: int = 50) -> list[T]:
    """Some of many, from the first to the last: what a call costs on average, wherever its mock stands."""
    return [items[number * len(items) // min(most, len(items))] for number in range(min(most, len(items)))]

"""A program that hides its errors in threads, pools and tasks. Each function makes the call `repo.find(1)`."""

# ruff: noqa: RUF006

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

kept: list[Any] = []


def in_thread(repo: Any) -> None:
    def work() -> None:
        with contextlib.suppress(Exception):
            repo.find(1)

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    thread.join()


def silent_excepthook(repo: Any) -> None:
    def work() -> None:
        repo.find(1)

    thread = threading.Thread(target=work, name="worker")
    hook, threading.excepthook = threading.excepthook, lambda _: None
    try:
        thread.start()
        thread.join()
    finally:
        threading.excepthook = hook


def forgotten_future(repo: Any) -> None:
    def work() -> None:
        repo.find(1)

    with ThreadPoolExecutor(1, "pool") as pool:
        pool.submit(work)


def forgotten_map(repo: Any) -> None:
    def work(_: int) -> None:
        repo.find(1)

    with ThreadPoolExecutor(1, "pool") as pool:
        pool.map(work, [1])


def swallowed_map(repo: Any) -> None:
    def work(_: int) -> None:
        repo.find(1)

    with ThreadPoolExecutor(1, "pool") as pool, contextlib.suppress(Exception):
        list(pool.map(work, [1]))  # here


def future_callback(repo: Any) -> None:
    def done(_: object) -> None:
        repo.find(1)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(int)
        future.result()
        future.add_done_callback(done)


def _run(main: Callable[[], Any]) -> None:
    """Run a coroutine in a loop that says nothing of exceptions."""

    async def silent() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        await main()

    asyncio.run(silent())


def gathered(repo: Any) -> None:
    async def call() -> None:
        repo.find(1)

    async def main() -> None:
        await asyncio.gather(call(), return_exceptions=True)

    _run(main)


def waited(repo: Any) -> None:
    async def call() -> None:
        repo.find(1)

    async def main() -> None:
        await asyncio.wait([asyncio.ensure_future(call())])

    _run(main)


def wait_for(repo: Any) -> None:
    async def call() -> None:
        repo.find(1)

    async def main() -> None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(call(), 5)  # here

    _run(main)


def shielded(repo: Any) -> None:
    async def call() -> None:
        repo.find(1)

    async def main() -> None:
        shield = asyncio.shield(call())
        await asyncio.sleep(0)
        shield.cancel()

    _run(main)


def forgotten_task(repo: Any) -> None:
    async def call() -> None:
        repo.find(1)

    async def main() -> None:
        asyncio.ensure_future(call())
        await asyncio.sleep(0)

    _run(main)


def cancelled_task(repo: Any) -> None:
    async def call() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            repo.find(1)

    async def main() -> None:
        task = asyncio.ensure_future(call())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)

    _run(main)


def task_callback(repo: Any) -> None:
    def done(_: object) -> None:
        repo.find(1)

    async def main() -> None:
        task = asyncio.ensure_future(asyncio.sleep(0))
        task.add_done_callback(done)
        await task
        await asyncio.sleep(0)

    _run(main)


def called_soon(repo: Any) -> None:
    def soon() -> None:
        repo.find(1)

    async def main() -> None:
        asyncio.get_running_loop().call_soon(soon)
        await asyncio.sleep(0)

    _run(main)


def async_generator_left(repo: Any) -> None:
    async def lines() -> AsyncIterator[None]:
        try:
            yield
        finally:
            repo.find(1)

    async def main() -> None:
        kept.append(lines())
        await kept[0].__anext__()

    _run(main)
    kept.clear()


def portal(repo: Any) -> None:
    import anyio.from_thread

    def work() -> None:
        repo.find(1)

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.start_task_soon(work)

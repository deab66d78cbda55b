"""A program that hides its errors in every way it can. Each function makes the call `repo.find(1)`."""

# ruff: noqa: B012, E722, SIM105, BLE001, RET503, RUF006

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

kept: list[Any] = []


def except_exception(repo: Any) -> None:
    try:
        repo.find(1)
    except Exception:
        pass


def bare_except(repo: Any) -> None:
    try:
        repo.find(1)
    except:
        pass


def suppressed(repo: Any) -> None:
    with contextlib.suppress(BaseException):
        repo.find(1)


def finally_return(repo: Any) -> None:
    try:
        repo.find(1)
    finally:
        return


def finally_continue(repo: Any) -> None:
    for _ in range(1):
        try:
            repo.find(1)
        finally:
            continue


def wrapped(repo: Any) -> None:
    try:
        repo.find(1)
    except Exception as error:
        raise LookupError("no such user") from error


def reraise(repo: Any) -> None:
    try:
        repo.find(1)
    finally:
        pass


def swallows_wrapped(repo: Any) -> None:
    try:
        wrapped(repo)
    except LookupError:
        pass


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    try:
        yield  # here
    except Exception:
        pass


def context_manager(repo: Any) -> None:
    with quiet():
        repo.find(1)


class Quiet:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> bool:
        return True


def exit_that_returns_true(repo: Any) -> None:
    with Quiet():
        repo.find(1)


def attribute(repo: Any) -> bool:
    class Lazy:
        @property
        def user(self) -> None:
            try:
                repo.find(1)
            except Exception:
                raise AttributeError("user") from None

    return hasattr(Lazy(), "user")


def retried(repo: Any) -> None:
    for _ in range(10):
        try:
            return repo.find(1)  # type: ignore[no-any-return]
        except Exception:
            continue


def generator_closed(repo: Any) -> None:
    def lines() -> Iterator[None]:
        try:
            yield
        finally:
            with contextlib.suppress(Exception):
                repo.find(1)

    generator = lines()
    next(generator)
    generator.close()  # type: ignore[attr-defined]


def generator_dropped(repo: Any) -> None:
    def lines() -> Iterator[None]:
        try:
            yield
        finally:
            repo.find(1)

    next(lines())


def thrown_into_generator(repo: Any) -> None:
    def lines() -> Iterator[None]:
        try:
            yield  # here
        except Exception:
            yield

    generator = lines()
    next(generator)
    try:
        repo.find(1)
    except Exception as error:
        generator.throw(error)  # type: ignore[attr-defined]


def finaliser(repo: Any) -> None:
    class Cached:
        def __del__(self) -> None:
            repo.find(1)

    Cached()


def weak_callback(repo: Any) -> None:
    class Cached:
        pass

    def forget(_: object) -> None:
        repo.find(1)

    cached = Cached()
    reference = weakref.ref(cached, forget)
    del cached
    assert reference() is None


def weak_finalizer(repo: Any) -> None:
    class Cached:
        pass

    def forget() -> None:
        repo.find(1)

    cached = Cached()
    weakref.finalize(cached, forget)
    del cached


def _log(handler: logging.Handler) -> None:
    logger = logging.Logger("program")
    logger.addHandler(handler)
    logger.warning("something")


def logging_stream(repo: Any) -> None:
    class Sink:
        def write(self, text: str) -> None:
            repo.find(1)

        def flush(self) -> None:
            pass

    _log(logging.StreamHandler(Sink()))


def logging_handler(repo: Any) -> None:
    class Reporting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            try:
                repo.find(1)
            except Exception:
                self.handleError(record)

    _log(Reporting())


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


def silent_sys_excepthook(repo: Any) -> None:
    try:
        repo.find(1)
    except Exception:
        hook, sys.excepthook = sys.excepthook, lambda *_: None
        try:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.excepthook = hook


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

"""A program that hides its errors in every way plain code can. Each function makes the call `repo.find(1)`."""

# ruff: noqa: B012, E722, SIM105, BLE001, RET503

from __future__ import annotations

import contextlib
import logging
import sys
import weakref
from collections.abc import Iterator
from typing import Any


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


def silent_sys_excepthook(repo: Any) -> None:
    try:
        repo.find(1)
    except Exception:
        hook, sys.excepthook = sys.excepthook, lambda *_: None
        try:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.excepthook = hook

"""Exceptions for the layers of a client: one made for the upper would be taken for its own by the lower."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_taken: ContextVar[tuple[type[BaseException], ...]] = ContextVar("tripwire_http_taken", default=())
"""What the upper layer, in which this call is made, takes as it is."""


class Carrier(BaseException):
    """Brings an exception through the lower layer, whose handlers are for exceptions of other kinds."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


def raised_below(error: BaseException) -> BaseException:
    """What to raise, in the lower layer, for an exception that a test gave."""
    return Carrier(error) if isinstance(error, _taken.get()) else error


def take(kinds: tuple[type[BaseException], ...], call: Callable[[], T]) -> T:
    """Make the upper layer's call; exceptions of these kinds come out of it as the test gave them."""
    token = _taken.set(kinds)
    try:
        return call()
    except Carrier as carrier:
        error = carrier.error
    finally:
        _taken.reset(token)
    raise error  # here, where the carrier does not become its context

"""What tripwire calls on its own account is the genuine thing, also where a test has put a double."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")
T = TypeVar("T")


class _Thread(threading.local):
    is_aside = False


thread = _Thread()
"""Whether this thread is at something of tripwire's own: `is_aside`."""


def aside(function: Callable[P, T]) -> Callable[P, T]:
    """Let what a function calls be real. It must call nothing of the user's, whose calls are to be caught."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        was, thread.is_aside = thread.is_aside, True
        try:
            return function(*args, **kwargs)
        finally:
            thread.is_aside = was

    return call

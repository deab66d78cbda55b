"""The neutral names of failures, found again in the exceptions of every client."""

from __future__ import annotations

import socket
import sys
from typing import Any

from tripwire._trips import chain


def name_of(error: BaseException) -> str | None:
    """The neutral name of a failure, by the operating system's error in it; None if there is none."""
    held = list(chain(error))
    held += [below for one in held for inner in _inner(one) for below in chain(inner)]
    for one in held:
        if isinstance(one, ConnectionRefusedError):
            return "connect"
        if isinstance(one, socket.gaierror):
            return "dns"
        if (ssl := sys.modules.get("ssl")) is not None and isinstance(one, ssl.SSLError):
            return "tls"
    if any(isinstance(one, TimeoutError) or "Timeout" in type(one).__name__ for one in held):
        return "timeout"
    if any(_is_of_httpx_core(one) for one in held):
        # Beneath an async client the system's error is not told, and of TLS only that it broke.
        return "tls" if any(type(one).__name__ == "BrokenResourceError" for one in held) else "connect"
    return "read" if any(isinstance(one, ConnectionError) for one in held) else None


def _is_of_httpx_core(error: BaseException) -> bool:
    return type(error).__name__ == "ConnectError" and type(error).__module__.startswith("httpcore")


def _inner(error: BaseException) -> list[BaseException]:
    """What a client's exception holds beside its cause."""
    found: list[Any] = [getattr(error, name, None) for name in ("reason", "os_error", "certificate_error")]
    return [one for one in (*found, *error.args) if isinstance(one, BaseException)]


class Named:
    """Equal to an exception of a neutral name; `given` is that name."""

    def __init__(self, name: str) -> None:
        self.given = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseException) and name_of(other) == self.given

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.given)

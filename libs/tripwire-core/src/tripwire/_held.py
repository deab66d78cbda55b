"""The sandboxes that a context holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tripwire._routing import Sandbox
    from tripwire._verifier import StrictVerifier

_current: ContextVar[Sandbox | None] = ContextVar("tripwire_sandbox", default=None)


def current() -> Sandbox | None:
    """The sandbox this context holds, open or closed."""
    return _current.get()


def hold(sandbox: Sandbox | None) -> None:
    """Let this context hold a sandbox."""
    _current.set(sandbox)


def forget_closed() -> None:
    """Drop closed sandboxes from this context: those a fixture opened here and closed in another context."""
    held = sandbox = _current.get()
    while sandbox is not None and not sandbox.is_open:
        sandbox = sandbox.parent
    if sandbox is not held:
        _current.set(sandbox)


def innermost(owner: StrictVerifier | None = None) -> Sandbox | None:
    """The innermost open sandbox this context holds, or holds of a verifier; if none is open, the innermost."""
    held = _current.get()
    if held is None or (held.is_open and owner in (None, held.verifier)):
        return held  # mostly
    closed = None
    for sandbox in _each(owner):
        if sandbox.is_open:
            return sandbox
        closed = closed or sandbox
    return closed


def _each(owner: StrictVerifier | None) -> Iterator[Sandbox]:
    sandbox = _current.get()
    while sandbox is not None:
        if owner in (None, sandbox.verifier):
            yield sandbox
        sandbox = sandbox.parent


def held_verifier() -> StrictVerifier | None:
    """The verifier of the innermost sandbox this context holds."""
    sandbox = innermost()
    return None if sandbox is None else sandbox.verifier

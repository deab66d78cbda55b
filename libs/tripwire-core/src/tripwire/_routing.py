"""Which verifier a call belongs to: the table of the design's rule on routing."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

from tripwire import _messages
from tripwire._errors import PostSandboxInteractionError, SandboxNotActiveError, TripError
from tripwire._frames import Place, user_place
from tripwire._leftovers import tasks_here

if TYPE_CHECKING:
    from tripwire._timeline import Source
    from tripwire._verifier import StrictVerifier


class Sandbox:
    """One period in which calls are caught. Contexts hold it, and through `parent` those around it."""

    __slots__ = ("is_open", "older_tasks", "parent", "place", "verifier")

    def __init__(self, verifier: StrictVerifier, parent: Sandbox | None, place: Place | None) -> None:
        self.verifier, self.parent, self.place = verifier, parent, place
        self.is_open = True
        self.older_tasks = tasks_here()


_current: ContextVar[Sandbox | None] = ContextVar("tripwire_sandbox", default=None)
_lock = threading.Lock()
_open: list[Sandbox] = []
alive: list[StrictVerifier] = []
"""The verifiers that keep targets patched."""


def current() -> Sandbox | None:
    """The sandbox this context holds, open or closed."""
    return _current.get()


def hold(sandbox: Sandbox | None) -> None:
    """Let this context hold a sandbox."""
    _current.set(sandbox)


def open_sandbox(verifier: StrictVerifier) -> Sandbox:
    """Open a sandbox and let this context hold it."""
    sandbox = Sandbox(verifier, _current.get(), user_place())
    with _lock:
        _open.append(sandbox)
    _current.set(sandbox)
    return sandbox


def close_sandbox(sandbox: Sandbox) -> None:
    """Close a sandbox, also from another context than the one that opened it."""
    sandbox.is_open = False
    with _lock:
        _open.remove(sandbox)
    if _current.get() is sandbox:
        _current.set(sandbox.parent)


def forget_closed() -> None:
    """Drop closed sandboxes from this context: those a fixture opened here and closed in another context."""
    held = sandbox = _current.get()
    while sandbox is not None and not sandbox.is_open:
        sandbox = sandbox.parent
    if sandbox is not held:
        _current.set(sandbox)


def _nearest_open(sandbox: Sandbox | None) -> Sandbox | None:
    while sandbox is not None and not sandbox.is_open:
        sandbox = sandbox.parent
    return sandbox


def open_verifiers() -> list[StrictVerifier]:
    """The verifiers that have a sandbox open anywhere in this process."""
    with _lock:
        return list(dict.fromkeys(sandbox.verifier for sandbox in _open))


def held_verifier() -> StrictVerifier | None:
    """The verifier of the innermost sandbox this context holds."""
    sandbox = _current.get()
    return None if sandbox is None else (_nearest_open(sandbox) or sandbox).verifier


def serving(source: Source, call: object, owner: StrictVerifier | None = None) -> StrictVerifier | None:
    """The verifier that serves a call, or None if the call is to be the real one.

    A call on something that belongs to one verifier (a mock) names it as `owner`.

    Raises:
        PostSandboxInteractionError: this context holds only closed sandboxes.
        SandboxNotActiveError: it holds none, and several verifiers have one open.
    """
    held = _current.get()
    if held is not None and owner in (None, held.verifier):
        if (sandbox := _nearest_open(held)) is not None:
            return sandbox.verifier
        guilty = _guilty(held.verifier)
        raise _trip(PostSandboxInteractionError, _messages.post_sandbox, source, call, guilty)
    candidates = [v for v in open_verifiers() if owner in (None, v)]
    if len(candidates) > 1:
        raise _trip(SandboxNotActiveError, _messages.several_sandboxes, source, call, candidates)
    return candidates[0] if candidates else None


def require_sandbox(source: Source, call: object, owner: StrictVerifier) -> None:
    """See to it that a call on something that has nothing real behind it is made in a sandbox of its owner.

    Raises:
        PostSandboxInteractionError, SandboxNotActiveError: it is not. The owner remembers the trip; if
            its test is over, so do the verifiers of the running ones.
    """
    if serving(source, call, owner) is None:
        raise _trip(SandboxNotActiveError, _messages.sandbox_not_active, source, call, _guilty(owner))


def _guilty(owner: StrictVerifier) -> list[StrictVerifier]:
    return [owner] if owner in alive else [owner, *alive]


def _trip(
    kind: type[TripError],
    wording: _messages.CallWording,
    source: Source,
    call: object,
    verifiers: list[StrictVerifier],
) -> TripError:
    place = user_place()
    words = str(call)
    error = kind(wording(words, place), source=source, call=words, place=place)
    for verifier in verifiers:
        verifier.remember_trip(error)
    return error

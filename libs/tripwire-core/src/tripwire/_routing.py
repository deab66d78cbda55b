"""Which verifier a call belongs to: the table of the design's rule on routing."""

from __future__ import annotations

import threading
from functools import partial
from os import getpid  # by itself: a test may put a mock in the place of `os.getpid`
from typing import TYPE_CHECKING

from tripwire import _messages
from tripwire._errors import PostSandboxInteractionError, SandboxNotActiveError, TripError
from tripwire._frames import Place, user_place
from tripwire._held import current, hold, innermost

if TYPE_CHECKING:
    from tripwire._timeline import Source
    from tripwire._verifier import StrictVerifier


class Sandbox:
    """One period in which calls are caught. Contexts hold it, and through `parent` those around it."""

    __slots__ = ("is_open", "loop", "parent", "place", "process", "verifier")

    parent: Sandbox | None
    place: Place | None
    verifier: StrictVerifier

    def __init__(self, verifier: StrictVerifier, parent: Sandbox | None, place: Place | None) -> None:
        self.verifier, self.parent, self.place = verifier, parent, place
        self.is_open: bool = True
        self.process: int = getpid()
        self.loop: object = verifier.work.enter_loop()


_lock = threading.Lock()
_open: list[Sandbox] = []
alive: list[StrictVerifier] = []
"""The verifiers that keep targets patched."""


def open_sandbox(verifier: StrictVerifier) -> Sandbox:
    """Open a sandbox and let this context hold it."""
    sandbox = Sandbox(verifier, current(), user_place())
    with _lock:
        _open.append(sandbox)
    hold(sandbox)
    return sandbox


def close_sandbox(sandbox: Sandbox) -> None:
    """Close a sandbox, also from another context than the one that opened it."""
    sandbox.is_open = False
    with _lock:
        _open.remove(sandbox)
    if current() is sandbox:
        hold(sandbox.parent)


def is_any_open() -> bool:
    """Whether a sandbox is open anywhere."""
    return bool(_open)


def _open_elsewhere(owner: StrictVerifier | None = None) -> dict[StrictVerifier, Sandbox]:
    """The verifiers that have a sandbox open anywhere, and one of each."""
    # The copy needs no lock, and must not take one: a finaliser can make a call at any moment, also of a
    # thread that holds the lock, and a forked child inherits whatever was locked.
    return {sandbox.verifier: sandbox for sandbox in list(_open) if owner in (None, sandbox.verifier)}


def serving(source: Source, call: object, owner: StrictVerifier | None = None) -> StrictVerifier | None:
    """The verifier that serves a call, or None if the call is to be the real one.

    A call on something that belongs to one verifier (a mock) names it as `owner`.

    Raises:
        PostSandboxInteractionError: this context holds only closed sandboxes.
        SandboxNotActiveError: it holds none, and several verifiers have one open; or the sandbox is
            another process's.
    """
    sandbox = innermost(owner)
    if sandbox is not None and sandbox.is_open and sandbox.process == getpid():
        return sandbox.verifier  # mostly
    if sandbox is None:
        candidates = _open_elsewhere(owner)
        sandbox = next(iter(candidates.values()), None)
        if sandbox is None:
            return None
        _refuse_other_process(sandbox, source, call)
        if len(candidates) > 1:
            raise _trip(SandboxNotActiveError, _messages.several_sandboxes, source, call, list(candidates))
        return sandbox.verifier
    _refuse_other_process(sandbox, source, call)
    wording = partial(_messages.post_sandbox, opened=sandbox.place)
    raise _trip(PostSandboxInteractionError, wording, source, call, _guilty(sandbox.verifier))


def _refuse_other_process(sandbox: Sandbox, source: Source, call: object) -> None:
    """Refuse a call of a forked child: what it used up and recorded would be lost with its memory."""
    if sandbox.process != getpid():
        raise _trip(SandboxNotActiveError, _messages.other_process, source, call, [])


def arrived(error: TripError) -> None:
    """Remember a trip that was raised in another process and has been unpickled in this one."""
    sandbox = innermost()
    verifiers = list(_open_elsewhere()) if sandbox is None else [sandbox.verifier]
    for verifier in verifiers:
        verifier.remember_trip(error)


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

"""Code of a program, and none of a test's: see what tripwire takes for either in the design's "Swallowed trips"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable


def hide(action: Callable[[], object]) -> None:
    """Do something, and be silent if it fails."""
    try:
        action()
    except Exception:  # noqa: BLE001 - as careless programs do
        return


async def hide_async(action: Awaitable[object]) -> None:
    """Await something, and be silent if it fails."""
    try:
        await action
    except Exception:  # noqa: BLE001 - the same
        return

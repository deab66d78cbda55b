"""Code of a program, and none of a test's: see what tripwire takes for either in the design's "Swallowed trips"."""

from __future__ import annotations

from collections.abc import Callable


def hide(action: Callable[[], object]) -> None:
    """Do something, and be silent if it fails."""
    try:
        action()
    except Exception:  # noqa: BLE001 - as careless programs do
        return

"""The pids of scripted children, by which programs and libraries speak of them."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tripwire.plugins._processes._child import Child

# No kernel gives out pids above 2**22: a signal that slips past us finds nobody.
_numbers = itertools.count(2**22 + 1)

_children: weakref.WeakValueDictionary[int, Child] = weakref.WeakValueDictionary()


def given_to(child: Child) -> int:
    """The pid of a new child."""
    pid = next(_numbers)
    _children[pid] = child
    return pid


def living(pid: object) -> Child | None:
    """The scripted child that has this pid and has not ended."""
    child = _of(pid)
    return child if child is not None and child.returncode is None else None


def waitable(pid: object) -> Child | None:
    """The scripted child that has this pid, and that nobody has waited for yet."""
    child = _of(pid)
    return child if child is not None and child.is_waitable else None


def _of(pid: object) -> Child | None:
    try:
        return _children.get(pid)  # type: ignore[call-overload, no-any-return]
    except TypeError:  # no pid; the genuine function will say so
        return None

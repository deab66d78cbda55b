"""Where in the user's files something happened."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from functools import lru_cache
from sys import _getframe  # by itself: a test may put a mock in its place
from types import FrameType, ModuleType
from typing import NamedTuple

from tripwire._aside import aside

_LIBRARIES = tuple(
    {
        sysconfig.get_path(name) + os.sep
        for name in ("stdlib", "platstdlib", "scripts")  # scripts: `bin/pytest`
    }
)
_plugins: list[str] = []
_kinds: dict[str, int] = {}
_TRIPWIRE, _LIBRARY, _USER = range(3)


class Place(NamedTuple):
    """A line of code: `filename` (as Python reports it), `lineno` (from 1) and `function`."""

    filename: str
    lineno: int
    function: str

    def __str__(self) -> str:
        return f"{shorten(self.filename)}:{self.lineno}"


_place = lru_cache(maxsize=1000)(Place)  # a line that makes many calls is one place


@aside
def shorten(filename: str) -> str:
    """The path from where packages are installed, or else from the working directory, where it lies below one."""
    if (installed := _below_packages(filename)) is not None:
        return installed
    try:
        relative = os.path.relpath(filename)
    except ValueError:  # pragma: no cover - another drive, on Windows
        return filename
    return filename if relative.startswith("..") else relative


def installed_package(path: str) -> str | None:
    """The top name of the installed package that a file belongs to, wherever packages are installed."""
    below = _below_packages(path)
    return None if below is None else below.split(os.sep)[0].removesuffix(".py")


def _below_packages(path: str) -> str | None:
    for folder in ("site-packages", "dist-packages"):  # of the environment, the user, the distribution
        _, found, rest = path.rpartition(f"{os.sep}{folder}{os.sep}")
        if found:
            return rest
    return None


def add_plugin(module: ModuleType) -> None:
    """Count a plugin's module, or the private ones of its package, as tripwire's: no place is in them."""
    file = getattr(module, "__file__", None)  # none where a program is frozen into one file
    if file is not None:
        path = os.path.abspath(file)
        _plugins.append(os.path.join(os.path.dirname(path), "_") if hasattr(module, "__path__") else path)
        _kinds.clear()


def _kind(filename: str) -> int:
    kind = _kinds.get(filename)
    if kind is None:
        kind = _kinds[filename] = _classify(filename)
    return kind


@aside
def _classify(filename: str) -> int:
    import tripwire  # its __path__ grows with every installed plugin, so it cannot be a constant

    if filename.startswith("<doctest "):
        return _USER
    path = os.path.abspath(filename)
    if path.startswith((*(p + os.sep for p in tripwire.__path__), *_plugins)):
        return _TRIPWIRE
    if filename.startswith("<") or installed_package(path) or path.startswith(_LIBRARIES):
        return _LIBRARY
    return _USER


def is_tripwire_file(filename: str) -> bool:
    """Whether a file is tripwire's, or one of its plugins'."""
    return _kind(filename) == _TRIPWIRE


def is_user_file(filename: str) -> bool:
    """Whether a file is neither tripwire's, nor the standard library's, nor an installed package's."""
    return _kind(filename) == _USER


class _Started(threading.local):
    at: Place | None = None


started = _Started()
"""Where the user's code started what this thread is at: its own stack may have no line of it."""


def user_place() -> Place | None:
    """The innermost line of user code on the stack; if there is none, where it was started.

    If that is not known either, it is the innermost line that is not tripwire's.
    """
    frame: FrameType | None = _getframe(1)
    while frame is not None:  # for every caught call, so the look-up of `_kind` comes first
        filename = frame.f_code.co_filename
        kind = _kinds.get(filename)
        if kind == _USER or (kind is None and _kind(filename) == _USER):
            return _place(filename, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    if started.at is not None:
        return started.at
    frame = _getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        if _kind(filename) == _LIBRARY and not filename.startswith("<"):
            return place_of(frame)
        frame = frame.f_back
    return None  # pragma: no cover - in a thread that begins with tripwire, where coverage does not look


def runs_user_code(thread: int | None) -> bool:
    """Whether a thread, by its ident, has a line of user code on its stack: an idle worker has none."""
    frame = sys._current_frames().get(thread) if thread is not None else None
    while frame is not None:
        if _kind(frame.f_code.co_filename) == _USER:
            return True
        frame = frame.f_back
    return False


def place_of(frame: FrameType) -> Place:
    """The line a frame is at."""
    return _place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)

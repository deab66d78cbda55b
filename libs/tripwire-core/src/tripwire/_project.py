"""The projects of the running pytest sessions: their configuration, and their plugins."""

from __future__ import annotations

from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from tripwire import _config, _installation

if TYPE_CHECKING:
    from tripwire._config import Config
    from tripwire._plugin import Plugin

GROUP = "tripwire.plugins"
CORE = "tripwire-core"
SIBLINGS = ("python-tripwire", "tripwire-asyncpg", "tripwire-http", "tripwire-subprocess")

_offered: dict[str, EntryPoint] | None = None


class Project:
    """The project whose configuration counts; read at first use."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._config: Config | None = None
        self._active: tuple[type[Plugin], ...] | None = None

    def config(self) -> Config:
        """The configuration.

        Raises:
            TripwireConfigError: it is wrong.
            ConflictError: the installed distributions do not go together.
        """
        if self._config is None:
            if _is_mixed():
                from tripwire import _registry

                for conflict in _registry.conflicts_with_core():  # pragma: no branch - mixed, there is one
                    raise conflict
            read = _config.load(self._folder or Path.cwd())
            if read.path is not None:
                from tripwire import _registry

                _registry.check(read)
            self._config = read
        return self._config

    def active(self) -> tuple[type[Plugin], ...]:
        """The plugins of every sandbox: core's own, and those installed and enabled."""
        if self._active is None:
            from tripwire import _registry

            self._active = _registry.enabled(self.config())
        return self._active


projects = [Project()]
"""The running pytest sessions' projects, innermost last; the first is that of the working directory."""


def config() -> Config:
    """The configuration of the current project.

    Raises:
        TripwireConfigError: it is wrong.
    """
    return projects[-1].config()


def active() -> tuple[type[Plugin], ...]:
    """The plugins that are active in the current project."""
    return projects[-1].active()


def offered() -> dict[str, EntryPoint]:
    """Every installed plugin's entry point by name, loaded or not.

    Raises:
        ConflictError: two distributions offer one name.
    """
    global _offered
    if _offered is None:
        points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
        if len({point.name for point in points}) < len(points) or not all(map(_is_ours, points)):
            from tripwire import _registry

            for conflict in _registry.conflicts_of_plugins(points):
                raise conflict
        _offered = {point.name: point for point in points}
    return _offered


def _is_ours(point: EntryPoint) -> bool:
    return point.dist is not None and point.dist.name in SIBLINGS


def version_of(name: str) -> str | None:
    """The installed version of a distribution; None if it is not installed."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    # As a message it is parsed in milliseconds, which would be the half of what a start needs of tripwire.
    for line in (found.read_text("METADATA") or "").partition("\n\n")[0].splitlines():
        if line.startswith("Version: "):
            return line.removeprefix("Version: ").strip()
    return found.version


def _is_mixed() -> bool:
    """Whether there may be a conflict between core and what is installed beside it."""
    return any(_installation.damage()) or len({version_of(CORE), *map(version_of, SIBLINGS)} - {None}) > 1

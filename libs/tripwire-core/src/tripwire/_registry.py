"""Which plugins there are: found by entry point, once per process, and filtered by the configuration."""

from __future__ import annotations

from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING

from tripwire import _config, _messages
from tripwire._double import MockPlugin
from tripwire._errors import ConflictError, TripwireError
from tripwire._propagation import Propagation

if TYPE_CHECKING:
    from tripwire._config import Config
    from tripwire._patching import Target
    from tripwire._plugin import Plugin

GROUP = "tripwire.plugins"

DISTRIBUTIONS = {
    "asyncpg": "python-tripwire[asyncpg]",
    "async_subprocess": "tripwire-subprocess",
    "http": "python-tripwire[http]",
    "popen": "tripwire-subprocess",
    "subprocess": "tripwire-subprocess",
}
"""What to install for a first-party attribute: the one place where core names plugins."""

_BUILT_IN: tuple[type[Plugin], ...] = (Propagation, MockPlugin)

_offered: dict[str, EntryPoint] | None = None
_loaded: dict[str, type[Plugin]] = {}


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
        """
        if self._config is None:
            read = _config.load(self._folder or Path.cwd())
            if read.path is not None:
                names = {*offered(), *DISTRIBUTIONS}
                enabled = [name for name in offered() if name in read.tables and read.enables(name)]
                _config.check(read, {name: load(name).config_keys for name in enabled}, names)
            self._config = read
        return self._config

    def active(self) -> tuple[type[Plugin], ...]:
        """The plugins of every sandbox: core's own, and those installed and enabled."""
        if self._active is None:
            enabled = self.config().enables
            kinds = (load(name) for name in offered() if enabled(name))
            self._active = (*_BUILT_IN, *kinds)
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
        found: dict[str, EntryPoint] = {}
        for point in entry_points(group=GROUP):
            other = found.setdefault(point.name, point)
            if other.value != point.value:
                message = _messages.two_distributions(point.name, [other.value, point.value])
                raise ConflictError(message, target=f"tripwire.{point.name}", patcher=point.value)
        _offered = dict(sorted(found.items()))
    return _offered


def load(name: str) -> type[Plugin]:
    """The plugin of a name, imported at first use.

    Raises:
        ConflictError: versions of ours are mixed.
        TripwireError: it cannot be imported.
    """
    if name not in _loaded:
        _loaded[name] = _load(offered()[name])
    return _loaded[name]


def _load(point: EntryPoint) -> type[Plugin]:
    dist = point.dist
    if dist is not None and dist.name.startswith("tripwire-") and point.name in DISTRIBUTIONS:
        core = version("tripwire-core")
        if dist.version != core:
            message = _messages.mixed_versions(dist.name, dist.version, core)
            raise ConflictError(message, target=f"tripwire.{point.name}", patcher=dist.name)
    try:
        plugin: type[Plugin] = point.load()
    except Exception as error:
        raise TripwireError(_messages.cannot_import(point.name, point.value, error)) from error
    return plugin


def versions_behind(target: Target) -> str:
    """The versions at hand, for the message about a seam that has moved."""
    library = str(target.module or getattr(target.owner, "__module__", "")).partition(".")[0]
    try:
        return f"{library} is installed at version {version(library)}"
    except PackageNotFoundError:
        import platform

        return f"Python is {platform.python_version()}"

"""Which plugins there are: found by entry point, once per process, and filtered by the configuration."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tripwire import _installation  # isort: skip - first, for it tells of modules that are not ours
from tripwire import _config, _frames, _messages
from tripwire._double import MockPlugin
from tripwire._errors import ConflictError, TripwireError
from tripwire._plugin import Plugin
from tripwire._propagation import Propagation

if TYPE_CHECKING:
    from tripwire._config import Config
    from tripwire._patching import Target

GROUP = "tripwire.plugins"

DISTRIBUTIONS = {
    "asyncpg": "python-tripwire[asyncpg]",
    "async_subprocess": "tripwire-subprocess",
    "http": "python-tripwire[http]",
    "popen": "tripwire-subprocess",
    "subprocess": "tripwire-subprocess",
}
"""What to install for a first-party attribute: the one place where core names plugins."""

_SIBLINGS = ("python-tripwire", "tripwire-asyncpg", "tripwire-http", "tripwire-subprocess")

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
            ConflictError: the installed distributions do not go together.
        """
        if self._config is None:
            for conflict in _conflicts_with_core():
                raise conflict
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
        points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
        for conflict in _conflicts_of_plugins(points):
            raise conflict
        _offered = {point.name: point for point in points}
    return _offered


def conflicts() -> Iterator[ConflictError]:
    """An error for each conflict between installed distributions: with core, and between plugins."""
    yield from _conflicts_with_core()
    yield from _conflicts_of_plugins(entry_points(group=GROUP))


def _conflicts_with_core() -> Iterator[ConflictError]:
    for damage in _installation.damage():
        yield ConflictError(damage.message, target="tripwire", patcher=damage.distribution)
    core = version_of("tripwire-core")
    for name in _SIBLINGS:
        if (found := version_of(name)) not in (core, None):
            message = _messages.mixed_versions(name, str(found), str(core))
            yield ConflictError(message, target="tripwire", patcher=name)


def _conflicts_of_plugins(points: Iterable[EntryPoint]) -> Iterator[ConflictError]:
    offers: dict[str, dict[str, str | None]] = {}
    for point in points:
        known = offers.setdefault(point.name, {})
        if point.value not in known:
            known[point.value] = _name_of(point)
            yield from _pinned_to_another_core(point)
    for name, known in offers.items():
        if len(known) > 1:
            distributions = [*known.values()]
            extra = first_to_go(distributions[::-1])
            message = _messages.two_distributions(name, [(known[value], value) for value in known], extra)
            yield ConflictError(message, target=f"tripwire.{name}", patcher=extra or [*known][1])


def _pinned_to_another_core(point: EntryPoint) -> Iterator[ConflictError]:
    """A third party's plugin may need one version of core, where another is installed."""
    core, dist = version_of("tripwire-core"), point.dist
    if dist is None or dist.name in _SIBLINGS:
        return
    for requirement in dist.requires or ():
        pin = re.match(r"tripwire-core\s*==\s*([^\s;,*]+)\s*(;|$)", requirement)
        if pin is not None and pin[1] != core:
            message = _messages.pinned(dist.name, dist.version, pin[1], str(core))
            yield ConflictError(message, target=f"tripwire.{point.name}", patcher=dist.name)


def distribution_of(plugin: type[Plugin]) -> str | None:
    """The name of the distribution a plugin has come from, as far as that is known."""
    if plugin in _BUILT_IN:
        return "tripwire-core"
    points = [offered()[name] for name, loaded in _loaded.items() if loaded is plugin]
    return _name_of(points[0]) if points else None


def first_to_go(distributions: Iterable[str | None]) -> str | None:
    """The first of several distributions that is not one of ours; None if there is none that is known."""
    ours = ("tripwire-core", *_SIBLINGS)
    return next((name for name in distributions if name and name.lower().replace("_", "-") not in ours), None)


def _name_of(point: EntryPoint) -> str | None:
    return None if point.dist is None else point.dist.name


def version_of(distribution: str) -> str | None:
    """The installed version of a distribution; None if it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def load(name: str) -> type[Plugin]:
    """The plugin of a name, imported at first use.

    Raises:
        TripwireError: it cannot be imported, or is no plugin that can be used.
    """
    if name not in _loaded:
        _loaded[name] = _load(offered()[name])
    return _loaded[name]


def _load(point: EntryPoint) -> type[Plugin]:
    try:
        plugin: type[Plugin] = point.load()
    except Exception as error:
        message = _messages.cannot_import(point.name, point.value, _name_of(point), error)
        raise TripwireError(message) from error
    for problem in _wrong(plugin):
        raise TripwireError(_messages.wrong_plugin(point.name, point.value, _name_of(point), problem))
    _frames.add_plugin(sys.modules[point.module])
    return plugin


def _wrong(offered: Any) -> Iterator[str]:
    """What an entry point gives that is no plugin, or that a plugin declares wrongly: it would fail far from here."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if not (isinstance(offered, type) and issubclass(offered, Plugin)):
        yield f"it is {_messages.short(offered)}, and must be a subclass of tripwire.Plugin"
        return
    if not isinstance(name := getattr(offered, "name", None), str):
        yield f"its name must be a string, not {_messages.short(name)}"
    names: Any = offered.public_names
    if isinstance(names, str) or not isinstance(names, Sequence):
        yield f"its public_names must be a tuple of strings, not {_messages.short(names)}"
        names = ()
    for one in names:
        if not (isinstance(one, str) and re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", one)):
            yield f"its public_names must be of the form 'module:name', not {_messages.short(one)}"
    for attribute in ("tested_with", "config_keys"):
        if not isinstance(table := getattr(offered, attribute), Mapping):
            yield f"its {attribute} must be a mapping, not {_messages.short(table)}"
            return
    for library, tested in offered.tested_with.items():
        if not (library and isinstance(library, str)):
            yield f"its tested_with must map names of distributions to versions, and has {_messages.short(library)}"
        try:
            SpecifierSet(tested)
        except (InvalidSpecifier, TypeError, AttributeError):
            example = ">=1.0,<2"
            yield f"its tested_with must give versions such as {example!r} for {library}, not {_messages.short(tested)}"


def versions_behind(target: Target) -> str:
    """The versions at hand, for the message about a seam that has moved."""
    library = str(target.module or getattr(target.owner, "__module__", "")).partition(".")[0]
    try:
        return f"{library} is installed at version {version(library)}"
    except PackageNotFoundError:
        import platform

        return f"Python is {platform.python_version()}"

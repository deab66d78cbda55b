"""Which plugins there are: found by entry point, once per process, and filtered by the configuration."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING, Any

from tripwire import _installation  # isort: skip - first, for it tells of modules that are not ours
from tripwire import _frames, _messages, _settings
from tripwire._double import MockPlugin
from tripwire._errors import ConflictError, TripwireError
from tripwire._plugin import Plugin
from tripwire._project import CORE, GROUP, SIBLINGS, offered, version_of
from tripwire._propagation import Propagation

if TYPE_CHECKING:
    from tripwire._config import Config
    from tripwire._patching import Target

DISTRIBUTIONS = {
    "asyncpg": "python-tripwire[asyncpg]",
    "async_subprocess": "tripwire-subprocess",
    "http": "python-tripwire[http]",
    "popen": "tripwire-subprocess",
    "subprocess": "tripwire-subprocess",
}
"""What to install for a first-party attribute: the one place where core names plugins."""

_BUILT_IN: tuple[type[Plugin], ...] = (Propagation, MockPlugin)

_loaded: dict[str, type[Plugin]] = {}


def check(read: Config) -> None:
    """Check what a project has configured, with the keys of the plugins that have a table.

    Raises:
        TripwireConfigError: it is wrong.
    """
    names = {*offered(), *DISTRIBUTIONS}
    tables = [name for name in offered() if name in read.tables and read.enables(name)]
    _settings.check(read, {name: load(name).config_keys for name in tables}, names)


def enabled(config: Config) -> tuple[type[Plugin], ...]:
    """The plugins of every sandbox of a project: core's own, and those installed and enabled."""
    return (*_BUILT_IN, *(load(name) for name in offered() if config.enables(name)))


def conflicts() -> Iterator[ConflictError]:
    """An error for each conflict between installed distributions: with core, and between plugins."""
    yield from conflicts_with_core()
    yield from conflicts_of_plugins(entry_points(group=GROUP))


def conflicts_with_core() -> Iterator[ConflictError]:
    """An error for each conflict of an installed distribution with core."""
    for damage in _installation.damage():
        yield _conflict(damage.message, "tripwire", damage.distribution)
    core = version_of(CORE)
    for name in SIBLINGS:
        if (found := version_of(name)) not in (core, None):
            message = _messages.mixed_versions(name, str(found), str(core))
            yield _conflict(message, "tripwire", name)


def conflicts_of_plugins(points: Iterable[EntryPoint]) -> Iterator[ConflictError]:
    """An error for each two that offer one name, and for each that is made for another core."""
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
            yield _conflict(message, f"tripwire.{name}", extra or [*known][1])


def _pinned_to_another_core(point: EntryPoint) -> Iterator[ConflictError]:
    """A third party's plugin may need one version of core, where another is installed."""
    core, dist = version_of(CORE), point.dist
    if dist is None or dist.name in SIBLINGS:
        return
    for requirement in dist.requires or ():
        pin = re.match(r"tripwire-core\s*==\s*([^\s;,*]+)\s*(;|$)", requirement)
        if pin is not None and pin[1] != core:
            message = _messages.pinned(dist.name, dist.version, pin[1], str(core))
            yield _conflict(message, f"tripwire.{point.name}", dist.name)


def _conflict(message: str, target: str, distribution: str) -> ConflictError:
    return ConflictError(message, target=target, patcher=distribution, code="installation-conflict")


def distribution_of(plugin: type[Plugin]) -> str | None:
    """The name of the distribution a plugin has come from, as far as that is known."""
    if plugin in _BUILT_IN:
        return "tripwire-core"
    points = [offered()[name] for name, loaded in _loaded.items() if loaded is plugin]
    return _name_of(points[0]) if points else None


def first_to_go(distributions: Iterable[str | None]) -> str | None:
    """The first of several distributions that is not one of ours; None if there is none that is known."""
    ours = ("tripwire-core", *SIBLINGS)
    return next((name for name in distributions if name and name.lower().replace("_", "-") not in ours), None)


def _name_of(point: EntryPoint) -> str | None:
    return None if point.dist is None else point.dist.name


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
        raise TripwireError(message, code="broken-plugin") from error
    if (problem := next(_wrong(plugin), None)) is not None:
        message = _messages.wrong_plugin(point.name, point.value, _name_of(point), problem)
        raise TripwireError(message, code="broken-plugin")
    _frames.add_plugin(sys.modules[point.module])
    return plugin


def _wrong(offered: Any) -> Iterator[str]:
    """What an entry point gives that is no plugin, or that a plugin declares wrongly: it would fail far from here.

    What follows the first problem makes no sense of its own.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if not (isinstance(offered, type) and issubclass(offered, Plugin)):
        yield _messages.no_subclass(offered)
    if not isinstance(name := getattr(offered, "name", None), str):
        yield _messages.declares_wrong("name", "a string", name)
    names: Any = offered.public_names
    if isinstance(names, str) or not isinstance(names, Sequence):
        yield _messages.declares_wrong("public_names", "a tuple of strings", names)
    for one in names:
        if not (isinstance(one, str) and re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)*", one)):
            yield _messages.declares_wrong("public_names", "of the form 'module:name'", one)
    for attribute in ("tested_with", "config_keys"):
        if not isinstance(table := getattr(offered, attribute), Mapping):
            yield _messages.declares_wrong(attribute, "a mapping", table)
    for library, tested in offered.tested_with.items():
        if not (library and isinstance(library, str)):
            yield _messages.tested_with_no_name(library)
        try:
            SpecifierSet(tested)
        except (InvalidSpecifier, TypeError, AttributeError):
            yield _messages.tested_with_no_versions(library, tested)


def versions_behind(target: Target) -> str:
    """The versions at hand, for the message about a seam that has moved."""
    library = str(target.module or getattr(target.owner, "__module__", "")).partition(".")[0]
    try:
        return f"{library} is installed at version {version(library)}"
    except PackageNotFoundError:
        import platform

        return f"Python is {platform.python_version()}"

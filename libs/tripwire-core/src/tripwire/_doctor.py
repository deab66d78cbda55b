"""What `python -m tripwire doctor` finds out: what is installed, what is active, and who holds what is patched."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.metadata import distributions, version
from types import ModuleType

from tripwire import _project, _registry
from tripwire._config import Config
from tripwire._conflicts import patcher_of
from tripwire._diagnosis import Client, Diagnosis, Held, Installed
from tripwire._errors import TripwireError
from tripwire._messages import short
from tripwire._patching import PATCHER, Target, naming, resolve
from tripwire._plugin import Plugin
from tripwire._propagation import Propagation
from tripwire._public_names import MISSING, static
from tripwire._verifier import StrictVerifier


def examine() -> Diagnosis:
    """Look at this environment and at the project of the working directory.

    The client libraries are imported, and every target is patched once and restored.
    """
    found = Diagnosis()
    found.versions = {"python": platform.python_version(), "pytest": version("pytest")}
    found.distributions = dict(sorted(_distributions()))
    config = _configuration(found)
    for conflict in _registry.conflicts():
        found.add(conflict)
    verifier = StrictVerifier()
    active: list[type[Plugin]] = [Propagation, *_plugins(found, config)]
    _each(found, active, verifier.plugin)
    kinds = [type(plugin) for plugin in verifier.plugins]  # with those that others have brought along
    kinds = _each(found, kinds, lambda kind: found.targets.extend(_targets(kind)))
    kinds = _each(found, kinds, lambda kind: PATCHER.acquire([kind]))  # as a sandbox does
    PATCHER.release(kinds)
    for conflict in PATCHER.conflicts(kinds, config.allow_patchers):
        found.add(conflict)
    return found


def _distributions() -> Iterator[tuple[str, str]]:
    for dist in distributions():
        name = (dist.name or "").lower().replace("_", "-")
        ours = name in ("python-tripwire", "tripwire") or name.startswith("tripwire-")
        if ours or any(point.group == _project.GROUP for point in dist.entry_points):
            yield dist.name, dist.version


def _configuration(found: Diagnosis) -> Config:
    try:
        config = _project.config()
    except TripwireError as error:
        found.add(error)
        return Config()
    found.configuration = config.path
    return config


def _plugins(found: Diagnosis, config: Config) -> Iterator[type[Plugin]]:
    """Tell of every plugin, and yield those that are active."""
    offered = {}
    with suppress(TripwireError):  # which is among the problems already
        offered = _project.offered()
    for name in sorted({*offered, *_registry.DISTRIBUTIONS}):
        if name not in offered:
            reason = f"pip install {_registry.DISTRIBUTIONS[name]}"
            found.plugins.append(Installed(name, "missing", reason))
            continue
        distribution = getattr(offered[name].dist, "name", None)
        if not config.enables(name):
            reason = f"by [tool.tripwire] in {config.path}"
            found.plugins.append(Installed(name, "disabled", reason, distribution))
            continue
        try:
            kind = _registry.load(name)
        except TripwireError as error:
            found.plugins.append(Installed(name, "broken", str(error), distribution))
            found.add(error)
            continue
        clients = [Client(one, _project.version_of(one), tested) for one, tested in kind.tested_with.items()]
        found.plugins.append(Installed(name, "active", "", distribution, clients))
        yield kind


def _each(
    found: Diagnosis, kinds: Iterable[type[Plugin]], act: Callable[[type[Plugin]], object]
) -> list[type[Plugin]]:
    """Do something with every plugin, and tell of those that fail; the others are returned."""
    done = []
    for kind in kinds:
        try:
            act(kind)
        except TripwireError as error:
            found.add(error)
            found.is_broken(kind.name, str(error))
        else:
            done.append(kind)
    return done


def _targets(kind: type[Plugin]) -> list[Held]:
    with naming(kind, "its targets were listed"):
        return [Held(str(target), kind.name, _holder(target)) for target in kind.targets()]


def _holder(target: Target) -> str:
    if target.module is not None:
        try:
            importlib.import_module(target.module)
        except ImportError:
            return "not installed"
        except Exception as error:  # noqa: BLE001 - a client library that is broken is not the plugin's failure
            return f"cannot be imported: {short(error)}"
    try:
        owner = resolve(target.owner)
    except AttributeError:  # another version of the library has no such class
        return "not there"
    held = static(owner, target.name)
    if held is MISSING:
        return "not there"
    if not isinstance(owner, (type, ModuleType)):
        return "pristine"  # an object of the plugin's own, which nobody else patches
    home = target.module or (owner.__name__ if isinstance(owner, ModuleType) else owner.__module__)
    return patcher_of(held, home.partition(".")[0], (owner, target.name)) or "pristine"

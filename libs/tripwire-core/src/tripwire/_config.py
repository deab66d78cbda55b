"""The `[tool.tripwire]` table of pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tripwire import _messages
from tripwire._errors import TripwireConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_LISTS = ("enabled_plugins", "disabled_plugins", "allow_patchers")


@dataclass(frozen=True)
class Config:
    """What a project has configured.

    `enabled_plugins` is None where every installed plugin is enabled. `tables` holds one mapping a plugin.
    """

    enabled_plugins: tuple[str, ...] | None = None
    disabled_plugins: tuple[str, ...] = ()
    allow_patchers: tuple[str, ...] = ()
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    path: str | None = None

    def table(self, plugin: str) -> Mapping[str, Any]:
        """The table of one plugin; empty if there is none."""
        return self.tables.get(plugin, {})

    def enables(self, plugin: str) -> bool:
        """Whether a plugin is to be active."""
        named = self.enabled_plugins is None or plugin in self.enabled_plugins
        return named and plugin not in self.disabled_plugins


def load(folder: Path) -> Config:
    """Read the nearest pyproject.toml that has the table, from a folder upwards.

    Raises:
        TripwireConfigError: the file cannot be read or is no TOML, or a setting of the table has a wrong type.
    """
    for directory in (folder, *folder.parents):
        path = directory / "pyproject.toml"
        if path.is_file():
            try:
                tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool")
            except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
                raise TripwireConfigError(f"{path}: {error}", path=str(path)) from error
            table = tools.get("tripwire") if isinstance(tools, dict) else None
            if table is not None:
                return _parse(table, str(path))
    return Config()


def _parse(table: object, path: str) -> Config:
    if not isinstance(table, dict):
        raise _error("", f"must be a table, not {_messages.short(table)}", path)
    lists: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Mapping[str, Any]] = {}
    for key, value in table.items():
        if key in _LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise _error(key, f"must be a list of strings, not {_messages.short(value)}", path)
            lists[key] = tuple(value)
        elif isinstance(value, dict):
            tables[key] = value
        else:
            raise _error(key, f"is not a setting; {_messages.nearest(key, _LISTS)}", path)
    return Config(path=path, tables=tables, **lists)


def check(config: Config, keys: Mapping[str, Mapping[str, type]], names: Collection[str]) -> None:
    """Check names of plugins, and those of their tables whose `keys` are given.

    `names` are those of all plugins that are installed, or could be.

    Raises:
        TripwireConfigError: naming the key and the nearest known one.
    """
    for key in ("enabled_plugins", "disabled_plugins"):
        for name in getattr(config, key) or ():
            if name not in names:
                raise _error(key, f"{name!r} is not a plugin; {_messages.nearest(name, names)}", config.path)
    for name, table in config.tables.items():
        if name not in names:
            raise _error(name, f"is not a setting; {_messages.nearest(name, {*names, *_LISTS})}", config.path)
        if name in keys:
            _check_table(name, table, keys[name], config.path)


def _check_table(name: str, table: Mapping[str, Any], keys: Mapping[str, type], path: str | None) -> None:
    for key, value in table.items():
        dotted = f"{name}.{key}"
        if key not in keys:
            raise _error(dotted, f"is not a setting; {_messages.nearest(key, keys)}", path)
        wanted = keys[key]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise _error(dotted, f"must be of type {wanted.__name__}, not {_messages.short(value)}", path)


def _error(key: str, problem: str, path: str | None) -> TripwireConfigError:
    return TripwireConfigError(_messages.config_error(key, problem, path), key=key or None, path=path)

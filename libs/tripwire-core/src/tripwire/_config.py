"""The `[tool.tripwire]` table of pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Config:
    """What a project has configured.

    `enabled_plugins` is None where every installed plugin is enabled. `secrets` are names, and patterns between
    slashes, of what never reaches a file; `record_hosts` patterns for hosts whose services may be recorded. `tables`
    holds one mapping a plugin, `verify` what mocks are held against.
    """

    enabled_plugins: tuple[str, ...] | None = None
    disabled_plugins: tuple[str, ...] = ()
    allow_patchers: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    record_hosts: tuple[str, ...] = ()
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    verify: Mapping[str, Any] = field(default_factory=dict)
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
        if path.is_file() and (table := _table(path)) is not None:
            from tripwire import _settings  # most projects have none

            return _settings.parse(table, str(path))
    return Config()


def _table(path: Path) -> object:
    if sys.version_info >= (3, 11):
        import tomllib
    else:  # pragma: no cover - Python 3.10
        import tomli as tomllib

    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        from tripwire import _messages
        from tripwire._errors import TripwireConfigError

        raise TripwireConfigError(_messages.cannot_be_read(path, error), path=str(path)) from error
    return tools.get("tripwire") if isinstance(tools, dict) else None

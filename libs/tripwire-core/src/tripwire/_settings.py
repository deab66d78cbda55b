"""Checks what the `[tool.tripwire]` table says."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from tripwire import _messages
from tripwire._config import Config
from tripwire._errors import TripwireConfigError

_LISTS = ("enabled_plugins", "disabled_plugins", "allow_patchers", "secrets", "record_hosts")
_HOST = re.compile(r"[\w.*?-]+|\[?[0-9a-fA-F*]*(:[0-9a-fA-F*]*){2,}\]?", re.ASCII)


def parse(table: object, path: str) -> Config:
    """What a file's table configures.

    Raises:
        TripwireConfigError: a setting has a wrong type.
    """
    if not isinstance(table, dict):
        raise _error("", _messages.of_wrong_kind("a table", table), path)
    lists: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Mapping[str, Any]] = {}
    for key, value in table.items():
        if key in _LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise _error(key, _messages.of_wrong_kind("a list of strings", value), path)
            for item in value:
                if problem := _PROBLEMS.get(key, _no_problem)(item):
                    raise _error(key, problem, path)
            lists[key] = tuple(value)
        elif isinstance(value, dict):
            tables[key] = value
        elif key == "verify":
            raise _error(key, _messages.of_wrong_kind("a table", value), path)
        else:
            raise _error(key, _messages.no_setting(key, _LISTS), path)
    return Config(path=path, verify=tables.pop("verify", {}), tables=tables, **lists)


def check(config: Config, keys: Mapping[str, Mapping[str, type]], names: Collection[str]) -> None:
    """Check names of plugins, and those of their tables whose `keys` are given.

    `names` are those of all plugins that are installed, or could be.

    Raises:
        TripwireConfigError: naming the key and the nearest known one.
    """
    for key in ("enabled_plugins", "disabled_plugins"):
        for name in getattr(config, key) or ():
            if name not in names:
                raise _error(key, _messages.no_plugin(name, names), config.path)
    for name, table in config.tables.items():
        if name not in names:
            raise _error(name, _messages.no_setting(name, {*names, *_LISTS}), config.path)
        if name in keys:
            _check_table(name, table, keys[name], config.path)


def _no_problem(_: str) -> str:
    return ""


def _problem_of_secret(entry: str) -> str:
    if not entry.strip("*"):
        return _messages.secret_of_everything(entry)
    if len(entry) > 2 and entry[0] == entry[-1] == "/":
        try:
            found = re.compile(entry[1:-1]).fullmatch("")
        except re.error as error:
            return _messages.no_pattern(entry, error)
        return _messages.matches_nothing(entry) if found else ""
    return ""


def _problem_of_host(entry: str) -> str:
    return "" if _HOST.fullmatch(entry) else _messages.no_host_pattern(entry)


_PROBLEMS = {"secrets": _problem_of_secret, "record_hosts": _problem_of_host}


def _check_table(name: str, table: Mapping[str, Any], keys: Mapping[str, type], path: str | None) -> None:
    for key, value in table.items():
        dotted = f"{name}.{key}"
        if key not in keys:
            raise _error(dotted, _messages.no_setting(key, keys), path)
        wanted = keys[key]
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise _error(dotted, _messages.of_wrong_kind(f"of type {wanted.__name__}", value), path)


def _error(key: str, problem: str, path: str | None) -> TripwireConfigError:
    return TripwireConfigError(_messages.config_error(key, problem, path), key=key or None, path=path)

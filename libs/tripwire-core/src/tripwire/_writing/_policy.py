"""What a recording may let through to the real thing."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tripwire._plugin import Call, Plugin

EVERY = "every"
"""Stands for all plugins."""


class Policy:
    """The plugins that record, by name, and the hosts beside this machine that may be reached, with `*` in them."""

    def __init__(self, plugins: Collection[str] = (), hosts: Sequence[str] = ()) -> None:
        self._plugins, self._hosts = plugins, [host.lower() for host in hosts]

    def records(self, plugin: Plugin) -> bool:
        """Whether calls of a plugin are recorded at all."""
        return EVERY in self._plugins or plugin.name in self._plugins

    def refuses(self, plugin: Plugin, call: Call) -> str:
        """Why a call of a plugin that records must not reach the real thing; empty, if it may."""
        host = plugin.host_of(call)
        if host is None or is_here(host) or any(fnmatchcase(host.lower(), one) for one in self._hosts):
            return ""
        return (
            f"a recording reaches this machine only; for {host}, add to pyproject.toml: "
            f'[tool.tripwire] record_hosts = ["{host}"]'
        )


def is_here(host: str) -> bool:
    """Whether a host is this machine: a loopback address, a name of it, or the path of a socket."""
    bare = host.strip("[]").rstrip(".").lower()
    if bare.startswith(("/", "@")) or bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(bare.partition("%")[0]).is_loopback
    except ValueError:
        return False

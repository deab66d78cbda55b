"""Pools: the common script of their connections, and who has acquired them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from tripwire import Answer, Target, TripwireWarning, UnusedMock
from tripwire._frames import user_place
from tripwire._messages import at
from tripwire.plugins.asyncpg_plugin import _seam
from tripwire.plugins.asyncpg_plugin._script import ScriptCall, Words
from tripwire.plugins.asyncpg_plugin._steps import POOL_MACHINE, PoolScript

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

connecting: ContextVar[Any] = ContextVar("tripwire_asyncpg_pool", default=None)
"""The pool that opens a connection."""


class Pools:
    """The scripts of pools, handed out in the order they were made, and the connections that are lent."""

    def __init__(self) -> None:
        self._scripts: list[PoolScript] = []
        self._handed_out = 0
        self._of: dict[Any, PoolScript | None] = {}
        self._lent: list[tuple[Any, Place | None]] = []

    def new(self, ordered: bool, acquires: bool) -> PoolScript:
        """Make a script and put it at the end."""
        script = PoolScript(f"tripwire.asyncpg pool {len(self._scripts) + 1}", POOL_MACHINE)
        script.ordered, script.acquires, script.place = ordered, acquires, user_place()
        self._scripts.append(script)
        return script

    def script_of(self, pool: Any) -> PoolScript | None:
        """The script of a pool, which takes the next one; None if its connections have sessions of their own."""
        if pool is None:
            return None
        if pool not in self._of:
            self._of[pool] = self._next()
        return self._of[pool]

    def _next(self) -> PoolScript | None:
        if self._handed_out and not self._scripts[self._handed_out - 1].opened:
            return self._scripts[self._handed_out - 1]  # its pool could not connect, and this is the next try
        if self._handed_out == len(self._scripts):
            return None
        self._handed_out += 1
        return self._scripts[self._handed_out - 1]

    def taken_by(self, pool: Any) -> PoolScript | None:
        """The script that a pool has taken."""
        return self._of.get(pool)

    def lend(self, proxy: Any) -> None:
        """Remember who acquired a connection."""
        self._lent = [one for one in self._lent if _seam.is_lent(one[0])]
        self._lent.append((proxy, user_place()))

    def leaks(self) -> list[Place | None]:
        """Where connections were acquired that are lent still; they are asked for once, when the sandbox closes."""
        lent, self._lent = self._lent, []
        self._of.clear()
        return [place for proxy, place in lent if _seam.is_lent(proxy)]

    def unused(self) -> Iterator[UnusedMock]:
        """The required steps that no call took."""
        for script in self._scripts:
            yield from script.unused()


def warn(leaks: list[Place | None]) -> None:
    """Tell of the connections that were never released."""
    if leaks:
        lines = "\n".join(f"  - acquired{at(place)}" for place in leaks)
        count = "a connection" if len(leaks) == 1 else f"{len(leaks)} connections"
        message = (
            f"{count} of a pool had not been released when the sandbox closed:\n{lines}\n"
            "use `async with pool.acquire() as connection:`, or release it in a finally"
        )
        warnings.warn(TripwireWarning(message, code="unreleased-connection"), stacklevel=2)


def targets(plugin_class: type[AsyncpgPlugin]) -> Iterable[Target]:
    """Where a pool opens, lends and takes back its connections."""
    yield Target(_seam.POOL, "_get_new_connection", _open)
    yield Target(_seam.POOL, "_acquire", _acquire)
    yield Target(_seam.POOL, "release", _release)
    yield Target(_seam.POOL, "close", _close(plugin_class))


def _open(genuine: Any) -> Any:
    @wraps(genuine)
    async def _get_new_connection(pool: Any, *args: Any, **kwargs: Any) -> Any:
        token = connecting.set(pool)
        try:
            return await genuine(pool, *args, **kwargs)
        finally:
            connecting.reset(token)

    return _get_new_connection


def _acquire(genuine: Any) -> Any:
    @wraps(genuine)
    async def _acquire(pool: Any, *args: Any, **kwargs: Any) -> Any:
        proxy = await genuine(pool, *args, **kwargs)
        server = _seam.server_of(proxy)
        if server is not None:
            plugin = server.plugin
            plugin.pools.lend(proxy)
            if server.records_use:
                plugin.intercept(ScriptCall(plugin.acquire, {}, Words("acquire"), Answer))
        return proxy

    return _acquire


def _release(genuine: Any) -> Any:
    @wraps(genuine)
    async def release(pool: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
        server = _seam.server_of(connection) if _seam.is_lent(connection) else None
        result = await genuine(pool, connection, *args, **kwargs)
        if server is not None and server.records_use:
            plugin = server.plugin
            plugin.intercept(ScriptCall(plugin.release, {}, Words("release"), Answer))
        return result

    return release


def _close(plugin_class: type[AsyncpgPlugin]) -> Callable[[Any], Any]:
    def make(genuine: Any) -> Any:
        @wraps(genuine)
        async def close(pool: Any, *args: Any, **kwargs: Any) -> Any:
            words = Words("close")
            plugin = plugin_class.serving(plugin_class.close, words)
            script = None if plugin is None else plugin.pools.taken_by(pool)
            result = await genuine(pool, *args, **kwargs)
            if plugin is not None and script is not None and not script.closed:
                script.closed = True
                plugin.intercept(ScriptCall(plugin.close, {}, words, Answer))
            if plugin is not None:
                plugin.recording.pool_closed(pool)
            return result

        return close

    return make

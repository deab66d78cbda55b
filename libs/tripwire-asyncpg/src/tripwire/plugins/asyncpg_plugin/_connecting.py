"""How a connection is made: what the caller gave, which session serves it, and the server behind it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from tripwire._snapshot import snapshot
from tripwire._values import equal, short
from tripwire.plugins.asyncpg_plugin import _answering, _failures, _pools, _real_seam, _seam
from tripwire.plugins.asyncpg_plugin._operation import Failure
from tripwire.plugins.asyncpg_plugin._real import Opening
from tripwire.plugins.asyncpg_plugin._rows import equal_to_dicts
from tripwire.plugins.asyncpg_plugin._script import Script
from tripwire.plugins.asyncpg_plugin._secrets import masked
from tripwire.plugins.asyncpg_plugin._server import ScriptedServer

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin


class Attempt:
    """One call of `asyncpg.connect` in a sandbox. It may try several hosts, and is one interaction."""

    def __init__(
        self, plugin: AsyncpgPlugin, arguments: dict[str, Any], fields: dict[str, Any], timeout: float | None
    ) -> None:
        self.plugin, self._arguments, self._fields, self._timeout = plugin, arguments, fields, timeout
        self._connecting = _pools.connecting.get()
        self._pool = plugin.pools.script_of(self._connecting)
        self._outcome: Script | Opening | BaseException | None = None

    def script(self) -> Script | Opening:
        """The script of the connection, or the way to the real server; every host gives the same answer."""
        if self._outcome is None:
            try:
                self._outcome = self._opening_more() or self._begin()
            except Failure as failure:
                self._outcome = _failures.as_raised(failure.error)
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def opening(self) -> Opening | None:
        """The way to the real server, where a recording lets the call through."""
        if self.plugin.verifier.scribe is None:
            return None
        found = self.script()
        return found if isinstance(found, Opening) else None

    def over(self, connection: Any, error: BaseException | None) -> None:
        """All hosts have been tried."""
        if isinstance(self._outcome, Opening):
            self._outcome.over(connection, error)

    def _opening_more(self) -> Opening | None:
        """One more connection of a recorded pool, to the same hosts: the pool is recorded to connect once."""
        recorded = self.plugin.recording.pools.get(self._connecting)
        if recorded is None or not recorded.opened:
            return None
        same = _real_seam.addresses(self._arguments) == recorded.hosts
        return Opening(self.plugin, recorded, None) if same else None

    def _begin(self) -> Script | Opening:
        found = self.plugin.begin_session(self._fields, self._pool, self._timeout, self._arguments)
        if isinstance(found, Script):
            return found
        recorded = self.plugin.recording.new(self._connecting)
        recorded.hosts = _real_seam.addresses(self._arguments)
        return Opening(self.plugin, recorded, found)


_attempt: ContextVar[Attempt | None] = ContextVar("tripwire_asyncpg_attempt", default=None)


class Given(dict[str, Any]):
    """The parameters a caller gave. One it left out is there too, as its default, but shown by nothing."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in _seam.connect_defaults()

    def __missing__(self, name: str) -> Any:
        return _seam.connect_defaults()[name]


class ConnectWords:
    """A call of `asyncpg.connect` in words, made only when a message needs it."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __str__(self) -> str:
        return f"asyncpg.connect({', '.join(f'{k}={short(v)}' for k, v in self._fields.items())})"


def connect(plugin_class: type[AsyncpgPlugin]) -> Callable[[Any], Any]:
    """The replacement of `_connect`, where every call of `asyncpg.connect` passes, bound early or not."""

    def make(genuine: Any) -> Any:
        _seam.check()

        @wraps(genuine)
        async def _connect(**arguments: Any) -> Any:
            fields, timeout = given(arguments)
            plugin = plugin_class.serving(plugin_class.connect, ConnectWords(fields))
            if plugin is None:
                return await genuine(**arguments)
            attempt = Attempt(plugin, arguments, fields, timeout)
            token = _attempt.set(attempt)
            try:
                connection = await genuine(**arguments)
            except BaseException as error:
                attempt.over(None, error)
                raise
            else:
                attempt.over(connection, None)
                return connection
            finally:
                _attempt.reset(token)

        return _connect

    return make


def connect_addr(genuine: Any) -> Any:
    """The replacement of `_connect_addr`, which connects to one host."""

    @wraps(genuine)
    async def _connect_addr(**arguments: Any) -> Any:
        attempt = _attempt.get()
        if attempt is None:
            return await genuine(**arguments)
        arguments["record_class"] = equal_to_dicts(arguments["record_class"])
        if (opening := attempt.opening()) is not None:
            return opening.attached(await genuine(**arguments))
        params = arguments.pop("params")
        resolved = params._replace(password=await _password(params.password))
        script = attempt.script()
        assert isinstance(script, Script)
        script.settings = params.server_settings or {}
        server = ScriptedServer(script, arguments.pop("loop"), _settings(params))
        server.database = arguments["addr"], params.database
        attempt.plugin.serve(server)
        connection = await _seam.open_connection(server, params=resolved, original_params=params, **arguments)
        server.push()
        return connection

    return _connect_addr


def cancel(genuine: Any) -> Any:
    """The replacement of `_cancel`, which asks a server to cancel what it is at."""

    @wraps(genuine)
    async def _cancel(**arguments: Any) -> None:
        server = _answering.by_key.get((arguments["backend_pid"], arguments["backend_secret"]))
        if server is None:
            await genuine(**arguments)
        else:
            server.cancel()

    return _cancel


def given(arguments: dict[str, Any]) -> tuple[dict[str, Any], float | None]:
    """The parameters of `asyncpg.connect` that its caller gave and that are not the defaults; and the timeout."""
    # The timeout goes no further than `connect` itself; it is seen nowhere but in its frame.
    frame = sys._getframe(2)
    defaults = _seam.connect_defaults()
    arguments = {"timeout": defaults["timeout"], **arguments}
    if frame.f_code is _seam.connect_code():
        arguments = {**arguments, "timeout": frame.f_locals["timeout"]}
    found = {
        name: masked(name, snapshot(value))
        for name, value in arguments.items()
        if name != "loop" and value is not None and not equal(defaults[name], value)
    }
    return found, arguments["timeout"]


async def _password(password: Any) -> Any:
    """The password, from the program's own function where it gave one: a call it expects to be made."""
    if not callable(password):
        return password
    password = password()
    return await password if inspect.isawaitable(password) else password


def _settings(params: Any) -> dict[str, str]:
    """What the server reports of itself: whatever the caller's `target_session_attrs` ask for."""
    wanted = str(getattr(params.target_session_attrs, "value", params.target_session_attrs))
    asked = params.server_settings or {}
    return {
        "server_version": "17.0",
        "server_encoding": "UTF8",
        "client_encoding": "UTF8",
        "application_name": str(asked.get("application_name", "")),
        "DateStyle": "ISO, MDY",
        "IntervalStyle": "postgres",
        "TimeZone": str(asked.get("timezone", asked.get("TimeZone", "UTC"))),
        "integer_datetimes": "on",
        "standard_conforming_strings": "on",
        "is_superuser": "off",
        "session_authorization": params.user,
        "in_hot_standby": "on" if "standby" in wanted else "off",
        "default_transaction_read_only": "on" if wanted == "read-only" else "off",
    }

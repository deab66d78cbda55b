"""Everything private in asyncpg that this plugin relies on, for asyncpg 0.30 to 0.32.

Nothing here imports asyncpg: the functions are called when the program has done so.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from functools import lru_cache
from importlib.metadata import version
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tripwire import TripwireError
from tripwire._values import is_a

if TYPE_CHECKING:
    from typing import TypeAlias

    from tripwire.plugins.asyncpg_plugin._real import RealServer
    from tripwire.plugins.asyncpg_plugin._server import ScriptedServer

    Behind: TypeAlias = "ScriptedServer | RealServer"

CONNECT_UTILS = "asyncpg:connect_utils"
"""Owner paths begin at the package, so that a late import is patched when all of it has been imported:
`asyncpg.pool` copies the methods of `Connection` when it is."""
CONNECTION = "asyncpg:Connection"
TRANSACTION = "asyncpg:transaction.Transaction"
STATEMENT = "asyncpg:prepared_stmt.PreparedStatement"
CURSORS = "asyncpg:cursor"
POOL = "asyncpg:Pool"

BY_REFERENCE = 0x7FFFFFF0
"""The oid of a type that no server has; its values cross the scripted wire by reference."""

_SIGNATURES = {
    "connect_utils:_connect": "loop connection_class record_class kwargs",
    "connect_utils:_connect_addr": "addr loop params config connection_class record_class",
    "connect_utils:_cancel": "loop addr params backend_pid backend_secret",
    "connection:Connection.__init__": "self protocol transport loop addr config params",
    "protocol.protocol:BaseProtocol.set_connection": "self connection",
    "protocol.protocol:ConnectionSettings.add_python_codec": (
        "self typeoid typename typeschema typeinfos typekind encoder decoder format"
    ),
}
"""The functions that are replaced or called with what they need, and their parameters."""

_ATTRIBUTES = (
    "connect_utils:_parse_connect_arguments",
    "connect_utils:_ConnectionParameters.password",
    "connect_utils:_ConnectionParameters.server_settings",
    "connect_utils:_ConnectionParameters.target_session_attrs",
    "connect_utils:_ConnectionParameters.user",
    "connect_utils:_ClientConfiguration.max_cached_statement_lifetime",
    "connection:connect.__code__",
    "connection:Connection._execute",
    "connection:Connection._listeners",
    "connection:Connection._log_listeners",
    "connection:Connection._process_log_message",
    "connection:Connection._process_notification",
    "connection:Connection._protocol",
    "connection:Connection._stmt_cache",
    "connection:Connection._transport",
    "connresource:ConnectionResource._connection",
    "connresource:ConnectionResource._con_release_ctr",
    "connection:Connection._pool_release_ctr",
    "cursor:BaseCursor._args",
    "cursor:BaseCursor._portal_name",
    "cursor:BaseCursor._query",
    "cursor:BaseCursor._state",
    "cursor:CursorFactory._args",
    "cursor:CursorFactory._query",
    "cursor:CursorFactory._state",
    "exceptions:PostgresError._field_map",
    "exceptions:PostgresError.new",
    "introspection:TYPE_BY_NAME",
    "pool:Pool._acquire",
    "pool:Pool._get_new_connection",
    "pool:PoolConnectionProxy._con",
    "prepared_stmt:PreparedStatement._query",
    "prepared_stmt:PreparedStatement._state",
    "protocol:Protocol.abort",
    "protocol:Protocol.get_settings",
    "protocol:Record",
    "transaction:Transaction._connection",
)

_ANYTHING = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}

servers: WeakKeyDictionary[Any, Behind] = WeakKeyDictionary()
"""What is behind each connection: a scripted server, or a real one whose answers are recorded."""


def check() -> None:
    """Make sure that all that is private is what it was.

    Raises:
        TripwireError: asyncpg has moved something.
    """
    for path in _ATTRIBUTES:
        _find(path)
    for path, parameters in _SIGNATURES.items():
        found = inspect.signature(_find(path)).parameters
        # The wrapper of an instrumentation that the project allows (Sentry's) takes anything, and tells nothing.
        takes_anything = {one.kind for one in found.values()} == _ANYTHING
        if list(found) != parameters.split() and not takes_anything:
            raise _moved(f"{_dotted(path)} has the parameters {', '.join(found)}")
    # Its frame is the only place where the timeout is seen.
    if "timeout" not in connect_code().co_varnames:
        raise _moved("asyncpg.connect has no parameter timeout")


def _find(path: str) -> Any:
    module, _, names = path.partition(":")
    found: Any = _module(module)
    for name in names.split("."):
        found = getattr(found, name, None)
    if found is None:
        raise _moved(f"{_dotted(path)} is not there")
    return found


def _dotted(path: str) -> str:
    return f"asyncpg.{path.replace(':', '.')}"


def _moved(what: str) -> TripwireError:
    return TripwireError(
        f"AsyncpgPlugin does not know asyncpg {version('asyncpg')}: {what}. It supports 0.30 to 0.32.\n"
        "Use a supported version, or put the plugin under disabled_plugins in [tool.tripwire]",
        code="unsupported-version",
    )


def _module(name: str) -> Any:
    return importlib.import_module(f"asyncpg.{name}")


# -- connections


def connect_defaults() -> dict[str, Any]:
    """What each parameter of `asyncpg.connect` is where the caller does not give it."""
    return _defaults_of(_module("connection").connect)


@lru_cache(maxsize=4)
def _defaults_of(function: Any) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}


def connect_code() -> Any:
    """The code of `asyncpg.connect`, by which its frame is known."""
    return inspect.unwrap(_module("connection").connect).__code__


async def open_connection(
    server: ScriptedServer,
    *,
    addr: Any,
    params: Any,
    original_params: Any,
    config: Any,
    connection_class: Any,
    record_class: Any,
) -> Any:
    """A genuine connection over the genuine protocol, whose transport is the scripted server."""
    loop = server.loop
    connected = loop.create_future()
    protocol = _module("protocol").Protocol(addr, connected, params, record_class, server.clock)
    _add_codec(protocol, server.references.put, server.references.decode)
    server.attach(protocol)
    await connected
    # A statement of a script does not grow old, and no timer for that may be left on the loop.
    config = config._replace(max_cached_statement_lifetime=0)
    connection = connection_class(protocol, server, loop, addr, config, original_params)
    connection._stmt_cache = _Statements(connection._stmt_cache, server)
    protocol.set_connection(connection)
    server.client = connection
    servers[connection] = server
    return connection


class _Statements:
    """A connection's cache of statements, without those whose columns are not those of the step to come."""

    def __init__(self, genuine: Any, server: ScriptedServer) -> None:
        self._genuine, self._server = genuine, server

    def __getattr__(self, name: str) -> Any:
        return getattr(self._genuine, name)

    def get(self, key: Any) -> Any:
        """The statement for a query and what else makes it; None lets asyncpg prepare it anew."""
        statement = self._genuine.get(key)
        if statement is None or not self._server.is_described(statement.name, statement.query):
            return None
        return statement


def _add_codec(protocol: Any, encode: Any, decode: Any) -> None:
    protocol.get_settings().add_python_codec(
        BY_REFERENCE, "object", "tripwire", [], "scalar", encode, decode, "binary"
    )


def is_lent(proxy: Any) -> bool:
    """Whether a connection is one that a pool has lent, and not had back."""
    return isinstance(proxy, _module("pool").PoolConnectionProxy) and proxy._con is not None


def server_of(connection: Any) -> Behind | None:
    """The server behind a connection, or behind the connection a pool has lent."""
    return servers.get(getattr(connection, "_con", connection))


def connection_of(owner: Any) -> Any:
    """The connection of a transaction, prepared statement or cursor; a connection is its own."""
    return getattr(owner, "_connection", owner)


# -- statements


def is_usable(owner: Any) -> bool:
    """Whether a prepared statement or cursor can be used: it is not closed, nor is its connection lent anew."""
    connection = owner._connection
    released = owner._con_release_ctr != connection._pool_release_ctr
    return not released and not connection.is_closed() and not owner._state.closed


async def describe_anew(owner: Any, query: str) -> None:
    """Let a prepared statement or cursor have the columns that its query has now."""
    old = owner._state
    protocol = owner._connection._protocol
    state = await protocol.prepare(
        old.name, query, _module("protocol").NO_TIMEOUT, record_class=old.record_class
    )
    state._init_types()
    state._init_codecs()
    if not old.name:
        state.mark_unprepared()
    state.attach()
    owner._state = state
    old.detach()


# -- records


def is_record(value: object) -> bool:
    """Whether this is a record, of an asyncpg that the program has imported."""
    protocol = sys.modules.get("asyncpg.protocol")
    return protocol is not None and is_a(value, protocol.Record)


def record_class() -> Any:
    """The class of all records."""
    return _module("protocol").Record


def protocol_over(transport: Any, loop: Any, decode: Any) -> Any:
    """A protocol without a connection, on its way to a server."""
    params = SimpleNamespace(user="", password="", database="", server_settings=None)
    protocol = _module("protocol").Protocol(None, loop.create_future(), params, record_class(), loop)
    _add_codec(protocol, bytes, decode)
    transport.attach(protocol)
    return protocol


async def fetch_one(protocol: Any, kind: Any) -> Any:
    """The one row that the server behind a protocol has."""
    never = _module("protocol").NO_TIMEOUT
    state = await protocol.prepare("", "", never, record_class=kind)
    state._init_types()
    state._init_codecs()
    (row,) = await protocol.bind_execute(state, (), "", 0, False, never)
    return row


# -- exceptions


def postgres_error() -> Any:
    """The base class of what a server reports."""
    return _module("exceptions").PostgresError


def is_client_error(error: BaseException) -> bool:
    """Whether asyncpg raises this without asking a server."""
    return isinstance(error, _module("exceptions").InterfaceError)


def error_fields() -> dict[str, str]:
    """The attribute of a `PostgresError` for each field code of an ErrorResponse."""
    fields: dict[str, str] = _module("exceptions").PostgresError._field_map
    return fields


def error_from(fields: dict[str, str]) -> BaseException:
    """The exception asyncpg makes of an ErrorResponse."""
    error: BaseException = _module("exceptions").PostgresError.new(fields)
    return error


def failed_transaction() -> BaseException:
    """What a server reports until a failed transaction is ended."""
    words = "current transaction is aborted, commands ignored until end of transaction block"
    error: BaseException = _module("exceptions").InFailedSQLTransactionError(words)
    return error


def cancelled(words: str = "canceling statement due to user request") -> BaseException:
    """What a server reports of a statement that was cancelled."""
    error: BaseException = _module("exceptions").QueryCanceledError(words)
    return error


def timed_out() -> BaseException:
    """What a connection attempt raises when its time is over."""
    return asyncio.TimeoutError()


def no_portal(words: str) -> BaseException:
    """What a server reports where a cursor is gone with its transaction."""
    error: BaseException = _module("exceptions").InvalidCursorNameError(words)
    return error


def is_failed_transaction(error: BaseException | None) -> bool:
    """Whether it is that."""
    return isinstance(error, _module("exceptions").InFailedSQLTransactionError)


# -- the catalogue


def type_look_ups() -> frozenset[str]:
    """The queries by which asyncpg looks up the oid, element type and kind of a type."""
    introspection = _module("introspection")
    # asyncpg 0.30 looks up built-in types too, by the oid it knows.
    by_oid = getattr(introspection, "TYPE_BY_OID", introspection.TYPE_BY_NAME)
    return frozenset((introspection.TYPE_BY_NAME, by_oid))

"""Everything private in asyncpg that this plugin relies on, for asyncpg 0.30 to 0.32.

Nothing here imports asyncpg: the functions are called when the program has done so.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Collection
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from tripwire import TripwireError

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._server import ScriptedServer

CONNECT_UTILS = "asyncpg:connect_utils"
"""Owner paths begin at the package, so that a late import is patched when all of it has been imported:
`asyncpg.pool` copies the methods of `Connection` when it is."""
CONNECTION = "asyncpg:Connection"
TRANSACTION = "asyncpg:transaction.Transaction"

BY_REFERENCE = 0x7FFFFFF0
"""The oid of a type that no server has; its values cross the scripted wire by reference."""

SIGNATURES = {
    "_connect": {"loop", "connection_class", "record_class", "kwargs"},
    "_connect_addr": {"addr", "loop", "params", "config", "connection_class", "record_class"},
    "_cancel": {"loop", "addr", "params", "backend_pid", "backend_secret"},
}
"""The parameters of the functions in `asyncpg.connect_utils` that are replaced."""

_ATTRIBUTES = (
    "protocol:Protocol.get_settings",
    "protocol:Protocol.set_connection",
    "protocol:Protocol.abort",
    "protocol:Record",
    "exceptions:PostgresError.new",
    "exceptions:PostgresError._field_map",
    "introspection:TYPE_BY_NAME",
)

servers: WeakKeyDictionary[Any, ScriptedServer] = WeakKeyDictionary()
"""The scripted server behind each connection that has one."""


def check(name: str, genuine: Any) -> None:
    """Make sure that a replaced function, and all that its replacement needs, are what they were.

    Raises:
        TripwireError: asyncpg has moved something.
    """
    found = set(inspect.signature(genuine).parameters)
    if found != SIGNATURES[name]:
        raise _moved(f"asyncpg.connect_utils.{name} has the parameters {_listed(found)}")
    for path in _ATTRIBUTES:
        module, _, names = path.partition(":")
        owner: Any = _module(module)
        for part in names.split("."):
            owner = getattr(owner, part, None)
        if owner is None:
            raise _moved(f"asyncpg.{path.replace(':', '.')} is not there")


def _moved(what: str) -> TripwireError:
    return TripwireError(
        f"AsyncpgPlugin does not know asyncpg {version('asyncpg')}: {what}. It supports 0.30 to 0.32.\n"
        "Use a supported version, or put the plugin under disabled_plugins in [tool.tripwire]"
    )


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def _module(name: str) -> Any:
    return importlib.import_module(f"asyncpg.{name}")


# -- connections


def connect_defaults() -> dict[str, Any]:
    """What each parameter of `asyncpg.connect` is where the caller does not give it."""
    parameters = inspect.signature(_module("connection").connect).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


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
    protocol = _module("protocol").Protocol(addr, connected, params, record_class, loop)
    protocol.get_settings().add_python_codec(
        BY_REFERENCE,
        "object",
        "tripwire",
        [],
        "scalar",
        server.references.put,
        server.references.get,
        "binary",
    )
    server.attach(protocol)
    await connected
    # A cached statement would keep the columns of the first step that ran it.
    config = config._replace(statement_cache_size=0)
    connection = connection_class(protocol, server, loop, addr, config, original_params)
    protocol.set_connection(connection)
    server.client = connection
    servers[connection] = server
    return connection


def server_of(connection: Any) -> ScriptedServer | None:
    """The scripted server behind a connection, or behind the connection a pool has lent."""
    return servers.get(getattr(connection, "_con", connection))


def connection_of(transaction: Any) -> Any:
    """The connection of a transaction."""
    return transaction._connection


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

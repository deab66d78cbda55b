"""The public methods of `Connection` and `Transaction`: each tells the server what was called."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from tripwire import Source, _routing
from tripwire.plugins.asyncpg_plugin import _seam
from tripwire.plugins.asyncpg_plugin._operation import HOUSEKEEPING, TRANSACTION, Failure, Operation
from tripwire.plugins.asyncpg_plugin._rows import equal_to_dicts
from tripwire.plugins.asyncpg_plugin._script import Words

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin
    from tripwire.plugins.asyncpg_plugin._server import ScriptedServer

Make = Callable[[Any], Any]


class Methods:
    """Makes the replacements."""

    def __init__(self, plugin_class: type[AsyncpgPlugin]) -> None:
        self._plugin_class = plugin_class

    def statement(self, name: str) -> Make:
        """The replacement of a method that takes a query."""
        source: Source = getattr(self._plugin_class, name)

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            async def call(connection: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(connection, source, Words(name, *args))
                if server is None:
                    return await genuine(connection, *args, **kwargs)
                if isinstance(kwargs.get("record_class"), type):
                    kwargs["record_class"] = equal_to_dicts(kwargs["record_class"])
                operation = Operation(name, args[1:], _values(kwargs.get("column", 0)))
                return await _run(server, operation, genuine(connection, *args, **kwargs))

            return call

        return make

    def housekeeping(self, name: str) -> Make:
        """The replacement of a method whose queries are answered, but neither scripted nor recorded."""
        source = Source(f"asyncpg.{name}")

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            async def call(connection: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(connection, source, Words(name, *args))
                working = genuine(connection, *args, **kwargs)
                return await (working if server is None else _run(server, Operation(HOUSEKEEPING), working))

            return call

        return make

    def close(self, genuine: Any) -> Any:
        """The replacement of `Connection.close`. Whatever the script says, the connection is closed."""

        @wraps(genuine)
        async def close(connection: Any, *args: Any, **kwargs: Any) -> None:
            server = self._server(connection, self._plugin_class.close, Words("close"))
            failure: BaseException | None = None
            try:
                if server is not None:
                    server.script.close()
            except Failure as scripted:
                failure = scripted.error
            finally:
                await genuine(connection, *args, **kwargs)
            if failure is not None:
                raise failure

        return close

    def unsupported(self, name: str) -> Make:
        """The replacement of a method that has no step: calling it is a trip."""
        source = Source(f"asyncpg.{name}")

        def make(genuine: Any) -> Any:
            def refuse(connection: Any, args: tuple[Any, ...]) -> None:
                server = self._server(connection, source, Words(name, *args))
                if server is not None:
                    server.script.plugin.refuse_method(source, Words(name, *args), name)

            if not inspect.iscoroutinefunction(genuine):

                @wraps(genuine)
                def call(connection: Any, *args: Any, **kwargs: Any) -> Any:
                    refuse(connection, args)
                    return genuine(connection, *args, **kwargs)

                return call

            @wraps(genuine)
            async def call_async(connection: Any, *args: Any, **kwargs: Any) -> Any:
                refuse(connection, args)
                return await genuine(connection, *args, **kwargs)

            return call_async

        return make

    @staticmethod
    def transaction(genuine: Any) -> Any:
        """The replacement of a method of `Transaction`, which executes what controls the transaction."""

        @wraps(genuine)
        async def call(transaction: Any, *args: Any, **kwargs: Any) -> Any:
            server = _seam.server_of(_seam.connection_of(transaction))
            working = genuine(transaction, *args, **kwargs)
            if server is None or server.operation is not None:
                return await working
            return await _run(server, Operation(TRANSACTION), working)

        return call

    def _server(self, connection: Any, source: Source, words: Words) -> ScriptedServer | None:
        """The server to tell about a call; None if asyncpg is to see to the call alone.

        Raises:
            TripError: the call must not be made here and now, or not on this connection.
        """
        server = _seam.server_of(connection)
        # A closed connection reports that itself; a method that another one calls is no call of the program.
        if connection.is_closed() or (server is not None and server.operation is not None):
            return None
        if server is None:
            plugin = self._plugin_class.serving(source, words)
            if plugin is not None:
                plugin.refuse_connection(source, words)
            return None
        verifier = server.script.plugin.verifier
        _routing.require_sandbox(source, words, verifier)
        return server


async def _run(server: ScriptedServer, operation: Operation, working: Awaitable[Any]) -> Any:
    __tracebackhide__ = True
    server.operation = operation
    try:
        return await working
    except Exception:
        if operation.outcome is None:
            raise
    finally:
        server.operation = None
    # The scripted exception keeps the context it was given with. Python 3.10 still handles the error that
    # came in its place, though the except block is over, and would put that there.
    context = operation.outcome.__context__
    try:
        raise operation.outcome
    finally:
        operation.outcome.__context__ = context


def _values(column: Any) -> int:
    if not isinstance(column, int):
        return 1
    return column + 1 if column >= 0 else -column

"""The public methods of `Connection` and `Transaction`: each tells the server what was called."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from tripwire import Source, _routing
from tripwire.plugins.asyncpg_plugin import _seam
from tripwire.plugins.asyncpg_plugin._operation import Failure, Operation
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

    def unscripted(self, name: str, operation: str, source: Source) -> Make:
        """The replacement of a method whose queries are answered without a step."""

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            async def call(owner: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(owner, source, Words(name))
                working = genuine(owner, *args, **kwargs)
                return await (working if server is None else _run(server, Operation(operation), working))

            return call

        return make

    def transaction(self, genuine: Any) -> Any:
        """The replacement of `Connection.transaction`, which asks the server nothing."""

        @wraps(genuine)
        def transaction(connection: Any, *args: Any, **kwargs: Any) -> Any:
            self._checked(connection, self._plugin_class.begin, Words("transaction"))
            return genuine(connection, *args, **kwargs)

        return transaction

    def close(self, genuine: Any) -> Any:
        """The replacement of `Connection.close`. Whatever the script says, the connection is closed."""

        @wraps(genuine)
        async def close(connection: Any, *args: Any, **kwargs: Any) -> None:
            server = self._checked(connection, self._plugin_class.close, Words("close"))
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
            def refuse(owner: Any, args: tuple[Any, ...]) -> None:
                server = self._server(owner, source, Words(name, *args))
                if server is not None:
                    server.script.plugin.refuse_method(source, Words(name, *args), name)

            if not inspect.iscoroutinefunction(genuine):

                @wraps(genuine)
                def call(owner: Any, *args: Any, **kwargs: Any) -> Any:
                    refuse(owner, args)
                    return genuine(owner, *args, **kwargs)

                return call

            @wraps(genuine)
            async def call_async(owner: Any, *args: Any, **kwargs: Any) -> Any:
                refuse(owner, args)
                return await genuine(owner, *args, **kwargs)

            return call_async

        return make

    def _server(self, owner: Any, source: Source, words: Words) -> ScriptedServer | None:
        """Like `_checked`, but a method that another one calls is no call of the program."""
        server = self._checked(owner, source, words)
        return None if server is None or server.operation is not None else server

    def _checked(self, owner: Any, source: Source, words: Words) -> ScriptedServer | None:
        """The server to tell about a call; None if asyncpg is to see to the call alone.

        Raises:
            TripError: the call must not be made here and now, or not on this connection.
        """
        connection = _seam.connection_of(owner)
        server = _seam.server_of(connection)
        dropped = server is not None and server.dropped
        if connection.is_closed() and not dropped:
            return None  # the program closed it, and asyncpg reports that itself
        if server is None:
            plugin = self._plugin_class.serving(source, words)
            if plugin is not None:
                plugin.refuse_connection(source, words, "before the sandbox, so no script stands behind it")
            return None
        plugin = server.script.plugin
        if dropped and source is self._plugin_class.close:
            _routing.serving(source, words, plugin.verifier)  # a forgotten task trips even so
            return None  # clean-up, with nothing left to close
        _routing.require_sandbox(source, words, plugin.verifier)
        if dropped:
            plugin.refuse_connection(source, words, "in an earlier sandbox, and dropped when that closed")
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

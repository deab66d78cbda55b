"""The public methods of whatever speaks to a server: each tells the server what was called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from tripwire import Source, _routing
from tripwire.plugins.asyncpg_plugin import _record_width, _seam
from tripwire.plugins.asyncpg_plugin._operation import CURSOR, MANY, RECORDS, Failure, Operation
from tripwire.plugins.asyncpg_plugin._real import RealServer
from tripwire.plugins.asyncpg_plugin._rows import equal_to_dicts
from tripwire.plugins.asyncpg_plugin._script import Words
from tripwire.plugins.asyncpg_plugin._server import ScriptedServer

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin
    from tripwire.plugins.asyncpg_plugin._seam import Behind

Make = Callable[[Any], Any]

SET_CODECS = ("set_type_codec", "reset_type_codec", "set_builtin_type_codec")


class Methods:
    """Makes the replacements."""

    def __init__(self, plugin_class: type[AsyncpgPlugin]) -> None:
        self._plugin_class = plugin_class

    def statement(self, name: str, method: str = "") -> Make:
        """The replacement of a method that takes a query, or the name of a channel or table."""
        method = method or name
        source: Source = getattr(self._plugin_class, method)

        def make(genuine: Any) -> Any:
            takes_rows = name in MANY

            @wraps(genuine)
            async def call(connection: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(connection, source, Words(name, *args))
                if server is None:
                    return await genuine(connection, *args, **kwargs)
                if isinstance(kwargs.get("record_class"), type):
                    kwargs["record_class"] = equal_to_dicts(kwargs["record_class"])
                given = () if takes_rows else args[1:]
                if method in ("listen", "unlisten"):
                    given = args[:1] or (kwargs.get("channel"),)
                query: Any = args[0] if args else kwargs.get("query", kwargs.get("command"))
                column = kwargs.get("column", 0)
                operation = Operation(method, given, _columns(column), query, column)
                return await _run(server, operation, genuine(connection, *args, **kwargs))

            return call

        return make

    def copy(self, name: str, method: str) -> Make:
        """The replacement of a COPY method."""
        source: Source = getattr(self._plugin_class, method)

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            async def call(connection: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(connection, source, Words(name, *args))
                if server is None:
                    return await genuine(connection, *args, **kwargs)
                operation = Operation(method, args[1:], query=args[0] if args else kwargs.get("query", ""))
                if (
                    name == "copy_records_to_table"
                    and "records" in kwargs
                    and not isinstance(server, RealServer)
                ):
                    columns = kwargs.get("columns")
                    count, kwargs["records"] = await _record_width.width(kwargs["records"], columns)
                    operation = Operation(method, RECORDS, count)
                return await _run(server, operation, genuine(connection, *args, **kwargs))

            return call

        return make

    def prepared(self, name: str) -> Make:
        """The replacement of a method of a prepared statement."""
        source: Source = getattr(self._plugin_class, name)

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            def call(statement: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(statement, source, Words(f"PreparedStatement.{name}", *args))
                working = genuine(statement, *args, **kwargs)  # which looks at once whether it can be used
                if server is None:
                    return working
                given = () if name in MANY else args
                column = kwargs.get("column", 0)
                operation = Operation(name, given, _columns(column), statement._query, column)
                return _run_described(server, statement, operation, working)

            return call

        return make

    def cursor(self, path: str) -> Make:
        """The replacement of a method that opens or reads a cursor."""
        source = self._plugin_class.cursor

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            def call(cursor: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(cursor, source, Words(path, *args))
                if isinstance(server, RealServer) and path == "Cursor.forward":
                    return _skip(cursor, *args, **kwargs)
                working = genuine(cursor, *args, **kwargs)
                if server is None:
                    return working
                operation = Operation(CURSOR, tuple(cursor._args))
                if not path.endswith("__await__"):
                    return _run_described(server, cursor, operation, working)
                return _run_described(server, cursor, operation, _Awaited(working)).__await__()

            return call

        return make

    def unscripted(self, name: str, operation: str, source: Source) -> Make:
        """The replacement of a method whose queries are answered without a step."""

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            async def call(owner: Any, *args: Any, **kwargs: Any) -> Any:
                server = self._server(owner, source, Words(name))
                working = genuine(owner, *args, **kwargs)
                if server is None:
                    return await working
                result = await _run(server, Operation(operation), working)
                if name in SET_CODECS and isinstance(server, ScriptedServer):
                    server.script.codecs = (*server.script.codecs, (name, args, kwargs))
                return result

            return call

        return make

    def guarded(self, name: str, source: Source) -> Make:
        """The replacement of a method that asks the server nothing by itself."""

        def make(genuine: Any) -> Any:
            @wraps(genuine)
            def call(connection: Any, *args: Any, **kwargs: Any) -> Any:
                self._checked(connection, source, Words(name, *args))
                return genuine(connection, *args, **kwargs)

            return call

        return make

    def close(self, genuine: Any) -> Any:
        """The replacement of `Connection.close`. Whatever the script says, the connection is closed."""

        @wraps(genuine)
        async def close(connection: Any, *args: Any, **kwargs: Any) -> None:
            server = self._checked(connection, self._plugin_class.close, Words("close"))
            failure: BaseException | None = None
            try:
                if server is not None:
                    server.closed_by_program()
            except Failure as scripted:
                failure = scripted.error
            finally:
                await genuine(connection, *args, **kwargs)
            if failure is not None:
                raise failure

        return close

    def _server(self, owner: Any, source: Source, words: Words) -> Behind | None:
        """Like `_checked`, but a method that another one calls is no call of the program."""
        server = self._checked(owner, source, words)
        return None if server is None or server.operation is not None else server

    def _checked(self, owner: Any, source: Source, words: Words) -> Behind | None:
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
        plugin = server.plugin
        if dropped and source is self._plugin_class.close:
            _routing.serving(source, words, plugin.verifier)  # a forgotten task trips even so
            return None  # clean-up, with nothing left to close
        _routing.require_sandbox(source, words, plugin.verifier)
        if dropped:
            plugin.refuse_connection(source, words, "in an earlier sandbox, and dropped when that closed")
        return server


async def _skip(cursor: Any, n: int, **kwargs: Any) -> int:
    """What `Cursor.forward` does, by reading: a recording wants to know the rows."""
    return len(await cursor.fetch(n, **kwargs))


class _Awaited:
    """Lets what `__await__` gives be awaited."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def __await__(self) -> Any:
        return self._iterator


async def _run_described(server: Behind, owner: Any, operation: Operation, working: Any) -> Any:
    """Make a call on a prepared statement or cursor, with the columns of the step that will answer it."""
    if isinstance(server, RealServer):
        return await server.perform(operation, working, owner)

    async def described() -> Any:
        opened = getattr(owner, "_portal_name", None)
        usable = owner._state is not None and not opened and _seam.is_usable(owner)
        if usable and not server.is_described(owner._state.name, owner._query):
            await _seam.describe_anew(owner, owner._query)
        return await working

    return await _run(server, operation, described())


async def _run(server: Behind, operation: Operation, working: Awaitable[Any]) -> Any:
    __tracebackhide__ = True
    if isinstance(server, RealServer):
        return await server.perform(operation, working)
    server.operation = operation
    operation.holds = True
    try:
        result = await working
        if operation.method in MANY and not operation.answered:
            server.run_nothing(operation)  # without rows asyncpg executes nothing
        return result
    except Failure as failure:
        raise failure.error from None
    except Exception:
        if operation.outcome is None:
            raise
    finally:
        server.operation = None
        server.script.end(operation)
        server.push()
    # The scripted exception keeps the context it was given with. Python 3.10 still handles the error that
    # came in its place, though the except block is over, and would put that there.
    context = operation.outcome.__context__
    try:
        raise operation.outcome
    finally:
        operation.outcome.__context__ = context


def _columns(column: Any) -> int:
    if not isinstance(column, int):
        return 1
    return column + 1 if column >= 0 else -column

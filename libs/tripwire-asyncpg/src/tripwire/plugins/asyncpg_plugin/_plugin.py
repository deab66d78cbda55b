"""The plugin: what it patches, who answers a call, and how calls are asserted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from tripwire import (
    Answer,
    Call,
    Interaction,
    Plugin,
    SessionHandle,
    SessionQueue,
    Source,
    StrictVerifier,
    Target,
    Unmatched,
    UnusedMock,
)
from tripwire._values import code, equal, short
from tripwire.plugins.asyncpg_plugin import _connecting, _seam
from tripwire.plugins.asyncpg_plugin._methods import Methods
from tripwire.plugins.asyncpg_plugin._operation import HOUSEKEEPING, TRANSACTION, Failure
from tripwire.plugins.asyncpg_plugin._script import Script, ScriptCall, Words
from tripwire.plugins.asyncpg_plugin._server import ScriptedServer
from tripwire.plugins.asyncpg_plugin._steps import MACHINE, STATEMENTS, ConnectionScript

_SESSION = """\
(tripwire.asyncpg
    .new_session()
    .expect("connect", returns=None)
    .expect("close", returns=None))"""

_UNSUPPORTED = (
    "add_listener",
    "copy_from_query",
    "copy_from_table",
    "copy_records_to_table",
    "copy_to_table",
    "cursor",
    "executemany",
    "fetchmany",
    "prepare",
)
_RESOURCES = {
    "prepared_stmt.PreparedStatement": ("fetch", "fetchval", "fetchrow", "fetchmany", "executemany"),
    "cursor.CursorFactory": ("__await__",),
    "cursor.Cursor": ("fetch", "fetchrow", "forward"),
    "cursor.CursorIterator": ("__anext__",),
}
"""Whatever else speaks to the server: what `prepare` and `cursor` give, which may be older than the sandbox."""
_HOUSEKEEPING = ("reset", "_reset", "set_type_codec", "reset_type_codec", "set_builtin_type_codec")
_TRANSACTION = {"start": "begin", "commit": "commit", "rollback": "rollback", "__aexit__": "commit"}


class AsyncpgPlugin(Plugin):
    """Catches asyncpg's connections; reached as `tripwire.asyncpg`.

    Raises:
        ValueError: the verifier already has one.
    """

    name = "asyncpg"
    tested_with: ClassVar[Mapping[str, str]] = {"asyncpg": ">=0.30,<0.33"}

    connect = Source("asyncpg.connect")
    execute = Source("asyncpg.execute")
    fetch = Source("asyncpg.fetch")
    fetchrow = Source("asyncpg.fetchrow")
    fetchval = Source("asyncpg.fetchval")
    begin = Source("asyncpg.begin")
    commit = Source("asyncpg.commit")
    rollback = Source("asyncpg.rollback")
    close = Source("asyncpg.close")

    public_names: ClassVar[tuple[str, ...]] = (
        "asyncpg:connect",
        "asyncpg:create_pool",
        "asyncpg.connection:connect",
        "asyncpg.pool:create_pool",
        *(f"asyncpg.connect_utils:{name}" for name in ("_cancel", "_connect", "_connect_addr")),
        "asyncpg:Connection",
        *(f"asyncpg:Connection.{name}" for name in (*STATEMENTS, "close", "transaction", *_UNSUPPORTED)),
        "asyncpg:Pool",
        *(f"asyncpg:Pool.{name}" for name in (*STATEMENTS, "acquire", "release", "close")),
    )

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._sessions = SessionQueue("asyncpg", MACHINE, ConnectionScript)
        self._servers: list[ScriptedServer] = []

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """Where connections are made, and the methods that tell what is done with them."""
        methods = Methods(cls)
        yield Target(_seam.CONNECT_UTILS, "_connect", _connecting.connect(cls))
        yield Target(_seam.CONNECT_UTILS, "_connect_addr", _connecting.connect_addr)
        yield Target(_seam.CONNECT_UTILS, "_cancel", _connecting.cancel)
        for name in STATEMENTS:
            yield Target(_seam.CONNECTION, name, methods.statement(name))
        for name in _HOUSEKEEPING:
            make = methods.unscripted(name, HOUSEKEEPING, Source(f"asyncpg.{name}"))
            yield Target(_seam.CONNECTION, name, make)
        for name, source in _TRANSACTION.items():
            make = methods.unscripted(f"transaction().{name}", TRANSACTION, getattr(cls, source))
            yield Target(_seam.TRANSACTION, name, make)
        for name in _UNSUPPORTED:
            yield Target(_seam.CONNECTION, name, methods.unsupported(name))
        for path, names in _RESOURCES.items():
            for name in names:
                make = methods.unsupported(f"{path.rpartition('.')[2]}.{name}")
                yield Target(f"asyncpg:{path}", name, make)
        yield Target(_seam.CONNECTION, "transaction", methods.transaction)
        yield Target(_seam.CONNECTION, "close", methods.close)

    # -- scripting

    def new_session(self) -> SessionHandle:
        """Script one more connection; connections take sessions in the order they were made."""
        return self._sessions.new()

    # -- the road of a call

    def decide(self, call: Call) -> Answer:
        """Ask whoever answers the call."""
        assert isinstance(call, ScriptCall)
        return call.resolve()

    def begin_session(self, fields: dict[str, Any]) -> Script:
        """Record a call of `asyncpg.connect`, and hand out the session that answers it.

        Raises:
            TripError: no session does.
            Failure: it raises.
        """
        scripts: list[Script] = []

        def resolve() -> Answer:
            try:
                session, step = self._sessions.begin("connect")
            except Unmatched as unmatched:
                unmatched.paste = _SESSION
                raise
            scripts.append(Script(self, session, step.place))
            if step.raises is not None:
                recorded["raised"] = step.raises
            return Answer(raises=step.raises)

        words, recorded = _connecting.ConnectWords(fields), _connecting.Given(fields)
        answer = self.intercept(ScriptCall(self.connect, recorded, words, resolve))
        if answer.raises is not None:
            raise Failure(answer.raises)
        return scripts[0]

    def serve(self, server: ScriptedServer) -> None:
        """Look after a server: drop its client when the sandbox closes."""
        self._servers.append(server)

    def refuse_method(self, source: Source, words: Words, method: str) -> None:
        """Trip over a call of a method that has no step.

        Raises:
            UnmockedInteractionError: always.
        """
        known = ", ".join(MACHINE.methods)
        self._refuse(source, words, f"{method}() cannot be scripted yet; the steps are {known}")

    def refuse_connection(self, source: Source, words: Words, opened: str) -> None:
        """Trip over a call on a connection that was opened elsewhere.

        Raises:
            UnmockedInteractionError: always.
        """
        self._refuse(source, words, f"the connection was opened {opened}; connect inside")

    def refuse_query(self, source: Source, words: Words, error: Exception) -> None:
        """Trip over a query that the scripted server fails to answer.

        Raises:
            UnmockedInteractionError: always, because of that error.
        """
        self._refuse(source, words, f"the scripted server failed: {short(error)}", error)

    def _refuse(self, source: Source, words: Words, why: str, cause: Exception | None = None) -> None:
        def resolve() -> Answer:
            raise Unmatched(explanation=why) from cause

        self.intercept(ScriptCall(source, {}, words, resolve))

    def unused(self) -> Iterable[UnusedMock]:
        """The required steps that no call took."""
        return self._sessions.unused()

    def closed(self) -> None:
        """Drop the clients that are still connected; nothing of them may outlive the sandbox."""
        while self._servers:
            self._servers.pop().drop()

    # -- assertions

    def assert_connect(self, **kwargs: Any) -> None:
        """Assert the next connect: those parameters of `asyncpg.connect` that are given here.

        A parameter that the program left out has its default.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.connect, kwargs)

    def assert_execute(self, *, query: str, args: Any) -> None:
        """Assert the next execute: its query, and the list of its arguments.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        self.verifier.take(self.execute, {"query": query, "args": args})

    def assert_fetch(self, *, query: str, args: Any) -> None:
        """Assert the next fetch; see `assert_execute`."""
        __tracebackhide__ = True
        self.verifier.take(self.fetch, {"query": query, "args": args})

    def assert_fetchrow(self, *, query: str, args: Any) -> None:
        """Assert the next fetchrow; see `assert_execute`."""
        __tracebackhide__ = True
        self.verifier.take(self.fetchrow, {"query": query, "args": args})

    def assert_fetchval(self, *, query: str, args: Any) -> None:
        """Assert the next fetchval; see `assert_execute`."""
        __tracebackhide__ = True
        self.verifier.take(self.fetchval, {"query": query, "args": args})

    def assert_begin(
        self,
        *,
        isolation: Any = None,
        readonly: Any = False,
        deferrable: Any = False,
        savepoint: Any = False,
    ) -> None:
        """Assert that the next interaction begins a `transaction()`: its parameters, and whether it is nested.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        expected = {
            "isolation": isolation,
            "readonly": readonly,
            "deferrable": deferrable,
            "savepoint": savepoint,
        }
        self.verifier.take(self.begin, expected)

    def assert_commit(self, *, savepoint: Any = False) -> None:
        """Assert that the next interaction commits a `transaction()`, the outermost or a nested one."""
        __tracebackhide__ = True
        self.verifier.take(self.commit, {"savepoint": savepoint})

    def assert_rollback(self, *, savepoint: Any = False) -> None:
        """Assert that the next interaction rolls a `transaction()` back, the outermost or a nested one."""
        __tracebackhide__ = True
        self.verifier.take(self.rollback, {"savepoint": savepoint})

    def assert_close(self) -> None:
        """Assert that the next interaction closes a connection.

        Raises:
            InteractionMismatchError: the next interaction is another.
        """
        __tracebackhide__ = True
        self.verifier.take(self.close, {})

    def assertion_for(self, interaction: Interaction) -> str:
        """The call of a typed helper; a value that is masked or no literal is `mock.ANY`, of `unittest.mock`."""
        method = repr(interaction.source).rpartition(".")[2]
        given = ", ".join(
            f"{name}={code(value)}"
            for name, value in interaction.fields.items()
            if name != "raised" and not equal(_DEFAULTS.get((method, name), _NO_DEFAULT), value)
        )
        return f"tripwire.asyncpg.assert_{method}({given})"


_NO_DEFAULT = object()
_DEFAULTS = {
    ("begin", "isolation"): None,
    ("begin", "readonly"): False,
    ("begin", "deferrable"): False,
    ("begin", "savepoint"): False,
    ("commit", "savepoint"): False,
    ("rollback", "savepoint"): False,
}

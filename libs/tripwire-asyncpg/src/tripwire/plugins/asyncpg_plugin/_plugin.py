"""The plugin: what it patches, and who answers a call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from tripwire import (
    Answer,
    Call,
    Interaction,
    Plugin,
    SessionQueue,
    Source,
    StrictVerifier,
    Target,
    Unmatched,
    UnusedMock,
)
from tripwire._values import short
from tripwire._writing._policy import is_here
from tripwire._writing._statement import Statement
from tripwire.plugins.asyncpg_plugin import (
    _connecting,
    _helpers,
    _making,
    _mocks,
    _pools,
    _real_seam,
    _seam,
    _targets,
)
from tripwire.plugins.asyncpg_plugin._helpers import Assertions
from tripwire.plugins.asyncpg_plugin._operation import Failure
from tripwire.plugins.asyncpg_plugin._recording import ConnectCall, RealCall, Recording
from tripwire.plugins.asyncpg_plugin._script import Script, ScriptCall, Words
from tripwire.plugins.asyncpg_plugin._server import ScriptedServer
from tripwire.plugins.asyncpg_plugin._steps import MACHINE, ConnectionScript, PoolScript, StatementStep

if TYPE_CHECKING:
    from tripwire.verifying import Claim, Served, Truth, TruthSettings

_SESSION = """\
(tripwire.asyncpg
    .new_session()
    .expect("connect", returns=None)
    .expect("close", returns=None))"""


class AsyncpgPlugin(Assertions, Plugin):
    """Catches asyncpg's connections; reached as `tripwire.asyncpg`.

    Raises:
        ValueError: the verifier already has one.
    """

    name = "asyncpg"
    tested_with: ClassVar[Mapping[str, str]] = {"asyncpg": ">=0.30,<0.33"}

    public_names: ClassVar[tuple[str, ...]] = (
        "asyncpg:connect",
        "asyncpg:create_pool",
        "asyncpg.connection:connect",
        "asyncpg.pool:create_pool",
        *(f"asyncpg.connect_utils:{name}" for name in ("_cancel", "_connect", "_connect_addr")),
        "asyncpg:Connection",
        *(
            f"asyncpg:Connection.{name}"
            for name in (*_targets.STATEMENTS, *_targets.COPIES, "close", "transaction", "cursor")
        ),
        "asyncpg:Pool",
        *(
            f"asyncpg:Pool.{name}"
            for name in ("execute", "fetch", "fetchrow", "fetchval", "acquire", "release", "close")
        ),
    )

    _inner = ("begin_session", "refuse_connection", "refuse_query", "serve", "servers")

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._sessions = SessionQueue("tripwire.asyncpg", MACHINE, ConnectionScript)
        self.pools: _pools.Pools = _pools.Pools()
        self.recording: Recording = Recording(self)
        self._servers: list[ScriptedServer] = []

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """Where connections are made, and the methods that tell what is done with them."""
        return _targets.of(cls)  # type: ignore[arg-type] # mypy takes a class for one that has no hash

    # -- scripting

    def new_session(self, *, ordered: bool = True) -> ConnectionScript:
        """Script one more connection; connections take sessions in the order they were made.

        ```python
        import asyncpg, tripwire

        async def test_session():
            session = tripwire.asyncpg.new_session().expect("connect", returns=None)
            session.expect("fetchval", returns=42).expect("close", returns=None)
            async with tripwire:
                connection = await asyncpg.connect(host="localhost")
                assert await connection.fetchval("SELECT count(*) FROM users") == 42
                await connection.close()
            tripwire.asyncpg.assert_connect(host="localhost")
            tripwire.asyncpg.assert_fetchval(query="SELECT count(*) FROM users", args=[])
            tripwire.asyncpg.assert_close()
        ```

        Args:
            ordered: whether calls must come in the order of the steps. Without it a call takes the first step that
                fits; let the steps name their SQL by `query`.
        """
        session = self._sessions.new()
        assert isinstance(session, ConnectionScript)
        session.ordered = bool(ordered)
        return session

    def new_pool(self, *, ordered: bool = True, acquires: bool = False) -> PoolScript:
        """Script one more pool: one script for all its connections, however many it opens.

        Pools take these scripts in the order they were made. A pool connects once and closes once, without a step.

        ```python
        import asyncpg, tripwire

        async def test_pool():
            tripwire.asyncpg.new_pool().expect("fetchval", returns=42)
            async with tripwire:
                async with asyncpg.create_pool(host="localhost") as pool:
                    assert await pool.fetchval("SELECT 42") == 42
            tripwire.asyncpg.assert_connect(host="localhost")
            tripwire.asyncpg.assert_fetchval(query="SELECT 42", args=[])
            tripwire.asyncpg.assert_close()
        ```

        Args:
            ordered: as for `new_session`; calls of several connections at once have no order.
            acquires: whether `acquire` and `release` are recorded, and must be asserted.
        """
        return self.pools.new(bool(ordered), bool(acquires))

    @staticmethod
    def record(**values: Any) -> Any:
        """A genuine `asyncpg.Record` with these columns, also equal to the dict of them.

        Raises:
            TypeError: a column's name cannot be one.
        """
        return _making.record(**values)

    @staticmethod
    def error(kind: Any, message: str = "", /, **fields: str) -> Any:
        """An error as a PostgreSQL server sends it, for `raises=`.

        Args:
            kind: the class, such as `asyncpg.UniqueViolationError`, or its code, such as "23505".
            message: what the server says.
            fields: what else it tells, such as `detail`, `hint`, `table_name`, `column_name` and `constraint_name`.

        Raises:
            TypeError: the kind is no error of a server, or there is no such field.
        """
        return _making.error(kind, message, **fields)

    # -- the road of a call

    def decide(self, call: Call) -> Answer:
        """Ask whoever answers the call."""
        assert isinstance(call, ScriptCall)
        return call.resolve()

    def begin_session(
        self,
        fields: dict[str, Any],
        script: PoolScript | None,
        timeout: float | None,
        arguments: dict[str, Any],
    ) -> Script | Interaction:
        """Record a call of `asyncpg.connect`, and hand out the session that answers it.

        Where a recording lets the call through, its interaction is given instead.

        Raises:
            TripError: no session does.
            Failure: it raises.
        """
        made: list[Script] = []
        words, recorded = _connecting.ConnectWords(fields), _connecting.Given(fields)

        def resolve() -> Answer:
            try:
                session, step = (
                    self._sessions.begin("connect") if script is None else (script, script.connect())
                )
            except Unmatched as unmatched:
                unmatched.paste = _SESSION
                raise
            assert isinstance(session, ConnectionScript)
            assert step is None or isinstance(step, StatementStep)
            made.append(Script(self, session, step))
            answer = Answer(raises=None if step is None else step.raises)
            if answer.raises is None and step is not None and step.delay >= (timeout or float("inf")):
                answer.raises = _seam.timed_out()
            if answer.raises is not None:
                recorded["raised"] = answer.raises
            return answer

        if script is not None and not script.is_asked("connect"):
            return Script(self, script, None)
        answer = self.intercept(ConnectCall(self.connect, recorded, words, resolve, arguments))
        if answer.raises is not None:
            raise Failure(answer.raises)
        return made[0] if made else answer.interaction

    def serve(self, server: ScriptedServer) -> None:
        """Look after a server: drop its client when the sandbox closes."""
        self._servers.append(server)

    def servers(self) -> Sequence[ScriptedServer]:
        """Those that are looked after."""
        return tuple(self._servers)

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
        yield from self._sessions.unused()
        yield from self.pools.unused()

    def closed(self) -> None:
        """Drop the clients that are still connected; nothing of them may outlive the sandbox."""
        leaks = self.pools.leaks()
        while self._servers:
            self._servers.pop().drop()
        self.recording.closed()
        _pools.warn(leaks)

    # -- recording

    def let_through(self, call: Call) -> Answer | None:
        """A connect for which no session is left; and whatever is called on its connection."""
        is_new = isinstance(call, ConnectCall) and self._sessions.upcoming() is None
        return Answer() if is_new or isinstance(call, RealCall) else None

    def host_of(self, call: Call) -> str | None:
        """The first host of a connect that is not this machine, or its first; of a Unix socket the path."""
        if not isinstance(call, ConnectCall):
            return None
        hosts = _real_seam.addresses(call.arguments)
        return next((host for host in hosts if not is_here(host)), hosts[0])

    def assertion(self, interaction: Interaction, also: Collection[str] = ()) -> Statement:
        """The call of a typed helper."""
        return _helpers.assertion_of(interaction, also)

    def mocks(self, interactions: Sequence[Interaction]) -> Sequence[Statement]:
        """A session for each connection that was recorded, and one script for each pool."""
        return _mocks.statements(self.recording.scripts(interactions), self.verifier.config)

    # -- verifying

    @classmethod
    def truth(cls, settings: TruthSettings) -> Truth | None:
        """A real server, where one is configured.

        Raises:
            TripwireConfigError: its setting is wrong.
        """
        from tripwire.plugins.asyncpg_plugin import _verifying

        return _verifying.truth(settings)

    def claims(self, served: Sequence[Served]) -> Iterable[Claim]:
        """The statements that steps have answered."""
        from tripwire.plugins.asyncpg_plugin import _verifying_claims

        return _verifying_claims.claims_of(served)

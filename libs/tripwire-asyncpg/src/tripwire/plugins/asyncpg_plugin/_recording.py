"""What came back from a real server, kept beside the interactions of a recording."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tripwire import Answer, Source, Unmatched
from tripwire.plugins.asyncpg_plugin import _real_seam, _seam
from tripwire.plugins.asyncpg_plugin._script import ScriptCall, Words

if TYPE_CHECKING:
    from tripwire import Interaction
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin
    from tripwire.plugins.asyncpg_plugin._real import RealServer


@dataclass
class Recorded:
    """What becomes one script: a connection, or a pool with all of its connections.

    `at_work` counts the calls under way, and `overlapped` tells whether there were ever two.
    """

    number: int
    is_pool: bool
    hosts: list[str] = field(default_factory=list)
    opened: bool = False
    closed: bool = False
    at_work: int = 0
    overlapped: bool = False

    def begin(self) -> None:
        """A call is under way."""
        self.overlapped = self.overlapped or self.at_work > 0
        self.at_work += 1

    def end(self) -> None:
        """It is over."""
        self.at_work -= 1


@dataclass
class Outcome:
    """What a recorded call gave.

    `value` or `rows` is what came back (of a cursor, what was read), of a prepared statement that has no rows the
    status; `columns` are those of a prepared statement; `begun` grows from call to call; `after` is what the server
    did by itself then, as method and value.
    """

    recorded: Recorded
    method: str
    query: str = ""
    args: Any = None
    value: Any = None
    raised: BaseException | None = None
    rows: list[tuple[tuple[str, ...], tuple[Any, ...]]] | None = None
    columns: tuple[str, ...] = ()
    begun: int = 0
    after: list[tuple[str, Any]] = field(default_factory=list)


class RealCall(ScriptCall):
    """A call on a connection that was let through: no script answers it, and it has been answered."""

    __slots__ = ()


@dataclass(slots=True)
class ConnectCall(ScriptCall):
    """A call of `asyncpg.connect`, which can be let through, with its arguments as `connect_utils` gets them."""

    arguments: dict[str, Any]


class Recording:
    """The connections, pools and outcomes of one verifier's recording."""

    def __init__(self, plugin: AsyncpgPlugin) -> None:
        self._plugin = plugin
        self.outcomes: dict[int, Outcome] = {}
        self.servers: list[RealServer] = []
        self.pools: dict[Any, Recorded] = {}
        self._made: list[Recorded] = []
        self.calls: Iterator[int] = itertools.count(1)
        self._last: Outcome | None = None
        self._notified: dict[tuple[Any, ...], int] = {}

    def new(self, pool: Any) -> Recorded:
        """What a connection that is being opened belongs to."""
        if pool is None:
            return self._add(is_pool=False)
        if pool not in self.pools:
            last = next((one for one in reversed(self._made) if one.is_pool), None)
            # The script of a pool that could not connect is taken up by the next pool.
            untried = last is not None and not last.opened
            self.pools[pool] = last if untried and last is not None else self._add(is_pool=True)
        return self.pools[pool]

    def _add(self, *, is_pool: bool) -> Recorded:
        self._made.append(Recorded(len(self._made), is_pool))
        return self._made[-1]

    def add(
        self, outcome: Outcome, source: Source, fields: dict[str, Any], server: RealServer | None
    ) -> None:
        """Record a call that has been answered. One that the end of the sandbox has broken off is not one."""
        if not self._plugin.verifier.is_open:
            return
        if outcome.raised is not None:
            fields = {**fields, "raised": outcome.raised}
        call = RealCall(source, fields, Words(outcome.method, *fields.values()), _unanswered)
        self.keep(outcome, self._plugin.intercept(call).interaction)
        if server is not None:
            outcome.after, server.pending = server.pending, []

    def keep(self, outcome: Outcome, interaction: Interaction) -> None:
        """Put an outcome beside its interaction."""
        self.outcomes[interaction.sequence] = self._last = outcome

    def notified(self, server: RealServer, pid: int, channel: str, payload: str) -> None:
        """A server has notified a connection. A notification that several connections hear is one."""
        heard = server.heard[pid, channel, payload] = server.heard.get((pid, channel, payload), 0) + 1
        if heard > self._notified.get((pid, channel, payload), 0):
            self._notified[pid, channel, payload] = heard
            self.pushed(server, "notify", (channel, payload) if payload else channel)

    def pushed(self, server: RealServer, method: str, value: Any) -> None:
        """A server has done something by itself: after the call that is at work, or the last one."""
        for one in (server, *self.servers):
            if one.operation is not None:
                one.pending.append((method, value))
                return
        assert self._last is not None  # the connect of the server that speaks
        self._last.after.append((method, value))

    def pool_closed(self, pool: Any) -> None:
        """The program has closed a pool."""
        recorded = self.pools.get(pool)
        if recorded is not None and recorded.opened and not recorded.closed:
            recorded.closed = True
            self.add(Outcome(recorded, "close", begun=next(self.calls)), self._plugin.close, {}, None)

    def closed(self) -> None:
        """Drop all clients."""
        while self.servers:
            self.servers.pop().drop()
        self.pools.clear()

    def scripts(self, interactions: Any) -> Iterator[tuple[Recorded, list[Outcome]]]:
        """The outcomes of some interactions, by connection or pool, in the order these were opened."""
        found: dict[int, list[Outcome]] = {}
        for interaction in interactions:
            outcome = self.outcomes.get(interaction.sequence)
            if outcome is not None:
                found.setdefault(outcome.recorded.number, []).append(outcome)
        for number in sorted(found):
            recorded = self._made[number]
            if recorded.overlapped:  # calls at once end in any order
                found[number].sort(key=lambda outcome: outcome.begun)
            yield recorded, found[number]


def _unanswered() -> Answer:
    raise Unmatched


def is_recordable(error: BaseException | None) -> bool:
    """Whether a script has to raise this: asyncpg raises by itself what it notices before it asks a server."""
    if error is None:
        return True
    if isinstance(error, _seam.postgres_error()):
        return (
            _real_seam.is_from_server(error)
            or _real_seam.is_lost_connection(error)
            or _real_seam.is_refused_value(error)
        )
    return not (_seam.is_client_error(error) or isinstance(error, TypeError | ValueError | AttributeError))

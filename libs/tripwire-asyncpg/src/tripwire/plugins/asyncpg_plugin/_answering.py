"""A server that answers from a script: what is common to all its answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from tripwire import TripError
from tripwire.plugins.asyncpg_plugin import _failures, _real_seam, _seam, _wire
from tripwire.plugins.asyncpg_plugin._channel import Channel
from tripwire.plugins.asyncpg_plugin._dropping import Dropping
from tripwire.plugins.asyncpg_plugin._operation import Dropped, Failure, Operation, Reply
from tripwire.plugins.asyncpg_plugin._sql import TransactionStatus
from tripwire.plugins.asyncpg_plugin._steps import PoolScript

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin
    from tripwire.plugins.asyncpg_plugin._script import Script

_PIDS = itertools.count(2**22 + 1)  # above what Linux gives to a process
_SECRET = 0x74726970
SYNC = (b"S", b"")

by_key: WeakValueDictionary[tuple[int, int], Answering] = WeakValueDictionary()
"""The living servers, by what a cancellation names them with."""


class Late(Exception):  # noqa: N818 - no error by itself
    """The answer does not come before the client gives up."""


class Answering(Dropping, Channel):
    """Runs queries by the script, and sends their results or what went wrong."""

    waiting: bool

    def __init__(self, script: Script, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.script = script
        self.database: Any = None  # its address and name
        self.operation: Operation | None = None
        self.transaction: TransactionStatus = TransactionStatus()
        self.key: tuple[int, int] = next(_PIDS), _SECRET
        by_key[self.key] = self
        self.out: list[bytes] = []

    # -- what happens to the client

    @property
    def plugin(self) -> AsyncpgPlugin:
        """Whose script it is."""
        return self.script.plugin

    @property
    def records_use(self) -> bool:
        """Whether it is recorded that a pool lends its connections, and has them back."""
        return isinstance(self.script.session, PoolScript) and self.script.session.acquires

    def closed_by_program(self) -> None:
        """The program closes the connection.

        Raises:
            TripError, Failure: as for `Script.close`.
        """
        self.script.close()

    def cancel(self) -> None:
        """The client asks that the statement at work be cancelled."""
        if self.waiting or self.streaming:
            self.outbox.clear()
            self.waiting = False
            if not self.inbox:
                self.inbox.append(SYNC)
            self.fail(_seam.cancelled())
            self.work()

    def push(self) -> None:
        """Do what the script has the server do by itself now."""
        for step in self.script.due():
            if step.method == "notify":
                self.notify(*step.returns)
            elif step.method == "notice":
                self.post(_wire.notice({"S": "NOTICE", "V": "NOTICE", "C": "00000", "M": step.returns}))
            else:
                self.loop.call_soon(self.lose)

    def notify(self, channel: str, payload: str) -> None:
        """Notify every client of this database; asyncpg passes over what nobody listens to."""
        message = _wire.notification(self.key[0], channel, payload)
        for other in self.script.plugin.servers():
            if other.database != self.database or other.closing or other.loop.is_closed():
                continue
            if other.loop is self.loop:
                other.post(message)
            else:
                other.loop.call_soon_threadsafe(other.post, message)

    # -- answers

    def at_work(self, unlabelled: str) -> Operation:
        """The call that is under way; or one of that method, where the client does something by itself."""
        return self.operation or Operation(unlabelled)

    def run(self, query: str, args: Any, unlabelled: str) -> Reply:
        operation = self.at_work(unlabelled)
        try:
            reply = self.script.run(operation, query, args, self.transaction)
        except Failure as failure:
            self.wait(failure.delay)
            raise
        self.wait(reply.delay)
        self.transaction.follow(query)
        return reply

    def wait(self, delay: float) -> None:
        if delay and not self.clock.pass_by(delay):
            raise Late

    def answer(self, query: str, step: Callable[..., None], *args: Any) -> None:
        """Answer a query by a step, or report what went wrong as a server does."""
        try:
            try:
                step(*args)
            except (TripError, Failure, Dropped, Late):
                raise
            except Exception as error:  # noqa: BLE001 - it must neither end the connection nor be hidden
                self.script.refuse(self.at_work("execute"), query, error)
        except TripError as trip:
            self.report(trip)
        except Failure as failure:
            self.fail(failure.error, query)
        except Dropped:
            self.lose()
        except Late:
            self.waiting = True

    def fail(self, error: BaseException, query: str = "") -> None:
        if not (_seam.is_client_error(error) or _real_seam.is_refused_value(error)):
            self.transaction.fail(query)
        self.report(error)

    def report(self, error: BaseException) -> None:
        fields = _failures.wire_fields(error)
        if fields is None and self.operation is not None:
            self.operation.outcome = error
        self.out.append(_wire.error(fields or _failures.carrier(error)))
        self.skipping = True
        self.flush()
        if _failures.ends_connection(fields):
            self.waiting = True  # for nothing: no message after this one is answered
            self.loop.call_soon(self.lose)

    def finish(self) -> None:
        self.out.append(_wire.ready(self.transaction.status))
        self.flush()
        self.answered = True

    def flush(self) -> None:
        data, self.out = b"".join(self.out), []
        self.post(data)

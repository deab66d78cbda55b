"""What a scripted server asks: the steps of one session, and what is answered without a step."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tripwire import Answer, Call, SessionHandle, Source, Unmatched
from tripwire._messages import at
from tripwire._snapshot import snapshot
from tripwire._values import short
from tripwire.plugins.asyncpg_plugin import _seam
from tripwire.plugins.asyncpg_plugin._operation import HOUSEKEEPING, TRANSACTION, Failure, Operation, Reply
from tripwire.plugins.asyncpg_plugin._sql import TransactionStatus, controls
from tripwire.plugins.asyncpg_plugin._steps import EXAMPLES, columns_of, result_of
from tripwire.plugins.asyncpg_plugin._wire import Column

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire._session import Step
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

_BEGIN = re.compile(
    r"BEGIN(?: ISOLATION LEVEL (?P<isolation>[A-Z ]+?))?(?P<readonly> READ ONLY)?(?P<deferrable> DEFERRABLE)?;"
)
_SHOW_ISOLATION = "SHOW transaction_isolation;"

_TAGS = {
    "begin": "BEGIN",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "savepoint": "SAVEPOINT",
    "release": "RELEASE",
    "rollback_to": "ROLLBACK",
}


@dataclass
class ScriptCall(Call):
    """A call, and who answers it."""

    resolve: Callable[[], Answer]


class Words:
    """A call in words, made only when a message needs it."""

    def __init__(self, method: str, *args: Any) -> None:
        self._method, self._args = method, args

    def __str__(self) -> str:
        return f"asyncpg {self._method}({', '.join(map(short, self._args))})"


def answer_of(step: Step) -> Answer:
    """What a step gives."""
    if step.raises is None:
        return Answer(step)
    return Answer(step, raises=step.raises, fields={"raised": step.raises})


class Script:
    """The script of one connection."""

    def __init__(self, plugin: AsyncpgPlugin, session: SessionHandle, place: Place | None) -> None:
        self.plugin, self._session, self._place = plugin, session, place

    def describe(
        self, operation: Operation, query: str, transaction: TransactionStatus
    ) -> list[Column] | None:
        """The columns that the answer to a query will have; None if it has no rows.

        Raises:
            Failure: the transaction has failed.
        """
        if operation.method == TRANSACTION:
            return [Column("transaction_isolation", _seam.BY_REFERENCE)]
        if transaction.refuses(query):
            self._take(operation.method, query, list(operation.args), transaction)
        # Without a step it is the execution that trips: asyncpg looks at the number of arguments before that.
        step = self._session.peek(operation.method)
        return None if step is None else columns_of(step, _seam.BY_REFERENCE, operation.values)

    def run(self, operation: Operation, query: str, args: list[Any], transaction: TransactionStatus) -> Reply:
        """Record a query and answer it.

        Raises:
            TripError: nothing answers the query.
            Failure: it fails, by the script or because the transaction has failed.
        """
        if operation.method == HOUSEKEEPING:
            return Reply([], "RESET")
        if operation.method == TRANSACTION:
            return self._control(query, transaction)
        step = self._take(operation.method, query, args, transaction)
        rows, tag = result_of(step, operation.values)
        return Reply(rows, tag)

    def close(self) -> None:
        """Record that the program closes the connection.

        Raises:
            TripError: the script has no such step now.
            Failure: it raises.
        """
        self._intercept(self.plugin.close, {}, Words("close"), lambda: answer_of(self._step("close")))

    def refuse(self, operation: Operation, query: str, error: Exception) -> None:
        """Trip over a query that cannot be answered.

        Raises:
            TripError: always.
        """
        source: Source = getattr(self.plugin, operation.method, self.plugin.execute)
        self.plugin.refuse_query(source, Words(operation.method, query, *operation.args), error)

    def _take(self, method: str, query: str, args: list[Any], transaction: TransactionStatus) -> Step:
        def resolve() -> Answer:
            if transaction.refuses(query) and not self._expects_refusal(method):
                return _refusal()
            return answer_of(self._step(method))

        fields = {"query": query, "args": snapshot(args)}
        source: Source = getattr(self.plugin, method)
        step: Step = self._intercept(source, fields, Words(method, query, *args), resolve)
        return step

    def _step(self, method: str) -> Step:
        try:
            return self._session.take(method)
        except Unmatched as unmatched:
            belongs = f"a step for it belongs to the session of this connection{at(self._place)}"
            unmatched.explanation = "\n".join(filter(None, (unmatched.explanation, belongs)))
            unmatched.paste = f'.expect("{method}", returns={EXAMPLES[method]})'
            raise

    def _expects_refusal(self, method: str) -> bool:
        step = self._session.peek(method)
        return step is not None and _seam.is_failed_transaction(step.raises)

    def _control(self, query: str, transaction: TransactionStatus) -> Reply:
        """Answer what `Connection.transaction()` sends. It needs no step."""
        if query == _SHOW_ISOLATION:
            return Reply([("read committed",)], "SHOW")
        word = controls(query)[0]
        savepoint = word in ("savepoint", "release", "rollback_to")
        if word in ("begin", "savepoint"):
            source, fields = self.plugin.begin, {**_begin_fields(query), "savepoint": savepoint}
        elif word in ("commit", "release"):
            source, fields = self.plugin.commit, {"savepoint": savepoint}
        else:
            source, fields = self.plugin.rollback, {"savepoint": savepoint}
        refused = transaction.refuses(query)
        self._intercept(source, fields, Words("execute", query), lambda: _refusal() if refused else Answer())
        return Reply([], "ROLLBACK" if transaction.failed else _TAGS[word])

    def _intercept(
        self, source: Source, fields: dict[str, Any], words: Words, resolve: Callable[[], Answer]
    ) -> Any:
        answer = self.plugin.intercept(ScriptCall(source, fields, words, resolve))
        if answer.raises is not None:
            raise Failure(answer.raises)
        return answer.value


def _refusal() -> Answer:
    error = _seam.failed_transaction()
    return Answer(raises=error, fields={"raised": error})


def _begin_fields(query: str) -> dict[str, Any]:
    found = _BEGIN.fullmatch(query)
    if found is None:
        return {"isolation": None, "readonly": False, "deferrable": False}
    isolation = found["isolation"]
    return {
        "isolation": isolation and isolation.lower().replace(" ", "_"),
        "readonly": found["readonly"] is not None,
        "deferrable": found["deferrable"] is not None,
    }

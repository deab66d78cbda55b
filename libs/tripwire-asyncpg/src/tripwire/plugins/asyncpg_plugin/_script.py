"""What a scripted server asks: the steps of one session, and what is answered without a step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tripwire import Answer, Call, Source, Unmatched
from tripwire._messages import at
from tripwire._snapshot import snapshot
from tripwire._values import code, short
from tripwire.plugins.asyncpg_plugin import _seam
from tripwire.plugins.asyncpg_plugin._compare import Sql
from tripwire.plugins.asyncpg_plugin._operation import (
    HOUSEKEEPING,
    MANY,
    TRANSACTION,
    Dropped,
    Failure,
    Operation,
    Reply,
)
from tripwire.plugins.asyncpg_plugin._returns import EXAMPLES, Rows, rows_in, status_of
from tripwire.plugins.asyncpg_plugin._sql import TransactionStatus, controls
from tripwire.plugins.asyncpg_plugin._steps import (
    ANSWERED,
    UNKNOWN,
    WITHOUT_QUERY,
    ConnectionScript,
    PoolScript,
    StatementStep,
)

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

_BEGIN = re.compile(
    r"BEGIN(?: ISOLATION LEVEL (?P<isolation>[A-Z ]+?))?(?P<readonly> READ ONLY)?(?P<deferrable> DEFERRABLE)?;"
)
Codec = tuple[str, tuple[Any, ...], Mapping[str, Any]]
"""The name of a method that sets a codec, and its arguments."""

_SHOW_ISOLATION = "SHOW transaction_isolation;"

_TAGS = {
    "begin": "BEGIN",
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
    "savepoint": "SAVEPOINT",
    "release": "RELEASE",
    "rollback_to": "ROLLBACK",
}


@dataclass(slots=True)
class ScriptCall(Call):
    """A call, and who answers it."""

    resolve: Callable[[], Answer]


@dataclass(slots=True)
class StatementCall(ScriptCall):
    """A statement: also on which connection, by which call, and with the codecs that the program has set there."""

    script: Script
    operation: Operation
    codecs: Sequence[Codec]


class Words:
    """A call in words, made only when a message needs it."""

    def __init__(self, method: str, *args: Any) -> None:
        self._method, self._args = method, args

    def __str__(self) -> str:
        return f"asyncpg.{self._method}({', '.join(map(short, self._args))})"


def answer_of(step: StatementStep) -> Answer:
    """What a step gives."""
    if step.raises is None:
        return Answer(step)
    return Answer(step, raises=step.raises, fields={"raised": step.raises})


class Script:
    """The script of one connection."""

    plugin: AsyncpgPlugin
    session: ConnectionScript

    def __init__(self, plugin: AsyncpgPlugin, session: ConnectionScript, step: StatementStep | None) -> None:
        self.plugin, self.session = plugin, session
        maker = session if isinstance(session, PoolScript) else step
        self._place: Place | None = None if maker is None else maker.place
        self._last = step
        self.codecs: Sequence[Codec] = ()
        self.settings: Mapping[str, str] = {}  # which the program asked the server for when it connected

    def describe(
        self, operation: Operation, query: str, transaction: TransactionStatus
    ) -> Sequence[str] | None:
        """The columns that the answer to a query will have; None if it has no rows.

        Raises:
            Failure: the transaction has failed.
        """
        method = operation.method
        if method == TRANSACTION:
            return ("transaction_isolation",)
        if method == "copy_in":
            return ("?column?",) * operation.columns
        if transaction.refuses(query):
            self._take(operation, query, _listed(operation), transaction)
        # Without a step it is the execution that trips: asyncpg looks at the number of arguments before that.
        step = self._release(operation)
        args: Any = UNKNOWN if method in MANY else list(operation.args)
        if step is None or not step.fits(method, query, args):
            step = self.session.seek(method, query, args)
        if step is not None and operation.holds:
            operation.held, step.held = step, step.held + 1
        return None if step is None or step.raises is not None else _columns(step, operation)

    def prepare(self, operation: Operation, query: str, transaction: TransactionStatus) -> Reply:
        """Record that a statement is prepared; its columns are those of the step that executes it.

        Raises:
            TripError, Failure, Dropped: as for `run`.
        """
        step = self._take(operation, query, [], transaction)
        columns: Sequence[str] = step.returns or ()
        if not columns:
            following = (
                self.session.seek(method, query) for method in ("fetch", "fetchrow", "fetchval", "cursor")
            )
            found = next((one for one in following if one is not None and one.raises is None), None)
            columns = (_columns(found, operation) or ()) if found is not None else ()
        return Reply(columns=columns, delay=step.delay)

    def run(self, operation: Operation, query: str, args: list[Any], transaction: TransactionStatus) -> Reply:
        """Record a query and answer it.

        Raises:
            TripError: nothing answers the query.
            Failure: it fails, by the script or because the transaction has failed.
            Dropped: the server goes away.
        """
        if operation.method == HOUSEKEEPING:
            return Reply(tag="RESET")
        if operation.method == TRANSACTION:
            return self._control(query, transaction)
        step = self._take(operation, query, args, transaction)
        return Reply() if step is None else _reply(step, operation, query)

    def close(self) -> None:
        """Record that the program closes the connection.

        Raises:
            TripError: the script has no such step now.
            Failure: it raises.
        """
        if not isinstance(self.session, PoolScript) or self.session.is_asked("close"):
            call = ScriptCall(self.plugin.close, {}, Words("close"), lambda: answer_of(self._step("close")))
            _taken(self.plugin.intercept(call))

    def refuse(self, operation: Operation, query: str, error: Exception) -> None:
        """Trip over a query that cannot be answered.

        Raises:
            TripError: always.
        """
        source: Source = getattr(self.plugin, operation.method, self.plugin.execute)
        self.plugin.refuse_query(source, Words(operation.method, query, *operation.args), error)

    def end(self, operation: Operation) -> None:
        """A call is over: what it has held and not taken is free again."""
        operation.holds = False
        self._release(operation)

    def _release(self, operation: Operation) -> StatementStep | None:
        held, operation.held = operation.held, None
        if held is not None:
            held.held -= 1
        return held

    def due(self) -> Iterator[StatementStep]:
        """What the server does by itself now that a call has been answered."""
        last, self._last = self._last, None
        return iter(()) if last is None else self.session.pushed(last)

    def _take(self, operation: Operation, query: str, args: list[Any], transaction: TransactionStatus) -> Any:
        method = operation.method
        operation.answered = True
        held = self._release(operation)

        def resolve() -> Answer:
            if transaction.refuses(query) and not self._expects_refusal(method, query, args):
                return _refusal()
            if method in ANSWERED and self.session.seek(method, query, args) is None:
                return Answer()
            return answer_of(self._step(method, query, args, held))

        if method in ("listen", "unlisten"):
            fields: dict[str, Any] = {"channel": operation.args[0]}
            words = Words(method, *operation.args)
        else:
            fields = {"query": Sql(query)}
            if method != "prepare":
                fields["data" if method == "copy_in" else "args"] = snapshot(args)
            words = Words(method, query, *(() if method == "prepare" else args))
        source: Source = getattr(self.plugin, method)
        call = StatementCall(source, fields, words, resolve, self, operation, self.codecs)
        return _taken(self.plugin.intercept(call))

    def _step(
        self, method: str, query: str = "", args: Any = UNKNOWN, held: StatementStep | None = None
    ) -> StatementStep:
        try:
            self._last = step = self.session.take(method, query, args, first=held)
        except Unmatched as unmatched:
            owner = (
                "script of this pool"
                if isinstance(self.session, PoolScript)
                else "session of this connection"
            )
            belongs = f"a step for it belongs to the {owner}{at(self._place)}"
            unmatched.explanation = "\n".join(filter(None, (unmatched.explanation, belongs)))
            named = "" if self.session.ordered or method in WITHOUT_QUERY else f"query={code(query)}, "
            unmatched.paste = f'.expect("{method}", {named}returns={EXAMPLES[method]})'
            raise
        return step

    def _expects_refusal(self, method: str, query: str, args: list[Any]) -> bool:
        step = self.session.seek(method, query, args)
        return step is not None and _seam.is_failed_transaction(step.raises)

    def _control(self, query: str, transaction: TransactionStatus) -> Reply:
        """Answer what `Connection.transaction()` sends. It needs no step."""
        if query == _SHOW_ISOLATION:
            return Reply([("read committed",)], "SHOW")
        found = control(query)
        assert found is not None  # asyncpg asks for nothing else
        method, fields = found
        source: Source = getattr(self.plugin, "begin" if method == "savepoint" else method)
        refused = transaction.refuses(query)

        def resolve() -> Answer:
            if refused:
                return _refusal()
            step = self.session.seek(method, query, [])
            return Answer() if step is None else answer_of(self._step(method, query, []))

        step = _taken(self.plugin.intercept(ScriptCall(source, fields, Words("execute", query), resolve)))
        tag = "ROLLBACK" if transaction.failed else _TAGS[controls(query)[0]]
        return Reply(tag=tag, delay=0 if step is None else step.delay)


def control(query: str) -> tuple[str, dict[str, Any]] | None:
    """The step that something `transaction()` sends can have, and the fields of its interaction; None of others."""
    word = next(iter(controls(query)), "")
    if word in ("begin", "savepoint"):
        return word, {**_begin_fields(query), "savepoint": word == "savepoint"}
    method = {"release": "commit", "rollback_to": "rollback"}.get(word, word)
    return (method, {"savepoint": method != word}) if word else None


def _taken(answer: Answer) -> Any:
    """The step that answers."""
    step = answer.value
    if answer.raises is not None:
        raise Failure(answer.raises, 0 if step is None else step.delay)
    if step is not None and step.method == "drop":
        raise Dropped
    return step


def _listed(operation: Operation) -> list[Any]:
    return [] if operation.method in MANY else list(operation.args)


def _columns(step: StatementStep, operation: Operation) -> Sequence[str] | None:
    if step.method == "fetchval":
        return ("?column?",) * operation.columns
    return step.returns.columns if isinstance(step.returns, Rows) else None


def _reply(step: StatementStep, operation: Operation, query: str) -> Reply:
    """What a step answers."""
    returns, delay = step.returns, step.delay
    if step.method == "fetchval":
        return Reply([(returns,) * operation.columns], status_of(1, query), delay)
    if isinstance(returns, Rows):
        return Reply(returns.values, status_of(len(returns.values), query), delay)
    if step.method == "copy_out":
        return Reply([returns], f"COPY {rows_in(returns)}", delay)
    if step.method in ("execute", "copy_in", "fetch") and returns is not None:
        return Reply((), status_of(returns, query), delay)
    return Reply((), "", delay)


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

"""What the steps of a script say of a server: one claim for each statement that they have answered."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tripwire._values import short
from tripwire.plugins.asyncpg_plugin._operation import MANY, RECORDS
from tripwire.plugins.asyncpg_plugin._returns import Rows
from tripwire.plugins.asyncpg_plugin._script import Script, StatementCall
from tripwire.plugins.asyncpg_plugin._steps import StatementStep
from tripwire.plugins.asyncpg_plugin._verifying_keys import codecs_key, frozen
from tripwire.plugins.asyncpg_plugin._verifying_statements import created_by, path_in, path_set_by
from tripwire.verifying import Claim

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Codec
    from tripwire.verifying import Served

_STATEMENTS = (
    *("execute", "executemany", "fetch", "fetchmany", "fetchrow", "fetchval"),
    *("cursor", "prepare", "copy_in", "copy_out"),
)


@dataclass(eq=False)
class Mocked:
    """A statement and the answer it was given.

    Attributes: `rows` of arguments, one for each time that it runs; `returns` as the step keeps it; `column` that
    `fetchval` takes; the search `paths` in which names are looked for, the best first; what is `created` before.
    """

    method: str
    query: str
    rows: Sequence[Sequence[Any]]
    returns: Any
    raises: BaseException | None
    column: int = 0
    codecs: Sequence[Codec] = ()
    paths: Sequence[str | None] = (None,)
    created: Sequence[str] = ()


@dataclass
class _State:
    """What the statements on one connection have changed so far."""

    path: str | None = None
    created: list[str] = field(default_factory=list)


def claims_of(served: Sequence[Served]) -> Iterator[Claim]:
    """The claims of what was served in one test."""
    states: dict[Script, _State] = {}
    for one in served:
        call, step = one.call, one.answer.value
        if not isinstance(call, StatementCall):
            continue
        state = states.setdefault(call.script, _State())
        if isinstance(step, StatementStep) and call.operation.method in _STATEMENTS:
            detail = _mocked(call, step, state)
            what = f"expect({detail.method!r}) for {short(detail.query)}"
            yield Claim(what, detail, step.place, _key(detail))
        if "query" in call.fields:
            query = str(call.fields["query"])
            state.path = path_set_by(query) or state.path
            state.created += created_by(query)


def _mocked(call: StatementCall, step: StatementStep, state: _State) -> Mocked:
    method, query = call.operation.method, str(call.fields["query"])
    given: Any = call.fields.get("args", ())
    if method == "copy_in":
        given = call.fields["data"] if call.operation.args == RECORDS else ()
    rows = given if method in MANY or method == "copy_in" else [] if method == "prepare" else [given]
    asked = path_in(dict(call.script.settings))
    paths = tuple(dict.fromkeys((state.path or asked, asked)))
    column = call.operation.column
    return Mocked(
        method,
        query,
        [tuple(row) for row in rows],
        step.returns,
        step.raises,
        column if isinstance(column, int) else 0,
        call.codecs,
        paths,
        tuple(state.created),
    )


def _key(detail: Mocked) -> Hashable | None:
    """What claims have in common that need be checked only once; None where nobody can tell."""
    returns = detail.returns
    if isinstance(returns, Rows):
        returns = (returns.columns, returns.values)
    values = frozen((detail.rows, returns))
    if values is None:
        return None
    codecs = codecs_key(detail.codecs)
    raised = None if detail.raises is None else type(detail.raises)
    return (
        detail.method,
        detail.query,
        values,
        raised,
        detail.column,
        codecs,
        detail.paths,
        tuple(detail.created),
    )

"""The scripts that would have answered what was recorded."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tripwire._writing._statement import Code, Link, Statement
from tripwire.plugins.asyncpg_plugin import _codes, _real_seam, _seam
from tripwire.plugins.asyncpg_plugin._returns import EXAMPLES, ROWS
from tripwire.plugins.asyncpg_plugin._steps import ANSWERED, PUSHED, WITHOUT_QUERY

if TYPE_CHECKING:
    from tripwire._config import Config
    from tripwire.plugins.asyncpg_plugin._recording import Outcome, Recorded

_IS_TAG = re.compile(r"[A-Z]+( [A-Z]+)*( [0-9]+)*")
_NEVER = Code("math.inf", frozenset({"import math"}))
_DESCRIBES = ("fetch", "fetchrow", "fetchval", "cursor")


def statements(scripts: Iterable[tuple[Recorded, Sequence[Outcome]]], config: Config) -> Sequence[Statement]:
    """A statement for each connection or pool."""
    return [_statement(recorded, outcomes, _codes.Codes(config)) for recorded, outcomes in scripts]


def _statement(recorded: Recorded, outcomes: Sequence[Outcome], codes: _codes.Codes) -> Statement:
    unordered = recorded.overlapped
    name = "tripwire.asyncpg.new_pool" if recorded.is_pool else "tripwire.asyncpg.new_session"
    steps = _Steps(recorded, outcomes, codes, by_query=unordered)
    return Statement(name, (), {"ordered": False} if unordered else {}, tuple(steps.links()))


class _Steps:
    """Makes the steps of one script."""

    def __init__(
        self, recorded: Recorded, outcomes: Sequence[Outcome], codes: _codes.Codes, *, by_query: bool
    ) -> None:
        self._recorded, self._outcomes, self._codes, self._by_query = recorded, outcomes, codes, by_query

    def links(self) -> list[Link]:
        """The steps; the same ones in a row are one."""
        links: list[Link] = []
        for number, outcome in enumerate(self._outcomes):
            if self._needs_step(outcome):
                link = self._link(number, outcome)
                same = None if outcome.after else self._repeated(links, link)
                if same is None:
                    links.append(link)
                else:
                    links[same] = _once_more(links[same])
            links += [_expect(method, returns=value) for method, value in outcome.after]
        return links

    def _repeated(self, links: Sequence[Link], link: Link) -> int | None:
        """The step that answers this call too: the last one, and without an order the last one for such calls."""
        for place in range(len(links) - 1, -1, -1):
            before = links[place]
            if repr(_one_time(before)) == repr(link):
                pushes = place + 1 < len(links) and links[place + 1].args[0] in PUSHED
                return None if pushes else place
            if not self._by_query or _is_for_same(before, link):
                return None
        return None

    def _needs_step(self, outcome: Outcome) -> bool:
        if _seam.is_failed_transaction(outcome.raised):
            return False  # asked again, a failed transaction refuses again
        if outcome.method in ("connect", "close") and self._recorded.is_pool:
            return outcome.raised is not None
        return outcome.method not in ANSWERED or outcome.raised is not None or bool(outcome.after)

    def _link(self, number: int, outcome: Outcome) -> Link:
        given = self._named(outcome)
        raised = outcome.raised
        if raised is not None and _real_seam.is_lost_connection(raised):
            if raised.__cause__ is None:
                return _expect("drop", query=outcome.query, returns=None)
            raised = raised.__cause__  # what the server said before it went away
        if isinstance(raised, asyncio.TimeoutError | TimeoutError | asyncio.CancelledError):
            example = ast.literal_eval(EXAMPLES[outcome.method])
            return _expect(outcome.method, **given, returns=example, delay=_NEVER)
        if raised is not None:
            error = self._codes.error(raised, of_connect=outcome.method == "connect")
            return _expect(outcome.method, **given, returns=None, raises=error)
        return _expect(outcome.method, **given, **self._returned(number, outcome))

    def _named(self, outcome: Outcome) -> dict[str, Any]:
        """The query, and where it does not tell a call from another the arguments."""
        if outcome.method in ANSWERED and outcome.method not in WITHOUT_QUERY:
            return {"query": _control(outcome.query)}
        if not self._by_query or outcome.method in WITHOUT_QUERY:
            return {}
        given: dict[str, Any] = {"query": outcome.query}
        others = [one for one in self._outcomes if (one.method, one.query) == (outcome.method, outcome.query)]
        if any(repr(one.args) != repr(outcome.args) for one in others):
            given["args"] = self._codes.of(outcome.args, "args")
        return given

    def _returned(self, number: int, outcome: Outcome) -> dict[str, Any]:
        if outcome.rows is not None and not outcome.rows and _is_status(outcome.value):
            return {"returns": outcome.value}
        if outcome.method in ROWS and outcome.rows is not None:
            return self._rows(outcome.method, outcome.rows)
        if outcome.method == "prepare":
            return {"returns": self._columns(number, outcome)}
        if outcome.method == "fetchval":
            return {"returns": self._codes.of(outcome.value, "returns")}
        return {"returns": outcome.value if outcome.method in ("execute", "copy_in", "copy_out") else None}

    def _rows(self, method: str, rows: _real_seam.Rows) -> dict[str, Any]:
        ambiguous = any(len(set(names)) < len(names) for names, _ in rows)
        if ambiguous:
            values = [self._codes.of(values, "returns") for _, values in rows]
            shown: dict[str, Any] = {"returns": values, "columns": list(rows[0][0])}
        else:
            pairs = [zip(names, values, strict=True) for names, values in rows]
            dicts = [{name: self._codes.of(value, name) for name, value in row} for row in pairs]
            shown = {"returns": dicts}
        if method == "fetchrow":
            shown["returns"] = shown["returns"][0] if rows else None
        return shown

    def _columns(self, number: int, outcome: Outcome) -> list[str] | None:
        """The columns of a prepared statement, unless the rows of the call that comes next tell them."""
        following = self._outcomes[number + 1 :]
        executed = next(
            (one for one in following if one.query == outcome.query and one.method in _DESCRIBES), None
        )
        told = (
            executed is not None
            and executed.raised is None
            and (executed.rows or executed.method == "fetchval")
        )
        return None if told or not outcome.columns else list(outcome.columns)


def _is_status(value: object) -> bool:
    return isinstance(value, str) and _IS_TAG.fullmatch(value) is not None


def _control(query: str) -> Any:
    """How a step names what `transaction()` sends; the names of savepoints are never the same."""
    words = query.rstrip(";").split(" ")
    if not words[-1].startswith("__asyncpg"):
        return query.rstrip(";")
    return Code(f're.compile("^{" ".join(words[:-1])}")', frozenset({"import re"}))


def _expect(method: str, **given: Any) -> Link:
    return Link("expect", (method,), given)


def _one_time(link: Link) -> Link:
    return Link(link.method, link.args, {name: one for name, one in link.kwargs.items() if name != "times"})


def _once_more(link: Link) -> Link:
    return Link(link.method, link.args, {**link.kwargs, "times": link.kwargs.get("times", 1) + 1})


def _is_for_same(one: Link, other: Link) -> bool:
    """Whether two steps of a script without an order answer the same calls."""
    names = ("query", "args")
    asked = ([repr(link.kwargs.get(name)) for name in names] for link in (one, other))
    return one.args == other.args and next(asked) == next(asked)

"""What a test does, observed by somebody who is to write its mocks and assertions."""

from __future__ import annotations

import ast
import asyncio
import sys
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tripwire import _assertions
from tripwire._double import beneath
from tripwire._errors import InteractionMismatchError, MissingAssertionFieldsError
from tripwire._timeline import Interaction, Source, Timeline
from tripwire._writing._edits import Unwritable
from tripwire._writing._sites import Site, sites
from tripwire._writing._source import SourceFile

if TYPE_CHECKING:
    from tripwire._plugin import Answer, Call, Plugin, Unmatched
    from tripwire._writing._policy import Policy

Required = Callable[[Interaction, Collection[str]], Collection[str]]


@dataclass
class Seen:
    """An interaction, and what its record does not tell.

    `actor` is the thread and task that made it. `is_real`: it was let through by a recording.
    """

    interaction: Interaction
    actor: object
    is_real: bool


@dataclass
class Period:
    """An outermost sandbox: where it was opened, and what was called in it."""

    sites: tuple[Site, ...]
    seen: list[Seen] = field(default_factory=list)


@dataclass
class Asserted:
    """One assertion that was executed, what it has found, and what it would have raised.

    `after` is the number of periods before it.
    """

    sites: tuple[Site, ...]
    source: Source
    expected: dict[str, Any]
    required: Required
    any_order: bool
    after: int
    found: Interaction | None = None
    error: InteractionMismatchError | MissingAssertionFieldsError | None = None


class Scribe:
    """The observer of one test. Its verifier locks it."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.periods: list[Period] = []
        self.assertions: list[Asserted] = []

    def opened(self) -> None:
        """An outermost sandbox has opened."""
        self.periods.append(Period(sites()))

    def records(self, plugin: Plugin) -> bool:
        """Whether calls of a plugin are recorded at all."""
        return self._policy.records(plugin)

    def let_through(self, plugin: Plugin, call: Call, why: Unmatched) -> Answer | None:
        """The answer that leads a call nobody mocked to the real thing, where that is allowed."""
        if not self.records(plugin):
            return None
        if refusal := self._policy.refuses(plugin, call):
            why.explanation = f"{why.explanation}\n{refusal}" if why.explanation else refusal
            return None
        return plugin.let_through(call)

    def recorded(self, interaction: Interaction, *, is_real: bool) -> None:
        """A call has been decided and recorded."""
        if beneath.get():
            interaction.asserted = True
            return
        if self.periods:
            self.periods[-1].seen.append(Seen(interaction, _actor(), is_real))

    def take(
        self,
        timeline: Timeline,
        source: Source,
        expected: dict[str, Any],
        *,
        required: Required,
        any_order: bool,
    ) -> Interaction:
        """What an assertion finds. One that finds nothing does not raise: it is to be rewritten.

        Raises:
            InteractionMismatchError, MissingAssertionFieldsError: the test is to catch it.
        """
        __tracebackhide__ = True
        asserted = Asserted(sites(), source, expected, required, any_order, len(self.periods))
        found: Interaction | None
        try:
            found = _assertions.take(timeline, source, expected, required=required, any_order=any_order)
        except (InteractionMismatchError, MissingAssertionFieldsError) as error:
            if _is_caught(asserted.sites):
                raise
            asserted.error = error
            if isinstance(error, InteractionMismatchError):
                found = error.actual
            else:
                found = error.interaction
                found.asserted = True
        asserted.found = found
        self.assertions.append(asserted)
        return found or Interaction(source, expected, plugin=cast("Any", None), place=None, sequence=-1)


class _Threads(threading.local):
    """One object a thread: idents are used again."""

    def __init__(self) -> None:
        self.token: object = object()


_threads = _Threads()


def _is_caught(sites: Sequence[Site]) -> bool:
    """Whether a test expects that an assertion fails, and catches that."""
    for site in sites:
        with suppress(Unwritable):
            source = SourceFile.read(site.filename)
            if any(map(_catches, source.around_within(source.call(site).statement))):
                return True
    return False


def _catches(node: ast.AST) -> bool:
    if isinstance(node, (ast.With, ast.AsyncWith)):
        heads = [ast.unparse(item.context_expr) for item in node.items]
        return any("raises" in head.lower() or "suppress" in head for head in heads)
    return isinstance(node, ast.Try) and bool(node.handlers)


def _actor() -> tuple[object, object]:
    """Who is at work: the thread, and in an event loop the task."""
    task: object = None
    try:
        task = asyncio.current_task()
    except RuntimeError:
        if (trio := sys.modules.get("trio")) is not None:  # pragma: no branch - here are tests of trio
            with suppress(RuntimeError):
                task = trio.lowlevel.current_task()
    return _threads.token, task

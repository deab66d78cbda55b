"""What a case of the catalogue is: a call, the answer that a script gives to it, and what a server makes of both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Case:
    """One call of a connection's method, and one step.

    Attributes: `step` (of `expect`), `query` and `args` as the program calls it, `returns` (of the step), `options` of
    `expect` and `call` of the method; `before` (steps and calls, as pairs of query and answer of `execute`); `setup`
    of the connection by the program; the `lies` (what is said, what is true, remedy) and what is `unchecked`.
    """

    step: str
    query: str
    args: Sequence[Any] = ()
    returns: Any = None
    lies: Sequence[tuple[str, ...]] = ()
    unchecked: Sequence[str] = ()
    method: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    before: Sequence[tuple[str, Any]] = ()
    setup: Callable[[Any], Awaitable[Any]] | None = None
    connect: Mapping[str, Any] = field(default_factory=dict)
    raises: type[BaseException] | None = None


def fetch(query: str, *args: Any, gives: Any, **more: Any) -> Case:
    """A fetch."""
    return Case("fetch", query, args, gives, **more)


def row(query: str, *args: Any, gives: Any, **more: Any) -> Case:
    """A fetchrow."""
    return Case("fetchrow", query, args, gives, **more)


def value(query: str, *args: Any, gives: Any, **more: Any) -> Case:
    """A fetchval."""
    return Case("fetchval", query, args, gives, **more)


def execute(query: str, *args: Any, gives: Any, **more: Any) -> Case:
    """An execute."""
    return Case("execute", query, args, gives, **more)

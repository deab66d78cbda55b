"""Code that tripwire writes, before it has a form: what is called, and with which values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Code:
    """An expression as it is to be written.

    Attributes: `text`; `imports`, the import statements it needs, such as `"from unittest import mock"`; and a
    `comment` for the line it ends on, without the `#`.
    """

    text: str
    imports: frozenset[str] = frozenset()
    comment: str = ""

    def __repr__(self) -> str:
        return self.text


ANY = Code("mock.ANY", frozenset({"from unittest import mock"}))
"""Takes the place of any value."""


@dataclass(frozen=True)
class Link:
    """One more call, of a method of what the call before it gives."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True)
class Statement:
    """A call as it is to be written.

    Attributes: `function`, the path of what is called, such as `"tripwire.http.assert_request"`; `args` and `kwargs`,
    whose values are plain values, or `Code` where the expression is known; `then`, the calls that are chained to
    it; and `on`, an object of the test's own whose attribute `function` is: the writer finds by which name the test
    knows it.
    """

    function: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    then: tuple[Link, ...] = ()
    on: object = None

    def expect(self, method: str, *args: Any, **kwargs: Any) -> Statement:
        """The same with one more call in the chain."""
        link = Link(method, args, kwargs)
        return Statement(self.function, self.args, self.kwargs, (*self.then, link), self.on)

    @property
    def calls(self) -> Iterable[Link]:
        """All calls of the chain, the first one by its path."""
        return (Link(self.function, self.args, self.kwargs), *self.then)

    def in_a_line(self, code: Callable[[Any], str], receiver: str = "") -> str:
        """The call as text; `code` makes that of a value, and `receiver` is how the test names `on`."""
        text = receiver
        for link in self.calls:
            given = [("", one) for one in link.args] + [
                (f"{name}=", one) for name, one in link.kwargs.items()
            ]
            shown = (before + (one.text if type(one) is Code else code(one)) for before, one in given)
            text += f"{'.' if text else ''}{link.method}({', '.join(shown)})"
        return text


def parsed(text: str) -> Statement:
    """The statement that a line of code is, its values being expressions.

    Raises:
        SyntaxError, ValueError: it is not one call.
    """
    node = ast.parse(text.strip(), mode="eval").body
    if not isinstance(node, ast.Call):
        raise ValueError(f"not a call: {text}")
    args = tuple(Code(ast.unparse(one)) for one in node.args)
    kwargs = {one.arg: Code(ast.unparse(one.value)) for one in node.keywords if one.arg is not None}
    return Statement(ast.unparse(node.func), args, kwargs)

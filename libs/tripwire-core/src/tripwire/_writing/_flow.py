"""Where control goes: whether it ever gets past a statement."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tripwire._writing._text import FUNCTIONS, WITHS

_CATCHING = re.compile("raises|suppress|warns|expect_trip|assertRaises|assertWarns")


def own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement that are not of a function within it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, FUNCTIONS)]


def catches(node: ast.AST) -> bool:
    """Whether control goes on behind a statement when what is in it raises."""
    if isinstance(node, WITHS):
        return any(_CATCHING.search(ast.unparse(item.context_expr)) for item in node.items)
    return isinstance(node, ast.Try) and bool(node.handlers) and not leaves([node])


def leaves(block: list[ast.stmt]) -> bool:
    """Whether control never gets past a block."""
    return any(map(_leaves_by, block))


def _leaves_by(statement: ast.stmt) -> bool:
    match statement:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(body=body, orelse=orelse):
            return bool(orelse) and leaves(body) and leaves(orelse)
        case ast.With(body=body) | ast.AsyncWith(body=body):
            return leaves(body) and not catches(statement)
        case ast.Match(cases=cases):
            is_total = any(ast.unparse(one.pattern) == "_" and one.guard is None for one in cases)
            return is_total and all(leaves(one.body) for one in cases)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            done = leaves(body + orelse) and all(leaves(one.body) for one in handlers)
            return leaves(final) or done
    return False

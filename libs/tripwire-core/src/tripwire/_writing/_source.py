"""A source file, and what can be found in it: sandboxes, calls, and the spots where statements can go."""

from __future__ import annotations

import ast
from collections.abc import Collection
from pathlib import Path

from tripwire._writing import _words
from tripwire._writing._edits import CallPlace, SandboxPlace, Spot, Unwritable
from tripwire._writing._flow import catches, leaves, own
from tripwire._writing._sites import Site
from tripwire._writing._text import WITHS, Text

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BRANCHES = (*_LOOPS, ast.If, ast.Match, ast.ExceptHandler)
_ENTERS = ("__enter__", "__aenter__")


class SourceFile(Text):
    """A file that statements can be written into."""

    @classmethod
    def read(cls, path: str) -> SourceFile:
        """Read a file.

        Raises:
            Unwritable: it is no file of Python that a person writes.
        """
        if path.startswith("<doctest "):
            raise Unwritable(_words.DOCTEST)
        if path.startswith("<"):
            raise Unwritable(_words.NO_FILE)
        try:
            return cls(path, Path(path).read_bytes())
        except OSError as error:
            raise Unwritable(_words.unreadable(error.strerror)) from None

    # -- what is at work at a site

    def _node(self, site: Site) -> ast.AST:
        """What is at work at a site, or the statement around it.

        Raises:
            Unwritable: the line has several, and Python does not tell which.
        """
        if site.span is not None and (node := self.by_span.get(site.span)) is not None:
            return node
        on_line = self.statements_on.get(site.lineno, [])
        outer = {
            id(self.statement_of(self.parent(one))) for one in on_line if self.parent(one) is not self.tree
        }
        inner = [one for one in on_line if id(one) not in outer]
        if site.callee in _ENTERS and (found := [one for one in on_line if _opens_on(one, site.lineno)]):
            return found[-1]
        if len(inner) > 1:
            named = {id(self.statement_of(call)) for call in self._calls_of(site)}
            inner = [one for one in inner if id(one) in named] or inner
        if len(inner) > 1:
            raise Unwritable(_words.several_statements(site.lineno))
        if not inner:
            raise Unwritable(_words.another_line(site.lineno))
        return inner[0]

    def _calls_of(self, site: Site) -> list[ast.Call]:
        """The calls of a name that Python may report by a line, if it reports no more than that."""
        named = [call for call in self.calls_on.get(site.lineno, []) if _name(call) == site.callee]
        return [call for call in named if site.lineno == _line(call)] or named

    def call(self, site: Site) -> CallPlace:
        """The call that is at work at a site.

        Raises:
            Unwritable: which of several it is cannot be told.
        """
        node = self.by_span.get(site.span) if site.span is not None else None
        if isinstance(node, ast.Call):
            return self._call_place(node)
        calls = self._calls_of(site)
        if len(calls) != 1:
            raise Unwritable(_words.several_calls(site.lineno, calls, site.callee))
        return self._call_place(calls[0])

    def registration(self, lineno: int, label: str, taken: Collection[int]) -> CallPlace:
        """The call that has registered a mock or step on a line; one of a chain is a call of its own.

        `taken` are where those end that are known already: of several alike the last ones are unused.

        Raises:
            Unwritable: there is none.
        """
        calls = [call for call in self.calls_on.get(lineno, []) if self.end(call) not in taken]
        named = [call for call in calls if f"{_name(call)}(" in label]
        exact = [call for call in named if f"{_name(call)}({_first(call)}" in label]
        found = exact or named or [call for call in calls if isinstance(call.func, ast.Attribute)]
        if not found:
            raise Unwritable(_words.registers_nothing(lineno))
        return self._call_place(max(found, key=self.end))

    def _call_place(self, node: ast.Call) -> CallPlace:
        statement, function = self.statement_of(node), self.function_of(node)
        return CallPlace(self.start(node), self.end(node), node, statement, function)

    def argument(self, call: CallPlace, name: str, position: int | None) -> ast.expr | None:
        """The expression a call gives for a parameter.

        Raises:
            Unwritable: it may be in what is unpacked.
        """
        for keyword in call.node.keywords:
            if keyword.arg == name:
                return keyword.value
        given = call.node.args
        is_starred = [isinstance(one, ast.Starred) for one in given]
        if position is not None and position < len(given) and not any(is_starred[: position + 1]):
            return given[position]
        if any(keyword.arg is None for keyword in call.node.keywords) or (
            position is not None and any(is_starred)
        ):
            raise Unwritable(_words.unpacked(name))
        return None

    # -- where statements can go

    def sandbox(self, site: Site) -> SandboxPlace:
        """The statement that has opened a sandbox at a site.

        Raises:
            Unwritable: it is no `with`.
        """
        statement = self.statement_of(self._node(site))
        if not isinstance(statement, WITHS):
            statement = self._with_of_stack(statement)
        below = self._past(statement)
        return SandboxPlace(
            self.start(statement),
            self._spot_before(statement, blank=True),
            None if below is None else self._spot_after(below, blank=True),
            any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own(statement)),
            self.function_of(statement),
            statement,
        )

    def _with_of_stack(self, statement: ast.stmt) -> ast.stmt:
        """The `with ExitStack() as stack:` around `stack.enter_context(tripwire.sandbox())`."""
        names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        for node in self.around_within(statement):
            if isinstance(node, WITHS) and any(
                isinstance(item.optional_vars, ast.Name) and item.optional_vars.id in names
                for item in node.items
            ):
                return node
        raise Unwritable(_words.WITHOUT_WITH)

    def _past(self, statement: ast.stmt) -> ast.stmt | None:
        """The statement behind which control comes for sure after a sandbox; None if it leaves the function.

        That is one further out where the sandbox is the last thing that is tried, or that is to raise.
        """
        outer = [node for node in self.around_within(statement) if isinstance(node, ast.stmt)]
        while True:
            if leaves([statement]):
                kinds = {type(node) for node in own(statement)}
                stops = _LOOPS if kinds & {ast.Break, ast.Continue} else (*WITHS, ast.Try)
                while outer and not (isinstance(outer[0], stops) and (stops is _LOOPS or catches(outer[0]))):
                    del outer[0]
                if ast.Return in kinds or not outer:
                    return None
            elif not (
                outer
                and catches(outer[0])
                and self.block_of(statement)[-1] is statement
                and self.block_of(statement) is getattr(outer[0], "body", ())
            ):
                return statement
            statement = outer.pop(0)

    def before(self, site: Site, within: SandboxPlace | None = None) -> Spot:
        """Where statements go that are to run before the one at work, and as often as the sandbox `within`."""
        return self._spot_before(self._level_with(self.statement_of(self._node(site)), within))

    def after(self, site: Site, within: SandboxPlace | None = None) -> Spot | None:
        """Where statements go that are to run after the one at work; None if nothing runs there."""
        statement = self._level_with(self.statement_of(self._node(site)), within)
        return None if leaves([statement]) else self._spot_after(statement)

    def _level_with(self, statement: ast.stmt, place: SandboxPlace | None) -> ast.stmt:
        """The statement, or the outermost loop or branch around it that a sandbox is not in."""
        if place is None:
            return statement
        shared, found = set(self.around(place.statement)), statement
        for node in self.around_within(statement):
            if isinstance(node, _BRANCHES) and node not in shared:
                found = self.statement_of(node)
        return found

    def is_in_any_order(self, spot: Spot) -> bool:
        """Whether a spot lies in a block whose assertions may come in any order."""
        return spot.in_any_order

    def is_any_order(self, node: ast.AST) -> bool:
        """Whether a statement opens such a block."""
        return isinstance(node, WITHS) and any(
            isinstance(item.context_expr, ast.Call) and _name(item.context_expr) == "in_any_order"
            for item in node.items
        )

    # -- spots

    def _spot(self, statement: ast.stmt, start: int, end: int, indent: str, before: str, after: str) -> Spot:
        return Spot(
            start, end, indent, before, after, any(map(self.is_any_order, self.around_within(statement)))
        )

    def _spot_before(self, statement: ast.stmt, *, blank: bool = False) -> Spot:
        """Above a statement and its comments. With `blank`, an empty line comes between, and earlier mocks above."""
        block, indent, newline = self.block_of(statement), self.indent(statement), self.newline
        where, first = block.index(statement), self.first_line(statement)
        if self.has_header(statement):
            return self._gap(statement)
        self._refuse_backslash(first - 1)
        above = self.last_line(block[where - 1]) if where else 0
        while first - 1 > above and self.is_comment(first - 1) and self.margin(first - 1) == indent:
            first -= 1
        offset, after = self.line_start(first), newline
        is_first = not where or self.is_docstring(block[where - 1])
        if blank and (is_first or self.is_blank(first - 1)):
            if not is_first and _is_setup(block[where - 1]) and self._all_blank(above + 1, first):
                offset = self.line_start(above + 1)
            else:
                after += newline
        return self._spot(statement, offset, offset, indent, "", after)

    def _all_blank(self, first: int, end: int) -> bool:
        return all(self.is_blank(lineno) for lineno in range(first, end))

    def _spot_after(self, statement: ast.stmt, *, blank: bool = False) -> Spot:
        """Below a statement and the comments that belong to its block. With `blank`, an empty line comes between."""
        block, last = self.block_of(statement), self.last_line(statement)
        where = block.index(statement) + 1
        if where < len(block) and self.first_line(block[where]) == last:
            return self._gap(block[where])
        indent, before = self.indent(statement), self.newline * (1 + blank)
        self._refuse_backslash(last)
        if self.has_header(statement) and not self._follows_another(statement):
            return self._opened(statement, self.line_end(last), "")
        following = last + 1
        while self.is_blank(following) or (
            self.is_comment(following) and len(self.margin(following)) > len(indent)
        ):
            last = last if self.is_blank(following) else following
            following += 1
        offset = self.line_end(last)
        return self._spot(statement, offset, offset, indent, before, "")

    def _follows_another(self, statement: ast.stmt) -> bool:
        """Whether what stands on a line before a statement is its neighbours only."""
        return not self.has_header(self._first_on_line(statement))

    def _first_on_line(self, statement: ast.stmt) -> ast.stmt:
        block = self.block_of(statement)
        where = block.index(statement)
        while where and self.last_line(block[where - 1]) == self.first_line(block[where]):
            where -= 1
        return block[where]

    def _gap(self, statement: ast.stmt) -> Spot:
        """Between a statement and what stands before it on its line, which is broken there."""
        block = self.block_of(statement)
        where = block.index(statement)
        if not where or self.last_line(block[where - 1]) != self.first_line(statement):
            return self._opened(statement, self.start(statement), self.newline)
        first = self._first_on_line(statement)
        if self.has_header(first):
            return self._opened(first, self.start(statement), self.newline)
        self._refuse_backslash(self.first_line(first) - 1)
        indent, start = self.indent(first), self.end(block[where - 1])
        after = self.newline + indent
        return self._spot(statement, start, self.start(statement), indent, self.newline, after)

    def _opened(self, first: ast.stmt, end: int, newline: str) -> Spot:
        """After what stands before `end` in a block that is on the line of its head: the block gets its own lines."""
        first = self._first_on_line(first)
        owner = self.parent(first)
        indent = self.indent(owner) + self.unit
        start = self.line_start(self.first_line(first))
        self._refuse_backslash(self.first_line(first) - 1)
        start += len(self.text[start : self.start(first)].rstrip(" \t\f"))
        kept = self.text[self.start(first) : end].rstrip("; \t\f")
        before = f"{self.newline}{indent}{kept}" if kept else ""
        after = newline and newline + indent
        return self._spot(first, start, end, indent, before + self.newline, after)

    def _refuse_backslash(self, lineno: int) -> None:
        if lineno >= 1 and self.line(lineno).endswith("\\") and not self.is_comment(lineno):
            raise Unwritable(_words.goes_on(lineno))


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _line(call: ast.Call) -> int:
    """The line that Python 3.10 reports for a call: that of the method's name only if nothing is given by name."""
    is_plain = not call.keywords and not any(isinstance(one, ast.Starred) for one in call.args)
    return (is_plain and isinstance(call.func, ast.Attribute) and call.func.end_lineno) or call.lineno


def _first(call: ast.Call) -> str:
    """The first argument as a label shows it."""
    return repr(call.args[0].value) if call.args and isinstance(call.args[0], ast.Constant) else ""


def _opens_on(statement: ast.stmt, lineno: int) -> bool:
    """Whether a line belongs to the head of a `with`."""
    return isinstance(statement, WITHS) and (
        lineno == statement.lineno or any(item.context_expr.lineno == lineno for item in statement.items)
    )


def _is_setup(statement: ast.stmt) -> bool:
    """Whether mocks belong right below a statement: it prepares something, too."""
    is_simple = isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign))
    return is_simple and not any(
        "assert" in str(getattr(node, "attr", getattr(node, "id", ""))) for node in ast.walk(statement)
    )

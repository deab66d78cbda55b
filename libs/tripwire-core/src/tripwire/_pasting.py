"""What code that is pasted into a test needs: the name its mock has there, and imports."""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Iterator
from types import ModuleType

from tripwire import _messages
from tripwire._aside import aside
from tripwire._frames import Place
from tripwire._values import PASSES

_MAKERS = re.compile(r"(.*\.)?(mock|spy)(\.object)?")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CONFIGURE = ("calls", "raises", "required", "returns")


class Named:
    """The name of a double in the code that made it, looked up when a message wants it; else a name to give it.

    `label` is what the double is called by, and `place` where it was made.
    """

    def __init__(self, label: str, place: Place | None) -> None:
        self._label, self._place = label, place
        self._looked_up: tuple[str, str] | None = None

    def __str__(self) -> str:
        return self._both()[0]

    @property
    def remark(self) -> str:
        """What must be done first, as a comment; empty if nothing must."""
        return self._both()[1]

    def _both(self) -> tuple[str, str]:
        if self._looked_up is None:
            self._looked_up = self._look_up()
        return self._looked_up

    def _look_up(self) -> tuple[str, str]:
        name, call = "", ""
        if self._place is not None:
            try:
                name, call = _found(self._label, self._place)
            except PASSES:  # pragma: no cover - a timeout, for nothing of the user's is called here
                raise
            except BaseException:  # noqa: BLE001 - no source, or another one by now
                name, call = "", ""
        if name:
            return name, ""
        words = re.findall(r"[A-Za-z_]\w*", self._label)
        invented = words[-1] if words else "double"
        return invented, _messages.to_be_named(invented, call, self._place) if call else ""


class Member:
    """The name of an attribute of a double."""

    def __init__(self, owner: Named | Member, name: str) -> None:
        self._owner, self._name = owner, name

    def __str__(self) -> str:
        return f"{self._owner}.{self._name}"

    @property
    def remark(self) -> str:
        """That of the double."""
        return self._owner.remark


@aside
def _found(label: str, place: Place) -> tuple[str, str]:
    """A test's name for the double that is made at a line, and the code that makes it; "" where that is not known."""
    tree = ast.parse("".join(linecache.getlines(place.filename)))
    around = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and _spans(node, place.lineno)]
    statement = min(around, key=lambda node: (node.end_lineno or 0) - node.lineno)
    function = next((node for node in around[::-1] if isinstance(node, _FUNCTIONS)), None)
    is_fixture = function is not None and any(
        "fixture" in ast.unparse(one) for one in function.decorator_list
    )
    is_test = function is not None and function.name.startswith("test")
    for target, value in _assigned(statement):
        if (call := _maker(value)) is not None and _is_called(label, call):
            name = ast.unparse(target)
            if is_fixture and function is not None and _gives(function, name):
                return function.name, ""
            return (name if is_test or isinstance(target, ast.Attribute) else ""), ""
    given = _handed_out(statement)
    if is_fixture and function is not None and given is not None and _maker(given) is not None:
        return function.name, ""
    made = [
        call for node in ast.walk(statement) if isinstance(node, ast.Call) and (call := _maker(node)) is node
    ]
    call = next((one for one in made if _is_called(label, one)), None)
    return "", ast.unparse(call) if call is not None and is_test else ""


def _assigned(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each name that a statement assigns to, and what."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    pairs = [(target, statement.value)]
    if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
        pairs = list(zip(target.elts, statement.value.elts, strict=False))
    yield from (pair for pair in pairs if isinstance(pair[0], (ast.Name, ast.Attribute)))


def _maker(value: ast.expr) -> ast.Call | None:
    """The call that makes a double, below those that configure it; None if the value is something else."""
    while isinstance(value, ast.Call):
        if _MAKERS.fullmatch(ast.unparse(value.func)):
            return value
        if not (isinstance(value.func, ast.Attribute) and value.func.attr in _CONFIGURE):
            return None
        value = value.func.value
    return None


def _is_called(label: str, call: ast.Call) -> bool:
    """Whether a call could have made this double: a line may make several."""
    given = [one.value for one in call.args if isinstance(one, ast.Constant)]
    return not given or any(one in (label, label.rpartition(".")[2]) for one in given)


def _gives(fixture: ast.AST, name: str) -> bool:
    """Whether it is this variable that a fixture gives to tests."""
    given = [_handed_out(one) for one in ast.walk(fixture) if isinstance(one, ast.stmt)]
    return any(value is not None and ast.unparse(value) == name for value in given)


def _handed_out(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.Return):
        return statement.value
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield):
        return statement.value.value
    return None


def _spans(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or 0)


def imports(code: str) -> str:
    """The import that code needs, unless the running test's module has it already."""
    from tripwire import _context

    if "mock.ANY" not in code:
        return ""
    verifier = _context.running[-1].verifier if _context.running else None
    test_files = set() if verifier is None else verifier.test_files
    for module in list(sys.modules.values()):
        held = vars(module) if isinstance(module, ModuleType) else {}
        if held.get("__file__") in test_files and isinstance(held.get("mock"), ModuleType):
            return ""
    return "from unittest import mock"

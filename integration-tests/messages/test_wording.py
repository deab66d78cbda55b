"""Where words are made, and that a misuse names its code also where no pytest adds it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.plugins.popen_plugin import PopenPlugin
from tripwire.plugins.subprocess_plugin import SubprocessPlugin

LIBS = Path(__file__).parents[2] / "libs"
CORE = LIBS / "tripwire-core/src/tripwire"
MODULES = sorted(LIBS.glob("*/src/**/*.py"))
KINDS = {"TypeError", "ValueError", "AttributeError", "ImportError"}

# Which modules speak for themselves: they load nothing else of tripwire, or are for authors of plugins.
OWN_WORDS = {"_installation.py", "_module.py", "_statement.py", "testing.py"}
# Errors that a library, Python or a program is to get, and not whoever writes a test.
NO_MISUSE = {
    ("_build.py", "_serialised"),  # becomes the cause of one
    ("_command.py", "check"),
    ("_installation.py", "check"),
    ("_mock.py", "__getattr__"),
    ("_module.py", "__getattr__"),
    ("_proxies.py", "__getattr__"),
    ("_server.py", "_describe"),
    ("_spy.py", "__getattr__"),
    ("_statement.py", "parsed"),
    ("_asyncio_seam.py", "subprocess_exec"),
    ("_asyncio_seam.py", "subprocess_shell"),
    ("_asyncio_seam.py", "_scripted_on_uvloop"),
}


def raised(tree: ast.AST, function: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Each call that makes an error where it is raised, and the function it is in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield function, node.exc
        yield from raised(
            node, node.name if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        )


def has_words(call: ast.Call) -> bool:
    """Whether a message is written there: a code or the name of a setting is one word."""
    return any(
        isinstance(one, ast.JoinedStr)
        or (isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value)
        or (isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and has_words(one))
        for one in call.args
    )


def test_core_has_all_its_words_in_one_place() -> None:
    in_place = [
        f"{file.relative_to(CORE)}:{call.lineno}"
        for file in CORE.rglob("*.py")
        if "_messages" not in file.parts and "_verifying" not in file.parts and file.name not in OWN_WORDS
        for _, call in raised(ast.parse(file.read_text()))
        if has_words(call)
    ]
    assert in_place == []


def test_every_misuse_is_raised_with_its_code() -> None:
    without = {
        (file.name, function)
        for file in MODULES
        for function, call in raised(ast.parse(file.read_text()))
        if isinstance(call.func, ast.Name) and call.func.id in KINDS and "_verifying" not in str(file)
    }
    assert without == NO_MISUSE


def step(method: str) -> Callable[[tripwire.StrictVerifier], object]:
    return lambda verifier: verifier.plugin(AsyncpgPlugin).new_session().expect(method, returns=1)


@pytest.mark.parametrize(
    ("misuse", "kind"),
    [
        (lambda _: tripwire.Source(3), TypeError),  # type: ignore[arg-type]
        (lambda _: tripwire.StateMachine("new", {"go": "on"}), TypeError),  # type: ignore[dict-item]
        (lambda verifier: verifier.assert_interaction("tripwire.http.request"), TypeError),
        (lambda verifier: verifier.expect_trip(ValueError), TypeError),
        (lambda verifier: HttpPlugin(verifier) and HttpPlugin(verifier), ValueError),
        (lambda verifier: verifier.plugin(HttpPlugin).mock_response("GET", "nowhere"), ValueError),
        (lambda verifier: verifier.plugin(HttpPlugin).mock_response("GET", "/x", json={1j: 1}), TypeError),
        (lambda verifier: verifier.plugin(SubprocessPlugin).mock_run(["git"], times=0), ValueError),
        (lambda verifier: verifier.plugin(PopenPlugin).new_session().expect("spwan", returns=0), ValueError),
        (step("fetsch"), ValueError),
        (step("connect"), TypeError),
        (lambda _: tripwire.mock(""), TypeError),
        (lambda _: tripwire.mock("nowhere:thing"), ImportError),
        (lambda _: tripwire.mock("json:thing"), AttributeError),
        (lambda _: tripwire.mock("client").raises(3), TypeError),  # type: ignore[arg-type]
        (lambda _: tripwire.mock("client").assert_called_once, AttributeError),
        (lambda _: tripwire.spy("json"), ValueError),
        (lambda _: tripwire.htpp, AttributeError),  # type: ignore[attr-defined]
        (lambda _: tripwire(), TypeError),  # type: ignore[operator]
    ],
)
def test_a_misuse_names_its_code_without_pytest(
    misuse: Callable[[tripwire.StrictVerifier], object], kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        misuse(tripwire.StrictVerifier())
    assert caught.value.__notes__ == ["help: python -m tripwire explain wrong-use"]

"""Random modules: what is written and taken away again leaves them as they were, and nothing else is touched.

Run longer with TRIPWIRE_CHANCE=20, which multiplies the number of examples.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tripwire._writing import _changes
from tripwire._writing._sites import Site
from tripwire._writing._source import SourceFile
from tripwire._writing._statement import Code

LONGER = int(os.environ.get("TRIPWIRE_CHANCE", "1"))
SETTINGS = settings(
    max_examples=60 * LONGER,
    deadline=None,
    database=None,
    derandomize=LONGER == 1,
    suppress_health_check=list(HealthCheck),
)
MOCK = Code("tripwire.toy.mock_it('GET', {'a': [1, 2]})")
LONG = Code(
    "tripwire.toy.assert_it('GET', 'https://example.com/a/long/path', json={'a': [1, 2], 'b': 'c' * 3, 'd': None})"
)
SHORT = Code("tripwire.toy.assert_it()", comment="why")

SIMPLE = st.sampled_from(
    [
        ["x = 1"],
        ["a(); b()  # both"],
        ["é = 'ü'; y = '''a", "  b'''"],
        ["# a comment"],
        [""],
        ["", ""],
        ["assert x == {", "    'a': 1,  # one", "}"],
        ["tripwire.toy.mock_other(1)"],
        ["tripwire.toy.assert_other(", "    1,", ")"],
        ["\f"],
        ["if x: y()"],
    ]
)
SANDBOXES = st.sampled_from(
    [
        ["with tripwire:", "\tf()"],
        ["with tripwire: f()  # f"],
        ["with a, tripwire as b, c:", "\tif x:", "\t\tf()", "\t# still", "", "\t# here"],
        ["# the sandbox", "with (", "\ttripwire", "):", "\twith tripwire: f()", "\tf()"],
        ["try:", "\twith tripwire:", "\t\tf()", "except X:", "\tpass"],
        ["for x in y:", "\tif x:", "\t\twith tripwire:", "\t\t\tf()", "\telse: pass"],
        ["with raises(X):", "\tg()", "\twith tripwire:", "\t\tf()"],
    ]
)


@st.composite
def modules(draw: st.DrawFn) -> str:
    """A module of functions and methods, each with a sandbox among other statements."""
    lines = [*draw(st.sampled_from([[], ["'''Doc.'''", ""], ["# head"]])), "import tripwire", ""]
    for number in range(draw(st.integers(1, 3))):
        body = [line for piece in draw(st.lists(SIMPLE, max_size=4)) for line in piece]
        body += draw(SANDBOXES)
        body += [line for piece in draw(st.lists(SIMPLE, max_size=4)) for line in piece]
        head = draw(st.sampled_from([[], ["@decorated(", "    1)"]]))
        margin = draw(st.sampled_from(["", "\t"]))
        if margin:
            lines.append(f"class Test{number}:")
        lines += [margin + line for line in [*head, f"def test_{number}():"]]
        lines += [f"{margin}\t{line}" if line.strip() else line for line in body]
        lines += [""] * draw(st.integers(0, 2))
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n"]))
    return text.replace("\t", draw(st.sampled_from(["\t", "  ", "    "]))).replace(
        "\n", draw(st.sampled_from(["\n", "\r\n", "\r"]))
    )


def _sandboxes(source: SourceFile) -> list[Site]:
    """The outermost ones."""
    withs = [
        node
        for node in source.nodes
        if isinstance(node, ast.With) and any("tripwire" in ast.unparse(item) for item in node.items)
    ]
    inner = {id(one) for outer in withs for node in outer.body for one in ast.walk(node)}
    return [
        Site(source.path, node.items[0].context_expr.lineno, None, "", 0, "__enter__", {})
        for node in withs
        if id(node) not in inner
    ]


def _without_new(source: SourceFile) -> str:
    new = [call for call in source.calls if ast.unparse(call.func).endswith((".mock_it", ".assert_it"))]
    places = [
        source.registration(call.func.end_lineno or 0, f"{ast.unparse(call.func)}(", ()) for call in new
    ]
    return _changes.combined(source, [_changes.removal(source, [place]) for place in places])


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chance") / "test_it.py"


@SETTINGS
@given(text=modules(), any_order=st.booleans())
def test_written_and_taken_away(text: str, any_order: bool, path: Path) -> None:
    source = SourceFile(str(path), text.encode())
    changes, is_exact = [], True
    for place in map(source.sandbox, _sandboxes(source)):
        assert place.after is not None
        changes.append(_changes.insertion(source, place.before, [MOCK, MOCK], any_order=False))
        changes.append(_changes.insertion(source, place.after, [LONG, SHORT], any_order=any_order))
        following = source.line_of(place.after.start) + 1
        is_exact &= source.is_blank(following) or len(source.margin(following)) < len(place.after.indent)
    written = _changes.combined(source, changes)
    rest = iter(written.split(source.newline))
    assert all(line in rest for line in text.split(source.newline)), "a line is changed, or not in its place"
    assert written.endswith(source.newline) == text.endswith(source.newline)
    after = _without_new(SourceFile(str(path), written.encode()))
    assert _lines(after) == _lines(text)
    if is_exact:
        assert after == text

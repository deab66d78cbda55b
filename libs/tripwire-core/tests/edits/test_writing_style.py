"""New code in the style of the file and of the project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tripwire._writing import _changes, _layout
from tripwire._writing._edits import Change
from tripwire._writing._statement import Code
from tripwire._writing._style import project_of, quoted, width_of

TEST = "import tripwire\n\n\ndef test():\n    with ⟦tripwire⟧:\n        pass\n"
SENT = Code(
    "tripwire.toy.assert_it('GET', 'https://example.com/a/rather/long/path', json={'a': [1, 2]}, status=200)"
)
SESSION = Code(
    "tripwire.toy.new_session().expect('dial', returns=None).expect('say', returns={'a': 1}).expect('hang_up')",
    comment="why",
)


@pytest.mark.parametrize(
    ("head", "text", "shown"),
    [
        ("", "f('a', b'b', r'\\d')", 'f("a", b"b", r"\\d")'),
        ("x = 'a', 'b', \"c\"", "f('a')", "f('a')"),
        ("x = 'a', \"b\"", "f('a')", 'f("a")'),
        *([("x = 'a'\r\n\\\r", "f('a')", "f('a')")] if sys.version_info < (3, 12) else []),
        ("x = '''a''', '''b''', \"c\"", "f('a')", 'f("a")'),
        ("x = 'a' 'b' f'c' \"d\"", "f('a')", "f('a')"),
        ("", "f('a \"b\"', \"it's\", 'it\\'s', '\\'')", 'f(\'a "b"\', "it\'s", "it\'s", "\'")'),
        ("", "f('''a\nb''', 'c',\n'd')", "f('''a\nb''', \"c\",\n\"d\")"),
        ("", "f('\\\\', '\\'\\\\')", 'f("\\\\", "\'\\\\")'),
    ],
)
def test_quotes(head: str, text: str, shown: str, exact_writer: Any) -> None:
    source, _ = exact_writer.read(f"{head}\n")
    assert quoted(source, Code(text)).text == shown


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("f(1, 2)", 7, ["f(1, 2)"]),
        ("f(1, 2)", 6, ["f(", "    1,", "    2,", ")"]),
        ("f()", 1, ["f()"]),
        ("f(*a, **b, c={**d})", 11, ["f(", "    *a,", "    **b,", "    c={", "        **d,", "    },", ")"]),
        (
            "f({'a': [1], 'b': (2,)})",
            18,
            [
                "f(",
                "    {",
                "        'a': [1],",
                "        'b': (2,),",
                "    },",
                ")",
            ],
        ),
        ("await f(1)", 9, ["await f(", "    1,", ")"]),
        ("s().a(1).b(2)", 12, ["(s()", "    .a(1)", "    .b(2))"]),
        ("t.s().a(1).b(22)", 10, ["(t", "    .s()", "    .a(1)", "    .b(", "        22,", "    ))"]),
        ("t.s(1).a(1)", 10, ["t.s(1).a(", "    1,", ")"]),
        ("f('''a\n  b''', 1)", 88, ["f(", "    '''a", "  b''',", "    1,", ")"]),
        ("f('äöü', 'ß')", 12, ["f(", "    'äöü',", "    'ß',", ")"]),
        ("a + b", 1, ["a + b"]),
        ("{1, 2}", 1, ["{", "    1,", "    2,", "}"]),
    ],
)
def test_layout(text: str, width: int, lines: list[str]) -> None:
    assert _layout.lines(Code(text), "", "    ", width) == lines


def test_layout_with_a_comment_and_tabs() -> None:
    code = Code("f(1, 2)", comment="c")
    assert _layout.lines(code, "\t", "\t", 16) == ["f(1, 2)  # c"]
    assert _layout.lines(code, "\t", "\t", 15) == ["f(", "\t\t1,", "\t\t2,", "\t)  # c"]


PROJECTS = {
    "none": ({}, 88, None),
    "ruff": ({"pyproject.toml": "[tool.ruff]\nline-length = 100"}, 100, "ruff"),
    "black": ({"pyproject.toml": "[tool.black]\nline-length = 70"}, 70, "black"),
    "black and the linter of ruff": (
        {"pyproject.toml": "[tool.black]\n[tool.ruff]\nline-length = 70"},
        88,
        "black",
    ),
    "both formatters": ({"pyproject.toml": "[tool.black]\n[tool.ruff.format]"}, 88, "ruff"),
    "ruff.toml": (
        {"ruff.toml": "line-length = 70", "pyproject.toml": "[tool.ruff]\nline-length = 60"},
        70,
        "ruff",
    ),
    ".ruff.toml": ({".ruff.toml": "line-length = 70", "ruff.toml": "line-length = 60"}, 70, "ruff"),
    "no number": ({"ruff.toml": "line-length = 'x'"}, 88, "ruff"),
    "no TOML": ({"pyproject.toml": "[tool.ruff"}, 88, None),
    "nothing of it": ({"pyproject.toml": "[tool.other]"}, 88, None),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_the_project(name: str, exact_writer: Any) -> None:
    files, width, formatter = PROJECTS[name]
    (exact_writer.folder / ".git").mkdir()
    for file, text in files.items():
        (exact_writer.folder / file).write_text(text)
    exact_writer.path = exact_writer.folder / "tests" / "test_it.py"
    exact_writer.path.parent.mkdir()
    source, _ = exact_writer.read("x = 1\n")
    assert width_of(source) == width
    assert project_of(source).formatter == formatter


@pytest.fixture
def ruff(exact_writer: Any) -> Any:
    """A writer in a project that is formatted by ruff."""
    (exact_writer.folder / "ruff.toml").write_text("line-length = 60\n")
    return exact_writer


def test_only_new_lines_are_formatted(ruff: Any) -> None:
    before = TEST.replace("pass", "x  =  [1,\n  2]").replace("def test():", "def test( ):\n    '''It.'''")
    after = before.replace("⟦tripwire⟧", "tripwire") + (
        "\n    tripwire.toy.assert_it(\n"
        '        "GET",\n'
        '        "https://example.com/a/rather/long/path",\n'
        '        json={"a": [1, 2]},\n'
        "        status=200,\n"
        "    )\n"
        "    tripwire.toy.assert_it(\n"
        '        "GET", "https://example.com/a/rather"\n'
        "    )\n"
        "    (\n"
        "        tripwire.toy.new_session()\n"
        '        .expect("dial", returns=None)\n'
        '        .expect("say", returns={"a": 1})\n'
        '        .expect("hang_up")\n'
        "    )  # why\n"
    )
    short = Code("tripwire.toy.assert_it('GET', 'https://example.com/a/rather')")
    assert ruff.filled(before, [], [SENT, short, SESSION]) == after


@pytest.mark.parametrize("unit", ["  ", "\t"])
def test_indentation_survives(unit: str, ruff: Any) -> None:
    before = "class Test:\n    def test(self):\n        with ⟦tripwire⟧: pass\n".replace("    ", unit)
    text = Code("tripwire.toy.assert_it('''a\n    b\n''', 'https://example.com/a/rather/long')")
    after = (
        f"class Test:\n{unit}def test(self):\n{unit * 2}with tripwire: pass\n\n"
        f"{unit * 2}with tripwire.in_any_order():\n"
        f"{unit * 3}tripwire.toy.assert_it(\n"
        f"{unit * 4}'''a\n    b\n''',\n"
        f'{unit * 4}"https://example.com/a/rather/long",\n'
        f"{unit * 3})\n"
        f"{unit * 3}tripwire.toy.assert_it(1)\n"
    ).replace("'''", '"""')
    head = "import tripwire\n"
    codes = [text, Code("tripwire.toy.assert_it(1)")]
    assert ruff.filled(head + before, [], codes, any_order=True) == head + after


def test_what_shares_a_block_with_new_lines_is_left_alone(ruff: Any) -> None:
    def change(source: Any, site: Any) -> Change:
        return _changes.insertion(source, source.after(site), [Code("f( 1 )")], any_order=False)

    assert ruff.edited("def test( ): ⟦g( 1 )⟧\n", change) == "def test( ):\n    g( 1 )\n    f(1)\n"


def test_one_process_a_file(ruff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    run = subprocess.run

    def noting(command: list[str], **options: Any) -> Any:
        started.append(command[2])
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", noting)
    ruff.filled(TEST + TEST.replace("import tripwire\n", ""), [SENT], [SENT, SESSION])
    assert started == ["ruff"]


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(1)",
        "import sys; sys.stdin.read()",
        "import sys; print('# tripwire: the next one\\nif 1:\\n    f(2)')",
        "import sys; print('# tripwire: the next one\\nif 1:\\n    f((')",
        "import sys; print('# tripwire: the next one\\nif 1:')",
    ],
    ids=["it fails", "it says nothing", "it changes the meaning", "it writes no Python", "it drops it"],
)
def test_a_formatter_that_does_not_help(
    program: str, exact_writer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (exact_writer.folder / "pyproject.toml").write_text("[tool.black]\n")
    (tmp_path / "black.py").write_text(program)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    after = TEST.replace("⟦tripwire⟧", "tripwire") + "\n    f( 1 )\n"
    assert exact_writer.filled(TEST, [], [Code("f( 1 )")]) == after


def test_a_formatter_that_is_not_installed(exact_writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (exact_writer.folder / "pyproject.toml").write_text("[tool.black]\n")
    monkeypatch.setitem(sys.modules, "black", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    after = TEST.replace("⟦tripwire⟧", "tripwire") + "\n    f( 1 )\n"
    assert exact_writer.filled(TEST, [], [Code("f( 1 )")]) == after


def test_a_file_that_the_formatter_leaves_alone(exact_writer: Any) -> None:
    (exact_writer.folder / "ruff.toml").write_text("extend-exclude = ['test_it.py']\n")
    after = TEST.replace("⟦tripwire⟧", "tripwire") + "\n    f( 1 )\n"
    assert exact_writer.filled(TEST, [], [Code("f( 1 )")]) == after

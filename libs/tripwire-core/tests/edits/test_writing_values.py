"""Values and arguments: no more changes than what differs."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from dirty_equals import IsInt

from tripwire._writing import _changes
from tripwire._writing._edits import Change
from tripwire._writing._statement import Code

ANY = Code("mock.ANY", frozenset({"from unittest import mock"}), "no literal")
FRAME = "import tripwire\ndef test():\n    ⟦tripwire.toy.assert_it(%s)⟧  # c\n    'a', 'b', 'c'\n"


def rendered(value: Any, name: str) -> Code:
    return value if isinstance(value, Code) else Code(repr(value))


def edited(writer: Any, arguments: str, change: Any) -> str:
    """What stands between the parentheses of a call after a change, or all if more has changed."""
    text: str = writer.edited(FRAME % arguments, change)
    before, after = FRAME.replace("⟦", "").replace("⟧", "").split("%s")
    if text.startswith(before) and text.endswith(after):
        return text.removeprefix(before).removesuffix(after)
    return text


VALUES: dict[str, tuple[str, Any, Any, str]] = {
    "one item": (
        """1, json={"a": 1, 'b': 2}""",
        {"a": 1, "b": 2},
        {"a": 1, "b": 3},
        """1, json={"a": 1, 'b': 3}""",
    ),
    "nested": (
        """1, json={"a": {"b": [1, {"c": 2}]}}""",
        {"a": {"b": [1, {"c": 2}]}},
        {"a": {"b": [1, {"c": "x"}]}},
        """1, json={"a": {"b": [1, {"c": "x"}]}}""",
    ),
    "matchers stay": (
        """1, {"a": IsInt, "b": mock.ANY, "c": 1}""",
        {"a": IsInt, "b": mock.ANY, "c": 1},
        {"a": 7, "b": 8, "c": 9},
        """1, {"a": IsInt, "b": mock.ANY, "c": 9}""",
    ),
    "new key": (
        """1, json={"a": 1}""",
        {"a": 1},
        {"a": 1, "b": 2, "c": [3]},
        """1, json={"a": 1, 'b': 2, 'c': [3]}""",
    ),
    "key gone": (
        """1, json={"a": 1, "b": 2, "c": 3}""",
        {"a": 1, "b": 2, "c": 3},
        {"a": 1, "c": 3},
        """1, json={"a": 1, "c": 3}""",
    ),
    "first and last keys gone": (
        """1, json={"a": 1, "b": 2, "c": 3}""",
        {"a": 1, "b": 2, "c": 3},
        {"b": 2},
        """1, json={"b": 2}""",
    ),
    "last keys gone": (
        """1, json={"a": 1, "b": 2, "c": 3,}""",
        {"a": 1, "b": 2, "c": 3},
        {"a": 1},
        """1, json={"a": 1,}""",
    ),
    "other key": (
        """1, json={"a": 1, "b": 2, "c": 3}""",
        {"a": 1, "b": 2, "c": 3},
        {"a": 1, "x": 2, "c": 3, "y": 0},
        """1, json={"a": 1, "x": 2, "c": 3, "y": 0}""",
    ),
    "all other keys": ("""1, json={"a": 1}""", {"a": 1}, {"x": 2}, """1, json={'x': 2}"""),
    "emptied": ("""1, json={"a": 1}""", {"a": 1}, {}, """1, json={}"""),
    "filled": ("""1, json={}""", {}, {"a": 1}, """1, json={'a': 1}"""),
    "several lines": (
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]},  # two
            "c": 3
        },
    """,
        {"a": 1, "b": {"x": [1, 2]}, "c": 3},
        {"a": 2, "b": {"x": [1, 3]}, "c": 3, "d": 4},
        """1,
        json={
            # head
            "a": 2,  # one
            "b": {"x": [1, 3]},  # two
            "c": 3,
            "d": 4
        },
    """,
    ),
    "several lines, comma": (
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]},  # two
            "c": 3,
        },
    """,
        {"a": 1, "b": {"x": [1, 2]}, "c": 3},
        {"b": {"x": [1, 2]}, "c": 3, "d": Code("5", comment="five"), "e": Code("6", comment="six")},
        """1,
        json={
            # head
            "b": {"x": [1, 2]},  # two
            "c": 3,
            "d": 5,  # five
            "e": 6,  # six
        },
    """,
    ),
    "several lines, comment": (
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]},  # two
            "c": 3  # three
        },
    """,
        {"a": 1, "b": {"x": [1, 2]}, "c": 3},
        {"a": 1, "b": {"x": [1, 2]}, "c": 3, "d": 4},
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]},  # two
            "c": 3,  # three
            "d": 4
        },
    """,
    ),
    "several lines, gone": (
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]},  # two
            "c": 3  # three
        },
    """,
        {"a": 1, "b": {"x": [1, 2]}, "c": 3},
        {"a": 1, "b": {"x": [1, 2]}},
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]}  # two
        },
    """,
    ),
    "several lines, gone in the middle": (
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]},  # two
            "c": 3
        },
    """,
        {"a": 1, "b": {"x": [1, 2]}, "c": 3},
        {"a": 1, "c": 3},
        """1,
        json={
            # head
            "a": 1,  # one
            "c": 3
        },
    """,
    ),
    "comma, then gone": (
        """1,
        json={
            # head
            "a": 1,  # one
            "b": {"x": [1, 2]},  # two
            "c": 3,
        },
    """,
        {"a": 1, "b": {"x": [1, 2]}, "c": 3},
        {"b": {"x": [1, 2]}},
        """1,
        json={
            # head
            "b": {"x": [1, 2]},  # two
        },
    """,
    ),
    "list longer": ("""1, json=[1, 2]""", [1, 2], [1, 2, 3, "x"], """1, json=[1, 2, 3, 'x']"""),
    "list longer in the middle": ("""1, json=[1, 4]""", [1, 4], [1, 2, 3, 4], """1, json=[1, 2, 3, 4]"""),
    "list longer in front": ("""1, json=[1, 4]""", [1, 4], [0, 1, 4], """1, json=[0, 1, 4]"""),
    "list shorter": ("""1, json=[1, 2, 3, 4]""", [1, 2, 3, 4], [1, 4], """1, json=[1, 4]"""),
    "list of rows": (
        """1, json=[
        {"id": 1},
        {"id": 2},
    ]""",
        [{"id": 1}, {"id": 2}],
        [{"id": 1}, {"id": 3}, {"id": 4}],
        """1, json=[
        {"id": 1},
        {"id": 3},
        {'id': 4},
    ]""",
    ),
    "tuple": ("""1, json=(1, 2)""", (1, 2), (1, 3), """1, json=(1, 3)"""),
    "tuple to one": ("""1, json=(1, 2)""", (1, 2), (1,), """1, json=(1,)"""),
    "another type": ("""1, json=[1]""", [1], (1,), """1, json=(1,)"""),
    "a star": ("""1, json=[*a, 1]""", [1, 1], [1, 2], """1, json=[1, 2]"""),
    "unpacked": (
        """1, json={**a, "b": 1}""",
        {"a": 1, "b": 1},
        {"a": 1, "b": 2},
        """1, json={'a': 1, 'b': 2}""",
    ),
    "implicit concatenation": (
        """1, json={"a": ("x"
        "y"), "b": 1}""",
        {"a": "xy", "b": 1},
        {"a": "z", "b": 1},
        """1, json={"a": "z", "b": 1}""",
    ),
    "argument in parentheses": (
        """1, json=(
        "x"
        "y"
    )""",
        "xy",
        "z",
        "1, json='z'",
    ),
    "f-string, name, call": (
        """1, json=[f"{a}", b, c(), -1, d[0]]""",
        [1, 2, 3, -1, 5],
        [0, 0, 0, 0, 0],
        """1, json=[0, 0, 0, 0, 0]""",
    ),
    "triple-quoted": (
        '''1, json="""a
b"""''',
        "a\nb",
        Code('"""a\nc"""'),
        '''1, json="""a
c"""''',
    ),
    "lambda": (
        """1, json=[lambda a, b: {a: b}, 2]""",
        [1, 2],
        [1, 3, 4],
        """1, json=[lambda a, b: {a: b}, 3, 4]""",
    ),
    "with a comment": (
        """1, json=2""",
        2,
        ANY,
        """from unittest import mock

import tripwire
def test():
    tripwire.toy.assert_it(1, json=mock.ANY)  # c
    'a', 'b', 'c'
""",
    ),
    "positional": ("""1, 2""", 2, 3, """1, 3"""),
    "too long": (
        '''1, json=2, other="aaaaaaaaaaaaaaaaaaaa"''',
        2,
        {"aaaaaaaaaaaaaaaaaaa": [1, 2, 3], "b": "cccccccccccccc"},
        """
        1,
        json={'aaaaaaaaaaaaaaaaaaa': [1, 2, 3], 'b': 'cccccccccccccc'},
        other="aaaaaaaaaaaaaaaaaaaa",
    """,
    ),
    "too long in several lines": (
        """1,
        json=2,
    """,
        2,
        {"aaaaaaaaaaaaaaaaaaa": [1, 2, 3], "b": "ccccccccccccccccccccccccc", "ddddddddddd": 123},
        """1,
        json={
            'aaaaaaaaaaaaaaaaaaa': [1, 2, 3],
            'b': 'ccccccccccccccccccccccccc',
            'ddddddddddd': 123,
        },
    """,
    ),
    "non-ASCII": (
        """"äöü", json={"é": "ß", "b": 1}""",
        {"é": "ß", "b": 1},
        {"é": "€", "b": 1},
        """"äöü", json={"é": "€", "b": 1}""",
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value(name: str, writer: Any) -> None:
    def change(source: Any, site: Any) -> list[Change]:
        node = source.argument(source.call(site), "json", 1)
        return list(_changes.replacement(source, node, expected, actual, rendered, "json"))

    before, expected, actual, after = VALUES[name]
    assert edited(writer, before, change) == after


ADDED: dict[str, tuple[str, Code, str]] = {
    "one line": ("""1""", Code("2"), """1, json=2"""),
    "none there": ("""""", Code("2"), """json=2"""),
    "comma": ("""1,""", Code("2"), """1, json=2,"""),
    "too long": (
        '''1, other="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"''',
        Code("{'a': 1}"),
        """
        1,
        other="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        json={'a': 1},
    """,
    ),
    "several lines": (
        """
        1,
        k=2
    """,
        Code("{'a': 1}", comment="x"),
        """
        1,
        k=2,
        json={'a': 1}  # x
    """,
    ),
    "several lines, comma and comment": (
        """
        1,
        k=2,  # d
    """,
        Code("{'a': 1}", comment="x"),
        """
        1,
        k=2,  # d
        json={'a': 1},  # x
    """,
    ),
    "several lines, comment": (
        """
        1,
        k=2  # d
    """,
        Code("{'a': 1}"),
        """
        1,
        k=2,  # d
        json={'a': 1}
    """,
    ),
    "several in a line": (
        """
        1, k=2,
    """,
        Code("3"),
        """
        1, k=2,
        json=3,
    """,
    ),
    "hanging": (
        """1,
                           k=2""",
        Code("3"),
        """1,
                           k=2,
                           json=3""",
    ),
    "a display that spreads": (
        """k={
        1: 2,
    }""",
        Code("3"),
        """k={
        1: 2,
    }, json=3""",
    ),
    "import": (
        """1""",
        ANY,
        """from unittest import mock

import tripwire
def test():
    tripwire.toy.assert_it(1, json=mock.ANY)  # c
    'a', 'b', 'c'
""",
    ),
    "**": ("""1, **k""", Code("2"), """1, **k, json=2"""),
    "f": ('''f"{1}, {2}"''', Code("2"), """f"{1}, {2}", json=2"""),
}


@pytest.mark.parametrize("name", ADDED)
def test_an_argument(name: str, writer: Any) -> None:
    def change(source: Any, site: Any) -> Change:
        return _changes.added_argument(source, source.call(site), "json", code)

    before, code, after = ADDED[name]
    assert edited(writer, before, change) == after


def test_equal_values_are_left_alone(exact_writer: Any) -> None:
    source, _ = exact_writer.read("f(1)")
    node = source.calls[0].args[0]
    assert list(_changes.replacement(source, node, IsInt, 5, rendered)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    a(⟦tripwire.toy.assert_it(1)⟧, 2)\n", "    a(tripwire.toy.assert_other(k='v'), 2)\n"),
        (
            "    ⟦tripwire.toy.assert_it(\n        1,\n    )⟧\n",
            "    tripwire.toy.assert_other(k='v')  # why\n",
        ),
        ("    ⟦tripwire.toy.assert_it(1)⟧  # c\n", "    tripwire.toy.assert_other(k='v')  # c\n"),
    ],
)
def test_another_call(before: str, after: str, writer: Any) -> None:
    head = "import tripwire\ndef test():\n    'a', 'b'\n"
    code = Code("tripwire.toy.assert_other(k='v')", comment="why")
    assert (
        writer.edited(
            head + before, lambda source, site: _changes.replaced_call(source, source.call(site), code)
        )
        == head + after
    )

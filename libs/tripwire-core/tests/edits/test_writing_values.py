"""Values: no more changes than what differs."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from dirty_equals import IsInt

from tripwire._writing import _changes
from tripwire._writing._edits import Change
from tripwire._writing._statement import Code

from .calls import ANY, edited, rendered

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
    "list emptied": ("""1, json=[1]""", [1], [], """1, json=[]"""),
    "list filled": ("""1, json=[]""", [], [1], """1, json=[1]"""),
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


def test_a_line_with_more_than_the_call_is_not_broken(writer: Any) -> None:
    def change(source: Any, site: Any) -> list[Change]:
        node = source.argument(source.call(site), "json", 1)
        return list(_changes.replacement(source, node, 2, "x" * 80, rendered, "json"))

    before = "import tripwire\ndef test():\n    ⟦tripwire.toy.assert_it(1, json=2)⟧; a('b')\n"
    after = f"import tripwire\ndef test():\n    tripwire.toy.assert_it(1, json='{'x' * 80}'); a('b')\n"
    assert writer.edited(before, change) == after


def test_equal_values_are_left_alone(exact_writer: Any) -> None:
    source, _ = exact_writer.read("f(1)")
    node = source.calls[0].args[0]
    assert list(_changes.replacement(source, node, IsInt, 5, rendered)) == []

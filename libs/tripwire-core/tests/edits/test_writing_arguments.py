"""Arguments that are added, and calls that are replaced."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing import _changes
from tripwire._writing._edits import Change
from tripwire._writing._statement import Code

from .calls import ANY, edited

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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    a(⟦tripwire.toy.assert_it(1)⟧, 2)\n", "    a(tripwire.toy.assert_other(k='v'), 2)\n"),
        (
            "    ⟦tripwire.toy.assert_it(\n        1,\n    )⟧\n",
            "    tripwire.toy.assert_other(k='v')  # why\n",
        ),
        (
            "    return f(2), ⟦tripwire.toy.assert_it(1)⟧, g(3)\n",
            "    return f(2), tripwire.toy.assert_other(k='v'), g(3)\n",
        ),
        (
            "    return f(2), (⟦tripwire.toy.assert_it(1)⟧), g(3)\n",
            "    return f(2), tripwire.toy.assert_other(k='v'), g(3)\n",
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

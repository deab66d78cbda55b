"""Mocks and assertions that go from lines with other statements."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing._edits import Unwritable

AMBIGUOUS = {"a one-line block"}  # without spans

REMOVED = {
    "a one-line block": (
        """import tripwire
def test():
    if a: ⟦tripwire.toy.mock(1)⟧; ⟦tripwire.toy.mock(2)⟧  # c
    b()
""",
        """import tripwire
def test():
    if a: pass  # c
    b()
""",
    ),
    "first of a line": (
        """import tripwire
def test():
    ⟦tripwire.toy.mock(1)⟧; b()  # c
""",
        """import tripwire
def test():
    b()  # c
""",
    ),
    "last of a line": (
        """import tripwire
def test():
    b(); ⟦tripwire.toy.mock(1)⟧;  # c
    c()
""",
        """import tripwire
def test():
    b();  # c
    c()
""",
    ),
    "middle of a line": (
        """import tripwire
def test():
    b(); ⟦tripwire.toy.mock(1, 2)⟧; c()
""",
        """import tripwire
def test():
    b(); c()
""",
    ),
    "all of a line": (
        """import tripwire
def test():
    b()
    ⟦tripwire.toy.mock(1)⟧; ⟦tripwire.toy.assert_it(2)⟧
    c()
""",
        """import tripwire
def test():
    b()
    c()
""",
    ),
    "first two of a line": (
        """import tripwire
def test():
    ⟦tripwire.toy.mock(1)⟧; ⟦tripwire.toy.assert_it(2)⟧; c()
""",
        """import tripwire
def test():
    c()
""",
    ),
    "last two of a line": (
        """import tripwire
def test():
    a(); ⟦tripwire.toy.mock(1)⟧; ⟦tripwire.toy.assert_it(2)⟧
""",
        """import tripwire
def test():
    a()
""",
    ),
}


@pytest.mark.parametrize("name", REMOVED)
def test_removed(name: str, writer: Any) -> None:
    before, after = REMOVED[name]
    if name in AMBIGUOUS and not writer.spans:
        with pytest.raises(Unwritable, match=r"line \d has \d calls of "):
            writer.without(before)
    else:
        assert writer.without(before) == after

"""Statements beside the one at work, on lines with others."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing._edits import Unwritable

from .statements import beside

BESIDE = {
    "one-line test": (
        """import tripwire
def test(): ⟦helper()⟧; assert x  # c
""",
        """import tripwire
def test():
    tripwire.toy.assert_it("GET", 1)
    helper(); assert x  # c
""",
        """import tripwire
def test():
    helper()
    tripwire.toy.assert_it("GET", 1)
    assert x  # c
""",
    ),
    "last of a one-line test": (
        """import tripwire
def test(): a = 1; ⟦helper()⟧;  # c""",
        """import tripwire
def test():
    a = 1
    tripwire.toy.assert_it("GET", 1)
    helper();  # c""",
        """import tripwire
def test():
    a = 1; helper();  # c
    tripwire.toy.assert_it("GET", 1)""",
    ),
    "middle of a one-line test": (
        """import tripwire
def test(): a(); ⟦helper()⟧; b(); c()
""",
        """import tripwire
def test():
    a()
    tripwire.toy.assert_it("GET", 1)
    helper(); b(); c()
""",
        """import tripwire
def test():
    a(); helper()
    tripwire.toy.assert_it("GET", 1)
    b(); c()
""",
    ),
    "middle of a line": (
        "import tripwire\ndef test():\n\ta(); ⟦helper()⟧; b()  # c\n\tx\n",
        'import tripwire\ndef test():\n\ta()\n\ttripwire.toy.assert_it("GET", 1)\n\thelper(); b()  # c\n\tx\n',
        'import tripwire\ndef test():\n\ta(); helper()\n\ttripwire.toy.assert_it("GET", 1)\n\tb()  # c\n\tx\n',
    ),
    "first of a line": (
        """import tripwire
def test():
  ⟦helper()⟧; b()  # c
  x
""",
        """import tripwire
def test():
  tripwire.toy.assert_it("GET", 1)
  helper(); b()  # c
  x
""",
        """import tripwire
def test():
  helper()
  tripwire.toy.assert_it("GET", 1)
  b()  # c
  x
""",
    ),
    "last of a line": (
        """import tripwire
def test():
  b(); ⟦helper()⟧  # c
  x
""",
        """import tripwire
def test():
  b()
  tripwire.toy.assert_it("GET", 1)
  helper()  # c
  x
""",
        """import tripwire
def test():
  b(); helper()  # c
  tripwire.toy.assert_it("GET", 1)
  x
""",
    ),
    "one-line else": (
        """import tripwire
def test():
    if a: b()
    else: ⟦helper()⟧
    try: pass
    except X: c()
""",
        """import tripwire
def test():
    if a: b()
    else:
        tripwire.toy.assert_it("GET", 1)
        helper()
    try: pass
    except X: c()
""",
        """import tripwire
def test():
    if a: b()
    else:
        helper()
        tripwire.toy.assert_it("GET", 1)
    try: pass
    except X: c()
""",
    ),
    "one-line with": (
        """import tripwire
def test():
    with a: ⟦helper()⟧
    b()
""",
        """import tripwire
def test():
    with a:
        tripwire.toy.assert_it("GET", 1)
        helper()
    b()
""",
        """import tripwire
def test():
    with a:
        helper()
        tripwire.toy.assert_it("GET", 1)
    b()
""",
    ),
}


@pytest.mark.parametrize("name", BESIDE)
def test_beside_a_statement(name: str, writer: Any) -> None:
    text, before, after = BESIDE[name]
    assert writer.edited(text, lambda source, site: beside(source, site, "before")) == before
    assert writer.edited(text, lambda source, site: beside(source, site, "after")) == after


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("def test():\n    a(); \\\n    ⟦helper()⟧; b()\n", "before"),
        ("def test():\n    ⟦helper()⟧; \\\n    b()\n", "after"),
    ],
)
def test_a_backslash_is_refused(text: str, how: str, writer: Any) -> None:
    with pytest.raises(Unwritable) as caught:
        writer.edited(text, lambda source, site: beside(source, site, how))
    assert str(caught.value) == "line 2 goes on in the next one, by a backslash"

"""Statements beside the one at work, of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from .statements import beside

BESIDE = {
    "several lines": (
        """import tripwire
def test():
    x = [
        1, ⟦helper(
            1,
        )⟧,
    ]  # c
    # d
    b()
""",
        """import tripwire
def test():
    tripwire.toy.assert_it("GET", 1)
    x = [
        1, helper(
            1,
        ),
    ]  # c
    # d
    b()
""",
        """import tripwire
def test():
    x = [
        1, helper(
            1,
        ),
    ]  # c
    tripwire.toy.assert_it("GET", 1)
    # d
    b()
""",
    ),
    "in a decorated function's body, awaited": (
        """import tripwire
@d
async def test():
    # about
    await ⟦helper(k=1)⟧
""",
        """import tripwire
@d
async def test():
    tripwire.toy.assert_it("GET", 1)
    # about
    await helper(k=1)
""",
        """import tripwire
@d
async def test():
    # about
    await helper(k=1)
    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "non-ASCII before": (
        """import tripwire
def test():
    é = 'äöü€😀'; ⟦helper('ß')⟧; x = 'ü'
""",
        """import tripwire
def test():
    é = 'äöü€😀'
    tripwire.toy.assert_it('GET', 1)
    helper('ß'); x = 'ü'
""",
        """import tripwire
def test():
    é = 'äöü€😀'; helper('ß')
    tripwire.toy.assert_it('GET', 1)
    x = 'ü'
""",
    ),
    "return": (
        """import tripwire
def test():
    return ⟦helper()⟧
""",
        """import tripwire
def test():
    tripwire.toy.assert_it("GET", 1)
    return helper()
""",
        """import tripwire
def test():
    return helper()
""",
    ),
    "raise in every branch": (
        """import tripwire
def test():
    if ⟦helper()⟧:
        raise X
    else:
        return 1
""",
        """import tripwire
def test():
    tripwire.toy.assert_it("GET", 1)
    if helper():
        raise X
    else:
        return 1
""",
        """import tripwire
def test():
    if helper():
        raise X
    else:
        return 1
""",
    ),
    "in an if's condition": (
        """import tripwire
def test():
    if ⟦helper()⟧:
        return 1
    x
""",
        """import tripwire
def test():
    tripwire.toy.assert_it("GET", 1)
    if helper():
        return 1
    x
""",
        """import tripwire
def test():
    if helper():
        return 1
    tripwire.toy.assert_it("GET", 1)
    x
""",
    ),
    "header of a decorated def": (
        """import tripwire
@d(⟦helper()⟧)
def f(): pass
""",
        """import tripwire
tripwire.toy.assert_it("GET", 1)
@d(helper())
def f(): pass
""",
        """import tripwire
@d(helper())
def f(): pass
tripwire.toy.assert_it("GET", 1)
""",
    ),
    "lambda": (
        """import tripwire
def test():
    f = lambda: ⟦helper()⟧
    f()
""",
        """import tripwire
def test():
    tripwire.toy.assert_it("GET", 1)
    f = lambda: helper()
    f()
""",
        """import tripwire
def test():
    f = lambda: helper()
    tripwire.toy.assert_it("GET", 1)
    f()
""",
    ),
    "case": (
        """import tripwire
match x:
    case 1: ⟦helper()⟧
""",
        """import tripwire
match x:
    case 1:
        tripwire.toy.assert_it("GET", 1)
        helper()
""",
        """import tripwire
match x:
    case 1:
        helper()
        tripwire.toy.assert_it("GET", 1)
""",
    ),
}


@pytest.mark.parametrize("name", BESIDE)
def test_beside_a_statement(name: str, writer: Any) -> None:
    text, before, after = BESIDE[name]
    assert writer.edited(text, lambda source, site: beside(source, site, "before")) == before
    assert writer.edited(text, lambda source, site: beside(source, site, "after")) == after

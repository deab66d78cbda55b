"""Statements beside the one at work: on lines with others, and at the level of the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing import _changes
from tripwire._writing._edits import Change, Unwritable
from tripwire._writing._statement import Code

CODE = Code("tripwire.toy.assert_it('GET', 1)")


def beside(source: Any, site: Any, how: str, place: Any = None) -> list[Change]:
    spot = getattr(source, how)(site, place)
    return [] if spot is None else [_changes.insertion(source, spot, [CODE], any_order=False)]


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


LEVELS = {
    "an assertion in a loop": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        a()
    for x in y:
        ⟦tripwire.toy.assert_it(2)⟧
    c()
""",
        """import tripwire
def test():
    with tripwire:
        a()
    tripwire.toy.assert_it("GET", 1)
    for x in y:
        tripwire.toy.assert_it(2)
    tripwire.toy.assert_it("GET", 1)
    c()
""",
    ),
    "an assertion in a branch in a loop": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        a()
    while y:
        if x:
            ⟦tripwire.toy.assert_it(2)⟧
""",
        """import tripwire
def test():
    with tripwire:
        a()
    tripwire.toy.assert_it("GET", 1)
    while y:
        if x:
            tripwire.toy.assert_it(2)
    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "in the loop of the sandbox": (
        """import tripwire
def test():
    for x in y:
        with ⟦tripwire⟧:
            a()
        if x:
            ⟦tripwire.toy.assert_it(2)⟧
        ⟦tripwire.toy.assert_it(3)⟧
""",
        """import tripwire
def test():
    for x in y:
        with tripwire:
            a()
        if x:
            tripwire.toy.assert_it(2)
        tripwire.toy.assert_it("GET", 1)
        tripwire.toy.assert_it(3)
        tripwire.toy.assert_it("GET", 1)
""",
    ),
    "in any order": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        a()
    with tripwire.in_any_order():
        ⟦tripwire.toy.assert_it(2)⟧
""",
        """import tripwire
def test():
    with tripwire:
        a()
    with tripwire.in_any_order():
        tripwire.toy.assert_it("GET", 1)
        tripwire.toy.assert_it(2)
        tripwire.toy.assert_it("GET", 1)
""",
    ),
    "a loop in any order": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        a()
    with tripwire.in_any_order():
        for x in y:
            ⟦tripwire.toy.assert_it(2)⟧
""",
        """import tripwire
def test():
    with tripwire:
        a()
    with tripwire.in_any_order():
        tripwire.toy.assert_it("GET", 1)
        for x in y:
            tripwire.toy.assert_it(2)
        tripwire.toy.assert_it("GET", 1)
""",
    ),
    "in a handler": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        a()
    try:
        b()
    except X:
        ⟦tripwire.toy.assert_it(2)⟧
""",
        """import tripwire
def test():
    with tripwire:
        a()
    tripwire.toy.assert_it("GET", 1)
    try:
        b()
    except X:
        tripwire.toy.assert_it(2)
    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "in what is tried": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        a()
    try:
        ⟦tripwire.toy.assert_it(2)⟧
    finally:
        b()
""",
        """import tripwire
def test():
    with tripwire:
        a()
    try:
        tripwire.toy.assert_it("GET", 1)
        tripwire.toy.assert_it(2)
        tripwire.toy.assert_it("GET", 1)
    finally:
        b()
""",
    ),
    "in a match": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        a()
    match b:
        case 1:
            ⟦tripwire.toy.assert_it(2)⟧
""",
        """import tripwire
def test():
    with tripwire:
        a()
    tripwire.toy.assert_it("GET", 1)
    match b:
        case 1:
            tripwire.toy.assert_it(2)
    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "behind what raises": (
        """import tripwire
def test():
    with pytest.raises(X):
        with ⟦tripwire⟧:
            a()
    ⟦tripwire.toy.assert_it(2)⟧
""",
        """import tripwire
def test():
    with pytest.raises(X):
        with tripwire:
            a()
    tripwire.toy.assert_it("GET", 1)
    tripwire.toy.assert_it(2)
    tripwire.toy.assert_it("GET", 1)
""",
    ),
}


@pytest.mark.parametrize("name", LEVELS)
def test_as_often_as_the_sandbox(name: str, writer: Any) -> None:
    def change(source: Any, *sites: Any) -> list[Change]:
        place = source.sandbox(sites[0])
        return [*beside(source, sites[-1], "before", place), *beside(source, sites[-1], "after", place)]

    text, after = LEVELS[name]
    assert writer.edited(text, change) == after

"""Statements beside the one at work, at the level of the sandbox: as often as that is entered."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing._edits import Change

from .statements import beside

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

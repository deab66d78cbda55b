"""Where mocks and assertions go: by what is in the block of the sandbox and what is around it."""

from __future__ import annotations

from typing import Any

import pytest

from .statements import ASSERTION, MOCK

SANDBOXES = {
    "existing mocks and assertions": (
        """
import tripwire

def test_charge():
    tripwire.toy.mock(0)

    with ⟦tripwire⟧:
        result = charge("ada", 500)

    assert result == 3  # three
""",
        """
import tripwire

def test_charge():
    tripwire.toy.mock(0)
    tripwire.toy.mock("GET", 1)

    with tripwire:
        result = charge("ada", 500)

    tripwire.toy.assert_it("GET", 1)

    assert result == 3  # three
""",
    ),
    "loop and branch": (
        """
import tripwire

def test_charge():
    for x in range(2):
        if x:
            with ⟦tripwire⟧:
                charge()
        else:
            pass
""",
        """
import tripwire

def test_charge():
    for x in range(2):
        if x:
            tripwire.toy.mock("GET", 1)

            with tripwire:
                charge()

            tripwire.toy.assert_it("GET", 1)
        else:
            pass
""",
    ),
    "what raises": (
        """
import tripwire

def test_charge():
    with pytest.raises(ValueError):
        with ⟦tripwire⟧:
            charge()

def test_tried():
    try:
        with ⟦tripwire⟧:
            charge()
    except ValueError as error:
        print(error)

def test_finally():
    try:
        with ⟦tripwire⟧:
            charge()
    finally:
        done()
""",
        """
import tripwire

def test_charge():
    with pytest.raises(ValueError):
        tripwire.toy.mock("GET", 1)

        with tripwire:
            charge()

    tripwire.toy.assert_it("GET", 1)

def test_tried():
    try:
        tripwire.toy.mock("GET", 1)

        with tripwire:
            charge()
    except ValueError as error:
        print(error)

    tripwire.toy.assert_it("GET", 1)

def test_finally():
    try:
        tripwire.toy.mock("GET", 1)

        with tripwire:
            charge()

        tripwire.toy.assert_it("GET", 1)
    finally:
        done()
""",
    ),
    "match": (
        """
import tripwire

def test_charge(x):
    match x:
        case 1:
            with ⟦tripwire⟧:
                charge()
""",
        """
import tripwire

def test_charge(x):
    match x:
        case 1:
            tripwire.toy.mock("GET", 1)

            with tripwire:
                charge()

            tripwire.toy.assert_it("GET", 1)
""",
    ),
    "break": (
        """
import tripwire

def test_charge(x):
    while True:
        with ⟦tripwire⟧:
            charge()
            break
    assert 1
""",
        """
import tripwire

def test_charge(x):
    while True:
        tripwire.toy.mock("GET", 1)

        with tripwire:
            charge()
            break

    tripwire.toy.assert_it("GET", 1)
    assert 1
""",
    ),
    "break in a branch": (
        """
import tripwire

def test_charge(x):
    while True:
        if x:
            with ⟦tripwire⟧:
                charge()
                break
    assert 1
""",
        """
import tripwire

def test_charge(x):
    while True:
        if x:
            tripwire.toy.mock("GET", 1)

            with tripwire:
                charge()
                break

    tripwire.toy.assert_it("GET", 1)
    assert 1
""",
    ),
    "comments in and below the block": (
        """
import tripwire

def test_charge(x):
    x = 1

    # about it
    # all
    with ⟦tripwire⟧:
        charge()
        # still in it

        # in it as well

    # below
    assert 1
""",
        """
import tripwire

def test_charge(x):
    x = 1
    tripwire.toy.mock("GET", 1)

    # about it
    # all
    with tripwire:
        charge()
        # still in it

        # in it as well

    tripwire.toy.assert_it("GET", 1)

    # below
    assert 1
""",
    ),
    "after an assertion": (
        """
import tripwire

def test_charge():
    tripwire.toy.assert_it(0)

    with ⟦tripwire⟧:
        charge()
""",
        """
import tripwire

def test_charge():
    tripwire.toy.assert_it(0)

    tripwire.toy.mock("GET", 1)

    with tripwire:
        charge()

    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "after a compound": (
        """
import tripwire

def test_charge():
    if 1:
        a()


    with ⟦tripwire⟧:
        charge()


    b()
""",
        """
import tripwire

def test_charge():
    if 1:
        a()


    tripwire.toy.mock("GET", 1)

    with tripwire:
        charge()

    tripwire.toy.assert_it("GET", 1)


    b()
""",
    ),
}


@pytest.mark.parametrize("name", SANDBOXES)
def test_beside_a_sandbox(name: str, writer: Any) -> None:
    before, after = SANDBOXES[name]
    assert writer.filled(before, [MOCK], [ASSERTION]) == after

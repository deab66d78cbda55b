"""Where mocks and assertions go: beside every kind of sandbox, and nothing else touched."""

from __future__ import annotations

from typing import Any

import pytest

from .statements import ASSERTION, MOCK

SANDBOXES = {
    "plain": (
        '''
import tripwire


def test_charge():
    """It charges."""
    # the sandbox
    with ⟦tripwire⟧:
        charge("ada", 500)
''',
        '''
import tripwire


def test_charge():
    """It charges."""
    tripwire.toy.mock("GET", 1)

    # the sandbox
    with tripwire:
        charge("ada", 500)

    tripwire.toy.assert_it("GET", 1)
''',
    ),
    "first of a function, no blank": (
        """
import tripwire

def test_charge():
    with ⟦tripwire⟧:
        charge("ada", 500)

def test_other(): pass
""",
        """
import tripwire

def test_charge():
    tripwire.toy.mock("GET", 1)

    with tripwire:
        charge("ada", 500)

    tripwire.toy.assert_it("GET", 1)

def test_other(): pass
""",
    ),
    "compact": (
        """
import tripwire

def test_charge():
    client = Client()
    with ⟦tripwire⟧:
        result = charge("ada", 500)
    assert result == 3
""",
        """
import tripwire

def test_charge():
    client = Client()
    tripwire.toy.mock("GET", 1)
    with tripwire:
        result = charge("ada", 500)

    tripwire.toy.assert_it("GET", 1)
    assert result == 3
""",
    ),
    "async method decorated": (
        """
import tripwire

class TestIt:
    @pytest.mark.parametrize("x", [1])
    async def test_charge(self, x):
        async with ⟦tripwire.sandbox()⟧ as v:
            await charge(x)  # it
""",
        """
import tripwire

class TestIt:
    @pytest.mark.parametrize("x", [1])
    async def test_charge(self, x):
        tripwire.toy.mock("GET", 1)

        async with tripwire.sandbox() as v:
            await charge(x)  # it

        tripwire.toy.assert_it("GET", 1)
""",
    ),
    "several items": (
        """
import tripwire

def test_charge():
    with a, ⟦tripwire⟧, b:
        charge()
    with (
        a as b,
        ⟦tripwire⟧,
    ):
        charge()
""",
        """
import tripwire

def test_charge():
    tripwire.toy.mock("GET", 1)

    with a, tripwire, b:
        charge()

    tripwire.toy.assert_it("GET", 1)
    tripwire.toy.mock("GET", 1)
    with (
        a as b,
        tripwire,
    ):
        charge()

    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "nested": (
        """
import tripwire

def test_charge():
    with ⟦tripwire⟧:
        with tripwire:
            charge()
        with tripwire: charge()
""",
        """
import tripwire

def test_charge():
    tripwire.toy.mock("GET", 1)

    with tripwire:
        with tripwire:
            charge()
        with tripwire: charge()

    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "repeated": (
        """
import tripwire

def test_charge():
    with ⟦tripwire⟧:
        charge()

    with ⟦tripwire⟧:
        charge()
    with ⟦tripwire⟧: charge()  # one line
""",
        """
import tripwire

def test_charge():
    tripwire.toy.mock("GET", 1)

    with tripwire:
        charge()

    tripwire.toy.assert_it("GET", 1)

    tripwire.toy.mock("GET", 1)

    with tripwire:
        charge()

    tripwire.toy.assert_it("GET", 1)
    tripwire.toy.mock("GET", 1)
    with tripwire: charge()  # one line

    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "fixture": (
        """
import tripwire

@pytest.fixture
def sandbox():
    with ⟦tripwire⟧:
        yield
    # done
""",
        """
import tripwire

@pytest.fixture
def sandbox():
    tripwire.toy.mock("GET", 1)

    with tripwire:
        yield

    tripwire.toy.assert_it("GET", 1)
    # done
""",
    ),
    "exit stack": (
        """
import tripwire

def test_charge():
    with ExitStack() as stack:
        ⟦stack.enter_context(tripwire.sandbox())⟧
        charge()
""",
        """
import tripwire

def test_charge():
    tripwire.toy.mock("GET", 1)

    with ExitStack() as stack:
        stack.enter_context(tripwire.sandbox())
        charge()

    tripwire.toy.assert_it("GET", 1)
""",
    ),
    "tabs": (
        """
import tripwire

class TestIt:
\tdef test_charge(x):
\t\twith ⟦tripwire⟧:
\t\t\tcharge()
""",
        """
import tripwire

class TestIt:
\tdef test_charge(x):
\t\ttripwire.toy.mock("GET", 1)

\t\twith tripwire:
\t\t\tcharge()

\t\ttripwire.toy.assert_it("GET", 1)
""",
    ),
    "in a class of two spaces, no final newline": (
        """
import tripwire

class TestIt:
  def test_charge(x):
    with ⟦tripwire⟧:
      charge()""",
        """
import tripwire

class TestIt:
  def test_charge(x):
    tripwire.toy.mock("GET", 1)

    with tripwire:
      charge()

    tripwire.toy.assert_it("GET", 1)""",
    ),
    "module": (
        """
import tripwire
with ⟦tripwire⟧:
  charge()""",
        """
import tripwire
tripwire.toy.mock("GET", 1)
with tripwire:
  charge()

tripwire.toy.assert_it("GET", 1)""",
    ),
}


@pytest.mark.parametrize("name", SANDBOXES)
def test_beside_a_sandbox(name: str, writer: Any) -> None:
    before, after = SANDBOXES[name]
    assert writer.filled(before, [MOCK], [ASSERTION]) == after

"""Imports and the names of functions: known in one, taken in another."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing._statement import Code

from .imports import MOCK, with_imports

NEEDED: dict[str, tuple[str, list[Code], str]] = {
    "in the function": (
        """import tripwire
def test():
    from unittest import mock
    with ⟦tripwire⟧:
        pass
""",
        [MOCK],
        """import tripwire
def test():
    from unittest import mock
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "later in the function": (
        """import tripwire
def test():
    with ⟦tripwire⟧:
        pass
    from unittest import mock
""",
        [MOCK],
        """from unittest import mock as unittest_mock

import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(unittest_mock.ANY)
    from unittest import mock
""",
    ),
    "in another function": (
        """def test():
    import tripwire
    with ⟦tripwire⟧:
        pass
def other():
    from unittest import mock
""",
        [MOCK],
        """from unittest import mock


def test():
    import tripwire
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
def other():
    from unittest import mock
""",
    ),
    "an argument": (
        """from unittest import mock
import tripwire
def test(mock):
    with ⟦tripwire⟧:
        pass
""",
        [MOCK],
        """from unittest import mock
from unittest import mock as unittest_mock
import tripwire
def test(mock):
    with tripwire:
        pass

    tripwire.toy.assert_it(unittest_mock.ANY)
""",
    ),
    "a variable": (
        """import tripwire
def test():
    with ⟦tripwire⟧ as mock:
        pass
""",
        [MOCK],
        """from unittest import mock as unittest_mock

import tripwire
def test():
    with tripwire as mock:
        pass

    tripwire.toy.assert_it(unittest_mock.ANY)
""",
    ),
    "a method": (
        """import tripwire
from unittest import mock
class Test:
    mock = 1
    def test():
        with ⟦tripwire⟧: pass
""",
        [MOCK],
        """import tripwire
from unittest import mock
class Test:
    mock = 1
    def test():
        with tripwire: pass

        tripwire.toy.assert_it(mock.ANY)
""",
    ),
}


@pytest.mark.parametrize("name", NEEDED)
def test_imports(name: str, exact_writer: Any) -> None:
    before, codes, after = NEEDED[name]
    assert with_imports(exact_writer, before, codes) == after

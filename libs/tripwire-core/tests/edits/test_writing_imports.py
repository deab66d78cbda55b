"""Imports: added once, in the group and at the place where they belong."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing import _changes
from tripwire._writing._statement import Code

from .imports import DATETIME, IS_DATETIME, MOCK, OWN, TEST, XML, with_imports

NEEDED: dict[str, tuple[str, list[Code], str]] = {
    "a group for it": (
        """import pytest
import tripwire


"""
        + TEST,
        [MOCK],
        """from unittest import mock

import pytest
import tripwire


def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "in its group": (
        """import os
import sys
from uuid import UUID

import tripwire


"""
        + TEST,
        [MOCK, DATETIME],
        """import datetime
import os
import sys
from unittest import mock
from uuid import UUID

import tripwire


def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
    tripwire.toy.assert_it(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
""",
    ),
    "order of from-imports": (
        """from unittest import TestCase

import tripwire
"""
        + TEST,
        [MOCK, IS_DATETIME],
        """from unittest import mock
from unittest import TestCase

import tripwire
from dirty_equals import IsDatetime
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
    tripwire.toy.assert_it(IsDatetime(iso_string=True))
""",
    ),
    "only later groups": (
        """from . import x
"""
        + TEST,
        [MOCK],
        """from unittest import mock

import tripwire

from . import x
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "several lines": (
        """from os import (
    path,
)
import tripwire
"""
        + TEST,
        [MOCK],
        """from os import (
    path,
)
from unittest import mock
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "no group of its own": (
        """import zlib
"""
        + TEST,
        [IS_DATETIME],
        """import zlib

import tripwire
from dirty_equals import IsDatetime
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(IsDatetime(iso_string=True))
""",
    ),
    "a dotted module": (
        """import tripwire
"""
        + TEST,
        [XML],
        """import xml.dom

import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(xml.dom.X(1))
""",
    ),
    "the program's own": (
        """import tripwire

from shop import charge
"""
        + TEST,
        [OWN, IS_DATETIME, MOCK],
        """from unittest import mock

import tripwire
from dirty_equals import IsDatetime

from shop import charge
from shop.colors import Color
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(Color.RED)
    tripwire.toy.assert_it(IsDatetime(iso_string=True))
    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "none of the program's own yet": (
        """import tripwire
"""
        + TEST,
        [OWN],
        """import tripwire

from shop.colors import Color
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(Color.RED)
""",
    ),
}


@pytest.mark.parametrize("name", NEEDED)
def test_imports(name: str, exact_writer: Any) -> None:
    before, codes, after = NEEDED[name]
    assert with_imports(exact_writer, before, codes) == after


def test_in_any_order_by_the_name_of_the_file(exact_writer: Any) -> None:
    before = "import tripwire as tw\nasync def test():\n    async with ⟦tw⟧:\n        pass\n"
    after = (
        "import tripwire as tw\nasync def test():\n    async with tw:\n        pass\n\n"
        "    with tw.in_any_order():\n        tw.toy.a()\n        tw.toy.b()  # two\n"
    )
    codes = [Code("tripwire.toy.a()"), Code("tripwire.toy.b()", comment="two")]
    assert exact_writer.filled(before, [], codes, any_order=True) == after


def test_once_for_several_changes(exact_writer: Any) -> None:
    source, sites = exact_writer.read("import tripwire\n" + TEST + TEST)
    changes = [
        _changes.insertion(source, source.sandbox(site).after, [MOCK], any_order=False)
        for site in (*sites, *sites)
    ]
    test = TEST.replace("⟦tripwire⟧", "tripwire") + "\n    tripwire.toy.assert_it(mock.ANY)\n"
    assert _changes.combined(source, changes) == f"from unittest import mock\n\nimport tripwire\n{test}{test}"

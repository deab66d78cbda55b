"""Imports below what a file begins with, and in files that have no plain block of imports."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing._statement import Code

from .imports import DATETIME, MOCK, TEST, A, with_imports

NEEDED: dict[str, tuple[str, list[Code], str]] = {
    "docstring": (
        '''"""Doc."""
import_nothing = 1
'''
        + TEST,
        [MOCK],
        '''"""Doc."""

from unittest import mock

import tripwire


import_nothing = 1
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
''',
    ),
    "docstring and empty lines": (
        '''"""Doc."""


'''
        + TEST,
        [MOCK],
        '''"""Doc."""

from unittest import mock

import tripwire


def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
''',
    ),
    "future": (
        '''"""Doc."""

from __future__ import annotations

'''
        + TEST,
        [MOCK],
        '''"""Doc."""

from __future__ import annotations

from unittest import mock

import tripwire

def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
''',
    ),
    "nothing at all": (
        """""" + TEST,
        [MOCK],
        """from unittest import mock

import tripwire


def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "a coding line": (
        """# coding: utf-8
"""
        + TEST,
        [MOCK],
        """# coding: utf-8
from unittest import mock

import tripwire


def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "a comment": (
        """# Licence.
# All rights.

x = 1
"""
        + TEST,
        [MOCK],
        """# Licence.
# All rights.

from unittest import mock

import tripwire

x = 1
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "a comment about the code": (
        """# about x
x = 1
"""
        + TEST,
        [MOCK],
        """from unittest import mock

import tripwire


# about x
x = 1
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "a comment about an import": (
        """# Licence.

# about os
import zlib

# ours
import tripwire
"""
        + TEST,
        [MOCK, DATETIME, A],
        """# Licence.

import datetime
# about os
import zlib
from unittest import mock

import a
# ours
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
    tripwire.toy.assert_it(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
    tripwire.toy.assert_it(a.b())
""",
    ),
    "a header above the imports": (
        """# Licence.
import zlib

import tripwire
"""
        + TEST,
        [DATETIME],
        """# Licence.
import datetime
import zlib

import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
""",
    ),
    "for type checkers": (
        """from typing import TYPE_CHECKING

import tripwire

if TYPE_CHECKING:
    from unittest import mock
"""
        + TEST,
        [MOCK],
        """from typing import TYPE_CHECKING
from unittest import mock

import tripwire

if TYPE_CHECKING:
    from unittest import mock
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "tried": (
        """import tripwire

try:
    from unittest import mock
except ImportError:
    import mock
"""
        + TEST,
        [MOCK],
        """import tripwire

try:
    from unittest import mock
except ImportError:
    import mock
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
}


@pytest.mark.parametrize("name", NEEDED)
def test_imports(name: str, exact_writer: Any) -> None:
    before, codes, after = NEEDED[name]
    assert with_imports(exact_writer, before, codes) == after

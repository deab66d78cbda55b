"""Imports: added once, where they belong, and not where the file has another name for the same."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing import _changes
from tripwire._writing._statement import Code


def needing(text: str, statement: str) -> Code:
    return Code(f"tripwire.toy.assert_it({text})", frozenset({statement}))


MOCK = needing("mock.ANY", "from unittest import mock")
DATETIME = needing("datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)", "import datetime")
FROM_DATETIME = needing("datetime(2024, 1, 1)", "from datetime import datetime")
IS_DATETIME = needing("IsDatetime(iso_string=True)", "from dirty_equals import IsDatetime")
OWN = needing("Color.RED", "from shop.colors import Color")
XML = needing("xml.dom.X(1)", "import xml.dom")
A = needing("a.b()", "import a")

TEST = """def test():
    with ⟦tripwire⟧:
        pass
"""

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
    "known": (
        """from unittest import mock
import datetime
import tripwire
"""
        + TEST,
        [MOCK, DATETIME],
        """from unittest import mock
import datetime
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
    tripwire.toy.assert_it(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))
""",
    ),
    "known by another name": (
        """import datetime as dt
from unittest import mock as m
import tripwire
"""
        + TEST,
        [MOCK, DATETIME],
        """import datetime as dt
from unittest import mock as m
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(m.ANY)
    tripwire.toy.assert_it(dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc))
""",
    ),
    "known by its name alone": (
        """from unittest.mock import ANY
from datetime import datetime, timezone
import tripwire
"""
        + TEST,
        [MOCK, DATETIME],
        """from unittest.mock import ANY
from datetime import datetime, timezone
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(ANY)
    tripwire.toy.assert_it(datetime(2024, 1, 1, tzinfo=timezone.utc))
""",
    ),
    "known in part": (
        """from datetime import datetime
import tripwire
"""
        + TEST,
        [DATETIME],
        """import datetime as datetime_
from datetime import datetime
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(
        datetime_.datetime(2024, 1, 1, tzinfo=datetime_.timezone.utc),
    )
""",
    ),
    "known in its module": (
        """import unittest.mock
import datetime as dt
import tripwire
"""
        + TEST,
        [MOCK, FROM_DATETIME],
        """import unittest.mock
import datetime as dt
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(unittest.mock.ANY)
    tripwire.toy.assert_it(dt.datetime(2024, 1, 1))
""",
    ),
    "only the package": (
        """import unittest
import tripwire
"""
        + TEST,
        [MOCK],
        """import unittest
from unittest import mock
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
    "another meaning": (
        """import tripwire
mock = 1
def datetime(): pass
"""
        + TEST,
        [MOCK, DATETIME, FROM_DATETIME],
        """import datetime as datetime_
from datetime import datetime as datetime_datetime
from unittest import mock as unittest_mock

import tripwire
mock = 1
def datetime(): pass
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(unittest_mock.ANY)
    tripwire.toy.assert_it(
        datetime_.datetime(2024, 1, 1, tzinfo=datetime_.timezone.utc),
    )
    tripwire.toy.assert_it(datetime_datetime(2024, 1, 1))
""",
    ),
    "another mock": (
        """import mock
import tripwire
"""
        + TEST,
        [MOCK],
        """from unittest import mock as unittest_mock

import mock
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(unittest_mock.ANY)
""",
    ),
    "the alias is taken": (
        """import tripwire
mock = unittest_mock = 1
"""
        + TEST,
        [MOCK],
        """from unittest import mock as unittest_mock_

import tripwire
mock = unittest_mock = 1
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(unittest_mock_.ANY)
""",
    ),
    "tripwire by another name": (
        """import tripwire as tw
"""
        + TEST,
        [MOCK],
        """from unittest import mock

import tripwire as tw
def test():
    with tripwire:
        pass

    tw.toy.assert_it(mock.ANY)
""",
    ),
    "no tripwire": (
        """from tripwire import sandbox
"""
        + TEST,
        [MOCK],
        """from unittest import mock

import tripwire
from tripwire import sandbox
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(mock.ANY)
""",
    ),
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
    (exact_writer.folder / "shop").mkdir()
    (exact_writer.folder / "shop" / "__init__.py").touch()
    (exact_writer.folder / "pyproject.toml").touch()
    before, codes, after = NEEDED[name]
    assert exact_writer.filled(before, [], codes) == after


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

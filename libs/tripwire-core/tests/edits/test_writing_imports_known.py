"""Imports that the file has: by whatever name, and what has the name that they would have."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from tripwire._writing._statement import Code

from .imports import DATETIME, FROM_DATETIME, IS_DATETIME, MOCK, TEST, needing, with_imports

SETTINGS = needing("settings.LIMIT", "from shop import settings")

NEEDED: dict[str, tuple[str, list[Code], str]] = {
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
    "known in a module of another package": (
        """import dirty_equals as is_
import shop
import tripwire
"""
        + TEST,
        [IS_DATETIME, SETTINGS],
        """import dirty_equals as is_
import shop
from shop import settings
import tripwire
def test():
    with tripwire:
        pass

    tripwire.toy.assert_it(is_.IsDatetime(iso_string=True))
    tripwire.toy.assert_it(settings.LIMIT)
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
}


@pytest.mark.parametrize("name", NEEDED)
def test_imports(name: str, exact_writer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shop.settings", ModuleType("shop.settings"))
    before, codes, after = NEEDED[name]
    assert with_imports(exact_writer, before, codes) == after

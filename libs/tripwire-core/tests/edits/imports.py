"""Statements that need imports, and how the tests of those have them written."""

from __future__ import annotations

from typing import Any

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


def with_imports(writer: Any, before: str, codes: list[Code]) -> str:
    """The text after the statements are written, in a project that has a package `shop`."""
    (writer.folder / "shop").mkdir()
    (writer.folder / "shop" / "__init__.py").touch()
    (writer.folder / "pyproject.toml").touch()
    text: str = writer.filled(before, [], codes)
    return text

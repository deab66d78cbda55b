"""One call in a test, and what a change makes of its arguments."""

from __future__ import annotations

from typing import Any

from tripwire._writing._statement import Code

ANY = Code("mock.ANY", frozenset({"from unittest import mock"}), "no literal")
FRAME = "import tripwire\ndef test():\n    ⟦tripwire.toy.assert_it(%s)⟧  # c\n    'a', 'b', 'c'\n"


def rendered(value: Any, name: str) -> Code:
    return value if isinstance(value, Code) else Code(repr(value))


def edited(writer: Any, arguments: str, change: Any) -> str:
    """What stands between the parentheses of a call after a change, or all if more has changed."""
    text: str = writer.edited(FRAME % arguments, change)
    before, after = FRAME.replace("⟦", "").replace("⟧", "").split("%s")
    if text.startswith(before) and text.endswith(after):
        return text.removeprefix(before).removesuffix(after)
    return text

"""Passwords are recorded as they were given, and shown by no message."""

from __future__ import annotations

import re
from typing import Any

from tripwire._values import is_a

_IN_ADDRESS = re.compile(r"(//[^:@/]*:).+@", re.DOTALL)
_IN_QUERY = re.compile(r"([?&](?:ssl)?password=)[^&]+")


class Masked(str):
    """A text that is equal to itself, but whose repr hides a secret."""

    shown: str
    __slots__ = ("shown",)

    def __new__(cls, value: str, shown: str = "***") -> Masked:
        made = super().__new__(cls, value)
        made.shown = shown
        return made

    def __repr__(self) -> str:
        return repr(self.shown)


def masked(name: str, value: Any) -> Any:
    """The value of a connect parameter, masked where it holds a password."""
    if not is_a(value, str):
        return value
    if name == "password":
        return Masked(value)
    if name == "dsn":
        shown = _IN_ADDRESS.sub(r"\1***@", _IN_QUERY.sub(r"\1***", value))
        return value if shown == value else Masked(value, shown)
    return value

"""Plain words for JSON: its types, its paths and its values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from tripwire._values import short
from tripwire.plugins.http_plugin._secrets import MASK, in_data, is_secret_member

Path = tuple["str | int", ...]

_A_KIND = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def kind_of(value: object) -> str:
    """The JSON type of a value; a number without a fraction is an integer."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    kinds = {float: "number", str: "string", list: "array"}
    return next((kind for python, kind in kinds.items() if isinstance(value, python)), "object")


def a_kind(kinds: Iterable[str]) -> str:
    """Such as `a string or null`."""
    return listed(_A_KIND.get(kind, short(kind)) for kind in kinds)


def listed(words: Iterable[str], last: str = "or") -> str:
    """Such as `a, b or c`."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def json_path(path: Sequence[str | int]) -> str:
    """Such as `$.items[0].name`."""
    return "$" + "".join(
        f".{part}" if isinstance(part, str) and _NAME.fullmatch(part) else f"[{part!r}]" for part in path
    )


def value_at(path: Path, value: object) -> str:
    """A value for a message, without secrets."""
    if any(is_secret_member(part) for part in path):
        return MASK
    return short(in_data(value))


def is_json(media_type: str) -> bool:
    """Whether a body of this type is JSON."""
    return media_type == "application/json" or media_type.endswith("+json")


def as_json(text: str | bytes) -> Any:
    """The data of a JSON text.

    Raises:
        ValueError: it is none.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None

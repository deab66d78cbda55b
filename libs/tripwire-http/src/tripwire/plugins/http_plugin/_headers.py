"""Header fields as they were sent: in order, with their case, some of them more than once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tripwire.plugins.http_plugin._secrets import MASK, is_secret

RawHeaders = tuple[str | bytes, ...]
"""Names and values one after another, as they came: nothing to keep and to decode until somebody looks."""


class Headers(dict[str, str]):
    """The header fields of a recorded request or response.

    A dict, so that matchers for dicts take it: names as they were first sent, several values of one name
    joined by a comma. Look-ups disregard case. Equal to a mapping of the same fields, whatever the case of
    its names, and to a list of the same pairs. `pairs` holds the fields one by one, in their order.
    """

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs: tuple[tuple[str, str], ...] = tuple(pairs)
        names: dict[str, str] = {}
        for name, value in self.pairs:
            first = names.setdefault(name.lower(), name)
            held = dict.get(self, first)
            self[first] = value if held is None else f"{held}, {value}"

    @classmethod
    def decoded(cls, pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Header fields from their bytes."""
        return cls((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)

    @classmethod
    def of_raw(cls, raw: RawHeaders) -> Headers:
        """Header fields from names and values one after another."""
        texts = [part if isinstance(part, str) else part.decode("latin-1") for part in raw]
        return cls(zip(texts[::2], texts[1::2], strict=True))

    def values_of(self, name: str) -> list[str]:
        """The values of every field of a name, in order."""
        lower = name.lower()
        return [value for held, value in self.pairs if held.lower() == lower]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field, or the default."""
        values = self.values_of(name)
        return ", ".join(values) if values else default

    def __missing__(self, name: str) -> str:
        values = self.values_of(name)
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.values_of(name))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self.pairs == other.pairs
        if isinstance(other, Mapping):
            mine = {name.lower(): value for name, value in self.items()}
            return mine == {str(name).lower(): value for name, value in other.items()}
        if isinstance(other, (list, tuple)):
            return list(self.pairs) == [tuple(pair) for pair in other]
        return NotImplemented

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__ = None

    def __repr__(self) -> str:
        return repr([(name, MASK if is_secret(name) else value) for name, value in self.pairs])

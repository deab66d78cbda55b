"""Header fields as they were sent: in order, with their case, some of them more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class Headers:
    """The header fields of a recorded request or response.

    Iterates over `(name, value)` pairs. `headers["name"]` disregards case and joins several values with
    a comma. Equal to a mapping of the same fields, whatever the case of its names, and to a list of the
    same pairs.
    """

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs = tuple(pairs)

    @classmethod
    def decoded(cls, pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Header fields from their bytes."""
        return cls((name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def values_of(self, name: str) -> list[str]:
        """The values of every field of a name, in order."""
        lower = name.lower()
        return [value for held, value in self._pairs if held.lower() == lower]

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a field, or the default."""
        values = self.values_of(name)
        return ", ".join(values) if values else default

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, item: object) -> bool:
        return bool(self.values_of(item)) if isinstance(item, str) else item in self._pairs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self._pairs == other._pairs
        if isinstance(other, Mapping):
            mine = {name.lower(): self[name] for name, _ in self._pairs}
            return mine == {str(name).lower(): value for name, value in other.items()}
        if isinstance(other, (list, tuple)):
            return list(self._pairs) == [tuple(pair) for pair in other]
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self._pairs))
